"""Hashtags and the platforms' own rules: nothing goes out on a look that is too old, and people record new ones."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from content import gate, hashtag_check, platform_check
from content.errors import Refusal
from content.formats import COMPARED
from content.gate import Passed, Stood
from content.hashtag_check import HashtagCheck, looked, tags_of_campaign
from content.lifecycle import Post
from content.limits import limit
from content.message import Version
from content.needs import needs
from content.platform_check import PlatformCheck, compared, counts_from, platforms
from content.record import seal
from content.store import now
from tests import factory
from tests.factory import House

WORDS = f"{factory.PASSAGE} #OpenHouse"


@pytest.fixture
def home(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def later(session: Session, house: House, days: float) -> None:
    """Time goes by; the accounts are verified again."""
    factory.move_on(session, timedelta(days=days))
    for account in house.accounts.values():
        account.identity_verified_at = account.ownership_verified_at = now(session)
        session.merge(account)


def a_post(session: Session, house: House, words: str = WORDS, account: str = "bluesky-en") -> Post:
    """One that is cleared and due now."""
    post = factory.cleared_post(session, house, text=words, account=account)
    factory.evaluation(session, session.exec(select(Version).where(Version.digest == post.digest)).one())
    return post


def judged(session: Session, house: House, words: str = WORDS, account: str = "bluesky-en") -> str:
    """By which code the gate stops such a post now; "goes" where it does not."""
    return judge(session, a_post(session, house, words, account))


def judge(session: Session, post: Post) -> str:
    seal(session)
    found: Passed | Stood = gate.judge(session, [post], now(session))[post.id or 0]
    return f"{found.how} {found.code}" if isinstance(found, Stood) else "goes"


def look(session: Session, house: House, who: str = "carol", *, good: bool = True) -> None:
    looked(session, house.people[who], "spring", ["#openhouse"], good=good)


# --- hashtags ----------------------------------------------------------------------------------------------


def test_a_hashtag_counts_for_a_week_after_a_look_and_then_its_posts_wait_for_the_next(home: House) -> None:
    with home.store.write() as session:
        assert judged(session, home) == "goes"
        later(session, home, 7.1)
        post = a_post(session, home)
        assert judge(session, post) == "wait hashtag-hygiene"
        look(session, home)
        assert judge(session, post) == "goes"


def test_words_without_a_hashtag_wait_for_no_look(home: House) -> None:
    with home.store.write() as session:
        later(session, home, 7.1)
        assert judged(session, home, factory.PASSAGE) == "goes"


def test_a_hashtag_that_others_took_over_stops_what_uses_it(home: House) -> None:
    with home.store.write() as session:
        look(session, home, good=False)
        assert judged(session, home) == "wait hashtag-hygiene"


def test_what_another_organisation_saw_of_a_hashtag_counts_for_nobody_else(home: House) -> None:
    with home.store.write() as session:
        later(session, home, 7.1)
        other = factory.an_organisation(session, "elsewhere")
        session.add(HashtagCheck(organisation_id=other.id or 0, tag="#openhouse", by=home.id("carol"), at=now(session),
                                 good=True))  # fmt: skip
        assert judged(session, home) == "wait hashtag-hygiene"


def test_a_look_at_a_hashtag_is_recorded_by_whoever_may_and_of_one_that_is_listed(home: House) -> None:
    with home.store.write() as session:
        for who, campaign, tags, expected in (
            ("alice", "spring", ["#OpenHouse"], "rights.role"),
            ("bob", "spring", ["#SomebodyElse"], "hashtag.none"),
            ("bob", "spring", [], "hashtag.none"),
            ("bob", "nothing", ["#OpenHouse"], "campaign.none"),
        ):
            with pytest.raises(Refusal) as refused:
                looked(session, home.people[who], campaign, tags, good=True)
            assert refused.value.code == expected


def test_a_campaign_s_hashtags_are_told_with_who_looked_last_and_what_they_saw(home: House) -> None:
    with home.store.write() as session:
        look(session, home, "bob")
        (one,) = tags_of_campaign(session, "spring")
        assert (one.tag, one.by, one.good, one.fresh) == ("#OpenHouse", "bob", True, True)
        look(session, home, "carol", good=False)
        (one,) = tags_of_campaign(session, "spring")
        assert (one.by, one.good, one.fresh) == ("carol", False, False)


def test_a_hashtag_of_a_campaign_that_posts_wait_of_comes_to_whoever_may_look(home: House) -> None:
    def asked(who: str) -> list[tuple[str, str]]:
        found = needs(session, home.people[who]).items
        return [(one.what, one.ref) for one in found if one.kind == "hashtag"]

    with home.store.write() as session:
        later(session, home, 5.1)
        assert asked("carol") == []
        factory.cleared_post(session, home, text=WORDS)
        assert asked("carol") == [("#OpenHouse", "spring")]
        assert asked("alice") == []
        look(session, home)
        assert asked("carol") == []


# --- the platforms' own rules ------------------------------------------------------------------------------


def test_what_a_platform_demands_counts_for_ninety_days_and_then_its_posts_wait(home: House) -> None:
    with home.store.write() as session:
        later(session, home, 90.1)
        post = a_post(session, home, factory.PASSAGE)
        assert judge(session, post) == "wait platform-profile"
        assert judged(session, home, factory.PASSAGE, "site") == "goes"
        compared(session, home.people["carol"], "bluesky")
        assert judge(session, post) == "goes"


def test_what_the_makers_compared_counts_until_somebody_here_does() -> None:
    assert counts_from(None) == COMPARED
    assert counts_from(COMPARED - timedelta(days=1)) == COMPARED
    assert counts_from(COMPARED + timedelta(days=1)) == COMPARED + timedelta(days=1)


def test_a_platform_is_compared_by_whoever_may_and_our_own_pages_are_none(home: House) -> None:
    with home.store.write() as session:
        for who, form, expected in (
            ("alice", "bluesky", "rights.role"),
            ("bob", "site", "format.own"),
            ("bob", "nothing", "format.unknown"),
        ):
            with pytest.raises(Refusal) as refused:
                compared(session, home.people[who], form)
            assert refused.value.code == expected


def test_the_platforms_of_our_accounts_are_told_and_come_to_whoever_may_before_they_lapse(home: House) -> None:
    with home.store.write() as session:
        found = {one.name: one for one in platforms(session)}
        assert set(found) == {"bluesky", "facebook", "telegram"}
        assert (found["bluesky"].by, found["bluesky"].accounts, found["bluesky"].fresh) == (
            "carol", ("bluesky-en",), True,
        )  # fmt: skip
        later(session, home, 77)
        asked = [one.what for one in needs(session, home.people["carol"]).items if one.kind == "platform"]
        assert asked == ["bluesky", "facebook", "telegram"]
        assert not any(one.kind == "platform" for one in needs(session, home.people["alice"]).items)


# --- both --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["hashtag_check", "platform_check"])
def test_a_look_never_changes_and_never_goes(home: House, table: str) -> None:
    for statement in (f"UPDATE {table} SET at = at", f"DELETE FROM {table}"):
        with pytest.raises(IntegrityError), home.store.write() as session:
            session.execute(text(statement))


def test_the_rules_say_how_long_a_look_counts() -> None:
    assert timedelta(days=limit("hashtag-hygiene.days")) == hashtag_check.LASTS
    assert timedelta(days=limit("platform-profile.days")) == platform_check.LASTS


def test_each_look_stands_in_the_record(home: House) -> None:
    with home.store.read() as session:
        assert session.exec(select(PlatformCheck)).all()
        actions = session.execute(text("SELECT DISTINCT action FROM record")).scalars().all()
    assert {"hashtag.check", "platform.check", "link.check"} <= set(actions)
