"""What is out is looked at again: its turns, twice before an appeal, strangers on our accounts, and nobody held up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlmodel import Session, col, select

from content.gone import GoneOut
from content.imported import Imported
from content.intake import storing_publications
from content.lifecycle import UNWATCHED, Post
from content.organisation import Account
from content.outcome import Destination, KeyedPart, Listed, Outgoing, Retry, Seen, Stands, Undecidable, Vanished
from content.patience import Overrun
from content.record import Record
from content.settings import load
from content.store import now
from content.stranger import Stranger
from content.watch import Appeal, Sighting, Tally, Watch, WatchedAccount, accounts_due, claim, next_look
from tests import factory
from tests.worker.conftest import Desk
from tests.worker.scripted import Scripted
from worker import dispatch, watch
from worker.node import Node

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class Wall(Scripted):
    """A channel that says what stands on it. gone, changed, broken: posts; asked: posts, in order; lists: accounts."""

    gone: set[int] = field(default_factory=set)
    changed: set[int] = field(default_factory=set)
    broken: set[int] = field(default_factory=set)
    busy: set[str] = field(default_factory=set)  # accounts
    asked: list[int] = field(default_factory=list)
    on_it: dict[str, list[Listed]] = field(default_factory=dict)
    lists: list[str] = field(default_factory=list)
    counts: dict[str, Any] = field(default_factory=dict)
    during: Any = None  # called while a post is looked at

    def stands(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Seen:
        self.asked.append(post.post_id)
        if self.during is not None:
            self.during()
        if post.post_id in self.broken:
            raise ConnectionError
        if post.account.ref in self.busy:
            return Retry(timedelta(minutes=20), "wall.429")
        return Vanished("It is gone.") if post.post_id in self.gone else Stands(post.post_id in self.changed)

    def listed(self, account: Destination, since: datetime) -> Any:
        self.lists.append(account.ref)
        return [one for one in self.on_it.get(account.ref, []) if one.at >= since]

    def metrics(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Mapping[str, int]:
        return self.counts


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    made = Wall()
    monkeypatch.setattr(watch, "channels", lambda _: {"paper": made})
    return made


def out(desk: Desk, account: str = "facebook-gb") -> int:
    """One that was confirmed just now."""

    def work(session: Session) -> int:
        return factory.brought(session, factory.cleared_post(session, desk.house, account=account), "published").id or 0

    return int(desk.change(work))


def later(desk: Desk, by: timedelta) -> None:
    desk.change(lambda session: factory.move_on(session, by))


def look(desk: Desk, by: timedelta = timedelta()) -> int:
    """What a look sees after so long."""
    if by:
        later(desk, by)
    return watch.look(desk.store, desk.settings, Node("test"))


def rows(desk: Desk, table: Any) -> list[Any]:
    with desk.store.read() as session:
        return list(session.exec(select(table)))


def results(desk: Desk) -> list[str]:
    return [one.result for one in sorted(rows(desk, Sighting), key=lambda one: one.id)]


def steps(desk: Desk, action: str) -> int:
    with desk.store.read() as session:
        return len(session.exec(select(Record.id).where(Record.action == action)).all())


# --- turns -------------------------------------------------------------------------------------------------


def test_a_post_s_turns_are_after_an_hour_a_day_a_week_and_then_weekly() -> None:
    at = datetime(2026, 1, 1)
    turns, when = [], at
    for _ in range(5):
        when = next_look(at, when)
        turns.append(when - at)
    assert turns == [HOUR, DAY, 7 * DAY, 14 * DAY, 21 * DAY]


def test_what_was_confirmed_is_looked_at_in_its_turns_and_not_in_between(desk: Desk, wall: Wall) -> None:
    one = out(desk)
    look(desk)
    assert wall.asked == []
    seen = []
    for by in (0.9, 0.2, 22, 1, 140, 5, 160, 9):  # hours
        look(desk, HOUR * by)
        seen.append(len(wall.asked))
    assert seen == [0, 1, 1, 2, 2, 3, 3, 4]
    assert set(wall.asked) == {one}
    assert results(desk) == ["stands"] * 4


def test_a_worker_that_was_away_looks_once_and_goes_on_in_the_turns(desk: Desk, wall: Wall) -> None:
    out(desk)
    look(desk)
    look(desk, 5 * DAY)
    look(desk)
    assert len(wall.asked) == 1
    look(desk, 2 * DAY)
    assert len(wall.asked) == 2


def test_posts_of_before_are_taken_in_and_wait_for_their_next_turn(desk: Desk, wall: Wall) -> None:
    out(desk)
    later(desk, 30 * DAY)
    look(desk)
    (one,) = rows(desk, Watch)
    assert one.next_at - one.since == 35 * DAY
    look(desk, 5 * DAY)
    assert len(wall.asked) == 1


def test_what_waits_to_be_taken_in_is_found_by_an_index_that_holds_nothing_else(desk: Desk, wall: Wall) -> None:
    first = out(desk)
    look(desk)
    second = out(desk)
    with desk.store.read() as session:
        told = select(Post.id).where(text(UNWATCHED))
        assert (session.exec(told).all(), first != second) == ([second], True)
        words = str(told.order_by(col(Post.id)).limit(5).compile(compile_kwargs={"literal_binds": True}))
        if not desk.store.sqlite:
            session.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN " if desk.store.sqlite else "EXPLAIN "
        assert "ix_post_unwatched" in " ".join(map(str, session.execute(text(explain + words))))


@pytest.mark.parametrize("statement", ["claim", "accounts"])
def test_whose_turn_it_is_is_found_by_an_index_however_many_are_watched(desk: Desk, wall: Wall, statement: str) -> None:
    out(desk)
    look(desk)
    said: list[str] = []
    event.listen(desk.store.engine, "before_cursor_execute", lambda *told: said.append(_filled(told[2], told[3])))
    with desk.store.write() as session:
        at = now(session)
        claim(session, 1, at, 5) if statement == "claim" else accounts_due(session, at, None)
        (asked,) = (one for one in said if one.startswith("SELECT") and ("FROM watch" in one or "EXISTS" in one))
        if not desk.store.sqlite:
            session.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN " if desk.store.sqlite else "EXPLAIN "
        plan = " ".join(map(str, session.connection().exec_driver_sql(explain + asked)))
    assert "ix_watch_next" in plan, plan


def _filled(words: str, values: Any) -> str:
    """A statement with its values in it, for a plan to be asked of it."""
    given = values.items() if isinstance(values, dict) else None
    for name, value in given or ():
        words = words.replace(f"%({name})s", f"'{value}'")
    for value in values if given is None else ():
        words = words.replace("?", f"'{value}'", 1)
    return words


def test_a_process_that_ends_in_the_middle_loses_no_look(desk: Desk, wall: Wall) -> None:
    one, other = out(desk), out(desk)
    look(desk)
    node = Node("test")
    wall.during = node.ending.set
    later(desk, HOUR)
    watch.look(desk.store, desk.settings, node)
    assert len(wall.asked) == 1
    wall.during = None
    look(desk)
    assert len(wall.asked) == 1  # the other is still the first one's
    look(desk, timedelta(minutes=6))
    assert sorted(wall.asked) == sorted([one, other])
    assert len(results(desk)) == 2


# --- vanished and changed ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["gone", "changed"])
def test_an_appeal_is_opened_once_a_post_and_only_when_it_was_seen_twice(desk: Desk, wall: Wall, kind: str) -> None:
    one = out(desk)
    look(desk)
    getattr(wall, kind).add(one)
    look(desk, HOUR)
    assert rows(desk, Appeal) == []
    look(desk, timedelta(minutes=9))
    assert len(wall.asked) == 1
    look(desk, timedelta(minutes=1))
    (appeal,) = rows(desk, Appeal)
    assert (appeal.post_id, appeal.kind) == (one, {"gone": "vanished"}.get(kind, kind))
    assert (len(wall.asked), steps(desk, "appeal.open")) == (2, 1)
    look(desk, DAY)
    look(desk, timedelta(minutes=11))
    assert (len(rows(desk, Appeal)), len(wall.asked)) == (1, 3)


def test_what_was_gone_for_a_moment_is_no_appeal(desk: Desk, wall: Wall) -> None:
    one = out(desk)
    look(desk)
    wall.gone.add(one)
    look(desk, HOUR)
    wall.gone.clear()
    look(desk, timedelta(minutes=11))
    wall.gone.add(one)
    look(desk, DAY)
    assert rows(desk, Appeal) == []
    assert results(desk) == ["vanished", "stands", "vanished"]


def test_what_we_take_down_is_watched_no_longer(desk: Desk, wall: Wall) -> None:
    one = out(desk)
    look(desk)
    wall.gone.add(one)
    look(desk, HOUR)
    desk.change(lambda session: factory.brought(session, session.get_one(Post, one), "recalling"))
    look(desk, timedelta(minutes=11))
    look(desk, 30 * DAY)
    assert (len(wall.asked), rows(desk, Appeal)) == (1, [])
    assert rows(desk, Watch)[0].next_at is None


def test_what_is_taken_down_while_somebody_looks_did_not_vanish(desk: Desk, wall: Wall) -> None:
    one = out(desk)
    look(desk)
    wall.gone.add(one)
    look(desk, HOUR)
    wall.during = lambda: desk.change(lambda session: factory.brought(session, session.get_one(Post, one), "recalling"))
    look(desk, timedelta(minutes=11))
    assert len(wall.asked) == 2
    assert (results(desk), rows(desk, Appeal)) == (["vanished"], [])


def test_what_nobody_can_be_asked_about_is_said_to_be_unclear_and_is_no_appeal(desk: Desk, wall: Wall) -> None:
    out(desk)
    look(desk)
    wall.stands = lambda *_: Undecidable("Nobody can be asked.")  # type: ignore[method-assign]
    for _ in range(2):
        look(desk, 7 * DAY)
    assert (results(desk), rows(desk, Appeal)) == (["unclear"] * 2, [])


def test_an_address_that_somebody_pasted_is_no_name_to_ask_by(desk: Desk, wall: Wall) -> None:
    one = out(desk)

    def paste(session: Session) -> None:
        part = desk.parts(one)[0]
        part.remote_id = part.url = "https://social.example.org/1"
        session.merge(part)

    desk.change(paste)
    look(desk)
    look(desk, HOUR)
    assert (wall.asked, results(desk)) == ([], ["unclear"])


# --- nobody is held up -------------------------------------------------------------------------------------


def test_a_post_that_breaks_its_look_stops_no_other_and_is_tried_again_ever_more_seldom(desk: Desk, wall: Wall) -> None:
    broken, whole = out(desk), out(desk)
    look(desk)
    wall.broken.add(broken)
    look(desk, HOUR)
    assert sorted(wall.asked) == sorted([broken, whole])
    tries = []
    for _ in range(4):
        look(desk, timedelta(minutes=10))
        tries.append(wall.asked.count(broken))
    assert tries == [2, 2, 3, 3]
    wall.broken.clear()
    look(desk, HOUR)
    assert results(desk) == ["stands"] * 2


def test_a_platform_that_asks_for_patience_is_left_alone_and_the_others_go_on(desk: Desk, wall: Wall) -> None:
    other = desk.account("facebook-two")
    for account in ("facebook-gb", "facebook-gb", other):
        out(desk, account)
    look(desk)
    wall.busy.add("facebook-gb")
    look(desk, HOUR)
    assert len(wall.asked) == 2 and results(desk) == ["stands"]
    wall.busy.clear()
    look(desk, timedelta(minutes=19))
    assert len(wall.asked) == 2
    look(desk, timedelta(minutes=1))
    assert len(wall.asked) == 4 and results(desk) == ["stands"] * 3


def test_where_a_call_hangs_its_account_rests(desk: Desk, wall: Wall, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        out(desk)
    look(desk)
    within = watch.within

    def hangs(seconds: float, call: Any) -> object:
        before = len(wall.asked)
        answer = within(seconds, call)
        if len(wall.asked) > before:
            raise Overrun
        return answer

    monkeypatch.setattr(watch, "within", hangs)
    look(desk, HOUR)
    assert len(wall.asked) == 1
    look(desk, timedelta(minutes=9))
    assert len(wall.asked) == 1


def test_of_one_account_a_few_posts_are_looked_at_and_the_other_account_has_its_turn(
    desk: Desk, wall: Wall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "LIMIT", 2)
    many = [out(desk) for _ in range(5)]
    one = out(desk, desk.account("facebook-two"))
    look(desk)
    look(desk, HOUR)
    assert one in wall.asked and len(set(wall.asked) & {*many}) == 2
    look(desk)
    look(desk)
    assert sorted(wall.asked) == sorted([*many, one])


def test_a_disarmed_instance_asks_nobody_outside(db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with factory.opened(db) as store:
        house = factory.house(store, "live")
        wall = Wall(name="wall")
        monkeypatch.setattr(watch, "channels", lambda _: {"wall": wall, "paper": wall})
        with store.write() as session:
            factory.account(session, house.organisation, "outside", territories=["GB"], channel="wall", form="facebook")
        settings = load(home=tmp_path / "home")
        watch.look(store, settings, Node("test"))
        assert wall.lists and "outside" not in wall.lists


# --- counts ------------------------------------------------------------------------------------------------


def test_counts_are_kept_with_their_source_and_what_is_none_is_left_out(desk: Desk, wall: Wall) -> None:
    out(desk)
    look(desk)
    wall.counts = {"likes": 4, "views": 10**15, "odd": -1, "words": "many", "yes": True, "x" * 41: 1, "much": 10**16}
    look(desk, HOUR)
    assert {(one.name, one.value, one.source) for one in rows(desk, Tally)} == {
        ("likes", 4, "paper"), ("views", 10**15, "paper"),
    }  # fmt: skip


def test_where_counting_fails_the_look_stands_all_the_same(desk: Desk, wall: Wall) -> None:
    out(desk)
    look(desk)

    def breaks(*_: object) -> Mapping[str, int]:
        raise ConnectionError

    wall.metrics = breaks  # type: ignore[method-assign]
    look(desk, HOUR)
    assert (results(desk), rows(desk, Tally)) == (["stands"], [])


# --- strangers ---------------------------------------------------------------------------------------------


def post_of_others(desk: Desk, wall: Wall, name: str = "x1", *, ago: float = 40, url: str = "") -> None:
    """Something on the account that we did not send, so many minutes old."""
    with desk.store.read() as session:
        at = now(session) - timedelta(minutes=ago)
    wall.on_it.setdefault("facebook-gb", []).append(Listed(name, url, at))


def raised(desk: Desk) -> list[str]:
    return sorted(one.remote_id for one in rows(desk, Stranger) if one.raised_at)


def ready(desk: Desk) -> None:
    """The accounts were added long ago."""
    watch.look(desk.store, desk.settings, Node("test"))
    later(desk, 3 * DAY)


def test_what_others_post_on_our_account_is_raised_when_it_is_seen_a_second_time(desk: Desk, wall: Wall) -> None:
    ready(desk)
    post_of_others(desk, wall)
    look(desk)
    assert [one.remote_id for one in rows(desk, Stranger)] == ["x1"] and raised(desk) == []
    look(desk)
    assert raised(desk) == []
    look(desk, timedelta(minutes=10))
    assert raised(desk) == ["x1"] and steps(desk, "stranger.see") == 1
    look(desk, HOUR)
    assert steps(desk, "stranger.see") == 1


def test_what_is_gone_before_the_second_look_is_not_raised(desk: Desk, wall: Wall) -> None:
    ready(desk)
    post_of_others(desk, wall)
    look(desk)
    wall.on_it.clear()
    look(desk, HOUR)
    look(desk, HOUR)
    assert raised(desk) == []


def test_an_account_is_listed_once_an_hour(desk: Desk, wall: Wall) -> None:
    ready(desk)
    look(desk)
    before = wall.lists.count("facebook-gb")
    look(desk, timedelta(minutes=59))
    assert wall.lists.count("facebook-gb") == before
    look(desk, timedelta(minutes=1))
    assert wall.lists.count("facebook-gb") == before + 1


def test_what_stood_there_before_the_account_was_added_raises_nothing(desk: Desk, wall: Wall) -> None:
    post_of_others(desk, wall)
    for _ in range(4):
        look(desk, HOUR)
    assert rows(desk, Stranger) == []


def test_what_we_sent_is_no_stranger_not_even_from_another_of_our_names_for_the_profile(desk: Desk, wall: Wall) -> None:
    ready(desk)
    same = desk.account("facebook-same")
    desk.change(lambda session: _same_profile(session, desk, same))
    for account in ("facebook-gb", same):
        one = out(desk, account)
        post_of_others(desk, wall, f"remote-{one}")
    for _ in range(3):
        look(desk, timedelta(minutes=20))
    assert rows(desk, Stranger) == []


def _same_profile(session: Session, desk: Desk, ref: str) -> None:
    one, other = (session.get_one(Account, desk.house.accounts[name].id) for name in ("facebook-gb", ref))
    other.remote_identity = one.remote_identity
    session.add(other)


def test_a_post_of_ours_in_flight_is_no_stranger_and_hides_no_other(desk: Desk, wall: Wall) -> None:
    ready(desk)
    desk.change(
        lambda session: factory.brought(
            session, factory.cleared_post(session, desk.house, account="facebook-gb"), "uncertain"
        )
    )
    post_of_others(desk, wall, "ours-perhaps", ago=-1)
    post_of_others(desk, wall, "of-others", ago=200)
    for _ in range(5):
        look(desk, timedelta(minutes=20))
    assert raised(desk) == ["of-others"]


def test_what_says_that_it_comes_from_the_future_hides_nothing(desk: Desk, wall: Wall) -> None:
    ready(desk)
    post_of_others(desk, wall, "tomorrow", ago=-60 * 24 * 9)
    look(desk)
    look(desk, timedelta(minutes=10))
    assert raised(desk) == ["tomorrow"]


def test_what_is_too_young_is_waited_for(desk: Desk, wall: Wall) -> None:
    ready(desk)
    post_of_others(desk, wall, ago=5)
    look(desk)
    assert rows(desk, Stranger) == []
    look(desk, timedelta(minutes=10))
    assert rows(desk, Stranger) == []
    look(desk, timedelta(minutes=16))
    look(desk, timedelta(minutes=10))
    assert raised(desk) == ["x1"]


def test_what_was_public_before_and_what_a_restore_found_are_no_strangers(desk: Desk, wall: Wall) -> None:
    ready(desk)
    urls = ["https://social.example.org/before", "https://social.example.org/lost", "https://social.example.org/new"]

    def told(session: Session) -> None:
        place = storing_publications._digest(f"{desk.house.narrative.ref}|{urls[0]}")[:24]
        known = {"narrative_id": desk.house.narrative.id or 0, "by": desk.house.id("kim"), "at": now(session)}
        session.add(Imported(kind="publication", ref=f"{place}.x", sha256="x", **known))
        session.add(GoneOut(digest="x", leaf="x", occurrence=0, state="published", url=urls[1], at=now(session)))

    desk.change(told)
    for number, url in enumerate(urls):
        post_of_others(desk, wall, f"x{number}", url=url)
    look(desk)
    look(desk, timedelta(minutes=10))
    assert raised(desk) == ["x2"]


def test_an_account_that_cannot_be_listed_raises_nothing_and_one_that_breaks_is_asked_an_hour_later(
    desk: Desk, wall: Wall
) -> None:
    ready(desk)

    def breaks(account: Destination, since: datetime) -> Sequence[Listed]:
        wall.lists.append(account.ref)
        raise ConnectionError

    wall.listed = breaks  # type: ignore[method-assign]
    look(desk)
    once = len(wall.lists)
    look(desk, timedelta(minutes=59))
    assert len(wall.lists) == once
    wall.listed = lambda *_: Undecidable("Nobody can be asked.")  # type: ignore[method-assign]
    look(desk, timedelta(minutes=1))
    assert rows(desk, Stranger) == []
    (mine,) = (one for one in rows(desk, WatchedAccount) if one.account_id == desk.house.accounts["facebook-gb"].id)
    assert mine.list_at > mine.since + 4 * DAY


# --- with channels that there are --------------------------------------------------------------------------


@pytest.mark.parametrize("account", ["facebook-gb", "site"])
def test_a_file_that_is_deleted_behind_our_back_is_an_appeal(desk: Desk, account: str) -> None:
    one = sent(desk, account)
    look(desk)
    look(desk, HOUR)
    assert results(desk) == ["stands"]
    for path in files(desk, account):
        path.unlink()
    look(desk, DAY)
    assert rows(desk, Appeal) == []
    look(desk, timedelta(minutes=10))
    assert [(appeal.post_id, appeal.kind) for appeal in rows(desk, Appeal)] == [(one, "vanished")]


@pytest.mark.parametrize("account", ["facebook-gb", "site"])
def test_other_words_in_our_file_are_an_appeal(desk: Desk, account: str) -> None:
    sent(desk, account)
    look(desk)
    (path,) = files(desk, account)
    path.write_bytes(path.read_bytes().replace(b"fight", b"light").replace(b"Fight", b"Light"))
    look(desk, HOUR)
    look(desk, timedelta(minutes=10))
    assert [appeal.kind for appeal in rows(desk, Appeal)] == ["changed"]


@pytest.mark.parametrize("account", ["facebook-gb", "site"])
def test_a_file_put_beside_ours_is_a_stranger_and_ours_is_none(desk: Desk, account: str) -> None:
    look(desk)
    later(desk, HOUR)
    sent(desk, account)
    (path,) = files(desk, account)
    path.with_name(f"{'a' * 32}.json").write_bytes(path.read_bytes().replace(path.stem.encode(), b"a" * 32))
    look(desk, HOUR)
    look(desk, timedelta(minutes=10))
    assert [name.rpartition(":")[2] for name in raised(desk)] == [("a" * 32)[: 16 if account == "facebook-gb" else 32]]


def sent(desk: Desk, account: str) -> int:
    one = desk.post(account)
    dispatch.look(desk.store, desk.settings, desk.node)
    assert desk.state(one) == "published"
    return one


def files(desk: Desk, account: str) -> list[Path]:
    if account == "site":
        return list((desk.settings.site / "site" / "entries").rglob("*.json"))
    return list((desk.settings.home / "paper" / "out").glob("*.json"))
