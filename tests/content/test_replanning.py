"""What passed or stands blocked is planned anew in bulk, and what it would do is shown without being done."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import col, select

from content import replanning, slot
from content.errors import Refusal
from content.lifecycle import Post
from content.record import Record
from content.review import Revocation
from content.store import now
from tests import factory


@pytest.fixture
def house(db: str) -> Iterator[factory.House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def _posts(house: factory.House, state: str = "expired", count: int = 2, account: str = "site") -> list[int]:
    with house.store.write() as session:
        made = [factory.cleared_post(session, house, account=account) for _ in range(count)]
        return [factory.brought(session, one, state).id or 0 for one in made]


def _all(house: factory.House) -> list[Post]:
    with house.store.read() as session:
        return list(session.exec(select(Post).order_by(col(Post.id))))


def _spread(house: factory.House, posts: list[int], how: str = "hours", by: str = "alice") -> list[replanning.Again]:
    with house.store.write() as session:
        return replanning.spread(session, house.people[by], posts, how)


def _plan(house: factory.House, wanted: dict[int, str], by: str = "alice") -> list[replanning.Again]:
    with house.store.write() as session:
        return replanning.plan(session, house.people[by], wanted)


def test_what_spreading_would_do_is_shown_and_nothing_is_done(house: factory.House) -> None:
    posts = _posts(house)
    with house.store.read() as session:
        steps = len(session.exec(select(Record.id)).all())
    found = _spread(house, posts)
    assert [one.refusal for one in found] == [None, None] and all(one.at and one.at > one.was for one in found)
    assert [one.made for one in found] == [0, 0] and [one.state for one in _all(house)] == ["expired"] * 2
    with house.store.read() as session:
        assert len(session.exec(select(Record.id)).all()) == steps


def test_what_was_shown_is_what_is_planned(house: factory.House) -> None:
    posts = _posts(house)
    shown = _spread(house, posts)
    done = _plan(house, {one.post: one.local for one in shown})
    assert [one.at.replace(second=0, microsecond=0) for one in shown if one.at] == [one.at for one in done]
    assert sorted(one.state for one in _all(house)) == ["expired", "expired", "scheduled", "scheduled"]
    assert {one.made for one in done}.isdisjoint(posts)


def test_two_of_one_narrative_are_spread_only_as_far_as_its_cap_lets_them(house: factory.House) -> None:
    first, second = _spread(house, _posts(house, account="bluesky-en"))
    assert first.refusal is None and first.at
    assert second.refusal or (second.at and second.at - first.at >= timedelta(days=7))


def test_where_one_is_refused_none_is_moved(house: factory.House) -> None:
    posts = _posts(house)
    shown = _spread(house, posts)
    with pytest.raises(Refusal, match=r"\[again.refused\]"):
        _plan(house, {posts[0]: shown[0].local, posts[1]: "2001-01-01T10:00"})
    assert [one.state for one in _all(house)] == ["expired"] * 2


def test_words_that_are_not_cleared_any_more_say_so(house: factory.House) -> None:
    posts = _posts(house)
    with house.store.write() as session:
        post = session.get_one(Post, posts[0])
        session.add(Revocation(clearance_id=post.clearance_id, by=house.id("bob"), reason="doubt", at=now(session)))
    codes = {one.post: one.refusal and one.refusal.code for one in _spread(house, posts)}
    assert codes == {posts[0]: "clearance.none", posts[1]: None}


def test_slots_of_the_plan_are_taken_where_they_are_free(house: factory.House) -> None:
    posts = _posts(house, count=1)
    assert [one.refusal and one.refusal.code for one in _spread(house, posts, "slots")] == ["again.none"]
    with house.store.write() as session:
        for day in slot.DAYS:
            slot.add(session, house.people["alice"], slot.Wanted("spring", "en", "site", day, "18:00", "UTC"))
    (one,) = _spread(house, posts, "slots")
    assert one.at and f"{one.at:%H:%M}" == "18:00"


def test_a_blocked_post_goes_on_at_its_new_time_or_is_dropped(house: factory.House) -> None:
    first, second = _posts(house, "blocked")
    (shown,) = _spread(house, [first])
    (done,) = _plan(house, {first: shown.local})
    assert done.made == first
    with house.store.write() as session:
        assert replanning.drop(session, house.people["alice"], [second]) == 1
    assert [one.state for one in _all(house)] == ["scheduled", "cancelled"]


def test_one_that_is_out_of_the_plan_refuses_the_whole_drop(house: factory.House) -> None:
    (blocked,), (passed,) = _posts(house, "blocked", 1), _posts(house, "expired", 1)
    with pytest.raises(Refusal, match=r"\[post.not_cancellable\]"), house.store.write() as session:
        replanning.drop(session, house.people["alice"], [blocked, passed])
    assert [one.state for one in _all(house)] == ["blocked", "expired"]


@pytest.mark.parametrize(
    ("posts", "how", "code"),
    [([], "hours", "post.none_named"), ([99], "hours", "post.unknown"), ([1], "luck", "again.how"),
     (list(range(1, 60)), "hours", "again.many")],
)  # fmt: skip
def test_what_names_nothing_is_refused(house: factory.House, posts: list[int], how: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        _spread(house, posts, how)
    assert refused.value.code == code


def test_who_plans_nothing_neither_looks_nor_plans_nor_drops(house: factory.House) -> None:
    posts = _posts(house)
    for act in (lambda: _spread(house, posts, by="lena"), lambda: _plan(house, {posts[0]: "2027-01-01T10:00"}, "lena")):
        with pytest.raises(Refusal, match=r"\[rights.role\]"):
            act()
