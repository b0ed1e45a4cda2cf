"""Campaigns on the desk: the brief, the balance of the four narratives, what is out and where, and stopping it."""

import re
from collections.abc import Callable
from datetime import timedelta

from sqlmodel import col, select

from content.briefed import published_page
from content.campaign import Campaign, SensitiveDay
from content.lifecycle import Part
from content.stop import Pause, Recall
from content.store import now
from tests import factory
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]
HERE = "https://house.example.org/p/1"


def _post(house: factory.House, state: str = "published") -> int:
    with house.store.write() as session:
        made = factory.brought(session, factory.cleared_post(session, house), state)
        part = session.get(Part, (made.id, 0))
        if part is not None:
            part.url = HERE
        return made.id or 0


def test_the_list_leads_to_each_campaign_with_its_whole_brief(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        found = session.get_one(Campaign, house.campaign.id)
        found.goal, found.audience = "fewer who leave", "parents"
    alice = sign_in("alice")
    assert 'href="/campaigns/spring"' in alice.get("/campaigns").text
    page = alice.get("/campaigns/spring").text
    for words in ("fewer who leave", "parents", "Goal", "Messenger", "Monitoring", "not said", "facebook-gb", "London"):
        assert words in page


def test_an_unknown_campaign_is_not_there(sign_in: SignIn) -> None:
    assert sign_in("alice").get("/campaigns/none").status_code == 404


def test_what_is_out_stands_there_with_its_address_and_what_was_taken_down_does_not(
    sign_in: SignIn, house: factory.House
) -> None:
    live, down = _post(house), _post(house, "recalled")
    with house.store.write() as session:
        session.add(Recall(post_id=down, cause="reviewer", at=now(session), evidence={}))
        month = f"{now(session):%Y-%m}"
    page = sign_in("lena").get("/campaigns/spring").text
    assert f'href="{HERE}"' in page and f'href="/posts/{live}"' in page and f'href="/posts/{down}"' not in page
    told = re.sub("<[^>]+>", " ", page.partition('id="rec-h"')[2].partition("</section>")[0])
    assert month in told and re.search(rf"{month}\s+1\b", told)


def test_the_balance_counts_each_message_once_under_its_theme(sign_in: SignIn, house: factory.House) -> None:
    _post(house)
    with house.store.write() as session:
        version = factory.version(session, house, accounts=("site", "bluesky-en"))
        cleared = factory.clearance(session, house, version)
        for account in ("site", "bluesky-en"):
            factory.brought(session, factory.post(session, house, cleared, account=account), "published")
        coming = factory.version(session, house, opens=timedelta(hours=2), closes=timedelta(days=2))
        factory.post(session, house, factory.clearance(session, house, coming))
    page = sign_in("alice").get("/campaigns/spring").text
    assert 'aria-label="Infighting: 2"' in page and 'aria-label="Infighting: 1"' in page
    assert 'aria-label="Infighting: 2"' in sign_in("alice").get("/").text


def test_anybody_pauses_the_campaign_from_its_page(sign_in: SignIn, house: factory.House) -> None:
    alice = sign_in("alice")
    assert "Pause this campaign" in alice.get("/campaigns/spring").text
    assert alice.post("/pauses", scope="campaign", value="spring").status_code == 303
    with house.store.read() as session:
        assert [one.scope for one in session.exec(select(Pause))] == ["campaign"]
    page = alice.get("/campaigns/spring").text
    assert "This campaign is paused." in page and "Pause this campaign" not in page


def test_the_pause_of_every_screen_names_what_its_page_is_about(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        factory.version(session, house, ref="M-spoken")
    alice = sign_in("alice")
    for page, subject in (
        ("/campaigns/spring", "campaign=spring"), ("/messages/M-spoken", "message=M-spoken"),
        (f"/narratives/{house.narrative.ref}", f"narrative={house.narrative.ref}"), ("/accounts/site", "account=site"),
    ):  # fmt: skip
        assert f'<option value="{subject}">' in alice.get(page).text
        assert alice.post("/pauses", scope=subject).status_code == 303
    assert "What this page is about" not in alice.get("/").text + alice.get("/campaigns").text
    with house.store.read() as session:
        found = session.exec(select(Pause).order_by(col(Pause.id))).all()
    assert [one.scope for one in found] == ["campaign", "message", "narrative", "account"]


def test_what_is_out_comes_page_by_page_the_newest_first(sign_in: SignIn, house: factory.House) -> None:
    posts = [_post(house) for _ in range(5)]
    with house.store.read() as session:
        found, after = [], ""
        while True:
            page = published_page(session, house.people["lena"], "spring", after, 2)
            found += [one.id for one in page.items]
            after = page.after
            if not after:
                break
    assert sorted(found) == sorted(posts) and len(found) == 5


def test_a_day_that_asks_for_care_is_shown_until_somebody_says_why_it_is_fine(
    sign_in: SignIn, house: factory.House
) -> None:
    with house.store.write() as session:
        at = now(session)
        day = SensitiveDay(organisation_id=house.organisation.id or 0, territory="GB", starts_at=at, name="Remembrance",
                           ends_at=at + timedelta(days=1))  # fmt: skip
        session.add(day)
        session.flush()
        number = day.id
    alice, kim = sign_in("alice"), sign_in("kim")
    assert "Say why <bdi>Remembrance</bdi> is fine" in alice.get("/campaigns/spring").text
    assert "It may run on that day" not in kim.get("/campaigns/spring").text
    fine = {"day": number, "reason": "We remember the same people."}
    assert kim.post("/campaigns/spring/days", **fine).status_code == 403
    assert alice.post("/campaigns/spring/days", **(fine | {"reason": "no"})).status_code != 303
    assert alice.post("/campaigns/spring/days", **fine).status_code == 303
    page = alice.get("/campaigns/spring").text
    assert "We remember the same people." in page and "It may run on that day" not in page
