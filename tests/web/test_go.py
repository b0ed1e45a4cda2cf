"""The day's go on the desk: exact words, one act for the day, and nothing for what its giver did not see."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from content import going
from content.lifecycle import Post
from content.review import Go
from content.store import now
from content.zone import local_at
from tests import factory
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]


def risky(house: factory.House, hours: float = 3, **words: Any) -> int:
    """A post of tier 3, due in so many hours."""
    with house.store.write() as session:
        made = factory.version(session, house, closes=timedelta(days=9), **words)
        cleared = factory.clearance(session, house, made, tier=3, valid_from=timedelta(hours=-1))
        return factory.post(session, house, cleared, due=now(session) + timedelta(hours=hours)).id or 0


def given(house: factory.House) -> list[int]:
    with house.store.read() as session:
        return sorted(session.exec(select(Go.post_id)))


def day(house: factory.House, post: int) -> str:
    """The day of a post in its campaign's zone."""
    with house.store.read() as session:
        return local_at(session.get_one(Post, post).due_at, house.campaign.zone).date().isoformat()


def test_the_page_shows_the_exact_words_and_where_they_go(sign_in: SignIn, house: factory.House) -> None:
    post = risky(house, text="Exactly these words.")
    page = sign_in("dana").get("/go").text
    assert "Exactly these words." in page and f'name="post" value="{post}"' in page
    assert "Give the go for this post" in page


def test_one_act_gives_the_go_for_the_day_and_takes_a_code_each_time(sign_in: SignIn, house: factory.House) -> None:
    posts = [risky(house), risky(house)]
    dana = sign_in("dana")
    assert "code.wanted" in dana.post("/go", day=day(house, posts[0]), post=posts).text
    assert given(house) == []
    assert dana.post("/go", proof=True, day=day(house, posts[0]), post=posts).status_code == 303
    assert given(house) == posts
    assert "2 posts have their go" in dana.get("/go").text


def test_a_post_added_since_the_page_was_shown_needs_its_own_go(sign_in: SignIn, house: factory.House) -> None:
    seen = risky(house)
    added = risky(house, text="Added later.")
    dana = sign_in("dana")
    assert dana.post("/go", proof=True, day=day(house, seen), post=[seen]).status_code == 303
    assert given(house) == [seen]
    page = dana.get("/go").text
    assert "Added later." in page and f'name="post" value="{added}"' in page


def test_more_of_a_day_than_is_asked_for_at_once_comes_once_the_first_have_their_go(
    sign_in: SignIn, house: factory.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(going, "SHOWN", 1)
    with house.store.write() as session:
        if local_at(now(session) + timedelta(hours=2.9), house.campaign.zone).hour >= 23:  # else two days' posts
            factory.move_on(session, timedelta(hours=2))
    first, second = risky(house, 3, text="First words."), risky(house, 3.1, text="Second words.")
    dana = sign_in("dana")
    page = dana.get("/go").text
    assert "First words." in page and "Second words." not in page
    assert "If more wait for this day" in page
    dana.post("/go", proof=True, day=day(house, first), post=[first])
    page = dana.get("/go").text
    assert "Second words." in page and f'name="post" value="{second}"' in page


def test_what_is_further_away_than_a_day_is_shown_and_not_asked_for(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        if local_at(now(session), house.campaign.zone).hour >= 22:  # else it is neither today nor tomorrow
            factory.move_on(session, timedelta(hours=3))
    far = risky(house, hours=24.5)
    page = sign_in("dana").get("/go").text
    assert "More than 24 hours away" in page and f'name="post" value="{far}"' not in page


def test_whoever_wrote_of_it_leaves_it_to_another(sign_in: SignIn, house: factory.House) -> None:
    own = risky(house, author="sam")
    sam = sign_in("sam")
    assert "You wrote of it" in sam.get("/go").text
    assert "go.own" in sam.post("/go", proof=True, day=day(house, own), post=[own]).text
    assert given(house) == []


def test_an_empty_day_says_so(sign_in: SignIn) -> None:
    assert sign_in("dana").get("/go").text.count("Nothing of tier 3 or 4 is planned for this day.") == 2


@pytest.mark.parametrize("who", ["alice", "bob", "kim"])
def test_only_safeguarding_gives_it(sign_in: SignIn, house: factory.House, who: str) -> None:
    post = risky(house)
    browser = sign_in(who)
    assert browser.get("/go").status_code == 403
    assert browser.post("/go", proof=True, day=day(house, post), post=[post]).status_code == 403
    assert given(house) == []
