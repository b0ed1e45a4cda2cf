"""Who has which words in hand, how long they were read, and what waits in one language."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

from content.migrations import waits
from content.migrations.guards import guard

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "taking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("until", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("until > at", name=op.f("ck_taking_ends_later")),
        *_of("taking"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taking")),
    )
    op.create_index("ix_taking_digest", "taking", ["digest"])
    open_ = sa.text("ended_at IS NULL")
    op.create_index("ix_taking_mine", "taking", ["reviewer_id"], sqlite_where=open_, postgresql_where=open_)
    op.create_index("uq_taking_open", "taking", ["digest"], unique=True, sqlite_where=open_, postgresql_where=open_)
    op.create_table(
        "reading",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("hard", sa.Boolean(), nullable=False),
        sa.CheckConstraint("seconds BETWEEN 0 AND 1800", name=op.f("ck_reading_seconds")),
        *_of("reading"),
        sa.PrimaryKeyConstraint("digest", "reviewer_id", "at", name=op.f("pk_reading")),
    )
    op.create_index("ix_reading_at", "reading", ["at", "reviewer_id"])
    guard(op.get_bind(), "taking")
    op.add_column("waits", sa.Column("language", sa.String(), nullable=True))
    waits.keep_language(op.get_bind())
    now_ = sa.text("cleared_until IS NULL")
    columns = ["language", "not_before", "version_id"]
    op.create_index("ix_waits_language", "waits", columns, sqlite_where=now_, postgresql_where=now_)


def _of(table: str) -> tuple[sa.ForeignKeyConstraint, ...]:
    return (
        sa.ForeignKeyConstraint(["digest"], ["version.digest"], name=op.f(f"fk_{table}_digest")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["person.id"], name=op.f(f"fk_{table}_reviewer_id")),
    )
