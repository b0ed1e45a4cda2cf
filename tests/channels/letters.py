"""Releases made by hand: a channel is tried without a database."""

from datetime import UTC, datetime
from typing import Any

from content.copies import part_key
from content.outcome import Destination, KeyedPart
from content.release import Release

DUE = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def a_release(
    *texts: str,
    account: str = "desk",
    channel: str = "paper",
    form: str = "site",
    identity: str = "paper:desk",
    language: str = "en",
    settings: dict[str, Any] | None = None,
    **more: Any,
) -> Release:
    parts = tuple(
        KeyedPart(i, part_key("version", "leaf", identity + text, 0, i), text)
        for i, text in enumerate(texts or ("Words.",))
    )
    values: dict[str, Any] = {
        "post_id": 1, "digest": "d", "leaf": "leaf", "words": "leaf", "language": language,
        "direction": "rtl" if language == "ar" else "ltr", "due_at": DUE, "title": "Spring", "context": "",
        "parts": parts, "confirmed": (), "links": (), "card": None, "rehearsal": False,
        "account": Destination(account, channel, form, identity, settings or {}),
    }  # fmt: skip
    return Release(**(values | more), attempt_id=1, step=2, fence="f")
