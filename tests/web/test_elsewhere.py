"""What another organisation has is not there: on no page, in no list, for no act, whatever number or name is given.

Made from SCREENS: a page or an act that takes a name is tried with the other's, without anybody writing a line here.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from content import draft, subscription
from content.campaign import SensitiveDay
from content.medium import Medium
from content.message import Message, Wording
from content.organisation import Account
from content.permission import PERMISSIONS
from content.record import Record
from content.season import Season
from content.shift import Shift
from content.slot import Slot
from content.stop import Hold, Pause
from content.store import now
from content.stranger import Stranger
from content.watch import Appeal
from tests import factory
from tests.web.browser import Browser
from tests.web.routes import ROUTES, needed, who

SignIn = Callable[[str], Browser]
# People, and what is one's own, are the instance's: another organisation has none here. Platforms are nobody's.
PEOPLE = ("/people/", "/grants/", "/deputies/", "/help/", "/me/sessions/", "/platforms/")
NAMED = {  # what an address begins with -> which of the other's things it names
    "/narratives/": "narrative", "/campaigns/": "campaign", "/messages/": "message", "/accounts/": "account",
    "/helplines/": "helpline", "/posts/": "post", "/calendar/posts/": "post", "/pauses/": "pause",
    "/review/": "digest", "/templates/": "template", "/compose/drafts/": "draft",
    "/replies/shifts/": "shift", "/crises/": "crisis", "/postings/": "posting",
    "/media/": "medium", "/watched/appeals/": "appeal", "/watched/strangers/": "stranger",
}  # fmt: skip
MATERIAL = ("passage/N-ELSEWHERE/p1", "block/line-elsewhere", "template/elsewhere/plain")
DRAFT = "somebodyelses-draft"
TAKEN = [(path, method, verb) for path, method, verb in ROUTES if "{" in path and not path.startswith(PEOPLE)]


def _elsewhere(session: Session, house: factory.House) -> dict[str, str]:
    """Another organisation with one of everything that pages name, in every state that a list shows."""
    alice, kim = house.people["alice"], house.people["kim"]
    other = factory.an_organisation(session, "elsewhere")
    account = factory.account(session, other, "account-elsewhere")
    account.ownership_asked = alice.id
    told = factory.narrative(session, other, alice, "N-ELSEWHERE", kind="aggregate")
    factory.passage(session, told, alice, "p1", "Words of elsewhere.")
    plan = factory.a_campaign(session, other, alice, "plan-elsewhere", name="Elsewhere", accounts=[account.ref])
    factory.block(session, other, alice, "line-elsewhere", "helpline", "Elsewhere line, 0800 111 1111.")
    factory.stored_template(session, other, alice, "elsewhere/plain")
    session.add(account)
    there = replace(house, organisation=other, accounts={"site": account}, narrative=told, finding=told, campaign=plan)
    narrow = factory.consent_event(session, told, kim, "narrow", languages=["en"])
    soon = now(session) + timedelta(days=3)
    factory.consent_event(session, told, kim, "grant", valid_until=soon, reconfirm_by=soon, basis="aggregate")
    hold = Hold(narrative_id=told.id or 0, kind="other", starts_at=now(session), territories=[], by=kim.id or 0,
                at=now(session))  # fmt: skip
    stop = Pause(organisation_id=other.id or 0, scope="all", languages=[], by=alice.id or 0, at=now(session))
    slot = Slot(campaign_id=plan.id or 0, language="en", account_id=account.id or 0, day=0, local="18:00", zone="UTC",
                entered_by=alice.id or 0, created_at=now(session))  # fmt: skip
    turn = Shift(organisation_id=other.id or 0, person_id=alice.id or 0, languages=["en"], starts_at=now(session),
                 ends_at=soon, zone="Europe/Elsewhere", entered_by=alice.id or 0, created_at=now(session))  # fmt: skip
    attack = SensitiveDay(organisation_id=other.id or 0, territory="ZZ", starts_at=now(session), ends_at=soon,
                          name="Elsewhere", kind="crisis")  # fmt: skip
    season = Season(campaign_id=plan.id or 0, name="Elsewhere", begins=soon.date(), ends=soon.date(),
                    entered_by=alice.id or 0, created_at=now(session))  # fmt: skip
    session.add_all([hold, stop, slot, turn, attack, season])
    session.flush()
    made = factory.version(session, there, ref="M-elsewhere", text="Words of elsewhere.", closes=timedelta(hours=30))
    factory.evaluation(session, made)
    posts = [
        factory.brought(session, factory.cleared_post(session, there, ref=f"M-elsewhere-{state}"), state)
        for state in ("scheduled", "published", "uncertain", "blocked", "failed", "expired", "recall_impossible")
    ]
    task = factory.by_hand(session, posts[2])
    picture = Medium(organisation_id=other.id or 0, ref="e" * 16, kind="image", faces=0, voice=False, milliseconds=0,
                     synthetic=[], texts="none", licence="own", sealed="x", left=[], added_by=alice.id or 0,
                     added_at=now(session))  # fmt: skip
    gone = Appeal(post_id=posts[1].id or 0, kind="vanished", opened_at=now(session))
    theirs = Stranger(account_id=account.id or 0, remote_id="elsewhere", url="https://elsewhere.example.org/1",
                      posted_at=now(session), seen_at=now(session), raised_at=now(session))  # fmt: skip
    session.add_all([picture, gone, theirs])
    session.flush()
    risky = factory.version(session, there, ref="M-elsewhere-risky", text="Words of elsewhere.")
    cleared = factory.clearance(session, there, risky, tier=3)
    day = now(session) + timedelta(hours=1)
    go = factory.post(session, there, cleared, due=day)
    return {
        "narrative": told.ref, "campaign": plan.ref, "message": "M-elsewhere", "account": account.ref,
        "helpline": "line-elsewhere", "post": str(posts[0].id), "posting": str(task.id), "pause": str(stop.id),
        "digest": made.digest[:16],
        "template": "elsewhere/plain", "draft": DRAFT, "event": str(narrow.id), "hold": str(hold.id),
        "slot": str(slot.id), "shift": str(turn.id), "crisis": str(attack.id), "season": str(season.id),
        "medium": picture.ref, "appeal": str(gone.id), "stranger": str(theirs.id),
        "go": str(go.id), "day": f"{day:%Y-%m-%d}",
    }  # fmt: skip


@pytest.fixture
def told(house: factory.House) -> dict[str, str]:
    """The names of what another organisation has, and of tom's draft."""
    with house.store.write() as session:
        draft.save(session, house.people["tom"], DRAFT, {"text": {"message": "M-elsewhere"}, "lists": {}})
        return _elsewhere(session, house)


@pytest.fixture
def browser(sign_in: SignIn) -> Callable[[str], Browser]:
    known: dict[str, Browser] = {}

    def of(ref: str) -> Browser:
        if ref not in known:
            known[ref] = sign_in(ref)
        return known[ref]

    return of


def _there(path: str, told: Mapping[str, str]) -> list[str]:
    """The route with the other's names in it."""
    if path.startswith(("/material/", "/used/")):
        return [f"/{path.split('/')[1]}/{piece}" for piece in MATERIAL]
    start = max((start for start in NAMED if path.startswith(start)), key=len)
    theme, _, name = told["template"].partition("/")
    where = path.replace("{theme}/{name}", f"{theme}/{name}").replace("{event}", told["event"])
    where = where.replace("/hold/{number}", f"/hold/{told['hold']}")
    where = where.replace("/slots/{number}", f"/slots/{told['slot']}")
    where = where.replace("/seasons/{number}", f"/seasons/{told['season']}")
    return [re.sub(r"\{\w+\}", told[NAMED[start]], where)]


def test_no_page_and_no_act_finds_what_is_another_organisation_s(
    house: factory.House, told: dict[str, str], browser: Callable[[str], Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("content.sign_in.prove", lambda *_: True)  # who has a right code finds nothing either
    found = {}
    for path, method, verb in TAKEN:
        one = browser("alice" if "drafts" in path else who(verb))
        for where in _there(path, told):
            sent = needed(path) | ({"answer": "refuse", "reason": "x"} if path.startswith("/material") else {})
            got = one.get(where) if method == "GET" else one.post(where, code="1", **sent)
            if got.status_code != 404:
                found[method, where] = got.status_code
    assert found == {}
    assert len(TAKEN) > 45


def test_nothing_of_another_organisation_was_changed_or_named_by_trying(
    house: factory.House, told: dict[str, str], browser: Callable[[str], Browser]
) -> None:
    with house.store.read() as session:
        before = session.exec(select(Record.id).where(Record.subject != "refused").order_by(Record.id)).all()[-1]  # type: ignore[arg-type]
    alice, dana, kim = (browser(ref) for ref in ("alice", "dana", "kim"))
    plan = {"start": "2030-01-01 10:00", "zone": "UTC", "template": "infighting/plain", "passage": "p2", "stance": "s2"}
    sent = [
        (dana, "/go", {"day": told["day"], "post": told["go"], "code": dana.codes.pop()}, 404),
        (alice, "/compose/propose", {"narrative": told["narrative"], "language": "en", "text": "Some words."}, 404),
        (alice, "/compose", {"message": "M-x", "campaign": told["campaign"], "narrative": "N-2", "language": "en",
                             "account": "site", **plan}, 404),
        (alice, "/pauses", {"scope": "campaign", "value": told["campaign"]}, 422),
        (alice, "/pauses", {"scope": "message", "value": told["message"]}, 422),
        (alice, "/pauses", {"scope": "narrative", "value": told["narrative"]}, 422),
        (alice, "/pauses", {"scope": "account", "value": told["account"]}, 422),
        (kim, f"/narratives/N-1/hold/{told['hold']}/lift", {"code": kim.codes.pop()}, 404),
    ]  # fmt: skip
    assert [(where, one.post(where, **fields).status_code) for one, where, fields, _ in sent] == [
        (where, status) for _, where, _, status in sent
    ]
    assert kim.get(f"/narratives/N-1/stopped/{told['event']}").status_code == 404
    assert alice.get(f"/compose?draft={DRAFT}").text.count("M-elsewhere") == 0
    with house.store.read() as session:
        mine = Record.action.in_(("refused", "sign_in.enter", "person.invite", "person.enrol"))  # type: ignore[attr-defined]
        later = session.exec(select(Record.action).where(Record.id > before, ~mine)).all()  # type: ignore[operator]
        assert list(later) == []
        tried = {row.split(":")[2] for row in session.exec(select(Record.subject_id).where(Record.action == "refused"))}
    assert {"go.none", "narrative.none", "hold.none"} <= tried


def test_no_list_shows_a_row_of_another_organisation(
    house: factory.House, told: dict[str, str], browser: Callable[[str], Browser]
) -> None:
    lists = [(path, verb) for path, method, verb in ROUTES if method == "GET" and "{" not in path]
    lists += [(f"/posts?state={state}", "message.read") for state in
              ("uncertain", "blocked", "failed", "expired", "recall_impossible", "recalling", "surplus")]  # fmt: skip
    lists += [(f"/calendar?view={view}", "plan.read") for view in ("week", "month", "list")]
    lists += [("/record?subject=post", "record.read"), ("/record?subject=narrative", "record.read")]
    lists += [("/compose?campaign=spring&narrative=N-2&language=en", "message.queue")]
    shown = {}
    for where, verb in lists:
        for ref in ("alice", "bob", "dana", "kim"):
            if where != "/record/export" and (not (roles := PERMISSIONS[verb].roles) or ref == who(verb) or roles):
                answer = browser(ref).get(where)
                if "lsewhere" in answer.text.lower():
                    shown[where, ref] = re.findall(r".{30}lsewhere.{20}", answer.text)[:2]
    assert shown == {}
    assert len(lists) > 35


def test_a_calendar_asked_for_by_another_s_names_is_empty(
    house: factory.House, told: dict[str, str], browser: Callable[[str], Browser]
) -> None:
    for asked in (f"campaign={told['campaign']}", f"account={told['account']}"):
        text = browser("alice").get(f"/calendar?view=month&{asked}").text
        assert "M-elsewhere" not in text and "Words of" not in text


def test_a_subscribed_calendar_holds_none_of_another_s_posts(
    house: factory.House, told: dict[str, str], browser: Callable[[str], Browser]
) -> None:
    with house.store.write() as session:
        token = subscription.open_link(session, house.people["alice"])
        cleared = factory.clearance(session, house, factory.version(session, house))
        factory.post(session, house, cleared, due=now(session) + timedelta(hours=2))
    body = browser("alice").client.get(f"/calendar/feed/{token}.ics").text
    assert body.count("BEGIN:VEVENT") == 1 and "elsewhere" not in body


def test_what_another_person_drafts_is_not_there(house: factory.House, told: dict[str, str], sign_in: SignIn) -> None:
    alice = sign_in("alice")
    assert "M-elsewhere" not in alice.get(f"/compose?draft={DRAFT}").text + alice.get("/compose").text
    assert alice.post("/compose/drafts", draft=DRAFT, message="mine").status_code == 303  # one of hers, of that name
    with house.store.read() as session:
        kept = draft.kept(session, house.people["tom"], DRAFT)
    assert kept is not None and kept.fields["text"]["message"] == "M-elsewhere"


def test_the_same_names_here_and_elsewhere_are_two_things(
    house: factory.House, told: dict[str, str], browser: Callable[[str], Browser]
) -> None:
    """Names are an organisation's own: a message, a campaign and an account of the same name lead to ours."""
    with house.store.write() as session:
        message = session.exec(select(Message).where(Message.ref == "M-elsewhere")).one()
        mine = factory.version(session, house, ref="M-same")
        message.ref = "M-same"
        account = session.exec(select(Account).where(Account.ref == told["account"])).one()
        account.ref = "site"
        session.add_all([message, account])
        assert session.exec(select(Wording).where(Wording.id == mine.wording_id)).one()
    page = browser("alice").get("/messages/M-same")
    assert page.status_code == 200 and "Words of elsewhere" not in page.text and factory.PASSAGE in page.text
    assert browser("alice").get("/accounts/site").status_code == 200
