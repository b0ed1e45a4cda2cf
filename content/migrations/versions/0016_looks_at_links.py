"""Addresses that words lead to, each look at them, and the copies that are kept."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

from content.migrations.guards import guard

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("needed_until", UTCDateTime(), nullable=False),
        sa.Column("next_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_link_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
        sa.UniqueConstraint("organisation_id", "url", name=op.f("uq_link_organisation_id_url")),
    )
    op.create_index("ix_link_next_at", "link", ["next_at"])
    op.create_table(
        "link_copy",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_link_copy")),
    )
    _checks()
    guard(op.get_bind(), "link", "link_copy", "link_check")


def _checks() -> None:
    op.create_table(
        "link_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("copy_sha256", sa.String(), nullable=True),
        sa.Column("kept", sa.String(), nullable=False),
        sa.CheckConstraint("answer IN ('good', 'gone', 'silent')", name=op.f("ck_link_check_answer")),
        sa.CheckConstraint(
            "answer <> 'good' OR copy_sha256 IS NOT NULL OR kept <> ''", name=op.f("ck_link_check_copy_kept")
        ),
        sa.CheckConstraint(
            "answer <> 'good' OR \"by\" IS NOT NULL OR status = 200", name=op.f("ck_link_check_answered")
        ),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_link_check_by")),
        sa.ForeignKeyConstraint(["copy_sha256"], ["link_copy.sha256"], name=op.f("fk_link_check_copy_sha256")),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_link_check_link_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_check")),
    )
    told = sa.text("answer <> 'silent'")
    op.create_index("ix_link_check_last", "link_check", ["link_id", "id"], sqlite_where=told, postgresql_where=told)
