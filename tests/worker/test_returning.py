"""What is late goes back to everybody, once: a task by hand, and words in a reviewer's hands; nothing is done by it."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from content import absence, by_hand, needs, postings, returning, taking
from content.errors import Refusal
from content.lifecycle import Post
from content.people import Person
from content.posting import Posting
from content.record import Record, write
from content.settings import load
from content.store import now
from content.taking import Taking
from tests import factory
from tests.factory import House
from worker import notices

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
URL = "https://www.facebook.com/house/posts/1"


@pytest.fixture
def home(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def task(house: House, who: str | None = "alice", kind: str = "recall", ago: timedelta = HOUR, **more: Any) -> int:
    """A task whose time was an hour, in somebody's hands, opened so long ago; its number."""
    with house.store.write() as session:
        post = factory.cleared_post(session, house, account="facebook-gb")
        factory.brought(session, post, "uncertain" if kind == "post" else "recalling")
        since = now(session) - ago
        more = {name: since + MINUTE if value is True else value for name, value in more.items()}
        row = Posting(post_id=post.id or 0, kind=kind, opened_at=since, deadline=since + HOUR,
                      assignee_id=house.id(who) if who else None, **more)  # fmt: skip
        session.add(row)
        session.flush()
        return row.id or 0


def shown(house: House, who: str = "alice") -> int:
    """A post whose words were shown to somebody, and whose time has passed since."""
    return task(house, who, "post", state="missed", shown_at=True)


def row(house: House, number: int) -> Posting:
    with house.store.read() as session:
        return session.get_one(Posting, number)


def steps(house: House, action: str = "posting.return") -> list[dict[str, Any]]:
    with house.store.read() as session:
        rows = select(Record.detail).where(Record.action == action).order_by(col(Record.id))
        return [json.loads(one) for one in session.exec(rows)]


def says(house: House, who: str, act: Any, number: Any, *more: Any, **also: Any) -> Any:
    with house.store.write() as session:
        return act(session, house.people[who], number, *more, **also)


def refused(house: House, who: str, act: Any, number: Any, *more: Any) -> str:
    with pytest.raises(Refusal) as met:
        says(house, who, act, number, *more)
    return met.value.code


def test_a_late_take_down_goes_back_to_everybody_once_and_is_on_the_record(home: House) -> None:
    number = task(home)
    assert [notices.give_back(home.store) for _ in range(3)] == [1, 0, 0]
    found = row(home, number)
    assert (found.state, found.assignee_id, found.had_by, found.returned) == ("open", None, home.id("alice"), 1)
    assert steps(home) == [{"task": number, "kind": "recall", "from": home.id("alice")}]


def test_the_worker_gives_back_where_nobody_is_told_of_anything(home: House, tmp_path: Any) -> None:
    number = task(home)
    assert notices.look(home.store, load(home=tmp_path)) == 0
    assert row(home, number).assignee_id is None


def test_what_has_time_left_or_was_done_or_is_in_nobodys_hands_stays(home: House) -> None:
    numbers = [task(home, ago=HOUR - MINUTE), task(home, None), shown(home)]
    done = task(home)
    says(home, "alice", by_hand.deleted, done)
    says(home, "alice", by_hand.posted, numbers[2], {0: URL})
    assert notices.give_back(home.store) == 0 and steps(home) == []
    assert [row(home, one).state for one in (*numbers, done)] == ["open", "open", "done", "done"]


def test_two_workers_at_once_give_it_back_once(home: House) -> None:
    number = task(home)
    with home.store.read() as session:
        late = returning.late(session)
    start, told = threading.Barrier(2), list[bool]()

    def give() -> None:
        start.wait()
        with home.store.write() as session:
            told.append(returning.give_back(session, late.tasks[0]))

    threads = [threading.Thread(target=give) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(told), len(steps(home)), row(home, number).returned) == ([False, True], 1, 1)


def test_a_worker_that_dies_in_the_middle_has_done_nothing_and_the_next_does_it(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, whole = task(home), task(home)

    def dies(session: Session, step: Any, **more: Any) -> Any:
        if step.detail["task"] == broken:
            raise RuntimeError
        return write(session, step, **more)

    with monkeypatch.context() as patched:
        patched.setattr(returning, "write", dies)
        assert notices.give_back(home.store) == 1
    assert (row(home, broken).assignee_id, row(home, whole).assignee_id) == (home.id("alice"), None)
    assert (notices.give_back(home.store), len(steps(home))) == (1, 2)


def test_who_had_it_may_say_still_that_it_is_down(home: House) -> None:
    number = task(home)
    notices.give_back(home.store)
    says(home, "alice", by_hand.deleted, number)
    assert row(home, number).state == "done"


def test_the_address_that_who_had_it_pastes_is_taken_after_it_went_back(home: House) -> None:
    number = shown(home)
    assert notices.give_back(home.store) == 1
    assert says(home, "alice", by_hand.posted, number, {0: URL}) == "done"
    found = row(home, number)
    assert (found.state, found.done_by) == ("done", home.id("alice"))


def test_whoever_finds_it_there_may_give_its_address_but_who_had_the_words_never_confirms_it(home: House) -> None:
    number = shown(home, "bob")
    notices.give_back(home.store)
    assert says(home, "tom", by_hand.posted, number, {0: URL}) == "done"
    with pytest.raises(Refusal, match=r"posting\.own"):
        says(home, "bob", by_hand.confirm, number, so=True)
    says(home, "carol", by_hand.confirm, number, so=True)
    assert row(home, number).state == "confirmed"


def test_what_is_in_somebodys_hands_still_nobody_else_says(home: House) -> None:
    assert refused(home, "tom", by_hand.posted, shown(home), {0: URL}) == "posting.yours"


def test_that_nothing_is_out_only_who_had_the_words_can_say(home: House) -> None:
    number = shown(home)
    notices.give_back(home.store)
    assert refused(home, "tom", by_hand.unposted, number) == "posting.had"
    assert row(home, number).unposted_at is None
    says(home, "alice", by_hand.unposted, number)
    assert row(home, number).unposted_by == home.id("alice")


def test_going_back_clears_publishes_and_ends_nothing(home: House) -> None:
    numbers = [task(home), shown(home), task(home, "alice", "post")]
    with home.store.read() as session:
        before = [(one.state, one.step) for one in session.exec(select(Post).order_by(col(Post.id)))]
        states = [session.get_one(Posting, one).state for one in numbers]
        written = len(session.exec(select(Record.id)).all())
    assert notices.give_back(home.store) == 3
    with home.store.read() as session:
        assert [(one.state, one.step) for one in session.exec(select(Post).order_by(col(Post.id)))] == before
        assert [session.get_one(Posting, one).state for one in numbers] == states
        assert len(session.exec(select(Record.id)).all()) == written + 3 == written + len(steps(home))


def test_whoever_takes_it_late_has_as_long_again_and_then_it_goes_back_again(home: House) -> None:
    number = task(home)
    notices.give_back(home.store)
    says(home, "tom", by_hand.take, number)
    with home.store.write() as session:
        factory.move_on(session, HOUR - MINUTE)
    assert notices.give_back(home.store) == 0
    with home.store.write() as session:
        factory.move_on(session, 2 * MINUTE)
    assert notices.give_back(home.store) == 1
    assert (row(home, number).had_by, row(home, number).returned) == (home.id("tom"), 2)


def test_it_comes_to_everybody_and_says_who_had_it(home: House) -> None:
    numbers = [task(home), shown(home)]
    with home.store.read() as session:
        assert needs_of(session, home.people["tom"]) == set()
    notices.give_back(home.store)
    with home.store.read() as session:
        assert needs_of(session, home.people["tom"]) == {(f"{one}", "alice") for one in numbers}
        assert needs_of(session, home.people["alice"]) == {(f"{one}", "") for one in numbers}
        sheet = postings.task_sheet(session, home.people["tom"], numbers[1])
        assert (sheet.task.state, sheet.task.had_by, sheet.acts) == ("unanswered", "alice", ("posted",))
        assert [one.text for one in sheet.pieces] == [""]
        own = postings.task_sheet(session, home.people["alice"], numbers[1])
        assert set(own.acts) == {"posted", "unposted"}


def needs_of(session: Session, person: Person) -> set[tuple[str, str]]:
    kinds = ("takedown", "posting")
    return {(one.ref, one.who) for one in needs.needs(session, person).items if one.kind in kinds}


# --- words to be judged -------------------------------------------------------------------------------------


def words(house: House, opens: timedelta = 9 * HOUR) -> str:
    with house.store.write() as session:
        made = factory.version(session, house, opens=opens)
        factory.evaluation(session, made)
        return made.digest


def held(house: House, digest: str) -> int | None:
    with house.store.read() as session:
        found = taking.held(session, [digest], now(session)).get(digest)
        return found.person if found else None


def test_words_taken_and_not_answered_go_back_when_all_must_have_answered(home: House) -> None:
    digest = words(home, 10 * MINUTE)
    says(home, "bob", taking.take, digest)
    assert notices.give_back(home.store) == 0
    with home.store.write() as session:
        factory.move_on(session, 11 * MINUTE)
    assert held(home, digest) == home.id("bob")
    assert [notices.give_back(home.store) for _ in range(2)] == [1, 0]
    assert held(home, digest) is None
    assert [one["from"] for one in steps(home, "review.return")] == [home.id("bob")]
    says(home, "bob", taking.take, digest)  # who takes them afterwards knows it
    assert notices.give_back(home.store) == 0


def test_a_taking_that_lapsed_is_on_the_record_once(home: House) -> None:
    digest = words(home)
    says(home, "bob", taking.take, digest)
    with home.store.write() as session:
        factory.move_on(session, taking.HELD)
    assert [notices.give_back(home.store) for _ in range(2)] == [1, 0]
    with home.store.read() as session:
        found = session.exec(select(Taking)).one()
    assert found.ended_at == found.until and len(steps(home, "review.return")) == 1


def test_words_handed_to_somebody_away_go_to_whoever_stands_in(home: House) -> None:
    digest = words(home)
    with home.store.write() as session:
        day = now(session).date().isoformat()
        absence.leave(session, home.people["carol"], home.people["carol"], home.people["dana"], day, day)
    says(home, "bob", taking.take, digest)
    says(home, "bob", taking.hand, digest, home.people["carol"])
    assert held(home, digest) == home.id("dana")


def test_words_are_not_handed_to_somebody_away_for_whom_nobody_stands_in(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = words(home)
    says(home, "bob", taking.take, digest)
    carol, dana = home.id("carol"), home.id("dana")
    monkeypatch.setattr(absence, "deputies", lambda *_: {carol: dana, dana: carol})
    assert refused(home, "bob", taking.hand, digest, home.people["carol"]) == "taking.away"
    assert held(home, digest) == home.id("bob")
