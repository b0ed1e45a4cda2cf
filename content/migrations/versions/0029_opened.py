"""Which version of some words a reviewer has opened: the next one is shown by what changed since."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

from content.migrations.guards import guard

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "opening",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["version.digest"], name=op.f("fk_opening_digest")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["person.id"], name=op.f("fk_opening_reviewer_id")),
        sa.PrimaryKeyConstraint("reviewer_id", "digest", name=op.f("pk_opening")),
    )
    op.create_index("ix_opening_at", "opening", ["at"])
    guard(op.get_bind(), "opening")
