"""Posts planned anew in bulk on the desk: chosen in a list, shown first, then planned, with undo."""

import re
from collections.abc import Callable

from sqlmodel import col, select

from content.lifecycle import Post
from tests import factory
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]


def _posts(house: factory.House, state: str = "expired") -> list[int]:
    with house.store.write() as session:
        made = [factory.cleared_post(session, house) for _ in range(2)]
        return [factory.brought(session, one, state).id or 0 for one in made]


def _states(house: factory.House) -> list[str]:
    with house.store.read() as session:
        return [one.state for one in session.exec(select(Post).order_by(col(Post.id)))]


def _shown(alice: Browser, posts: list[int], more: str = "") -> str:
    return alice.get("/replan?" + "&".join(f"post={one}" for one in posts) + more).text


def _times(page: str) -> list[str]:
    return re.findall(r'name="at" type="datetime-local" value="([^"]*)"', page)


def test_posts_are_chosen_in_a_list_by_whoever_plans(sign_in: SignIn, house: factory.House) -> None:
    first, second = _posts(house)
    page = sign_in("alice").get("/posts?state=expired").text
    assert f'name="post" value="{first}"' in page and f'value="{second}"' in page and 'action="/replan"' in page
    form = page.partition('id="many"')[2].partition("</form>")[0]
    assert 'name="mark"' not in form, "a mark is no part of an address"
    assert 'action="/replan"' not in sign_in("lena").get("/posts?state=expired").text


def test_each_new_time_is_shown_then_planned_and_taken_back(sign_in: SignIn, house: factory.House) -> None:
    posts, alice = _posts(house), sign_in("alice")
    page = _shown(alice, posts)
    times = _times(page)
    assert "Plan 2 posts at these times" in page and all(times) and _states(house) == ["expired"] * 2
    done = alice.post("/replan", post=posts, at=times)
    assert (done.status_code, _states(house)) == (303, ["expired", "expired", "scheduled", "scheduled"])
    page = alice.get("/calendar?view=list").text
    assert "2 posts are planned anew" in page
    made = re.search(r'name="posts" value="([\d,]+)"', page)
    assert made
    alice.post("/replan/undo", posts=made[1])
    assert _states(house) == ["expired", "expired", "cancelled", "cancelled"]


def test_a_time_that_cannot_be_is_said_and_nothing_is_planned(sign_in: SignIn, house: factory.House) -> None:
    posts, alice = _posts(house), sign_in("alice")
    answer = alice.post("/replan", post=posts, at=[_times(_shown(alice, posts))[0], "2001-01-01T10:00"])
    assert answer.status_code == 422 and "has passed" in answer.text and _states(house) == ["expired"] * 2


def test_a_time_left_empty_leaves_that_post(sign_in: SignIn, house: factory.House) -> None:
    posts, alice = _posts(house), sign_in("alice")
    alice.post("/replan", post=posts, at=[_times(_shown(alice, posts))[0], ""])
    assert _states(house) == ["expired", "expired", "scheduled"]


def test_times_given_by_hand_are_looked_at_before(sign_in: SignIn, house: factory.House) -> None:
    (first, _), alice = _posts(house), sign_in("alice")
    assert "has passed" in _shown(alice, [first], "&at=2001-01-01T10:00")


def test_blocked_posts_are_dropped_together(sign_in: SignIn, house: factory.House) -> None:
    posts, alice = _posts(house, "blocked"), sign_in("alice")
    assert "Take 2 blocked posts out of the plan" in _shown(alice, posts)
    done = alice.post("/replan/drop", post=posts)
    assert (done.status_code, _states(house)) == (303, ["cancelled", "cancelled"])


def test_nothing_chosen_says_where_to_choose(sign_in: SignIn) -> None:
    page = sign_in("alice").get("/replan")
    assert page.status_code == 200 and "No post is chosen" in page.text


def test_who_plans_nothing_is_refused(sign_in: SignIn, house: factory.House) -> None:
    posts, lena = _posts(house), sign_in("lena")
    assert lena.get(f"/replan?post={posts[0]}").status_code == 403
    assert lena.post("/replan", post=posts, at=["2027-01-01T10:00"] * 2).status_code == 403
    assert lena.post("/replan/drop", post=posts).status_code == 403


def test_the_pauses_page_leads_to_what_passed(sign_in: SignIn, house: factory.House) -> None:
    alice = sign_in("alice")
    assert "passed in the last seven days" not in alice.get("/pauses").text
    _posts(house)
    assert "2 posts passed in the last seven days" in alice.get("/pauses").text
