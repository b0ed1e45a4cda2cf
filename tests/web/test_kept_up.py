"""What people keep up on the desk: who uses our hashtags, and what the platforms demand today."""

from collections.abc import Callable
from datetime import timedelta

from sqlmodel import col, select

from content.hashtag_check import HashtagCheck
from content.platform_check import PlatformCheck
from tests import factory
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]
TAGS = "/campaigns/spring/tags"


def _tag(house: factory.House) -> HashtagCheck:
    with house.store.read() as session:
        return session.exec(select(HashtagCheck).order_by(col(HashtagCheck.id).desc())).first() or HashtagCheck()


def test_a_campaign_shows_its_hashtags_and_records_that_one_is_still_ours(
    sign_in: SignIn, house: factory.House
) -> None:
    bob = sign_in("bob")
    assert "ours on" in bob.get("/campaigns/spring").text
    assert bob.post(TAGS, tag="#OpenHouse", answer="good").status_code == 303
    assert "the hashtag is ours" in bob.get("/campaigns/spring").text
    assert (_tag(house).by, _tag(house).good) == (house.id("bob"), True)


def test_a_hashtag_that_others_took_over_is_shown_so(sign_in: SignIn, house: factory.House) -> None:
    bob = sign_in("bob")
    assert bob.post(TAGS, tag="#OpenHouse", answer="taken").status_code == 303
    page = bob.get("/campaigns/spring").text
    assert "What uses it waits" in page
    assert "taken over, seen on" in page


def test_only_a_listed_hashtag_is_looked_at_and_only_by_who_may(sign_in: SignIn, house: factory.House) -> None:
    before = _tag(house).id
    assert "nor the organisation lists" in sign_in("bob").post(TAGS, tag="#Others", answer="good").text
    alice = sign_in("alice")
    assert alice.post(TAGS, tag="#OpenHouse", answer="good").status_code == 403
    assert "I looked just now" not in alice.get("/campaigns/spring").text
    assert _tag(house).id == before


def test_the_platforms_show_what_counts_and_until_when(sign_in: SignIn, house: factory.House) -> None:
    page = sign_in("alice").get("/platforms").text
    for told in ("bluesky", "counts until", "carol", 'href="/accounts/bluesky-en"', "300 graphemes"):
        assert told in page
    assert "I have just read" not in page
    with house.store.write() as session:
        factory.move_on(session, timedelta(days=91))
    assert "no longer counts since" in sign_in("alice").get("/platforms").text


def test_a_person_records_that_a_profile_still_fits(sign_in: SignIn, house: factory.House) -> None:
    bob = sign_in("bob")
    assert bob.post("/platforms/bluesky/compared").status_code == 303
    assert "the profile still fits" in bob.get("/platforms").text
    with house.store.read() as session:
        last = session.exec(select(PlatformCheck).order_by(col(PlatformCheck.id).desc())).first()
    assert last is not None
    assert (last.by, last.format) == (house.id("bob"), "bluesky")


def test_our_own_pages_and_unknown_platforms_are_compared_by_nobody(sign_in: SignIn, house: factory.House) -> None:
    bob = sign_in("bob")
    assert "no platform sets its rules" in bob.post("/platforms/site/compared").text
    assert bob.post("/platforms/nothing/compared").status_code != 303
    assert sign_in("alice").post("/platforms/bluesky/compared").status_code == 403
