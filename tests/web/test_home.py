"""The start page: what needs each person by their roles, what goes out next, and how the house stands."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from content import arming, owning, people, stopping, verdict
from content.block import HelplineCheck
from content.lifecycle import Post
from content.message import Wording
from content.store import now
from tests import factory
from tests.web.browser import Browser
from web.asking import LANGUAGE

SignIn = Callable[[str], Browser]


def _needs(page: str) -> list[str]:
    """What stands under “Needs you now”, without markup."""
    part = page.partition('id="now-h"')[2].partition("</section>")[0]
    rows = re.findall(r"<li data-key=[^>]*>(.*?)</li>", part, re.S)
    return [" ".join(re.sub("<[^>]+>", " ", row).split()) for row in rows]


def _post(house: factory.House, state: str) -> int:
    with house.store.write() as session:
        return factory.brought(session, factory.cleared_post(session, house), state).id or 0


def test_a_person_of_whom_nothing_is_wanted_is_told_so(sign_in: SignIn, house: factory.House) -> None:
    page = sign_in("lena").get("/").text
    assert _needs(page) == [] and "Nothing waits for you" in page and "Nothing needs you now" in page


@pytest.mark.parametrize(
    ("state", "who", "says"),
    [
        ("uncertain", "bob", "The channel took it and did not answer. Look there, then say what you see."),
        ("recall_impossible", "kim", "No program can take it down. Do it by hand, then say so."),
        ("blocked", "bob", "Blocked"),
        ("failed", "alice", "Failed"),
    ],
)
def test_a_post_that_needs_somebody_comes_to_whoever_can_act_on_it(
    sign_in: SignIn, house: factory.House, state: str, who: str, says: str
) -> None:
    post = _post(house, state)
    page = sign_in(who).get("/").text
    assert [says in one for one in _needs(page)] == [True] and f'href="/posts/{post}"' in page


def test_an_uncertain_post_is_no_author_s_to_decide(sign_in: SignIn, house: factory.House) -> None:
    _post(house, "uncertain")
    assert _needs(sign_in("alice").get("/").text) == []


def test_what_waits_for_review_comes_to_who_can_review_it_and_not_to_its_author(
    sign_in: SignIn, house: factory.House
) -> None:
    with house.store.write() as session:
        factory.evaluation(session, factory.version(session, house))
    assert ["To review" in one for one in _needs(sign_in("bob").get("/").text)] == [True]
    assert not any("To review" in one for one in _needs(sign_in("alice").get("/").text))


def test_what_was_sent_back_comes_to_its_author_alone(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        version = factory.version(session, house)
        seen = factory.evaluation(session, version)
        verdict.verdict(
            session, house.people["bob"], version.digest, "send_back", reason="say it shorter", seen=seen.id or 0
        )
    author = _ref(house, version.author_id)
    assert any("Sent back" in one for one in _needs(sign_in(author).get("/").text))
    assert not any("Sent back" in one for one in _needs(sign_in("tom" if author != "tom" else "alice").get("/").text))


def test_words_that_could_not_be_made_come_to_their_author(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        version = factory.version(session, house)
        made = session.get_one(Wording, version.wording_id)
        session.add(
            Wording(
                message_id=made.message_id, language=made.language, number=made.number + 1, choices={}, accounts=[],
                plan={}, author_id=house.id("alice"), queued_at=now(session), answered_at=now(session),
                refused=[{"code": "template.none", "message": "That template is gone.", "todo": "Choose another."}],
            )
        )  # fmt: skip
    assert any("That template is gone." in one for one in _needs(sign_in("alice").get("/").text))


def test_a_window_that_closes_uncleared_comes_to_the_author(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        version = factory.version(session, house, closes=timedelta(hours=30))
        factory.evaluation(session, version)
    assert any("Its window closes" in one for one in _needs(sign_in(_ref(house, version.author_id)).get("/").text))


def test_clearances_that_end_before_their_window_come_to_reviewers_as_one(
    sign_in: SignIn, house: factory.House
) -> None:
    with house.store.write() as session:
        for _ in range(2):
            version = factory.version(session, house, closes=timedelta(days=60))
            factory.clearance(session, house, version, valid=timedelta(days=3))
    assert sum("2 clearances end soon" in one for one in _needs(sign_in("carol").get("/").text)) == 1


def test_a_helpline_that_nobody_tried_for_long_comes_to_who_may_verify_it(
    sign_in: SignIn, house: factory.House
) -> None:
    with house.store.write() as session:
        factory.move_on(session, timedelta(days=80))
    assert any("helpline-gb-en" in one for one in _needs(sign_in("carol").get("/").text))
    assert not any("helpline-gb-en" in one for one in _needs(sign_in("alice").get("/").text))
    with house.store.write() as session:
        block = house.blocks["helpline-gb-en"].id or 0
        session.add(HelplineCheck(block_id=block, by=house.id("carol"), at=now(session)))
    assert not any("helpline-gb-en" in one for one in _needs(sign_in("carol").get("/").text))


def test_a_consent_that_runs_out_comes_to_the_keeper_and_to_no_author(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        ends = now(session) + timedelta(days=9)
        factory.consent_event(session, house.narrative, house.people["kim"], "narrow", valid_until=ends)
    assert any("The consent of N-1 runs out" in one for one in _needs(sign_in("kim").get("/").text))
    assert _needs(sign_in("alice").get("/").text) == []


def test_a_consent_that_was_withdrawn_needs_nobody(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        ends = now(session) + timedelta(days=9)
        factory.consent_event(session, house.narrative, house.people["kim"], "narrow", valid_until=ends)
        factory.consent_event(session, house.narrative, house.people["kim"], "withdraw")
    assert not any("N-1" in one for one in _needs(sign_in("kim").get("/").text))


def test_the_go_of_a_day_comes_to_safeguarding_with_the_number_of_its_posts(
    sign_in: SignIn, house: factory.House
) -> None:
    with house.store.write() as session:
        for _ in range(2):
            factory.cleared_post(session, house, tier=3)
    assert any("2 posts of tier 3 or 4" in one for one in _needs(sign_in("dana").get("/").text))
    assert not any("tier 3 or 4" in one for one in _needs(sign_in("bob").get("/").text))


def test_a_role_waits_for_a_second_person_who_is_neither_of_the_two(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        people.grant(session, house.people["bob"], house.people["tom"], "content")
        people.grant(session, house.people["dana"], house.people["alice"], "content")
    says, given = "tom is to become content", "alice is to become content"
    found = _needs(sign_in("dana").get("/").text)
    assert any(says in one for one in found) and not any(given in one for one in found)
    assert any(given in one for one in _needs(sign_in("bob").get("/").text))
    for who in ("bob", "carol", "alice"):  # gave it; no safeguarding among the two; may confirm nothing
        assert not any(says in one for one in _needs(sign_in(who).get("/").text)), who


def test_what_one_has_begun_waits_for_a_second(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        arming.arm(session, house.people["kim"])
        owning.confirm(session, house.people["bob"], "facebook-gb")
        made = stopping.pause(session, house.people["alice"], "all")
        stopping.resume(session, house.people["bob"], made.id)
    found = " | ".join(_needs(sign_in("dana").get("/").text))
    for says in ("to publish on outside channels", "Is facebook-gb our own account?", "A pause is to be lifted"):
        assert says in found
    assert "facebook-gb" not in " | ".join(_needs(sign_in("bob").get("/").text))


def test_every_thing_that_has_a_page_leads_to_one_that_opens(sign_in: SignIn, house: factory.House) -> None:
    for state in ("uncertain", "blocked", "recall_impossible", "failed"):
        _post(house, state)
    with house.store.write() as session:
        factory.evaluation(session, factory.version(session, house))
        stopping.resume(session, house.people["bob"], stopping.pause(session, house.people["alice"], "all").id)
    dana = sign_in("dana")
    links = set(re.findall(r'class="cover" href="([^"]+)"', dana.get("/").text))
    assert len(links) >= 5
    assert {where: dana.get(where).status_code for where in links} == dict.fromkeys(links, 200)


def test_the_next_releases_say_their_time_with_its_place(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        made = factory.cleared_post(session, house, opens=timedelta(hours=2), closes=timedelta(days=2))
        session.get_one(Post, made.id).zone = "Asia/Baghdad"
    page = sign_in("alice").get("/").text
    assert "Baghdad" in page.partition('id="next-h"')[2] and "Asia/Baghdad" not in page


def _ref(house: factory.House, key: int) -> str:
    return next(ref for ref, one in house.people.items() if one.id == key)


def test_what_is_wrong_is_said_in_the_reader_s_language(sign_in: SignIn, house: factory.House) -> None:
    for state in ("uncertain", "recall_impossible"):
        _post(house, state)
    kim = sign_in("kim")
    assert "A post cannot be taken down by program." in kim.get("/").text
    kim.client.cookies.set(LANGUAGE, "ar")
    page = kim.get("/").text
    health = page.partition('id="health-h"')[2].partition("</section>")[0]
    assert "منشور واحد لا يستطيع برنامج إزالته." in health and "لا يعمل أي عامل" in health
    assert 'lang="en"' not in health
