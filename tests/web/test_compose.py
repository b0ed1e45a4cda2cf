"""Composing on the desk: what may be chosen, what each account would get, and the queue."""

import re
from collections.abc import Callable

from sqlmodel import select

from content import protected_term
from content.message import Wording
from tests import factory
from tests.web.browser import Browser

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


def test_a_protected_term_is_not_named_to_the_author(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        protected_term.protect(
            session, house.people["kim"], house.organisation.id or 0, house.finding.id or 0, "groups"
        )
    page = sign_in("alice").post("/compose/preview", **_filled(house)).text
    assert "afeguarding needs to see this" in page
