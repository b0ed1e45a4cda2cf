"""Who posts at an account by hand, who is away and who stands in, and how people are told that something needs them."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

from content.migrations.guards import guard

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("poster_id", sa.Integer(), nullable=True))
    _absences()
    _notices()
    guard(op.get_bind(), "absence", "notice", "notice_told")


def _absences() -> None:
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("deputy_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", UTCDateTime(), nullable=False),
        sa.Column("ends_at", UTCDateTime(), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_absence_forward")),
        sa.CheckConstraint("deputy_id <> person_id", name=op.f("ck_absence_another")),
        *(
            sa.ForeignKeyConstraint([who], ["person.id"], name=op.f(f"fk_absence_{who}"))
            for who in ("person_id", "deputy_id", "entered_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    stands = sa.text("ended_at IS NULL")
    op.create_index("ix_absence_standing", "absence", ["ends_at", "id"], sqlite_where=stands, postgresql_where=stands)


def _notices() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("chosen_at", UTCDateTime(), nullable=False),
        sa.Column("sent_at", UTCDateTime(), nullable=True),
        sa.Column("rest_until", UTCDateTime(), nullable=True),
        sa.Column("trouble", sa.String(), nullable=False),
        sa.Column("fence", sa.String(), nullable=True),
        sa.Column("lease_until", UTCDateTime(), nullable=True),
        sa.CheckConstraint("how IN ('none', 'at_once', 'daily')", name=op.f("ck_notice_how")),
        sa.CheckConstraint("(how = 'none' OR person_id IS NULL) = (sealed = '')", name=op.f("ck_notice_somewhere")),
        sa.CheckConstraint("person_id IS NOT NULL OR how = 'at_once'", name=op.f("ck_notice_of_all")),
        sa.CheckConstraint("(fence IS NULL) = (lease_until IS NULL)", name=op.f("ck_notice_leased")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("person_id", name=op.f("uq_notice_person_id")),
    )
    everybody = sa.text("person_id IS NULL")
    op.create_index(
        "uq_notice_of_all", "notice", ["how"], unique=True, sqlite_where=everybody, postgresql_where=everybody
    )
    op.create_table(
        "notice_told",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("mark IN ('new', 'half', 'full')", name=op.f("ck_notice_told_mark")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_told_notice_id")),
        sa.PrimaryKeyConstraint("notice_id", "about", "mark", name=op.f("pk_notice_told")),
    )
