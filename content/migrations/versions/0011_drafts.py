"""Drafts that people keep for themselves, and which try it was that met a protected term."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "draft",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("saved_at", UTCDateTime(), nullable=False),
        sa.Column("discarded_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("length(ref) BETWEEN 16 AND 40", name=op.f("ck_draft_ref")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_draft_person_id")),
        sa.PrimaryKeyConstraint("person_id", "ref", name=op.f("pk_draft")),
    )
    op.create_index("ix_draft_saved", "draft", ["person_id", "saved_at", "ref"])
    op.add_column("term_hit", sa.Column("words", sa.String(), nullable=True))
