"""What is asked again and again costs by its answer: what waits for a reviewer, in a table of its own, and which
narratives of which something was taken back have a post that waits or is out."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

from content.migrations import waits

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "waits",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("cleared_until", UTCDateTime(), nullable=True),
        sa.Column("not_before", UTCDateTime(), nullable=False),
        sa.Column("not_after", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name=op.f("fk_waits_version_id")),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_waits")),
    )
    op.create_index(
        "ix_waits_now", "waits", ["not_before", "version_id"],
        sqlite_where=sa.text("cleared_until IS NULL"), postgresql_where=sa.text("cleared_until IS NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_waits_later", "waits", ["cleared_until"],
        sqlite_where=sa.text("cleared_until IS NOT NULL"), postgresql_where=sa.text("cleared_until IS NOT NULL"),
    )  # fmt: skip
    op.create_index("ix_waits_not_after", "waits", ["not_after"])
    waits.keep(op.get_bind())
    op.create_index("ix_consent_event_kind", "consent_event", ["kind", "narrative_id"])
    op.drop_index("ix_post_narrative_due", "post")
    op.create_index("ix_post_narrative_due", "post", ["narrative_id", "due_at", "state"])
