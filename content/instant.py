"""Instants as people type them: a UTC date, or a UTC date and time."""

from datetime import UTC, datetime, timedelta

from content.errors import Refusal


def begins(typed: str) -> datetime | None:
    """The first instant meant; a bare date is its beginning. None where nothing was typed."""
    return _read(typed) if typed else None


def ends(typed: str) -> datetime | None:
    """The first instant no longer meant; a bare date means its end. None where nothing was typed."""
    found = begins(typed)
    return found + timedelta(days=1) if found is not None and len(typed.strip()) == len("2027-01-31") else found


def _read(typed: str) -> datetime:
    try:
        found = datetime.fromisoformat(typed.strip())
    except ValueError:
        raise Refusal(
            "instant.unreadable", f"“{typed}” is no date or time.", "Write 2027-01-31 or 2027-01-31T18:00, in UTC."
        ) from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
