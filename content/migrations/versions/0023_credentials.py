"""What lets us in at an account, sealed; and what the other side told of its limits when it was last asked."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

from content.migrations.guards import guard

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "credential",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("given_by", sa.Integer(), nullable=False),
        sa.Column("given_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("sealed <> '' OR ended_at IS NOT NULL", name=op.f("ck_credential_sealed")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_credential_account_id")),
        sa.ForeignKeyConstraint(["given_by"], ["person.id"], name=op.f("fk_credential_given_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
    )
    stands = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_credential_standing", "credential", ["account_id", "id"], sqlite_where=stands, postgresql_where=stands
    )
    guard(op.get_bind(), "credential")
    op.add_column("account", sa.Column("told", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("account", sa.Column("verify_trouble", sa.String(), nullable=True))
