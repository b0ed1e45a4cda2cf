"""The same figures as `counterpoint status`, in Prometheus' text format 0.0.4. Names and units are promised outside.

The format is a dozen lines to write; a client library would keep counters of its own, and ours stand in the rows.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from content.alarms import NEXT, Alarm
from content.health import Health, Some

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "counterpoint_"
Labels = Mapping[str, str]
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


@dataclass(frozen=True, slots=True)
class Metric:
    """One family: its samples by labels."""

    name: str
    help: str
    samples: Iterable[tuple[Labels, float]]
    type: str = field(default="gauge")


def text(health: Health | None, stands: Iterable[Alarm]) -> str:
    """Everything as text; without health only whether it can be read, and the alarms."""
    lines = (line for metric in _all(health, tuple(stands)) for line in _lines(metric))
    return "\n".join(lines) + "\n"


def _all(health: Health | None, stands: tuple[Alarm, ...]) -> Iterator[Metric]:
    yield _one("up", "1 where the rows can be read.", float(health is not None))
    yield Metric("alarm", "1 while this alarm stands; docs/operate.md says what to do.", _alarms(stands))
    if health is not None:
        yield from _posts(health)
        yield from _words_and_record(health)
        yield from _instance(health)
        yield from _lateness(health)


def _alarms(stands: tuple[Alarm, ...]) -> Iterator[tuple[Labels, float]]:
    level = {alarm.code: alarm.level for alarm in stands}
    for code in NEXT:
        for one in ("warn", "critical"):
            yield {"code": code, "level": one}, float(level.get(code) == one)


def _posts(health: Health) -> Iterator[Metric]:
    some = {
        "due": health.due, "uncertain": health.uncertain, "blocked": health.blocked, "recalling": health.recalling,
        "recall_impossible": health.recall_impossible, "surplus": health.surplus, "lapsed_lease": health.lapsed,
    }  # fmt: skip
    lately = {"expired": health.expired, "failed": health.failed}
    yield Metric("posts", "Posts that wait for something; 1000 means 1000 or more.", _numbers(some))
    yield Metric("posts_oldest_seconds", "For how long the oldest of them has waited, 0 for none.", _ages(some))
    yield Metric("posts_lately", "Posts of the last 24 h; 1000 means 1000 or more.", _numbers(lately))
    yield Metric("posts_blocked", "Blocked posts by the code that blocks them.", _by("code", dict(health.blocked_by)))
    yield _one("posts_scheduled", "Posts in the plan; 1000 means 1000 or more.", health.scheduled)
    yield _one("posts_kept_back", "Due posts that wait for their account's pace or circuit.", health.kept_back)
    yield _one("intents_total", "Attempts ever begun, near enough for a rate.", health.intents, "counter")


def _words_and_record(health: Health) -> Iterator[Metric]:
    yield _one("wordings_unformatted", "Wordings to be formatted.", health.to_format.number)
    yield _one("wordings_unformatted_oldest_seconds", "How long the oldest waits.", health.to_format.oldest or 0.0)
    yield _one("versions_unevaluated", "Versions to be checked again.", health.unevaluated)
    yield _one("record_sealed_total", "Record rows sealed, ever.", health.sealed, "counter")
    yield _one("record_unsealed", "Record rows not sealed yet.", health.unsealed.number)
    yield _one("record_seal_lag_seconds", "Age of the oldest unsealed row; over 60 nothing is sent.", health.seal_lag)
    if health.journal_behind is not None:
        yield _one("journal_behind_seconds", "How far the exported heads are behind.", health.journal_behind)


def _instance(health: Health) -> Iterator[Metric]:
    told = {"kind": health.kind, "schema": health.schema}
    yield Metric("instance", "1, with what it is.", [(told, 1.0)])
    yield _one("armed", "1 where channels other than paper and our own site are open.", float(health.armed))
    yield _one("clock_offset_seconds", "How far a rehearsal's clock stands ahead.", health.clock_offset)
    yield _one("pauses", "Pauses that stand.", health.pauses)
    yield _one("holds", "Holds that stand.", health.holds)
    yield _one("accounts", "Accounts in use.", health.accounts)
    yield _one("accounts_unverified", "Those that were not verified lately.", health.unverified)
    shut = {one.account: one.age for one in health.circuits}
    yield Metric("circuit_open_seconds", "For how long an account has been left alone.", _by("account", shut))
    if health.backup is not None:
        yield _one("backup_age_seconds", "Age of the last backup.", health.backup)
    ages = {one.name: one.age for one in health.programs}
    yield Metric("program_silent_seconds", "Seconds since a program's last sign of life.", _by("program", ages))
    yield _one("read_seconds", "How long it took to read all this.", health.took)


def _lateness(health: Health) -> Iterator[Metric]:
    late = health.lateness
    steps = [({"le": f"{step:g}"}, float(count)) for step, count in late.within]
    shares = {"0.5": late.p50, "0.95": late.p95, "1": late.most}
    about = "Of the last intents of the last hour, 500 at most"
    yield Metric("recent_intents", f"{about}: how many began at most so many seconds late.", [
        *steps, ({"le": "+Inf"}, float(late.number))])  # fmt: skip
    yield Metric("recent_lateness_seconds", f"{about}: their lateness.", _by("quantile", shares))


def _one(name: str, about: str, value: float, type_: str = "gauge") -> Metric:
    return Metric(name, about, [({}, value)], type_)


def _numbers(some: Mapping[str, Some]) -> list[tuple[Labels, float]]:
    return [({"state": name}, float(one.number)) for name, one in some.items()]


def _ages(some: Mapping[str, Some]) -> list[tuple[Labels, float]]:
    return [({"state": name}, one.oldest or 0.0) for name, one in some.items()]


def _by(label: str, values: Mapping[str, float]) -> list[tuple[Labels, float]]:
    return [({label: name}, float(value)) for name, value in values.items()]


def _lines(metric: Metric) -> Iterator[str]:
    name = PREFIX + metric.name
    yield f"# HELP {name} {metric.help}"
    yield f"# TYPE {name} {metric.type}"
    for labels, value in metric.samples:
        told = ",".join(f'{label}="{text.translate(_ESCAPES)}"' for label, text in labels.items())
        yield f"{name}{{{told}}} {_number(value)}" if told else f"{name} {_number(value)}"


def _number(value: float) -> str:
    return repr(float(value))
