"""Where a piece of material stands, the newest version first: a disclosure stands in every one of them. And nobody has
the name of somebody else, whoever enters them at the same time."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_used_where", "used", ["kind", "ref", "version_id"])
    op.create_index("ix_person_ref", "person", ["ref"], unique=True)
