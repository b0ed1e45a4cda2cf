"""What is out is looked at again on real servers: it stands, it vanished, it was rewritten, or it is not ours.

Time passes for the one who looks, never for a server: its clock is the real one. Where no server can be booted, its
stand-in keeps the same sentences; and what cannot be asked at all is said to be so.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlmodel import Session, col, select

from content import health, watching
from content.alarms import alarms
from content.lifecycle import Part, Post
from content.organisation import Account
from content.record import Record
from content.store import now
from content.stranger import Stranger
from content.watch import Appeal, Sighting, Tally
from tests import factory
from tests.faults.proxy import Proxy
from tests.servers.behind import AWAY, Behind, behind
from tests.servers.everywhere import Everywhere, Place, furnished, on_list, on_telegram, on_webhook, settings_of
from worker import recall, watch

HOUR, AGAIN = timedelta(hours=1), timedelta(minutes=11)
BOOTED = {"bluesky": "pds", "matrix": "synapse", "wordpress": "wordpress"}  # by the fixture that boots it


@dataclass
class Watching:
    """A house with one account there, whose one post is out and watched. ahead: how far the clock of whoever looks is
    before the servers'."""

    house: Everywhere
    there: Behind
    line: Proxy
    ahead: timedelta = timedelta()
    posts: dict[str, int] = field(default_factory=dict)

    def look(self, by: timedelta) -> None:
        self.ahead += by
        watch.look(self.house.store, self.house.told_of, self.house.node)

    @property
    def remote(self) -> str:
        with self.house.store.read() as session:
            return session.get_one(Part, (self.posts[self.there.name], 0)).remote_id or ""

    def rows(self, table: Any) -> list[Any]:
        with self.house.store.read() as session:
            return list(session.exec(select(table)))

    def results(self) -> list[str]:
        return [one.result for one in sorted(self.rows(Sighting), key=lambda one: one.id)]

    def steps(self, action: str) -> int:
        return sum(one.action == action for one in self.rows(Record))


@pytest.fixture
def made(
    request: pytest.FixtureRequest, db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Watching]]:
    with ExitStack() as stack:

        def make(name: str) -> Watching:
            home = tmp_path / "home"
            url = request.getfixturevalue(BOOTED[name]) if name in BOOTED else ""
            there = behind(name, stack, url, home)
            line = stack.enter_context(Proxy(_pair(there.place)))
            _through(line, there.place)
            told = settings_of(home, {name: there.place}, database_url=db)
            house = furnished(stack.enter_context(factory.opened(db)), told, {name: there.place})
            watched = Watching(house, there, line)
            monkeypatch.setattr(watch, "now", lambda session: now(session) + watched.ahead)
            watched.look(timedelta())
            watched.posts = house.sent()
            watched.look(timedelta())
            return watched

        yield make


def _pair(place: Place) -> tuple[str, int]:
    url = urlsplit(str(place.settings.get("url") or ""))
    return (url.hostname or "127.0.0.1", url.port or 9)


def _through(line: Proxy, place: Place) -> None:
    """All calls go over that line."""
    if url := place.settings.get("url"):
        place.settings["url"] = f"http://127.0.0.1:{line.port}"
        place.identity = place.identity.replace(url, place.settings["url"])


@pytest.mark.parametrize("name", AWAY)
def test_what_stands_is_seen_to_stand_with_the_counts_that_its_channel_tells(
    made: Callable[[str], Watching], name: str
) -> None:
    watched = made(name)
    told = watched.there.liked(watched.remote)
    watched.look(HOUR)
    watched.look(timedelta(days=1))
    assert watched.results() == ["stands"] * 2
    assert (watched.rows(Appeal), watched.rows(Stranger)) == ([], [])
    with watched.house.store.read() as session:
        looked = watching.looked(session, watched.posts[name])
    assert looked is not None
    assert {one.name: one.value for one in looked.counts} == told
    assert {(one.source, one.at == looked.seen[0].at) for one in looked.counts} <= {(name, True)}


@pytest.mark.parametrize(("name", "way"), [(name, way) for name in AWAY for way in AWAY[name]])
def test_what_is_taken_down_behind_our_back_is_an_appeal_once_it_was_seen_twice(
    made: Callable[[str], Watching], name: str, way: str
) -> None:
    watched = made(name)
    watched.there.away[way](watched.remote)
    watched.look(HOUR)
    assert (watched.results(), watched.rows(Appeal)) == (["vanished"], [])
    watched.look(AGAIN)
    with watched.house.store.read() as session:
        (appeal,) = watching.appeals(session)
    assert (appeal.kind, appeal.post, appeal.now, appeal.channel) == ("vanished", watched.posts[name], "vanished", name)
    assert appeal.url.startswith(("http://", "https://"))
    assert "post.vanished" in codes(watched)
    for _ in range(2):
        watched.look(timedelta(days=1))
    assert (len(watched.rows(Appeal)), watched.steps("appeal.open")) == (1, 1)


@pytest.mark.parametrize("name", AWAY)
def test_what_is_rewritten_behind_our_back_is_an_appeal_too(made: Callable[[str], Watching], name: str) -> None:
    watched = made(name)
    watched.there.edit(watched.remote)
    watched.look(HOUR)
    watched.look(AGAIN)
    assert watched.results() == ["changed"] * 2
    assert [(one.kind, one.post_id) for one in watched.rows(Appeal)] == [("changed", watched.posts[name])]


@pytest.mark.parametrize("name", AWAY)
def test_what_somebody_else_puts_on_our_account_is_an_alarm_and_ours_is_none(
    made: Callable[[str], Watching], name: str
) -> None:
    watched = made(name)
    time.sleep(1.1)  # some date by the second, and nothing counts that is as old as the first look
    foreign = {put() for put in watched.there.strange.values()}
    watched.look(HOUR)
    assert {one.remote_id for one in watched.rows(Stranger)} == foreign
    assert "account.stranger" not in codes(watched)
    watched.look(AGAIN)
    watched.look(AGAIN)
    with watched.house.store.read() as session:
        assert {one.remote_id for one in watching.strangers(session)} == foreign
    assert watched.steps("stranger.see") == len(foreign)
    assert "account.stranger" in codes(watched)


@pytest.mark.parametrize("name", AWAY)
def test_what_we_take_back_ourselves_did_not_vanish(made: Callable[[str], Watching], name: str) -> None:
    watched = made(name)
    house = watched.house
    house.change(house._withdrawn)
    recall.look(house.store, house.told_of, house.node)
    for _ in range(2):
        watched.look(HOUR)
    assert (house.places[name].seen(), watched.results(), watched.rows(Appeal)) == (0, [], [])


@pytest.mark.parametrize("name", [name for name in AWAY if name != "site"])
@pytest.mark.parametrize("fault", ["drop", "cut"])
def test_a_server_that_is_away_takes_nothing_down_and_raises_nothing(
    made: Callable[[str], Watching], name: str, fault: str
) -> None:
    watched = made(name)
    watched.line.turn(fault, after=40)
    for _ in range(3):
        watched.look(HOUR)
    assert (set(watched.results()) <= {"unclear"}, watched.rows(Appeal), watched.rows(Stranger)) == (True, [], [])
    watched.line.turn("pass")
    for _ in range(2):
        watched.look(2 * HOUR)
    assert (watched.results()[-1], watched.rows(Appeal), watched.rows(Tally) == []) == (
        "stands", [], not watched.there.liked(watched.remote),
    )  # fmt: skip


def test_what_cannot_be_asked_is_said_to_be_unclear_and_nobody_is_alarmed(
    db: str, mail: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as stack:
        places = {"list": on_list(stack, mail), "webhook": on_webhook(stack), "telegram": on_telegram(stack)}
        told = settings_of(tmp_path / "home", places, database_url=db)
        house = furnished(stack.enter_context(factory.opened(db)), told, places)
        posts, ahead = house.sent(), [timedelta()]
        assert house._states(posts) == dict.fromkeys(places, "published")
        monkeypatch.setattr(watch, "now", lambda session: now(session) + ahead[0])
        for by in (timedelta(), HOUR, HOUR * 24, HOUR * 24 * 6):
            ahead[0] += by
            watch.look(house.store, told, house.node)
        with house.store.read() as session:
            assert seen(session) == {name: ["unclear"] * 3 for name in places}
            assert (session.exec(select(Appeal)).all(), session.exec(select(Stranger)).all()) == ([], [])


def seen(session: Session) -> dict[str, list[str]]:
    """What each channel's looks saw, in order."""
    found: dict[str, list[str]] = {}
    for one in session.exec(select(Sighting).order_by(col(Sighting.id))):
        account = session.get_one(Account, session.get_one(Post, one.post_id).account_id)
        found.setdefault(account.ref, []).append(one.result)
    return found


def codes(watched: Watching) -> set[str]:
    """Of the alarms that stand."""
    return {one.code for one in alarms(health.look(watched.house.store))}
