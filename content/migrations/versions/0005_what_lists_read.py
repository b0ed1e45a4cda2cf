"""Under which rules everything was evaluated, and the order in which reviewers and the forecast read versions."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organisation", sa.Column("evaluated_rules", sa.String(), nullable=False, server_default=""))
    op.create_index("ix_version_opens", "version", ["not_before", "id", "not_after"])
