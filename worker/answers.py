"""What an HTTP answer means for a post: the reading that every channel over HTTP shares."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from content.outcome import Refused, Retry, Unknown
from worker.outbound import Answer

LATER = timedelta(minutes=1)
LONGEST = timedelta(hours=1)  # a platform that says "tomorrow" is asked again all the same


def taken(answer: Answer) -> bool:
    """Whether the other side says that it did it."""
    return 200 <= answer.status < 300


def no(channel: str, answer: Answer) -> Retry | Refused | Unknown:
    """What an answer other than 2xx says of a call that creates something."""
    status = answer.status
    if status == 429 or (status == 503 and "retry-after" in answer.headers):
        return Retry(after(answer), f"{channel}.{status}")
    if status in (408, 425) or status >= 500:
        return Unknown(f"{channel} answered {status}")
    return Refused(f"{channel}.{status}", f"It answered {status}.")


def after(answer: Answer) -> timedelta:
    """Retry-After in seconds or as a date; a minute where there is none; never more than `LONGEST`."""
    told = answer.headers.get("retry-after", "").strip()
    if told.isascii() and told.isdecimal():
        return min(timedelta(seconds=min(int(told[:9]), 10**6)), LONGEST)
    try:
        until = parsedate_to_datetime(told)
    except ValueError:
        return LATER
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(timedelta(seconds=1), min(until - datetime.now(UTC), LONGEST))


def told(answer: Answer) -> Any:
    """The body as JSON; None where it is none."""
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
