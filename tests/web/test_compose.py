"""Composing on the desk: what may be chosen, what each account would get, and the queue."""

import re
from collections.abc import Callable

from httpx2 import Response
from sqlalchemy import event
from sqlmodel import Session, select
from starlette.testclient import TestClient

from content import draft, people, protected_term
from content.draft import Draft
from content.message import Wording
from content.narrative import Passage
from content.offered import offered
from content.template_version import TemplateVersion
from tests import factory
from tests.web.browser import SAME, Browser

SignIn = Callable[[str], Browser]
ABOUT = {"campaign": "spring", "narrative": "N-2", "language": "en"}


def _wordings(house: factory.House) -> int:
    with house.store.read() as session:
        return len(session.exec(select(Wording.id)).all())


def _filled(house: factory.House, **more: object) -> dict[str, object]:
    with house.store.read() as session:
        order = factory.order(session)
    return {
        **ABOUT, "message": "M-desk", "template": "infighting/plain", "passage": ["p2"], "stance": "s2",
        "account": ["site"], **order.plan, **more,
    }  # fmt: skip


def test_an_author_chooses_from_what_the_narrative_and_the_campaign_have(sign_in: SignIn, house: factory.House) -> None:
    alice = sign_in("alice")
    assert 'value="N-2"' in alice.get("/compose").text
    page = alice.get("/compose?campaign=spring&narrative=N-2&language=en").text
    for one in ('name="passage" value="p2"', 'value="infighting/plain"', 'name="account" value="site"'):
        assert one in page


def test_the_preview_shows_the_exact_words_and_queues_nothing(sign_in: SignIn, house: factory.House) -> None:
    page = sign_in("alice").post("/compose/preview", **_filled(house)).text
    words = re.sub(r"<[^>]+>", "", page)
    assert factory.PASSAGE in words and factory.DISCLOSURE in words
    assert 'data-kind="passage"' in page and _wordings(house) == 0


def test_a_message_is_queued_and_stands_in_the_list(sign_in: SignIn, house: factory.House) -> None:
    alice = sign_in("alice")
    assert alice.post("/compose", **_filled(house)).headers["location"] == "/messages"
    assert _wordings(house) == 1
    assert "M-desk" in alice.get("/messages").text


def test_what_is_wrong_is_said_and_what_was_chosen_is_kept(sign_in: SignIn, house: factory.House) -> None:
    answer = sign_in("alice").post("/compose", **_filled(house, account=[], start="yesterday"))
    assert (answer.status_code, _wordings(house)) == (422, 0)
    assert 'value="p2" checked' in answer.text and "summary-error" in answer.text


def test_a_reviewer_composes_nothing(sign_in: SignIn, house: factory.House) -> None:
    answer = sign_in("bob").post("/compose", **_filled(house))
    assert (answer.status_code, _wordings(house)) == (403, 0)


def test_a_field_that_the_form_does_not_have_queues_nothing(sign_in: SignIn, house: factory.House) -> None:
    answer = sign_in("alice").post("/compose", **_filled(house, author="bob"))
    assert (answer.status_code, "form.unread" in answer.text, _wordings(house)) == (422, True, 0)


def _live(browser: Browser, **fields: object) -> Response:
    """The form as the script sends it while somebody types."""
    sent = {"mark": fields.get("mark") or browser.mark(), "draft": "d" * 22, **fields}
    return browser.client.post("/compose/preview", data=sent, headers={**SAME, "hx-request": "true"})


def test_while_one_types_only_the_parts_that_follow_from_it_are_sent(sign_in: SignIn, house: factory.House) -> None:
    page = _live(sign_in("alice"), **_filled(house)).text
    assert "<html" not in page and factory.PASSAGE in re.sub(r"<[^>]+>", "", page)
    assert all(f'id="{part}" hx-swap-oob' in page for part in ("tally", "mosaic", "way", "why", "slots"))


def test_whoever_was_signed_out_meanwhile_is_asked_to_sign_in_and_gets_no_page_within_the_page(
    stranger: TestClient,
) -> None:
    answer = stranger.post("/compose/preview", data={}, headers={**SAME, "hx-request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"], answer.text) == (401, "/sign-in", "")


def test_a_preview_asks_the_database_as_often_for_four_accounts_as_for_one(
    sign_in: SignIn, house: factory.House
) -> None:
    alice, asked = sign_in("alice"), list[str]()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(house.store.engine, "before_cursor_execute", note)
    counts, mark = [], alice.mark()
    for accounts in (["site"], ["site", "facebook-gb", "telegram-ar", "bluesky-en"]):
        asked.clear()
        _live(alice, **_filled(house, account=accounts, shown="infighting/plain", mark=mark))
        counts.append(len(asked))
    event.remove(house.store.engine, "before_cursor_execute", note)
    assert counts[1] - counts[0] < 3 and max(counts) < 80  # one more now and then: what a thread keeps


def test_the_words_are_shown_before_a_time_is_chosen(sign_in: SignIn, house: factory.House) -> None:
    page = _live(sign_in("alice"), **_filled(house, start="")).text
    assert factory.PASSAGE in re.sub(r"<[^>]+>", "", page) and "as soon as there are words, a time" in page


def test_an_account_that_gets_nothing_is_named_beside_the_words_of_the_others(
    sign_in: SignIn, house: factory.House
) -> None:
    with house.store.write() as session:
        house.template.source = factory.TEMPLATE.replace("facebook, ", "")
        again = TemplateVersion(**house.template.model_dump(exclude={"id", "number"}), number=2)
        session.add(again)
    page = _live(sign_in("alice"), **_filled(house, account=["site", "facebook-gb"])).text
    assert "gets nothing" in page and "not made for the channel facebook" in page
    assert factory.PASSAGE in re.sub(r"<[^>]+>", "", page)


def test_what_the_consent_does_not_cover_is_said_at_the_account_and_in_the_findings(
    sign_in: SignIn, house: factory.House
) -> None:
    with house.store.write() as session:
        factory.consented(session, house, house.finding, channels=["telegram"])
    alice = sign_in("alice")
    assert "not covered by the consent" in alice.get("/compose?campaign=spring&narrative=N-2&language=en").text
    page = _live(alice, **_filled(house)).text
    assert "does not cover channel site" in page and 'href="#accounts"' in page


def test_the_way_to_the_release_names_who_must_answer(sign_in: SignIn, house: factory.House) -> None:
    page = _live(sign_in("alice"), **_filled(house, narrative="N-1", passage=["p1"], stance="s1")).text
    assert "A content reviewer" in page and "Safeguarding" in page and "One hour of waiting" in page


def _tagged(session: Session, house: factory.House, made: Passage, who: str, role: str) -> None:
    tags = {"attributes": ["origin"]}
    factory.clearing(session, "passage", made.id or 0, house.id("alice"), house.people[who], role, tags=tags)


def test_a_passage_shows_its_source_its_tags_and_what_it_would_make_public(
    sign_in: SignIn, house: factory.House
) -> None:
    with house.store.write() as session:
        made = factory.passage(session, house.finding, house.people["alice"], "p9", "He came from far away.")
        for who, role in (("bob", "content"), ("dana", "safeguarding")):
            _tagged(session, house, made, who, role)
    alice = sign_in("alice")
    page = alice.get("/compose?campaign=spring&narrative=N-2&language=en").text
    assert "Example Press" in page and "says: origin" in re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))
    assert "this message adds one" in _live(alice, **_filled(house, passage=["p9"])).text


def test_tags_of_a_passage_that_waits_for_its_second_reader_are_not_shown(
    sign_in: SignIn, house: factory.House
) -> None:
    """Whoever reads it next tags it blind."""
    with house.store.write() as session:
        made = factory.passage(session, house.narrative, house.people["alice"], "p9", "He came from far away.")
        _tagged(session, house, made, "bob", "content")
    page = sign_in("alice").get("/compose?campaign=spring&narrative=N-1&language=en").text
    assert "He came from far away." in page and "says: origin" not in page
    with house.store.read() as session:
        found = {one.ref: one.tags for one in offered(session, "spring", "N-1", "en").passages}
    assert found["p9"] is None and found["p1"] is not None


def _protect(house: factory.House, term: str) -> None:
    with house.store.write() as session:
        protected_term.protect(session, house.people["kim"], house.organisation.id or 0, house.finding.id or 0, term)


def _hits(house: factory.House) -> int:
    with house.store.read() as session:
        return len(session.exec(select(protected_term.TermHit)).all())


def test_a_protected_term_is_not_named_to_the_author(sign_in: SignIn, house: factory.House) -> None:
    _protect(house, "groups")
    page = sign_in("alice").post("/compose/preview", **_filled(house)).text
    assert "Safeguarding needs to see this" in page and "protected" not in page.lower().replace("id-protected-term", "")


def test_what_is_looked_at_again_while_one_types_is_one_try(sign_in: SignIn, house: factory.House) -> None:
    _protect(house, "groups")
    alice = sign_in("alice")
    for more in ({}, {"account": ["site", "facebook-gb"]}, {"stance": ""}, {"start": ""}):
        assert "Safeguarding needs to see this" in _live(alice, **_filled(house, **more)).text
    assert _hits(house) == 1


def test_other_words_that_meet_a_term_are_another_try(sign_in: SignIn, house: factory.House) -> None:
    _protect(house, "groups")
    _protect(house, "neighbours")
    alice, bare = sign_in("alice"), {"stance": ""}
    _live(alice, **_filled(house, **bare))
    _live(alice, **_filled(house))
    _live(alice, **_filled(house, **bare))
    assert _hits(house) == 2


def _drafts(house: factory.House) -> list[Draft]:
    with house.store.read() as session:
        return list(session.exec(select(Draft)))


def test_a_draft_is_kept_encrypted_and_fills_the_form_again(sign_in: SignIn, house: factory.House) -> None:
    alice = sign_in("alice")
    answer = alice.post("/compose/drafts", draft="d" * 22, **_filled(house))
    assert answer.headers["location"] == "/compose?draft=" + "d" * 22
    page = alice.get(answer.headers["location"]).text
    assert 'value="p2" checked' in page and factory.PASSAGE in re.sub(r"<[^>]+>", "", page)
    assert "M-desk" in alice.get("/compose").text
    kept = str(_drafts(house))
    assert "M-desk" not in kept and '"p2"' not in kept and "'p2'" not in kept  # sealed words hold no quotation mark


def test_a_draft_is_its_authors_alone(sign_in: SignIn, house: factory.House) -> None:
    sign_in("alice").post("/compose/drafts", draft="d" * 22, **_filled(house))
    tom = sign_in("tom")
    assert "M-desk" not in tom.get("/compose").text
    assert "M-desk" not in tom.get("/compose?draft=" + "d" * 22).text
    assert tom.post("/compose/drafts/" + "d" * 22 + "/discard").status_code == 404
    tom.post("/compose/drafts", draft="d" * 22, **_filled(house, message="M-tom"))
    assert "M-desk" in sign_in("alice").get("/compose").text


def test_a_draft_that_is_discarded_can_be_had_back(sign_in: SignIn, house: factory.House) -> None:
    alice = sign_in("alice")
    alice.post("/compose/drafts", draft="d" * 22, **_filled(house))
    answer = alice.post("/compose/drafts/" + "d" * 22 + "/discard")
    page = alice.get(answer.headers["location"]).text
    assert "M-desk" not in page and f"/compose/drafts/{'d' * 22}/restore" in page
    alice.post("/compose/drafts/" + "d" * 22 + "/restore")
    assert "M-desk" in alice.get("/compose").text


def test_a_draft_that_was_queued_is_a_draft_no_more(sign_in: SignIn, house: factory.House) -> None:
    alice = sign_in("alice")
    alice.post("/compose/drafts", draft="d" * 22, **_filled(house))
    alice.post("/compose", draft="d" * 22, **_filled(house))
    assert (_wordings(house), _drafts(house)) == (1, [])


def test_a_reviewer_keeps_no_drafts(sign_in: SignIn, house: factory.House) -> None:
    answer = sign_in("bob").post("/compose/drafts", draft="d" * 22, **_filled(house))
    assert (answer.status_code, _drafts(house)) == (403, [])


def test_a_draft_is_unreadable_once_its_author_is_erased(sign_in: SignIn, house: factory.House) -> None:
    sign_in("alice").post("/compose/drafts", draft="d" * 22, **_filled(house))
    with house.store.write() as session:
        people.erase(session, house.people["kim"], session.get_one(people.Person, house.id("alice")))
    with house.store.read() as session:
        found = draft.kept(session, house.people["alice"], "d" * 22)
    assert found is not None and found.fields == {}
