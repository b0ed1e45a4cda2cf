"""What an HTTP answer means for a post: the reading that every channel over HTTP shares."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from content.outcome import Refused, Retry, Unknown
from worker.outbound import Answer

LATER = timedelta(minutes=1)
LONGEST = timedelta(hours=1)  # a platform that says "tomorrow" is asked again all the same
MEND = timedelta(minutes=10)  # what a person must mend


class Later(Exception):
    """A call that creates nothing did not come off; `retry` says when to try again."""

    def __init__(self, retry: Retry) -> None:
        super().__init__(retry.code)
        self.retry = retry


def taken(answer: Answer) -> bool:
    """Whether the other side says that it did it."""
    return 200 <= answer.status < 300


def took(channel: str, answer: Answer) -> Answer:
    """The answer to a call that creates nothing. Raises Later where it is not 2xx."""
    if not taken(answer):
        raise Later(Retry(after(answer), f"{channel}.{answer.status}"))
    return answer


def no(channel: str, answer: Answer) -> Retry | Refused | Unknown:
    """What an answer other than 2xx says of a call that creates something."""
    status = answer.status
    if status == 429 or (status == 503 and "retry-after" in answer.headers):
        return Retry(after(answer), f"{channel}.{status}")
    if status in (408, 425) or status >= 500:
        return Unknown(f"{channel} answered {status}")
    return Refused(f"{channel}.{status}", f"It answered {status}.")


def after(answer: Answer) -> timedelta:
    """Retry-After in seconds or as a date, else when the budget is filled up again; a minute where neither is told.

    Never more than `LONGEST`.
    """
    told = answer.headers.get("retry-after", "").strip()
    if told.isascii() and told.isdecimal():
        return min(timedelta(seconds=min(int(told[:9]), 10**6)), LONGEST)
    until = _date(told) or _reset(answer)
    if until is None:
        return LATER
    return max(timedelta(seconds=1), min(until - datetime.now(UTC), LONGEST))


def _date(told: str) -> datetime | None:
    try:
        until = parsedate_to_datetime(told)
    except ValueError:
        return None
    return until if until.tzinfo else until.replace(tzinfo=UTC)


def _reset(answer: Answer) -> datetime | None:
    """RateLimit-Reset (an AT Protocol server's: seconds since 1970) or X-RateLimit-Reset (Mastodon's: ISO 8601)."""
    told = answer.headers.get("ratelimit-reset") or answer.headers.get("x-ratelimit-reset", "")
    try:
        if told.isascii() and told.isdecimal():
            return datetime.fromtimestamp(int(told[:12]), UTC)
        until = datetime.fromisoformat(told)
    except (ValueError, OverflowError, OSError):
        return None
    return until if until.tzinfo else until.replace(tzinfo=UTC)


def told(answer: Answer) -> Any:
    """The body as JSON; None where it is none."""
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
