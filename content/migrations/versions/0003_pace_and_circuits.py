"""pace and circuits of accounts; posts found by when they are looked at."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LOOK = "(CASE WHEN retry_at > due_at THEN retry_at ELSE due_at END)"


def upgrade() -> None:
    op.create_table(
        "pace",
        sa.Column("account_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("next_at", UTCDateTime(), nullable=True),
        sa.Column("gap", sa.Float(), nullable=False),
        sa.Column("fence", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_pace_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_pace")),
    )
    op.create_index("ix_pace_shut", "pace", ["next_at"])
    op.create_table(
        "circuit",
        sa.Column("account_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("trips", sa.Integer(), nullable=False),
        sa.Column("until", UTCDateTime(), nullable=True),
        sa.Column("opened_at", UTCDateTime(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_circuit_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_circuit")),
    )
    op.execute("CREATE INDEX ix_account_asked ON account (id) WHERE verify_wanted_at IS NOT NULL")
    for name, columns in (
        ("ix_post_look", LOOK),
        ("ix_post_account_look", f"account_id, {LOOK}"),
        ("ix_post_campaign_look", f"campaign_id, {LOOK}"),
    ):
        op.execute(f"CREATE INDEX {name} ON post ({columns}) WHERE state = 'scheduled'")


def downgrade() -> None:
    for name in ("ix_post_look", "ix_post_account_look", "ix_post_campaign_look"):
        op.drop_index(name, "post")
    op.drop_index("ix_account_asked", "account")
    op.drop_table("circuit")
    op.drop_table("pace")
