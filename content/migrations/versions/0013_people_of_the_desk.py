"""What the desk reads of its people, and what each version of the rules held."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

from content.migrations.guards import guard

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sign_in", sa.Column("device", sa.String(), nullable=False, server_default=""))
    open_ = sa.text("confirmed_at IS NULL AND revoked_at IS NULL AND NOT founding")
    op.create_index("ix_role_grant_open", "role_grant", ["id"], sqlite_where=open_, postgresql_where=open_)
    op.create_index("ix_block_kind", "block", ["organisation_id", "kind", "ref", "number"])
    op.create_table(
        "rulebook",
        sa.Column("rules", sa.String(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("rules", name=op.f("pk_rulebook")),
    )
    guard(op.get_bind(), "rulebook")
