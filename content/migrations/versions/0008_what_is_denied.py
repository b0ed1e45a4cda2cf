"""What must not be pointed at: keyed hashes of references, entered and lifted by somebody."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

from content.migrations.guards import guard

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "denied",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('deny', 'lift')", name=op.f("ck_denied_kind")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_denied_by")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_denied_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_denied")),
    )
    op.create_index("ix_denied_organisation_id", "denied", ["organisation_id"])
    guard(op.get_bind(), "denied")
