"""What is wrong, from what health read: pure, with its thresholds in one place. docs/operate.md has a section for each.

An alarm names numbers, codes, programs and accounts of ours; never a person, a narrative or any of its words.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from content.errors import Refusal
from content.health import Health, Program, Some
from content.organisation import CLOCK_OFF
from content.watched import CAP

SIGN = 5.0  # seconds within which every running program gives a sign of life; they try every two
SILENT = 2 * SIGN
GONE = 30.0
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
BACKUP = 26 * HOUR


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that somebody should look at. code: stable, and a heading of docs/operate.md."""

    code: str
    level: Literal["warn", "critical"]
    message: str
    todo: str


@dataclass(frozen=True, slots=True)
class Limits:
    """From which age on an alarm stands, in seconds; None: never at that level."""

    warn: float
    critical: float | None = None


LIMITS = {
    "release.late": Limits(10, 60),
    "account.circuit": Limits(0, HOUR),
    "lease.lapsed": Limits(30, 120),
    "beat.silent": Limits(SILENT),
    "worker.silent": Limits(SILENT, GONE),
    "record.unsealed": Limits(10, 60),
    "journal.behind": Limits(30, 300),
    "post.uncertain": Limits(15 * MINUTE, DAY),
    "post.blocked": Limits(15 * MINUTE),
    "recall.slow": Limits(MINUTE, 15 * MINUTE),
    "posting.unconfirmed": Limits(HOUR, DAY),
    "recall.by_hand": Limits(0, 15 * MINUTE),
    "words.unformatted": Limits(2 * MINUTE, 30 * MINUTE),
}
# What is said of one and of more: {0} is how many, {1} the age of the oldest, {2} what it is about.
SAID = {
    "account.circuit": (
        "An account has rested for {1} ({2}).",
        "{0} accounts rest ({2}); the oldest for {1}.",
    ),
    "release.late": (
        "A post is due and nobody has claimed it for {1}.",
        "{0} posts are due and nobody has claimed them; the oldest for {1}.",
    ),
    "lease.lapsed": (
        "A lease ended {1} ago and nobody has come back to it.",
        "{0} leases ended and nobody has come back to them; the oldest {1} ago.",
    ),
    "post.uncertain": (
        "A post may be out or not: nobody has known for {1}.",
        "{0} posts may be out or not: nobody knows; the oldest for {1}.",
    ),
    "post.blocked": (
        "A post has been blocked for {1} ({2}).",
        "{0} posts are blocked ({2}); the oldest for {1}.",
    ),
    "post.quarantined": (
        "A post ended three workers that held it.",
        "{0} posts ended three workers each that held them.",
    ),
    "posting.unconfirmed": (
        "A post was posted by hand {1} ago, and nobody else has seen it.",
        "{0} posts were posted by hand, and nobody else has seen them; the oldest {1} ago.",
    ),
    "post.surplus": (
        "A post is out once too often and not down yet.",
        "{0} posts are out once too often and not down yet.",
    ),
    "post.expired": (
        "A post passed unsent in the last 24 h.",
        "{0} posts passed unsent in the last 24 h.",
    ),
    "post.failed": (
        "A post failed for good in the last 24 h.",
        "{0} posts failed for good in the last 24 h.",
    ),
    "recall.slow": (
        "A post has waited to be taken down for {1}.",
        "{0} posts wait to be taken down; the oldest for {1}.",
    ),
    "recall.by_hand": (
        "A post should have been taken down by hand {1} ago.",
        "{0} posts should have been taken down by hand; the oldest {1} ago.",
    ),
    "recall.impossible": (
        "A post cannot be taken down by program.",
        "{0} posts cannot be taken down by program.",
    ),
    "account.stranger": (
        "A post on an account of ours is not ours.",
        "{0} posts on our accounts are not ours.",
    ),
    "post.vanished": (
        "A post vanished or was changed, and nobody has settled it.",
        "{0} posts vanished or were changed, and nobody has settled it.",
    ),
    "words.unformatted": (
        "A wording has waited to be formatted for {1}.",
        "{0} wordings wait to be formatted; the oldest for {1}.",
    ),
    "words.unevaluated": (
        "A version waits to be checked again; until then it is not sent.",
        "{0} versions wait to be checked again; until then they are not sent.",
    ),
}
AT_ONCE = frozenset({"account.stranger", "post.quarantined"})  # critical, however long it stands
# Every alarm there is, and the next step.
NEXT = {
    "database.away": "Check that it runs and can be reached; nothing is sent meanwhile, and nothing is lost.",
    "schema.differs": "Run `counterpoint migrate`, or the program that fits the database.",
    "instance.disarmed": "Once `counterpoint doctor` is green, two people run `counterpoint doctor --arm`.",
    "account.unverified": "`counterpoint channel list` names them, `counterpoint channel verify` has a worker look.",
    "account.circuit": "Look what the platform says; renew the token where the code ends in 401 or 403.",
    "release.late": "Start workers; `counterpoint status` shows which programs are awake.",
    "lease.lapsed": "Start workers: they take up what others left.",
    "worker.silent": "Start one: `counterpoint worker`.",
    "worker.clock": "Mend the time service on that machine; the worker goes on by itself.",
    "beat.silent": "Start one: `counterpoint beat`. Workers look by themselves meanwhile, up to a second later.",
    "record.unsealed": "Start workers: any of them seals.",
    "journal.behind": "Look whether the journal's disk is there, has room and may be written.",
    "post.uncertain": "Look at the account, then `counterpoint found` or `counterpoint give-up`.",
    "post.blocked": "`counterpoint forecast` says why; unblock, reschedule or cancel them.",
    "post.quarantined": "Leave them blocked and read the workers' logs.",
    "post.surplus": "Recall them: `counterpoint recall`.",
    "post.expired": "`counterpoint requeue` offers them new times.",
    "post.failed": "`counterpoint show` says why; mend it and requeue them.",
    "recall.slow": "Start workers; if they run, take the posts down on the platform by hand.",
    "recall.impossible": "Take them down by hand on the platform, or ask it to.",
    "account.stranger": "Look at each: `counterpoint watched list`. Where it is not ours, pause the account first.",
    "post.vanished": "Take it up with the platform, with the evidence; then `counterpoint watched appeal`.",
    "posting.unconfirmed": "A second person opens the address: `counterpoint postings`.",
    "recall.by_hand": "Take them down now, and have a second person look: `counterpoint postings`.",
    "backup.old": "Run `counterpoint backup`, and look why the nightly one did not.",
    "words.unformatted": "Start workers; more of them if they are busy.",
    "words.unevaluated": "Workers do it by themselves; start more of them if the number does not fall.",
}


def alarms(health: Health) -> tuple[Alarm, ...]:
    """Every alarm that stands, the critical ones first."""
    found = [alarm for look in _LOOKS for alarm in look(health)]
    return tuple(sorted(found, key=lambda alarm: alarm.level != "critical"))


def unread(refusal: Refusal) -> tuple[Alarm, ...]:
    """What stands where the rows could not be read."""
    code = "database.away" if refusal.code == "database.away" else "schema.differs"
    return (_critical(code, refusal.message),)


def critical(found: tuple[Alarm, ...]) -> bool:
    """Whether any of them is."""
    return any(alarm.level == "critical" for alarm in found)


def _instance(health: Health) -> Iterator[Alarm]:
    program = health.schema_expected
    if program and (health.schema < program or health.least_program > program):
        yield _critical("schema.differs", f"The database stands at schema {health.schema}, this program at {program}.")
    if health.kind == "live" and not health.armed:
        yield _warn("instance.disarmed", f"Only paper and our own site are published: {health.why_disarmed}.")
    if health.unverified:
        said = f"Not verified lately: {number(health.unverified)} of {number(health.accounts)} accounts."
        yield _warn("account.unverified", said)
    if health.kind == "live" and health.armed and (health.backup is None or health.backup > BACKUP):
        last = "Nobody has made a backup yet." if health.backup is None else f"The last is {span(health.backup)} old."
        yield _warn("backup.old", last)


def _release(health: Health) -> Iterator[Alarm]:
    shut = health.circuits
    names = ", ".join(f"{one.account}: {one.code}" for one in shut[:5])
    yield from _aged("account.circuit", Some(len(shut), shut[0].age if shut else None), names)
    yield from _aged("release.late", health.due)
    yield from _aged("lease.lapsed", health.lapsed)


def _programs(health: Health) -> Iterator[Alarm]:
    for name in ("worker", "beat"):
        ages = [one.age for one in health.programs if _kind(one) == name]
        seen = f"gave its last sign of life {span(min(ages))} ago" if ages else "was never seen"
        yield from _over(f"{name}.silent", min(ages, default=math.inf), f"No {name} is awake: it {seen}.")


def _clocks(health: Health) -> Iterator[Alarm]:
    for one in health.programs:
        if one.detail.startswith(CLOCK_OFF) and one.age <= GONE:
            off = one.detail.removeprefix(CLOCK_OFF)
            yield _critical("worker.clock", f"The clock of {one.name} is off by {off}, so it claims nothing.")


def _record(health: Health) -> Iterator[Alarm]:
    lag, behind = health.seal_lag, health.journal_behind or 0.0
    said = f"The oldest unsealed step of the record is {span(lag)} old; over 60 s nothing is sent."
    yield from _over("record.unsealed", lag, said)
    yield from _over("journal.behind", behind, f"What was sealed {span(behind)} ago is not in the journal yet.")


def _posts(health: Health) -> Iterator[Alarm]:
    codes = ", ".join(f"{many} {code}" for code, many in health.blocked_by[:5])
    quarantined = dict(health.blocked_by).get("quarantine", 0)
    yield from _aged("post.uncertain", health.uncertain)
    yield from _aged("post.blocked", health.blocked, codes)
    yield from _some("post.quarantined", Some(quarantined))
    yield from _aged("posting.unconfirmed", health.unconfirmed)
    yield from _some("post.surplus", health.surplus)
    yield from _some("post.expired", health.expired)
    yield from _some("post.failed", health.failed)


def _recalls(health: Health) -> Iterator[Alarm]:
    yield from _aged("recall.slow", health.recalling)
    yield from _aged("recall.by_hand", health.overdue)
    yield from _some("recall.impossible", health.recall_impossible)


def _watched(health: Health) -> Iterator[Alarm]:
    yield from _some("account.stranger", health.strangers)
    yield from _some("post.vanished", health.appeals)


def _words(health: Health) -> Iterator[Alarm]:
    yield from _aged("words.unformatted", health.to_format)
    yield from _some("words.unevaluated", Some(health.unevaluated))


_LOOKS: tuple[Callable[[Health], Iterator[Alarm]], ...] = (
    _instance, _release, _programs, _clocks, _record, _posts, _recalls, _watched, _words,
)  # fmt: skip


def _warn(code: str, message: str) -> Alarm:
    return Alarm(code, "warn", message, NEXT[code])


def _critical(code: str, message: str) -> Alarm:
    return Alarm(code, "critical", message, NEXT[code])


def _over(code: str, age: float, message: str) -> Iterator[Alarm]:
    limits = LIMITS[code]
    if limits.critical is not None and age > limits.critical:
        yield _critical(code, message)
    elif age > limits.warn:
        yield _warn(code, message)


def _aged(code: str, some: Some, about: str = "") -> Iterator[Alarm]:
    if some.oldest is not None:
        yield from _over(code, some.oldest, _said(code, some.number, span(some.oldest), about))


def _some(code: str, some: Some) -> Iterator[Alarm]:
    if some.number:
        said = _said(code, some.number)
        yield _critical(code, said) if code in AT_ONCE else _warn(code, said)


def _said(code: str, many: int, *more: str) -> str:
    return SAID[code][many != 1].format(number(many), *more)


def _kind(program: Program) -> str:
    """A program's heartbeat is called like it, or like it and its node."""
    return program.name.partition(":")[0]


def number(some: int) -> str:
    """A capped count for people."""
    return f"{CAP} or more" if some >= CAP else str(some)


def span(seconds: float) -> str:
    """A length of time for people."""
    if seconds < 2 * MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 2 * HOUR:
        return f"{seconds / MINUTE:.0f} min"
    return f"{seconds / HOUR:.0f} h" if seconds < 2 * DAY else f"{seconds / DAY:.0f} days"
