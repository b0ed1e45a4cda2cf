"""how far the journal reaches, what went out in steps that are lost, and the oldest program that may work here."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

from content.migrations.guards import guard

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("instance", sa.Column("least_program", sa.String(), nullable=False, server_default="0001"))
    op.create_table(
        "journal_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_journal_mark_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_mark")),
    )
    op.create_table(
        "gone_out",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("leaf", sa.String(), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "leaf", "occurrence", name=op.f("pk_gone_out")),
    )
    guard(op.get_bind(), "journal_mark", "gone_out")
