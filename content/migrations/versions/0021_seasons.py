"""Seasons: days in which slots of a posting plan have other times, or none. On one day a slot has one time."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

from content.migrations.guards import guard

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "season",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("begins <= ends", name=op.f("ck_season_days")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 60", name=op.f("ck_season_name")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_season_campaign_id")),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name=op.f("fk_season_entered_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_season")),
    )
    stands = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_season_standing", "season", ["campaign_id", "ends"], sqlite_where=stands, postgresql_where=stands
    )
    op.create_table(
        "season_time",
        sa.Column("season_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("was", sa.String(), nullable=False),
        sa.Column("local", sa.String(), nullable=True),
        sa.CheckConstraint("day BETWEEN 0 AND 6", name=op.f("ck_season_time_day")),
        sa.CheckConstraint("length(was) = 5", name=op.f("ck_season_time_was")),
        sa.CheckConstraint("local IS NULL OR length(local) = 5", name=op.f("ck_season_time_local")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_season_time_account_id")),
        sa.ForeignKeyConstraint(["season_id"], ["season.id"], name=op.f("fk_season_time_season_id")),
        sa.PrimaryKeyConstraint("season_id", "language", "account_id", "day", "was", name=op.f("pk_season_time")),
    )
    guard(op.get_bind(), "season", "season_time")
