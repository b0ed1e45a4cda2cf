"""An insider who wants words published that nobody cleared, through the pages: each way is refused.

What a person tried stands on the record under them (content/refused.py). Each has a planted fault (tests/planted) that
turns a test of it red:
a deputy of safeguarding for more than pauses, named by themselves, or out of time: a_deputy_stays_for_ever,
one_names_themselves_deputy, who_confirmed_lifts_with_their_deputy ·
own approval, and a past editor's: own_approval_on_the_desk · the same person twice, a form sent again:
one_person_answers_twice · a stale digest: approving_ignores_the_digest_shown · a form of another session:
a_form_of_another_session_is_taken · fields too many: a_field_too_many_is_taken, a_form_takes_any_field · another
organisation's: another_organisation_s_words_are_shown · switched off: a_switched_off_person_stays_signed_in · the
record of it: what_was_refused_is_forgotten · roles (test_matrix): a_page_without_its_role · words that would run
(test_hostile): words_are_shown_as_markup · another site's form: another_site_sends_our_forms
"""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from content import people, stopping
from content.deputy import Deputy
from content.message import Message, Wording
from content.people import RoleGrant
from content.record import Record
from content.review import Clearance, Verdict
from content.stop import Pause
from content.store import now
from tests import factory
from tests.web.browser import SAME, Browser

SignIn = Callable[[str], Browser]


def _queued(house: factory.House, tier: int = 1, **more: object) -> tuple[str, int]:
    """A version that the checks have looked at: its digest, and what they found."""
    with house.store.write() as session:
        made = factory.version(session, house, **more)  # type: ignore[arg-type]  # passed on as it comes
        return made.digest, factory.evaluation(session, made, tier=tier).id or 0


def _approve(browser: Browser, digest: str, seen: int, told: str = "", **more: object) -> tuple[int, str]:
    """told: the digest that the form names, where it is another than the page's."""
    sent = {"seen": seen, "digest": told or digest, **more}
    answer = browser.post(f"/review/{digest[:16]}/approve", proof=True, **sent)
    found = re.search(r'<code dir="ltr">([a-z_.]+)</code>', answer.text)
    return answer.status_code, found[1] if found else ""


def _given(house: factory.House) -> int:
    with house.store.read() as session:
        return len(session.exec(select(Verdict.id)).all())


def _cleared(house: factory.House) -> int:
    with house.store.read() as session:
        return len(session.exec(select(Clearance.id)).all())


def _tried(house: factory.House, ref: str) -> list[str]:
    """What stands on the record as refused to this person."""
    with house.store.read() as session:
        mine = select(Record.subject_id).where(Record.action == "refused", Record.actor == f"person:{house.id(ref)}")
        return [key.split(":")[2] for key in session.exec(mine.order_by(col(Record.id)))]


def _also(house: factory.House, ref: str, role: str) -> None:
    """Gives somebody one more role that holds now, by two others."""
    with house.store.write() as session:
        at = now(session) - people.WAIT
        session.add(RoleGrant(person_id=house.id(ref), role=role, granted_by=house.id("carol"), granted_at=at,
                              confirmed_by=house.id("dana"), confirmed_at=at, valid_from=at))  # fmt: skip


def test_nobody_approves_their_own_words_and_the_try_is_on_the_record(sign_in: SignIn, house: factory.House) -> None:
    digest, seen = _queued(house, author="bob")
    assert _approve(sign_in("bob"), digest, seen) == (422, "verdict.own")
    assert (_given(house), _tried(house, "bob")) == (0, ["verdict.own"])


def test_who_wrote_an_earlier_version_approves_no_later_one(sign_in: SignIn, house: factory.House) -> None:
    _queued(house, ref="M-two", author="bob")
    digest, seen = _queued(house, ref="M-two", author="alice", text="The rooms were cold and there was no bread.")
    assert _approve(sign_in("bob"), digest, seen) == (422, "verdict.own")
    assert (_given(house), _tried(house, "bob")) == (0, ["verdict.own"])


def test_one_person_is_never_two_not_even_with_two_roles(sign_in: SignIn, house: factory.House) -> None:
    _also(house, "bob", "safeguarding")
    digest, seen = _queued(house, tier=2, of=house.narrative)
    bob = sign_in("bob")
    _approve(bob, digest, seen)
    once = _given(house)
    status, code = _approve(bob, digest, seen)
    assert (status, code, _given(house), _cleared(house)) == (422, "verdict.given", once, 0)
    assert "verdict.given" in _tried(house, "bob")


def test_words_that_have_changed_since_are_not_approved(sign_in: SignIn, house: factory.House) -> None:
    digest, seen = _queued(house, ref="M-two")
    newer, _ = _queued(house, ref="M-two", text="The rooms were cold and there was no bread.")
    bob = sign_in("bob")
    assert _approve(bob, digest, seen) == (409, "verdict.stale")
    assert _approve(bob, digest, seen, told=newer) == (409, "form.other")
    assert (_given(house), _tried(house, "bob")) == (0, ["verdict.stale", "form.other"])


def test_a_form_that_is_sent_again_counts_once(sign_in: SignIn, house: factory.House) -> None:
    digest, seen = _queued(house)
    bob = sign_in("bob")
    assert _approve(bob, digest, seen)[0] == 303
    assert _approve(bob, digest, seen)[0] >= 400
    assert (_given(house), _cleared(house)) == (1, 1)


def test_a_form_of_another_session_does_nothing(sign_in: SignIn, house: factory.House) -> None:
    digest, seen = _queued(house)
    alice, bob = sign_in("alice"), sign_in("bob")
    sent = {"seen": seen, "digest": digest, "mark": alice.mark()}
    assert bob.client.post(f"/review/{digest[:16]}/approve", data=sent, headers=SAME).status_code == 403
    assert _given(house) == 0


@pytest.mark.parametrize("field", ["author", "cleared", "organisation", "role", "reviewer", "tier", "round"])
def test_a_verdict_sets_nothing_that_its_page_does_not_offer(sign_in: SignIn, house: factory.House, field: str) -> None:
    digest, seen = _queued(house)
    assert _approve(sign_in("bob"), digest, seen, **{field: "1"}) == (422, "form.unread")
    assert (_given(house), _tried(house, "bob")) == (0, ["form.unread"])


@pytest.mark.parametrize(
    ("where", "fields"),
    [("/people", {"ref": "nora", "name": "Nora", "founding": "true"}),
     ("/people/alice/grant", {"role": "legal", "valid_from": "2020-01-01"}),
     ("/accounts/bluesky-en/own", {"identity": "paper:bluesky-en", "ours": "true", "ownership_second": "1"}),
     ("/pauses", {"scope": "all", "by": "1"}), ("/me/password", {"old": "a", "new": "b", "person": "1"})],
)  # fmt: skip
def test_no_form_takes_a_field_too_many(
    sign_in: SignIn, house: factory.House, where: str, fields: dict[str, str]
) -> None:
    answer = sign_in("dana").post(where, proof=True, **fields)
    assert (answer.status_code, "form.unread" in answer.text) == (422, True)


def _of_another(session: Session, house: factory.House) -> dict[str, str]:
    """Another organisation with one of everything that pages name."""
    made = factory.version(session, house, ref="M-elsewhere")
    factory.evaluation(session, made)  # all that a sheet needs, but for whose it is
    other, alice = factory.an_organisation(session, "elsewhere"), house.people["alice"]
    factory.narrative(session, other, alice, "N-ELSEWHERE", kind="aggregate")
    factory.a_campaign(session, other, alice, "plan-elsewhere", accounts=[])
    factory.account(session, other, "account-elsewhere")
    factory.block(session, other, alice, "line-elsewhere", "helpline", "Elsewhere line, 0800 111 1111.")
    stop = Pause(organisation_id=other.id or 0, scope="all", languages=[], by=alice.id or 0, at=now(session))
    session.add(stop)
    session.flush()
    message = session.get_one(Message, made.message_id)
    message.organisation_id = other.id or 0
    session.add(message)
    return {"digest": made.digest[:16], "narrative": "N-ELSEWHERE", "campaign": "plan-elsewhere",
            "account": "account-elsewhere", "helpline": "line-elsewhere", "pause": str(stop.id)}  # fmt: skip


def test_what_is_another_organisation_s_is_not_there_on_any_page(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        told = _of_another(session, house)
    dana, kim, alice = sign_in("dana"), sign_in("kim"), sign_in("alice")
    shown = [
        f"/review/{told['digest']}", f"/review/{told['digest']}/send-back", f"/narratives/{told['narrative']}",
        f"/narratives/{told['narrative']}/withdraw", f"/accounts/{told['account']}",
    ]  # fmt: skip
    assert {where: dana.get(where).status_code for where in shown} == dict.fromkeys(shown, 404)
    about = "/compose?campaign={}&narrative={}&language=en"
    assert 'name="account"' in alice.get(about.format("spring", "N-2")).text
    for campaign, narrative in ((told["campaign"], "N-2"), ("spring", told["narrative"])):
        asked = alice.get(about.format(campaign, narrative)).text  # what was typed is asked for again
        assert 'name="account"' not in asked and "elsewhere" not in asked.lower().replace(campaign, "").replace(
            narrative.lower(), ""
        )
    acts = {
        f"/narratives/{told['narrative']}/withdraw": {"scope": "all"}, f"/pauses/{told['pause']}/lift": {},
        f"/accounts/{told['account']}/verify": {}, f"/helplines/{told['helpline']}/verify": {},
        f"/accounts/{told['account']}/own": {"identity": "x", "ours": "true", "openly": "true"},
    }  # fmt: skip
    found = {where: kim.post(where, proof=True, **fields).status_code for where, fields in acts.items()}
    assert found == {**dict.fromkeys(acts, 404), f"/pauses/{told['pause']}/lift": 404}
    for where in ("/narratives", "/accounts", "/helplines", "/pauses", "/review", "/settings"):
        assert "lsewhere" not in dana.get(where).text, where
    assert "lsewhere" not in alice.get("/compose").text


def test_a_session_of_somebody_switched_off_does_nothing(sign_in: SignIn, house: factory.House) -> None:
    digest, seen = _queued(house)
    bob = sign_in("bob")
    mark = bob.mark()
    with house.store.write() as session:
        people.disable(session, house.people["dana"], people.by_ref(session, "bob"))
    sent = {"seen": seen, "digest": digest, "mark": mark}
    answer = bob.client.post(f"/review/{digest[:16]}/approve", data=sent, headers=SAME)
    assert (answer.headers["location"], _given(house)) == ("/sign-in", 0)


def test_what_is_refused_again_and_again_is_one_row_and_holds_no_words(sign_in: SignIn, house: factory.House) -> None:
    alice = sign_in("alice")
    for number in range(4):
        alice.post(f"/people/somebody-{number}/grant", role="content", language="secret words")
    with house.store.read() as session:
        rows = session.exec(select(Record).where(Record.action == "refused")).all()
    assert [(row.subject, row.detail) for row in rows] == [("refused", '{"code":"rights.role","verb":"role.grant"}')]
    assert "secret" not in rows[0].subject_id and "somebody" not in rows[0].subject_id


def test_a_reviewer_who_judged_writes_no_version_and_the_try_is_on_the_record(
    sign_in: SignIn, house: factory.House
) -> None:
    _also(house, "bob", "author")
    digest, seen = _queued(house, ref="M-three")
    bob = sign_in("bob")
    assert _approve(bob, digest, seen)[0] == 303
    with house.store.read() as session:
        plan = factory.order(session).plan
    about = {"campaign": "spring", "narrative": "N-2", "language": "en", "message": "M-three"}
    made = {"template": "infighting/plain", "passage": ["p2"], "stance": "s2", "account": ["site"], **plan}
    before = _wordings(house)
    assert bob.post("/compose", **about, **made).status_code == 422
    assert (_wordings(house), [code for code in _tried(house, "bob") if code.startswith("message.")]) == (
        before, ["message.judged"],
    )  # fmt: skip


def _wordings(house: factory.House) -> int:
    with house.store.read() as session:
        return len(session.exec(select(Wording.id)).all())


# --- a deputy of safeguarding -------------------------------------------------------------------------------


def _deputy(house: factory.House, ref: str, *, over: bool = False) -> None:
    """Somebody stands in for safeguarding since yesterday; over: it ran out a moment ago."""
    with house.store.write() as session:
        at = now(session)
        ends = at - timedelta(seconds=1) if over else at + timedelta(days=9)
        since = at - timedelta(days=2)
        dana, kim, counts = house.id("dana"), house.id("kim"), since + people.WAIT
        session.add(Deputy(person_id=house.id(ref), named_by=dana, named_at=since, ends_at=ends, confirmed_by=kim,
                           confirmed_at=since, valid_from=counts))  # fmt: skip


def _lifted(house: factory.House, *browsers: Browser) -> tuple[bool, int]:
    """Whether they lift a pause of everything, and how the last of them was answered."""
    with house.store.write() as session:
        number = stopping.pause(session, house.people["alice"], "all").id
    answers = [one.post(f"/pauses/{number}/lift", proof=True).status_code for one in browsers]
    with house.store.read() as session:
        return session.get_one(Pause, number).lifted_at is not None, answers[-1]


def test_a_deputy_lifts_a_pause_with_another_and_alone_never(sign_in: SignIn, house: factory.House) -> None:
    _deputy(house, "lena")
    lena, bob = sign_in("lena"), sign_in("bob")
    assert _lifted(house, lena, lena) == (False, 422)
    assert _lifted(house, lena, bob) == (True, 303)
    assert _lifted(house, sign_in("carol"), bob)[0] is False


def test_a_deputy_gives_no_verdict_of_safeguarding_and_withdraws_nothing(sign_in: SignIn, house: factory.House) -> None:
    _deputy(house, "lena")
    lena = sign_in("lena")
    digest, seen = _queued(house, tier=2, of=house.narrative)
    status, _ = _approve(lena, digest, seen)
    assert (status >= 400, _given(house), _cleared(house)) == (True, 0, 0)
    assert lena.post("/narratives/N-1/withdraw", proof=True, scope="all").status_code == 403
    assert lena.post("/crises/1/lift", proof=True).status_code in (404, 422)
    assert lena.get("/go").status_code == 403


def test_a_deputy_whose_time_is_over_lifts_nothing(sign_in: SignIn, house: factory.House) -> None:
    _deputy(house, "lena", over=True)
    assert _lifted(house, sign_in("bob"), sign_in("lena")) == (False, 403)


def test_nobody_names_themselves_deputy_nor_confirms_themselves(sign_in: SignIn, house: factory.House) -> None:
    lena, dana = sign_in("lena"), sign_in("dana")
    with house.store.read() as session:
        last = (now(session) + timedelta(days=5)).date().isoformat()
    assert lena.post("/people/lena/deputy", proof=True, last=last).status_code == 403
    assert dana.post("/people/dana/deputy", proof=True, last=last).status_code == 403
    assert dana.post("/people/lena/deputy", proof=True, last=last).status_code == 303
    assert [one.post("/deputies/1/confirm", proof=True).status_code for one in (lena, dana)] == [403, 403]
    with house.store.read() as session:
        assert session.exec(select(Deputy.confirmed_by)).one() is None
