"""Posts that are out are looked at again: their turns, what was seen and counted, appeals, and what others posted."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

from content.migrations.guards import guard

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("post", sa.Column("watched", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    _partial("ix_post_unwatched", "post", ["id"], "state = 'published' AND NOT watched")
    _turns()
    _seen()
    _appeals()
    _strangers()
    guard(op.get_bind(), "watch", "watched_account", "sighting", "tally", "appeal", "stranger")


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _turns() -> None:
    op.create_table(
        "watch",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.Column("next_at", UTCDateTime(), nullable=True),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("doubt", sa.String(), nullable=True),
        sa.Column("doubt_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("(doubt IS NULL) = (doubt_at IS NULL)", name=op.f("ck_watch_doubt_since")),
        sa.CheckConstraint("doubt IN ('changed', 'vanished')", name=op.f("ck_watch_doubt")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_watch_account_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_watch_post_id")),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_watch")),
    )
    _partial("ix_watch_next", "watch", ["account_id", "next_at"], "next_at IS NOT NULL")
    op.create_table(
        "watched_account",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.Column("looked_at", UTCDateTime(), nullable=False),
        sa.Column("list_at", UTCDateTime(), nullable=False),
        sa.Column("rest_until", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_watched_account_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_watched_account")),
    )


def _seen() -> None:
    op.create_table(
        "sighting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.CheckConstraint("result IN ('stands', 'changed', 'vanished', 'unclear')", name=op.f("ck_sighting_result")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_sighting_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sighting")),
    )
    op.create_index("ix_sighting_post", "sighting", ["post_id", "id"])
    op.create_table(
        "tally",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.CheckConstraint('"value" >= 0', name=op.f("ck_tally_counted")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_tally_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally")),
    )
    op.create_index("ix_tally_post", "tally", ["post_id", "id"])


def _appeals() -> None:
    op.create_table(
        "appeal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.CheckConstraint("kind IN ('changed', 'vanished')", name=op.f("ck_appeal_kind")),
        sa.CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name=op.f("ck_appeal_closed")),
        sa.ForeignKeyConstraint(["closed_by"], ["person.id"], name=op.f("fk_appeal_closed_by")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_appeal_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
        sa.UniqueConstraint("post_id", name=op.f("uq_appeal_post_id")),
    )
    _partial("ix_appeal_open", "appeal", ["opened_at"], "closed_at IS NULL")


def _strangers() -> None:
    op.create_table(
        "stranger",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("posted_at", UTCDateTime(), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        sa.Column("raised_at", UTCDateTime(), nullable=True),
        sa.Column("answered_at", UTCDateTime(), nullable=True),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.CheckConstraint("answer IN ('ours', 'not_ours')", name=op.f("ck_stranger_answer")),
        sa.CheckConstraint("(answered_at IS NULL) = (answer IS NULL)", name=op.f("ck_stranger_answered")),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answered_by IS NULL)", name=op.f("ck_stranger_answered_by_somebody")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_stranger_account_id")),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_stranger_answered_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stranger")),
        sa.UniqueConstraint("account_id", "remote_id", name=op.f("uq_stranger_account_id_remote_id")),
    )
    _partial("ix_stranger_open", "stranger", ["raised_at"], "raised_at IS NOT NULL AND answered_at IS NULL")
