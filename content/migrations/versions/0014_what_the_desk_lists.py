"""What the desk lists: a person's steps and those of one kind, what was sent back, what a campaign published, and
consent that ends."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of people only: a program writes ten steps while a person takes one, and nobody looks for those by their writer.
    op.create_index("ix_record_person", "record", ["actor", "id"], **_where("substr(actor, 1, 7) = 'person:'"))
    op.create_index("ix_record_action", "record", ["action", "id"])
    op.create_index("ix_verdict_sent_back", "verdict", ["at"], **_where("answer = 'send_back'"))
    op.create_index("ix_post_out", "post", ["campaign_id", "due_at", "id"], **_where("state = 'published'"))
    op.create_index("ix_consent_event_ends", "consent_event", ["valid_until"], **_where("valid_until IS NOT NULL"))
    op.create_index("ix_consent_event_again", "consent_event", ["reconfirm_by"], **_where("reconfirm_by IS NOT NULL"))


def _where(condition: str) -> dict[str, Any]:
    return {f"{dialect}_where": sa.text(condition) for dialect in ("sqlite", "postgresql")}
