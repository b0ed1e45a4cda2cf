"""Every kind of need leads from the start page to the page where it is met, and that page opens."""

import re
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import Session

from content import arming, deputy, invitation, owning, people, protected_term, stopping, verdict
from content.message import Wording
from content.store import now
from tests import factory
from tests.web.browser import Browser
from web import home

SignIn = Callable[[str], Browser]
EVERYBODY = ("kim", "dana", "bob", "carol", "alice", "tom")
# What no house of these tests needs by itself: where it would lead is looked at all the same.
SELDOM = {
    "recalling",
    "surplus",
    "expired",
    "link",
    "hashtag",
    "platform",
    "rules",
    "renew",
    "posting_soon",
    "stranger",
    "appeal",
}


def _happens(session: Session, house: factory.House) -> None:
    """Something of each kind but the seldom ones."""
    for state in ("uncertain", "blocked", "recall_impossible", "failed"):
        factory.brought(session, factory.cleared_post(session, house), state)
    for state, kind, told in (("uncertain", "post", {}), ("recalling", "recall", {}),
                              ("uncertain", "post", {"state": "done", "done_by": house.id("tom"),
                                                     "done_at": now(session)})):  # fmt: skip
        factory.by_hand(session, factory.brought(session, factory.cleared_post(session, house), state), kind, **told)
    version = factory.version(session, house, ref="M-back")
    seen = factory.evaluation(session, version)
    verdict.verdict(session, house.people["bob"], version.digest, "send_back", reason="x", seen=seen.id or 0)
    closing = factory.version(session, house, ref="M-closing", closes=timedelta(hours=30))
    factory.evaluation(session, closing)
    _not_made(session, house, factory.version(session, house, ref="M-not-made").message_id)
    factory.cleared_post(session, house, tier=3)
    for _ in range(protected_term.ALARM):
        protected_term.hit(session, house.id("tom"), now(session))
    ends = now(session) + timedelta(days=9)
    factory.consent_event(session, house.narrative, house.people["kim"], "narrow", valid_until=ends)


def _not_made(session: Session, house: factory.House, message: int) -> None:
    told = {"code": "template.none", "message": "That template is gone.", "todo": "Choose another."}
    row = Wording(message_id=message, language="en", number=2, choices={}, accounts=[], plan={}, refused=[told],
                  author_id=house.id("alice"), queued_at=now(session), answered_at=now(session))  # fmt: skip
    session.add(row)


def _begun(session: Session, house: factory.House) -> None:
    """What waits for a second person."""
    arming.arm(session, house.people["kim"])
    owning.confirm(session, house.people["bob"], "facebook-gb")
    stopping.resume(session, house.people["bob"], stopping.pause(session, house.people["alice"], "all").id)
    people.grant(session, house.people["bob"], house.people["tom"], "content")
    invitation.invite(session, house.people["kim"], house.people["bob"])
    deputy.name(session, house.people["dana"], house.people["bob"], f"{now(session) + timedelta(days=5):%Y-%m-%d}")


@pytest.mark.wide
def test_every_kind_of_need_leads_to_a_page_that_opens(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        factory.move_on(session, timedelta(days=80))  # by then helplines were checked long ago
        _happens(session, house)
        _begun(session, house)
    browsers = {who: sign_in(who) for who in EVERYBODY}
    met: dict[str, set[str]] = defaultdict(set)
    for who, browser in browsers.items():
        rows = re.findall(r'<li data-key="([a-z_]+)\.[^"]*">(.*?)</li>', browser.get("/").text, re.S)
        for kind, row in rows:
            link = re.search(r'class="cover" href="([^"]+)"', row)
            assert link is not None, f"{kind} leads nowhere for {who}"
            assert browser.get(link[1]).status_code == 200, f"{kind} for {who}: {link[1]}"
            met[kind].add(link[1])
    assert home._PAGES.keys() - met.keys() <= SELDOM
    post = next(iter(met["uncertain"])).rpartition("/")[2]
    for kind in SELDOM:
        where = home._PAGES[kind].format(ref="spring" if kind == "hashtag" else post, what="")
        assert browsers["dana"].get(where).status_code == 200, f"{kind}: {where}"
    assert met["go"] == {"/go"} and met["arm"] == {"/arming"}
    assert (met["sent_back"], met["refused"]) == ({"/messages/M-back"}, {"/messages/M-not-made"})
    assert "/messages/M-closing" in met["window"]
