"""What the calendar reads: the words that wait, by the account they go to; dark days; blocked
posts by their time; narratives by their theme; the record by what a step was about."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

from content.migrations import waits

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "waits_at",
        sa.Column("leaf_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("not_before", UTCDateTime(), nullable=False),
        sa.Column("not_after", UTCDateTime(), nullable=False),
        *(_of(one) for one in ("leaf", "version", "account", "campaign")),
        sa.PrimaryKeyConstraint("leaf_id", name=op.f("pk_waits_at")),
    )
    op.create_index("ix_waits_at_account", "waits_at", ["account_id", "not_before"])
    op.create_index("ix_waits_at_version_id", "waits_at", ["version_id"])
    waits.keep_accounts(op.get_bind())
    op.create_index("ix_leaf_newest", "leaf", ["account_id", "version_id"])
    op.create_index("ix_campaign_dark", "campaign", ["id"], **_where("CAST(blackout AS TEXT) <> '[]'"))
    op.create_index("ix_post_blocked", "post", ["due_at", "id"], **_where("state = 'blocked'"))
    op.create_index("ix_record_kind", "record", ["subject", "id"])
    op.create_index("ix_narrative_theme", "narrative", ["organisation_id", "theme", "ref"])


def _of(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([f"{table}_id"], [f"{table}.id"], name=op.f(f"fk_waits_at_{table}_id"))


def _where(condition: str) -> dict[str, Any]:
    return {f"{dialect}_where": sa.text(condition) for dialect in ("sqlite", "postgresql")}
