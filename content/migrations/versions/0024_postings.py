"""What people post and delete by hand, and at which addresses it stands."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

from content.migrations.guards import guard

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_PEOPLE = ("assignee_id", "done_by", "confirmed_by", "unposted_by")
_STATES = "'open', 'done', 'confirmed', 'missed', 'stopped', 'given_up'"
_CHECKS = {
    "kind": "kind IN ('post', 'recall')",
    "state": f"state IN ({_STATES})",
    "done_by_somebody": "(done_by IS NULL) = (done_at IS NULL)",
    "done_is_said": "state <> 'done' OR done_by IS NOT NULL",
    "confirmed": "(state = 'confirmed') = (confirmed_at IS NOT NULL)",
    "confirmed_by_another": "confirmed_by IS NULL OR confirmed_by <> done_by",
    "unposted_by_somebody": "(unposted_by IS NULL) = (unposted_at IS NULL)",
}


def upgrade() -> None:
    _posting()
    _posted_part()
    guard(op.get_bind(), "posting", "posted_part")


def _posting() -> None:
    op.create_table(
        "posting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("deadline", UTCDateTime(), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("shown_at", UTCDateTime(), nullable=True),
        sa.Column("done_by", sa.Integer(), nullable=True),
        sa.Column("done_at", UTCDateTime(), nullable=True),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", UTCDateTime(), nullable=True),
        sa.Column("unposted_by", sa.Integer(), nullable=True),
        sa.Column("unposted_at", UTCDateTime(), nullable=True),
        sa.Column("look_at", UTCDateTime(), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_posting_{name}")) for name, rule in _CHECKS.items()),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_posting_post_id")),
        *(sa.ForeignKeyConstraint([who], ["person.id"], name=op.f(f"fk_posting_{who}")) for who in _PEOPLE),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
    )
    under_way = sa.text("state = 'open' OR state = 'done'")
    op.create_index(
        "uq_posting_open", "posting", ["post_id"], unique=True, sqlite_where=under_way, postgresql_where=under_way
    )
    op.create_index("ix_posting_due", "posting", ["deadline", "id"])
    op.create_index("ix_posting_of", "posting", ["post_id", "id"])


def _posted_part() -> None:
    op.create_table(
        "posted_part",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("given_by", sa.Integer(), nullable=False),
        sa.Column("given_at", UTCDateTime(), nullable=False),
        sa.Column("seen", sa.String(), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=True),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", UTCDateTime(), nullable=True),
        sa.Column("gone_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("seen IN ('', 'words', 'other', 'gone', 'silent')", name=op.f("ck_posted_part_seen")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_posted_part_post_id")),
        sa.ForeignKeyConstraint(["given_by"], ["person.id"], name=op.f("fk_posted_part_given_by")),
        sa.PrimaryKeyConstraint("post_id", "index", name=op.f("pk_posted_part")),
        sa.UniqueConstraint("address", name=op.f("uq_posted_part_address")),
    )
