"""A repeat rule (the part of RFC 5545's RRULE a posting plan needs) and the local times it gives.

Local times are naive: a weekly 09:00 stays 09:00 on the wall; content/window.py resolves them in the zone.
Refusals: window.rule_unsupported, window.empty, window.too_many.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dateutil.rrule import rrulestr

from content.errors import Refusal
from content.zone import local_at

HORIZON = timedelta(days=3653)
MOST = 1000  # local times in one window


@dataclass(frozen=True, slots=True)
class Rule:
    """text: the rule in a fixed order, without COUNT and UNTIL; until: the last local time it may give."""

    text: str
    count: int | None = None
    until: datetime | None = None


def parse_rule(text: str, zone: str, count: int | None = None, until: datetime | None = None) -> Rule:
    """The rule, with its end from the rule itself or from beside it. Raises Refusal."""
    parts = _parts(text)
    kept = ";".join(f"{name}={parts[name]}" for name in _PARTS if name in parts)
    return Rule(kept, _agreed_count(count, parts), _agreed_until(until, parts, zone))


def local_times(start: datetime, rule: str) -> Iterator[datetime]:
    """The rule's naive local times within the horizon; a start that does not fit is not among them."""
    stop = (start + HORIZON).strftime("%Y%m%dT%H%M%S")
    return iter(rrulestr(f"{rule};UNTIL={stop}", dtstart=start))


_NUMBERS = {  # part -> least and greatest absolute value, and whether it may be negative (from the end)
    "INTERVAL": (1, 366, False),
    "BYMONTH": (1, 12, False),
    "BYMONTHDAY": (1, 31, True),
    "BYHOUR": (0, 23, False),
    "BYMINUTE": (0, 59, False),
    "BYSETPOS": (1, 366, True),
    "COUNT": (1, 10**6, False),
}
_PARTS = ("FREQ", "INTERVAL", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYHOUR", "BYMINUTE", "BYSETPOS", "WKST")
_WEEKDAYS = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:T([0-9]{2})([0-9]{2})([0-9]{2})(Z)?)?")


def unsupported(message: str, todo: str = "") -> Refusal:
    return Refusal("window.rule_unsupported", message, todo or "Use a rule such as FREQ=WEEKLY;BYDAY=MO,TH.")


def _parts(rule: str) -> dict[str, str]:
    text = rule.strip().upper().removeprefix("RRULE:").rstrip(";")
    pairs = [part.partition("=")[::2] for part in text.split(";")]
    found = {name.strip(): value.strip() for name, value in pairs}
    if len(text) > 300 or len(found) != len(pairs) or found.keys() - {*_PARTS, "COUNT", "UNTIL"}:
        raise unsupported(f"The rule {rule[:80]!r} has a part that is unknown, doubled or too long.")
    if found.get("FREQ") not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        raise unsupported("A rule repeats daily, weekly, monthly or yearly.")
    for name, value in found.items():
        _check_part(name, value, found["FREQ"])
    _possible_day(found)
    return found


def _check_part(name: str, value: str, freq: str) -> None:
    if name in _NUMBERS:
        good = all(_number_fits(item, *_NUMBERS[name]) for item in value.split(","))
        good = good and not (name in ("INTERVAL", "COUNT") and "," in value)
        good = good and not (name in ("BYSETPOS", "BYMONTHDAY") and freq == "WEEKLY")
        good = good and not (name == "BYSETPOS" and freq == "DAILY")
    elif name in ("BYDAY", "WKST"):
        days = [_WEEKDAYS.fullmatch(item) for item in value.split(",")]
        ordinals = name == "BYDAY" and freq in ("MONTHLY", "YEARLY")
        good = all(day and (ordinals or not day[1]) for day in days) and (name == "BYDAY" or len(days) == 1)
    else:
        good = name == "FREQ" or bool(_UNTIL.fullmatch(value))
    if not good:
        raise unsupported(f"{name}={value[:40]} cannot stand in a {freq.lower()} rule.")


def _number_fits(text: str, least: int, most: int, signed: bool) -> bool:
    if not re.fullmatch(r"-?[0-9]{1,7}", text) or (text.startswith("-") and not signed):
        return False
    return least <= abs(int(text)) <= most


def _possible_day(parts: Mapping[str, str]) -> None:
    """30 February never comes, and dateutil would look for it until the year 9999."""
    if "BYMONTH" not in parts or "BYMONTHDAY" not in parts:
        return
    longest = max(29 if m == 2 else 30 if m in (4, 6, 9, 11) else 31 for m in map(int, parts["BYMONTH"].split(",")))
    if min(abs(int(day)) for day in parts["BYMONTHDAY"].split(",")) > longest:
        raise Refusal("window.empty", "The rule names a day that those months never have.", "Check the day.")


def _agreed_count(count: int | None, parts: Mapping[str, str]) -> int | None:
    said = {n for n in (count, int(parts["COUNT"]) if "COUNT" in parts else None) if n is not None}
    if len(said) > 1 or any(n < 1 for n in said):
        raise unsupported("The count is below one, or the rule says another.", "Give one count.")
    if any(n > MOST for n in said):
        raise too_many()
    return said.pop() if said else None


def too_many() -> Refusal:
    return Refusal("window.too_many", f"One window holds at most {MOST} times.", "Shorten it, or repeat less often.")


def _agreed_until(until: datetime | None, parts: Mapping[str, str], zone: str) -> datetime | None:
    if until and "UNTIL" in parts:
        raise unsupported("The rule has its own UNTIL.", "Give the last day once.")
    return _rule_until(parts["UNTIL"], zone) if "UNTIL" in parts else until


def _rule_until(text: str, zone: str) -> datetime:
    found = _UNTIL.fullmatch(text)
    assert found is not None  # _check_part saw to it
    year, month, day, hour, minute, second, utc = found.groups()
    try:
        stated = datetime(
            int(year), int(month), int(day), int(hour or 23), int(minute or 59), int(second or 59), tzinfo=UTC
        )
        return local_at(stated, zone) if utc else stated.replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise unsupported(f"UNTIL={text} is no date.") from None
