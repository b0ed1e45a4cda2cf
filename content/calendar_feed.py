"""The posting plan as an iCalendar file that says when something goes out, and nothing of what.

A feed lies on other people's servers and telephones. Titles are built from references and fixed words only;
whatever could carry a sentence, a theme or a person is refused. Refusals: feed.word.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from icalendar import Calendar, Event

from content.errors import Refusal

NAME = "Posts"
DOMAIN = "counterpoint.invalid"  # uids need a right-hand side; this one never resolves to anybody
GONE = frozenset({"cancelled", "expired", "failed", "recalled"})

_END = b"END:VCALENDAR"
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@/-]{0,79}")
_UID = re.compile(r"[A-Za-z0-9-]{1,80}")
_STATE = re.compile(r"[a-z]+([ _][a-z]+)?")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One post. start and changed: aware instants; account: its ref.

    uid: random and lasting, never a narrative's or a message's reference.
    """

    uid: str
    start: datetime
    state_word: str
    account: str = ""
    language: str = ""
    changed: datetime | None = None


def feed(entries: Iterable[FeedEntry]) -> bytes:
    """A VCALENDAR, by time; the same entries give the same bytes."""
    calendar = Calendar()
    calendar.add("prodid", "-//Counterpoint//Posts//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", NAME)
    events = b"".join(_event(entry) for entry in sorted(entries, key=lambda entry: (entry.start, entry.uid)))
    return bytes(calendar.to_ical()).replace(_END, events + _END)


@lru_cache(10_000)
def _event(entry: FeedEntry) -> bytes:
    """One VEVENT. Kept: the same few hundred are asked for again every hour, and to write one takes half a
    millisecond."""
    event = Event()
    event.add("uid", f"{_said(entry.uid, _UID, 'uid')}@{DOMAIN}")
    event.add("dtstart", entry.start.astimezone(UTC))
    event.add("dtstamp", (entry.changed or entry.start).astimezone(UTC))
    event.add("summary", _title(entry))
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    event.add("status", "CANCELLED" if entry.state_word in GONE else "CONFIRMED")
    return bytes(event.to_ical())


def _title(entry: FeedEntry) -> str:
    account = _said(entry.account, _WORD, "account") if entry.account else ""
    language = _said(entry.language, _LANGUAGE, "language") if entry.language else ""
    state = _said(entry.state_word, _STATE, "state").replace("_", " ")
    return " · ".join(word for word in ("Post", account, language, state) if word)


def _said(text: str, allowed: re.Pattern[str], what: str) -> str:
    if allowed.fullmatch(text):
        return text
    raise Refusal("feed.word", f"The {what} of a feed entry is not a plain reference.", "Give its ref, not a name.")
