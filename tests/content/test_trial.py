"""What a trial of proposed rules found is kept for those who adopt rules: counts and names, and no words."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import select

from content import trial
from content.checks import proposal, shipped
from content.checks.rules import RULES
from content.errors import Refusal
from content.record import Record
from content.shadowing import Change, Kind, Shadow, shadow
from content.store import now
from content.trial import Trial
from tests import factory
from tests.content.test_shadowing import MORE, judged
from tests.factory import House


@pytest.fixture
def house(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def _kept(house: House, found: Shadow, proposed: str = "other", by: str = "dana") -> None:
    with house.store.write() as session:
        trial.keep(session, house.people[by], proposed, 90, found)


def _last(house: House, by: str = "bob") -> trial.Tried | None:
    with house.store.read() as session:
        return trial.last(session, house.people[by])


def test_what_a_run_found_is_read_again_with_who_tried_what_and_when(house: House) -> None:
    assert _last(house) is None
    with house.store.write() as session:
        judged(session, house)
    with house.store.read() as session:
        told = proposal.read(json.dumps({"lexicons": MORE}))
        found = shadow(session, told, now(session) - timedelta(days=90))
    _kept(house, found)
    last = _last(house)
    assert last and (last.judged, last.by, last.rules, last.proposed, last.days) == (1, "dana", RULES, "other", 90)
    assert last.changes == found.changes == (Change("blocked", "M-1", "en", 1, ("claim-uncited",)),)
    assert last.counts == {"blocked": 1, "needs": 0, "free": 0, "watched": 0}
    with house.store.read() as session:
        (row,) = session.exec(select(Trial)).all()
        assert factory.PASSAGE not in json.dumps(row.changes)
        assert session.exec(select(Record.action).where(Record.subject == "trial")).all() == ["rules.try"]


def test_the_last_run_is_shown_and_what_stops_stands_before_what_passes(house: House) -> None:
    _kept(house, Shadow(3, ()), "first")
    kinds: tuple[Kind, ...] = ("watched", "free", "needs", "blocked")
    _kept(house, Shadow(4, tuple(Change(kind, f"M-{kind}", "en", 1, ("x",)) for kind in kinds)), "second")
    last = _last(house)
    assert last and last.proposed == "second"
    assert [one.kind for one in last.changes] == ["blocked", "needs", "free", "watched"]


def test_all_changes_are_counted_and_no_more_kept_than_are_read(house: House) -> None:
    many = tuple(Change("free", f"M-{n}", "en", 1, ("x",)) for n in range(trial.MOST + 5))
    _kept(house, Shadow(1000, (*many, Change("blocked", "M-last", "en", 1, ("x",)))))
    last = _last(house)
    assert last and last.counts["free"] == trial.MOST + 5 and len(last.changes) == trial.MOST
    assert last.changes[0].message == "M-last"


def test_whole_rules_go_by_the_name_that_their_program_gives_them(house: House) -> None:
    words = json.dumps(dict(shipped.shipped()))
    assert trial.identity(proposal.read(words), words) == RULES
    small = '{"checks": {"mockery": "off"}}'
    assert trial.identity(proposal.read(small), small).startswith("sha256:")


@pytest.mark.parametrize("who", ["alice", "tom"])
def test_who_adopts_no_rules_neither_keeps_nor_reads_a_trial(house: House, who: str) -> None:
    with pytest.raises(Refusal, match=r"\[rights.role\]"):
        _kept(house, Shadow(0, ()), by=who)
    with pytest.raises(Refusal, match=r"\[rights.role\]"):
        _last(house, who)
