"""The index of what waits for somebody: by state and age, in a form that SQLite uses too; and of surplus posts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WATCHED = sa.text(
    "state = 'uncertain' OR state = 'recalling' OR state = 'blocked' OR state = 'recall_impossible'"
    " OR state = 'expired' OR state = 'failed'"
)
SURPLUS = sa.text("surplus")


def upgrade() -> None:
    op.drop_index("ix_post_open", table_name="post")
    op.create_index("ix_post_open", "post", ["state", "changed_at"], sqlite_where=WATCHED, postgresql_where=WATCHED)
    op.create_index("ix_post_surplus", "post", ["id"], sqlite_where=SURPLUS, postgresql_where=SURPLUS)
