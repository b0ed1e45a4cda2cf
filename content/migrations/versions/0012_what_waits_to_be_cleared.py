"""Material that waits for somebody in a table of its own, and the posts that need a go by their time."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

from content.migrations import uncleared

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ASKED = "tier >= 3 AND (state = 'scheduled' OR state = 'claimed' OR state = 'blocked')"


def upgrade() -> None:
    op.create_table(
        "uncleared",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("material_id", sa.Integer(), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.Column("content", sa.Boolean(), nullable=False),
        sa.Column("safeguarding", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name=op.f("fk_uncleared_entered_by")),
        sa.PrimaryKeyConstraint("kind", "material_id", name=op.f("pk_uncleared")),
    )
    op.create_index("ix_uncleared_since", "uncleared", ["since", "kind", "material_id"])
    uncleared.keep(op.get_bind())
    op.create_index(
        "ix_post_asked", "post", ["due_at", "id"], sqlite_where=sa.text(_ASKED), postgresql_where=sa.text(_ASKED)
    )
