"""What goes back to everybody when its time is over, and who stands in for safeguarding where a pause is lifted."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

from content.migrations.again import again
from content.migrations.guards import guard

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_PEOPLE = ("person_id", "named_by", "confirmed_by", "ended_by")
_CHECKS = {
    "another": "named_by <> person_id",
    "two_people": "(valid_from IS NULL) = (confirmed_by IS NULL)",
    "confirmed": "(confirmed_by IS NULL) = (confirmed_at IS NULL)",
    "distinct": "confirmed_by IS NULL OR (confirmed_by <> named_by AND confirmed_by <> person_id)",
    "forward": "ends_at > named_at",
    "ended_by_somebody": "(ended_by IS NULL) = (ended_at IS NULL)",
}


def upgrade() -> None:
    op.add_column("posting", sa.Column("had_by", sa.Integer(), nullable=True))
    op.add_column("posting", sa.Column("returned", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("posting", sa.Column("again_at", UTCDateTime(), nullable=True))
    _deputies()
    guard(op.get_bind(), "deputy")
    again(
        op.get_bind(), "crisis_once", "crisis_stays_lifted"
    )  # the first word of two may be another's until it is lifted


def _deputies() -> None:
    op.create_table(
        "deputy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("named_by", sa.Integer(), nullable=False),
        sa.Column("named_at", UTCDateTime(), nullable=False),
        sa.Column("ends_at", UTCDateTime(), nullable=False),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", UTCDateTime(), nullable=True),
        sa.Column("valid_from", UTCDateTime(), nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_deputy_{name}")) for name, rule in _CHECKS.items()),
        *(sa.ForeignKeyConstraint([who], ["person.id"], name=op.f(f"fk_deputy_{who}")) for who in _PEOPLE),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deputy")),
    )
    stands = sa.text("ended_at IS NULL")
    op.create_index("ix_deputy_standing", "deputy", ["ends_at", "id"], sqlite_where=stands, postgresql_where=stands)
