"""The posting plan: slots of a campaign in a language on an account."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

from content.migrations.guards import guard

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("local", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("day BETWEEN 0 AND 6", name=op.f("ck_slot_day")),
        sa.CheckConstraint("length(local) = 5", name=op.f("ck_slot_local")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_slot_account_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_slot_campaign_id")),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name=op.f("fk_slot_entered_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot")),
    )
    stands = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_slot_standing", "slot", ["campaign_id", "language", "account_id", "day", "local", "zone"],
        unique=True, sqlite_where=stands, postgresql_where=stands,
    )  # fmt: skip
    op.create_index("ix_slot_account", "slot", ["account_id"], sqlite_where=stands, postgresql_where=stands)
    guard(op.get_bind(), "slot")
