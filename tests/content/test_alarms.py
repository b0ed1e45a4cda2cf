"""Each alarm begins where its threshold says; pure."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from content.alarms import LIMITS, NEXT, SAID, alarms, critical, unread
from content.errors import Refusal
from content.health import Health, Lateness, Program, Shut, Some
from content.watched import CAP

QUIET = Health(
    at=datetime(2026, 1, 1, tzinfo=UTC), kind="live", armed=True, why_disarmed="", clock_offset=0, schema="9",
    schema_expected="9", least_program="1", scheduled=3, due=Some(), kept_back=0, lapsed=Some(), uncertain=Some(),
    blocked=Some(), blocked_by=(), recalling=Some(), recall_impossible=Some(),
    postings=Some(), unconfirmed=Some(), takedowns=Some(), overdue=Some(), surplus=Some(), surplus_posts=(),
    expired=Some(), failed=Some(), to_format=Some(), unevaluated=0, pauses=0, holds=0, sealed=9, unsealed=Some(),
    journal_behind=0.0, backup=60.0, circuits=(), unverified=0, accounts=4,
    programs=(Program("beat", 1.0), Program("worker", 1.0, "here:1")), intents=0, lateness=Lateness(),
)  # fmt: skip
ONE = Some(1, 1.0)


def codes(**changed: Any) -> dict[str, str]:
    return {alarm.code: alarm.level for alarm in alarms(replace(QUIET, **changed))}


def test_nothing_stands_while_all_is_well() -> None:
    assert codes() == {}


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("due", "release.late"),
        ("lapsed", "lease.lapsed"),
        ("unsealed", "record.unsealed"),
        ("uncertain", "post.uncertain"),
        ("blocked", "post.blocked"),
        ("recalling", "recall.slow"),
        ("unconfirmed", "posting.unconfirmed"),
        ("overdue", "recall.by_hand"),
        ("to_format", "words.unformatted"),
    ],
)
def test_each_age_has_its_thresholds(field: str, code: str) -> None:
    limits = LIMITS[code]
    assert codes(**{field: Some(1, limits.warn)}) == {}
    assert codes(**{field: Some(1, limits.warn + 1)}) == {code: "warn"}
    if limits.critical is not None:
        assert codes(**{field: Some(1, limits.critical + 1)}) == {code: "critical"}


def test_the_promised_thresholds() -> None:
    assert (LIMITS["release.late"].warn, LIMITS["release.late"].critical) == (10, 60)
    assert (LIMITS["record.unsealed"].warn, LIMITS["record.unsealed"].critical) == (10, 60)
    assert LIMITS["post.uncertain"].warn == 15 * 60


@pytest.mark.parametrize(
    ("changed", "code", "level"),
    [
        ({"journal_behind": 31.0}, "journal.behind", "warn"),
        ({"journal_behind": 301.0}, "journal.behind", "critical"),
        ({"blocked_by": (("quarantine", 1),)}, "post.quarantined", "critical"),
        ({"surplus": ONE}, "post.surplus", "warn"),
        ({"expired": ONE}, "post.expired", "warn"),
        ({"failed": ONE}, "post.failed", "warn"),
        ({"recall_impossible": ONE}, "recall.impossible", "warn"),
        ({"unevaluated": 1}, "words.unevaluated", "warn"),
        ({"armed": False, "why_disarmed": "nobody"}, "instance.disarmed", "warn"),
        ({"schema": "8"}, "schema.differs", "critical"),
        ({"least_program": "95", "schema": "95"}, "schema.differs", "critical"),
        ({"backup": None}, "backup.old", "warn"),
        ({"backup": 27 * 3600.0}, "backup.old", "warn"),
        ({"circuits": (Shut("here", "x.401", 5.0),)}, "account.circuit", "warn"),
        ({"circuits": (Shut("here", "x.401", 3700.0),)}, "account.circuit", "critical"),
        ({"unverified": 1}, "account.unverified", "warn"),
        ({"programs": (Program("worker", 1.0),)}, "beat.silent", "warn"),
        ({"programs": (Program("beat", 1.0),)}, "worker.silent", "critical"),
        ({"programs": (Program("beat", 1.0), Program("worker", 11.0))}, "worker.silent", "warn"),
    ],
)
def test_what_raises_an_alarm(changed: dict[str, Any], code: str, level: str) -> None:
    assert codes(**changed) == {code: level}


def test_a_worker_whose_clock_is_off_is_named_while_it_lives() -> None:
    off = "clock off by +45 s"
    assert codes(programs=(*QUIET.programs, Program("worker:b", 2.0, off))) == {"worker.clock": "critical"}
    assert codes(programs=(*QUIET.programs, Program("worker:b", 300.0, off))) == {}


def test_one_worker_that_is_awake_is_enough() -> None:
    awake = (Program("beat", 1.0), Program("worker:a", 500.0), Program("worker:b", 1.0))
    assert codes(programs=awake) == {}


def test_a_rehearsal_need_not_be_armed() -> None:
    assert codes(kind="rehearsal", armed=False) == {}


def test_a_newer_schema_that_takes_older_programs_fits() -> None:
    assert codes(schema="95") == {}


def test_a_journal_elsewhere_is_nobodys_fault() -> None:
    assert codes(journal_behind=None) == {}


def test_critical_alarms_come_first() -> None:
    found = alarms(replace(QUIET, surplus=ONE, schema="8", expired=ONE))
    assert [alarm.level for alarm in found] == ["critical", "warn", "warn"]
    assert critical(found)
    assert not critical(found[1:])


def test_a_count_that_was_cut_says_so() -> None:
    found = alarms(replace(QUIET, expired=Some(CAP, 5.0)))
    assert found[0].message.startswith("1000 or more ")


@pytest.mark.parametrize(("number", "said"), [(1, "A post"), (2, "2 posts"), (CAP, f"{CAP} or more posts")])
def test_one_is_told_as_one(number: int, said: str) -> None:
    aged, counted = ("due", "uncertain", "recalling", "overdue"), ("surplus", "expired", "failed", "appeals")
    for field in (*aged, *counted, "recall_impossible"):
        found = alarms(replace(QUIET, **{field: Some(number, 1e6)}))
        assert found[0].message.startswith(f"{said} "), field


def test_every_alarm_that_counts_says_how_many_and_since_when() -> None:
    assert all("{0}" not in one and "{0}" in many for one, many in SAID.values())
    assert all(("{1}" in one) == ("{1}" in many) and ("{2}" in one) == ("{2}" in many) for one, many in SAID.values())
    assert {code for code, (one, _) in SAID.items() if "{1}" in one} == set(LIMITS) & set(SAID)


def test_what_cannot_be_read_is_an_alarm_too() -> None:
    assert unread(Refusal("database.away", "The database does not answer."))[0].code == "database.away"
    assert unread(Refusal("instance.none", "There is nothing."))[0].code == "schema.differs"


def test_every_alarm_says_what_to_do() -> None:
    assert all(todo.strip() for todo in NEXT.values())
    assert set(LIMITS) <= set(NEXT)
