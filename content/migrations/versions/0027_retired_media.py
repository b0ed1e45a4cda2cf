"""Media that were retired: nothing shows them any more."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

from content.migrations.guards import guard

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "medium_retirement",
        sa.Column("medium_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("why IN ('licence', 'asked', 'wrong', 'other')", name=op.f("ck_medium_retirement_why")),
        sa.ForeignKeyConstraint(["medium_id"], ["medium.id"], name=op.f("fk_medium_retirement_medium_id")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_medium_retirement_by")),
        sa.PrimaryKeyConstraint("medium_id", name=op.f("pk_medium_retirement")),
    )
    guard(op.get_bind(), "medium_retirement")
