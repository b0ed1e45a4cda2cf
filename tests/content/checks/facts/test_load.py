"""Facts are read for a whole batch: as many statements for many leaves as for one, on both databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlmodel import col, select

from content.checks.facts.load import Wanted, facts
from content.consent import ConsentEvent
from content.message import Leaf
from content.store import now
from tests import factory
from tests.factory import House


@pytest.fixture
def home(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_many_leaves_take_as_many_statements_as_one(home: House) -> None:
    with home.store.write() as session:
        for _ in range(12):
            factory.version(session, home, accounts=("site", "facebook-gb"))
    with home.store.read() as session:
        at = now(session)
        leaves = session.exec(select(Leaf.id).order_by(col(Leaf.id))).all()
        wanted = [Wanted(number, leaf or 0, at) for number, leaf in enumerate(leaves)]
        capped = session.exec(select(Leaf.id).where(Leaf.format != "site")).all()
        with counted(home.store.engine) as for_one:
            facts(session, [one for one in wanted if one.leaf_id in capped][:1])
        with counted(home.store.engine) as for_many:
            found = facts(session, wanted)
    assert len(found) == 24
    assert len(for_many) == len(for_one) < 25


def test_each_leaf_is_judged_at_its_own_instant(home: House) -> None:
    with home.store.write() as session:
        made = factory.version(session, home)
        leaf = session.exec(select(Leaf.id).where(Leaf.version_id == made.id)).one()
        early, late = now(session), made.not_after
        found = facts(session, [Wanted(1, leaf or 0, early), Wanted(2, leaf or 0, late)])
    assert (found[1].at, found[2].at) == (early, late)


def test_each_instant_has_the_consent_of_its_own_however_many_are_judged_together(home: House) -> None:
    with home.store.write() as session:
        made = factory.version(session, home, of=home.narrative)
        leaf = session.exec(select(Leaf.id).where(Leaf.version_id == made.id)).one() or 0
        before, again = now(session), made.not_after + timedelta(days=90)
        confirmed = before + timedelta(hours=2)
        session.add(
            ConsentEvent(
                narrative_id=home.narrative.id or 0,
                kind="reconfirm",
                reconfirm_by=again,
                by=home.id("alice"),
                at=confirmed,
            )
        )
        instants = (before, before + timedelta(hours=1), confirmed, made.not_after)
        found = facts(session, [Wanted(number, leaf, at) for number, at in enumerate(instants)])
    told = [one.narrative.consent.reconfirm_by for one in found.values() if one.narrative and one.narrative.consent]
    assert [one == again for one in told] == [False, False, True, True]


def test_what_the_site_shows_is_never_read_for_the_caps_however_much_it_is(home: House) -> None:
    with home.store.write() as session:
        shown = factory.cleared_post(session, home, account="site")
        judged = factory.version(session, home, accounts=("site", "facebook-gb"), of=home.narrative)
        leaves = session.exec(select(Leaf.id, Leaf.format).where(Leaf.version_id == judged.id)).all()
        wanted = [Wanted(number, leaf or 0, shown.due_at) for number, (leaf, _) in enumerate(leaves)]
        with counted(home.store.engine) as seen:
            found = facts(session, wanted)
        assert all(one.appearances == () for one in found.values())
        on_site = [one for one, (_, form) in zip(wanted, leaves, strict=True) if form == "site"]
        with counted(home.store.engine) as for_site:
            facts(session, on_site)
    assert len(for_site) == len(seen) - 2  # neither the caps nor who answers replies is asked for


def test_nothing_wanted_reads_nothing(home: House) -> None:
    with home.store.read() as session, counted(home.store.engine) as seen:
        assert facts(session, []) == {}
    assert seen == []
