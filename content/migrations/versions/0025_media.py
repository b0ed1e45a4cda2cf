"""Pictures, films and sounds, what goes with them, what people saw in them, and which a leaf shows."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

from content.migrations.guards import guard

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "medium",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("narrative_id", sa.Integer(), nullable=True),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("faces", sa.Integer(), nullable=False),
        sa.Column("voice", sa.Boolean(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("synthetic", sa.JSON(), nullable=False),
        sa.Column("texts", sa.String(), nullable=False),
        sa.Column("contrast", sa.Integer(), nullable=True),
        sa.Column("licence", sa.String(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("left", sa.JSON(), nullable=False),
        sa.Column("drawn", sa.String(), nullable=False),
        sa.Column("drawn_of", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=False),
        sa.Column("added_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('image', 'illustration', 'video', 'audio')", name=op.f("ck_medium_kind")),
        sa.CheckConstraint("texts IN ('none', 'some', 'only')", name=op.f("ck_medium_texts")),
        sa.CheckConstraint("faces >= 0 AND milliseconds >= 0", name=op.f("ck_medium_counted")),
        sa.CheckConstraint(
            "(drawn = '') = (language = '') AND (drawn = '') = (drawn_of = '')", name=op.f("ck_medium_drawn")
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_medium_organisation_id")),
        sa.ForeignKeyConstraint(["narrative_id"], ["narrative.id"], name=op.f("fk_medium_narrative_id")),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_medium_added_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_medium")),
        sa.UniqueConstraint("ref", name=op.f("uq_medium_ref")),
    )
    op.create_index("ix_medium_narrative_id", "medium", ["narrative_id"])
    op.create_index("ix_medium_newest", "medium", ["organisation_id", "id"])
    op.create_table(
        "medium_file",
        sa.Column("medium_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["medium_id"], ["medium.id"], name=op.f("fk_medium_file_medium_id")),
        sa.PrimaryKeyConstraint("medium_id", "number", name=op.f("pk_medium_file")),
        sa.UniqueConstraint("name", name=op.f("uq_medium_file_name")),
        sa.UniqueConstraint("sha256", name=op.f("uq_medium_file_sha256")),
    )
    op.create_table(
        "medium_words",
        sa.Column("medium_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("alt", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("captions", sa.String(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["medium_id"], ["medium.id"], name=op.f("fk_medium_words_medium_id")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_medium_words_by")),
        sa.PrimaryKeyConstraint("medium_id", "language", "number", name=op.f("pk_medium_words")),
    )
    op.create_table(
        "medium_look",
        sa.Column("medium_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("faces", sa.Integer(), nullable=False),
        sa.Column("released", sa.Integer(), nullable=False),
        sa.Column("voice", sa.String(), nullable=False),
        sa.Column("background_cleared", sa.Boolean(), nullable=False),
        sa.Column("minor_visible", sa.Boolean(), nullable=False),
        sa.Column("symbol", sa.Boolean(), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("faces >= 0 AND released >= 0", name=op.f("ck_medium_look_counted")),
        sa.CheckConstraint(
            "voice IN ('none', 'actor', 'altered', 'consented', 'own')", name=op.f("ck_medium_look_voice")
        ),
        sa.ForeignKeyConstraint(["medium_id"], ["medium.id"], name=op.f("fk_medium_look_medium_id")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_medium_look_by")),
        sa.PrimaryKeyConstraint("medium_id", "number", name=op.f("pk_medium_look")),
    )
    op.add_column("leaf", sa.Column("media", sa.JSON(), nullable=False, server_default="[]"))
    for table in ("medium", "medium_file", "medium_words", "medium_look"):
        guard(op.get_bind(), table)
