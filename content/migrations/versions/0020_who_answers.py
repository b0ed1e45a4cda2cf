"""Who answers those who reply: shifts, the published reply policy, whom a responder calls. Who sets and lifts a crisis,
why a sensitive date is fine for a campaign, and which profiles pretend to be somebody."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

from content.migrations.guards import guard, open_by_two

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _shifts()
    op.add_column("organisation", sa.Column("reply_policy", sa.String(), nullable=True))
    op.add_column("organisation", sa.Column("escalation", sa.String(), nullable=True))
    _crises()
    _fine_days()
    op.add_column("account", sa.Column("open_asked", sa.Integer(), nullable=True))
    open_by_two(op.get_bind())


def _shifts() -> None:
    op.create_table(
        "shift",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("starts_at", UTCDateTime(), nullable=False),
        sa.Column("ends_at", UTCDateTime(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_shift_forward")),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name=op.f("fk_shift_entered_by")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_shift_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_shift_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift")),
    )
    stands = sa.text("ended_at IS NULL")
    for name, columns in (
        ("ix_shift_standing", ["organisation_id", "ends_at", "id"]), ("ix_shift_person", ["person_id", "ends_at"]),
    ):  # fmt: skip
        op.create_index(name, "shift", columns, sqlite_where=stands, postgresql_where=stands)
    guard(op.get_bind(), "shift")


def _crises() -> None:
    op.create_table(
        "crisis",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("lifted_first", sa.Integer(), nullable=True),
        sa.Column("lifted_second", sa.Integer(), nullable=True),
        sa.Column("lifted_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "lifted_second IS NULL OR lifted_second <> lifted_first", name=op.f("ck_crisis_lifted_by_two")
        ),
        sa.CheckConstraint("lifted_at IS NULL OR lifted_second IS NOT NULL", name=op.f("ck_crisis_lifted_by_somebody")),
        *(
            sa.ForeignKeyConstraint([one], ["person.id"], name=op.f(f"fk_crisis_{one}"))
            for one in ("by", "lifted_first", "lifted_second")
        ),
        sa.ForeignKeyConstraint(["day_id"], ["sensitive_day.id"], name=op.f("fk_crisis_day_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crisis")),
        sa.UniqueConstraint("day_id", name=op.f("uq_crisis_day_id")),
    )
    guard(op.get_bind(), "crisis", "sensitive_day")


def _fine_days() -> None:
    op.create_table(
        "acknowledgement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_acknowledgement_by")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_acknowledgement_campaign_id")),
        sa.ForeignKeyConstraint(["day_id"], ["sensitive_day.id"], name=op.f("fk_acknowledgement_day_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acknowledgement")),
        sa.UniqueConstraint("day_id", "campaign_id", name=op.f("uq_acknowledgement_day_id_campaign_id")),
    )
    guard(op.get_bind(), "acknowledgement")
