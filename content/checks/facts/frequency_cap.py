"""frequency-cap: a narrative is shown rarely, an account speaks seldom.

Counted are appearances: one message across languages and accounts within 24 h is one. The site is exempt.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import UNCAPPED, Appearance, FactsCase

ID = "frequency-cap"
SEVERITIES: dict[str, Severity] = dict.fromkeys(
    ("narrative-7d", "narrative-30d", "account-24h", "account-gap"), "block"
)
_DAY = timedelta(days=1)


def check(case: FactsCase) -> Iterator[Answer]:
    if case.channel == UNCAPPED:
        return
    narrative = case.narrative.ref if case.narrative else None
    known = {
        "appearances": case.appearances,
        "at": _when(case),
        "message": case.message,
        "narrative.id": narrative,
        "account": case.account,
    }
    yield from (Missing(ID, name) for name, value in known.items() if value is None)
    at = _when(case)
    if case.appearances is None or at is None or case.message is None:
        return
    others = [one for one in case.appearances if one.channel != UNCAPPED]
    if narrative is not None:
        yield from _narrative(case, at, [one for one in others if one.narrative == narrative])
    if case.account is not None:
        yield from _account(case, at, [one for one in others if one.account == case.account.ref])


def _when(case: FactsCase) -> datetime | None:
    """When it appears as planned: the others are counted by their plans too, and nothing is refused for a second."""
    return case.due or case.at


def _narrative(case: FactsCase, at: datetime, others: list[Appearance]) -> Iterator[Answer]:
    mine, times = appearances(case.message or "", at, others)
    for days, limit in ((7, case.caps.per_narrative_7d), (30, case.caps.per_narrative_30d)):
        if crowded(times, mine, limit, days * _DAY):
            what = f"This account would be shown more than {_times(limit)} in {days} days"
            yield _no(f"narrative-{days}d", what)


def _account(case: FactsCase, at: datetime, others: list[Appearance]) -> Iterator[Answer]:
    mine, times = appearances(case.message or "", at, others)
    caps = case.caps
    if crowded(times, mine, caps.per_account_24h, _DAY):
        yield _no("account-24h", f"This profile would post more than {_times(caps.per_account_24h)} in 24 hours")
    if crowded(times, mine, 1, timedelta(hours=caps.account_gap_hours)):
        what = f"This profile posts less than {caps.account_gap_hours:g} hours before or after"
        yield _no("account-gap", what)


def _times(limit: int) -> str:
    return "once" if limit == 1 else f"{limit} times"


def _no(code: str, what: str) -> Finding:
    return Finding(ID, "block", f"{what}. Choose another slot.", code=code)


def appearances(message: str, at: datetime, others: Iterable[Appearance]) -> tuple[datetime, list[datetime]]:
    """When `message`, shown at `at`, appears, and when all appear, itself included; sorted.

    An appearance's time is that of its first copy; a copy later than 24 h after it begins another one.
    """
    copies: dict[str, list[datetime]] = {message: [at]}
    for one in others:
        copies.setdefault(one.message, []).append(one.at)
    firsts = {name: _firsts(sorted(times)) for name, times in copies.items()}
    mine = max(first for first in firsts[message] if first <= at)
    return mine, sorted(first for times in firsts.values() for first in times)


def _firsts(times: list[datetime]) -> list[datetime]:
    firsts: list[datetime] = []
    for time in times:
        if not firsts or time - firsts[-1] > _DAY:
            firsts.append(time)
    return firsts


def most(times: list[datetime], mine: datetime, span: timedelta) -> int:
    """The largest number of the sorted `times` that a window shorter than `span` around `mine` holds."""
    near = [time for time in times if abs(time - mine) < span]
    starts = [time for time in near if time <= mine]
    return max((sum(start <= time < start + span for time in near) for start in starts), default=0)


def crowded(times: list[datetime], mine: datetime, limit: int, span: timedelta) -> bool:
    """Whether a window shorter than `span` around `mine` holds more than `limit` of the sorted `times`."""
    runs = zip(times, times[limit:], strict=False)  # the first and the last of one more than may be
    return any(first <= mine <= last and last - first < span for first, last in runs)
