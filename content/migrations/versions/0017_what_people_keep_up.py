"""Looks at hashtags, and at what the platforms demand today."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

from content.migrations.guards import guard

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hashtag_check",
        *_looked_at("hashtag_check", "tag"),
        sa.Column("good", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_hashtag_check_last", "hashtag_check", ["organisation_id", "tag", "id"])
    op.create_table("platform_check", *_looked_at("platform_check", "format"))
    op.create_index("ix_platform_check_last", "platform_check", ["organisation_id", "format", "at"])
    guard(op.get_bind(), "hashtag_check", "platform_check")


def _looked_at(table: str, what: str) -> list[sa.Column[object] | sa.Constraint]:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(what, sa.String(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f(f"fk_{table}_by")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f(f"fk_{table}_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]
