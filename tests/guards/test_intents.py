"""A stop that is being written while an intent is: the intent waits for it, and then sees it."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from content import crisis, owning, release, stopping, verdict
from content.lifecycle import Action, Post, move, where
from content.record import seal
from content.store import now
from tests import factory
from tests.factory import House

STOPS: dict[str, Callable[[Session, House, Post], Any]] = {
    "pause of all": lambda session, house, post: stopping.pause(session, house.people["alice"], "all"),
    "pause of the campaign": lambda session, house, post: stopping.pause(
        session, house.people["alice"], "campaign", "spring"
    ),
    "pause of the account": lambda session, house, post: stopping.pause(
        session, house.people["bob"], "account", "site"
    ),
    "pause of a territory": lambda session, house, post: stopping.pause(
        session, house.people["bob"], "territory", "GB"
    ),
    "crisis": lambda session, house, post: crisis.declare(session, house.people["alice"], "GB", "An attack"),
    "a profile that poses": lambda session, house, post: owning.poses(session, house.people["bob"], "site"),
    "hold": lambda session, house, post: stopping.hold(session, house.people["kim"], house.narrative, "trial"),
    "revocation": lambda session, house, post: verdict.revoke(
        session, house.people["carol"], post.clearance_id, "doubt"
    ),
    "withdrawal": lambda session, house, post: stopping.withdraw(session, house.people["kim"], house.narrative),
}


@pytest.fixture
def home(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def _claimed(session: Session, house: House) -> Post:
    post = factory.cleared_post(session, house, of=house.narrative)
    at = now(session)
    move(session, where([post]), Action.CLAIM, at=at, fence="f", lease_until=at + timedelta(seconds=30))
    seal(session)
    session.refresh(post)
    return post


def _lifted(session: Session) -> None:
    """As two people would have done."""
    session.execute(text("UPDATE pause SET lifted_at = at, lifted_first = 1 WHERE lifted_at IS NULL"))
    two = "(SELECT id FROM person WHERE ref = '{}')"
    session.execute(text(f"UPDATE crisis SET lifted_first = {two.format('bob')}, lifted_second = {two.format('dana')},"
                         " lifted_at = at WHERE lifted_at IS NULL"))  # fmt: skip
    session.execute(text("UPDATE sensitive_day SET lifted_at = starts_at WHERE lifted_at IS NULL"))
    session.execute(text("UPDATE account SET open_asked = 1 WHERE persona"))
    session.execute(text("UPDATE account SET persona = NOT persona WHERE persona"))
    session.execute(text("UPDATE hold SET lifted_at = at WHERE lifted_at IS NULL"))


def test_an_intent_waits_for_a_stop_that_is_being_written_and_then_sees_it(home: House) -> None:
    for name, stop in STOPS.items():
        with home.store.write() as session:
            _lifted(session)
            post = _claimed(session, home)
        begun = _intended_meanwhile(home, post, name, stop)
        assert begun.releases == (), name
        with home.store.read() as session:
            assert session.get_one(Post, post.id).state in ("scheduled", "blocked", "cancelled"), name


def _intended_meanwhile(
    home: House, post: Post, name: str, stop: Callable[[Session, House, Post], Any]
) -> release.Begun:
    begun: list[release.Begun] = []

    def intend() -> None:
        with home.store.write() as session:
            begun.append(release.begin(session, [post], "node"))

    thread = threading.Thread(target=intend)
    with home.store.write() as session:
        stop(session, home, post)
        thread.start()
        _until_it_waits(home, thread)
        assert thread.is_alive(), f"the intent did not wait: {name}"
    thread.join(20)
    return begun[0]


def _until_it_waits(home: House, thread: threading.Thread) -> None:
    """PostgreSQL says who waits for an advisory lock; of SQLite's one writer a moment is proof enough."""
    if home.store.sqlite:
        thread.join(0.1)
        return
    waits = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE NOT l.granted"
    waits += " AND l.locktype = 'advisory' AND d.datname = current_database()"
    until = time.monotonic() + 20
    while thread.is_alive() and time.monotonic() < until:
        with home.store.read() as session:
            if session.execute(text(waits)).scalar():
                return
        time.sleep(0.02)
