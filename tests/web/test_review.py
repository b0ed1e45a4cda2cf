"""The review screen: the exact words, and answers that count for them alone, by people who may give them."""

import html
from collections.abc import Callable

from sqlmodel import select

from content.record import Record
from content.review import Clearance, Verdict
from tests import factory
from tests.web.browser import SAME, Browser
from web.apparatus import stretches

SignIn = Callable[[str], Browser]


def _queued(house: factory.House, **more: object) -> tuple[str, int]:
    """A version that the checks have looked at: its digest, and what they found."""
    with house.store.write() as session:
        made = factory.version(session, house, **more)  # type: ignore[arg-type]  # passed on as it comes
        found = factory.evaluation(session, made)
        return made.digest, found.id or 0


def _verdicts(house: factory.House) -> list[tuple[str, str]]:
    with house.store.read() as session:
        return [(one.role, one.answer) for one in session.exec(select(Verdict).order_by(Verdict.id))]  # type: ignore[arg-type]  # a column


def test_a_reviewer_gets_from_the_queue_to_a_verdict_in_three_steps(sign_in: SignIn, house: factory.House) -> None:
    digest, seen = _queued(house)
    bob = sign_in("bob")
    assert f'href="/review/{digest[:16]}"' in bob.get("/review").text
    page = bob.get(f"/review/{digest[:16]}").text
    assert html.escape(factory.PASSAGE) in page and f'value="{seen}"' in page and f'value="{digest}"' in page
    assert bob.post(f"/review/{digest[:16]}/approve", seen=seen, digest=digest).status_code == 303
    assert _verdicts(house) == [("content", "approve")]
    with house.store.read() as session:
        assert session.exec(select(Clearance.digest)).all() == [digest]


def test_words_are_sent_back_with_a_reason_on_a_page_of_its_own(sign_in: SignIn, house: factory.House) -> None:
    digest, seen = _queued(house)
    bob = sign_in("bob")
    assert '<textarea id="reason"' in bob.get(f"/review/{digest[:16]}/send-back").text
    bare = bob.post(f"/review/{digest[:16]}/send-back", seen=seen, digest=digest, reason="  ")
    assert (bare.status_code, _verdicts(house)) == (422, [])
    assert bob.post(f"/review/{digest[:16]}/send-back", seen=seen, digest=digest, reason="Too long.").status_code == 303
    assert _verdicts(house) == [("content", "send_back")]


def test_an_author_sees_no_queue_and_no_sheet(sign_in: SignIn, house: factory.House) -> None:
    digest, _ = _queued(house)
    alice = sign_in("alice")
    assert 'href="/review"' not in alice.get("/").text
    for where in ("/review", f"/review/{digest[:16]}"):
        assert (alice.get(where).status_code, "rights.role" in alice.get(where).text) == (403, True)


def test_nobody_approves_their_own_words(sign_in: SignIn, house: factory.House) -> None:
    digest, seen = _queued(house, author="bob")
    answer = sign_in("bob").post(f"/review/{digest[:16]}/approve", seen=seen, digest=digest)
    assert (answer.status_code, "verdict.own" in answer.text, _verdicts(house)) == (422, True, [])


def test_whoever_wrote_an_earlier_version_approves_no_later_one(sign_in: SignIn, house: factory.House) -> None:
    _queued(house, ref="M-two", author="bob")
    digest, seen = _queued(house, ref="M-two", author="alice", text="The rooms were cold and there was no bread.")
    answer = sign_in("bob").post(f"/review/{digest[:16]}/approve", seen=seen, digest=digest)
    assert ("verdict.own" in answer.text, _verdicts(house)) == (True, [])


def test_an_approval_of_a_result_that_is_not_the_present_one_is_refused(sign_in: SignIn, house: factory.House) -> None:
    digest, seen = _queued(house)
    answer = sign_in("bob").post(f"/review/{digest[:16]}/approve", seen=seen + 7, digest=digest)
    assert (answer.status_code, "verdict.stale" in answer.text, _verdicts(house)) == (409, True, [])


def test_an_approval_of_another_digest_than_the_page_showed_is_refused(sign_in: SignIn, house: factory.House) -> None:
    digest, seen = _queued(house)
    other, _ = _queued(house, text="The rooms were cold and there was no bread.")
    for told in ("0" * 64, other):
        answer = sign_in("bob").post(f"/review/{digest[:16]}/approve", seen=seen, digest=told)
        assert (answer.status_code, "form.other" in answer.text, _verdicts(house)) == (409, True, [])


def test_a_form_sent_twice_counts_once(sign_in: SignIn, house: factory.House) -> None:
    digest, seen = _queued(house)
    bob = sign_in("bob")
    sent = {"mark": bob.mark(), "seen": seen, "digest": digest}
    first, second = (
        bob.client.post(f"/review/{digest[:16]}/approve", data=sent, headers=SAME).status_code for _ in range(2)
    )
    assert (first, second >= 400, len(_verdicts(house))) == (303, True, 1)


def test_a_verdict_stands_in_the_record_under_the_person_who_gave_it(sign_in: SignIn, house: factory.House) -> None:
    digest, seen = _queued(house)
    sign_in("bob").post(f"/review/{digest[:16]}/approve", seen=seen, digest=digest)
    with house.store.read() as session:
        rows = session.exec(select(Record.actor).where(Record.action == "verdict.approve")).all()
    assert rows == [f"person:{house.id('bob')}"]


def test_the_apparatus_leaves_no_word_out_and_says_where_each_is_from() -> None:
    text = "He said “no bread” there. Source: a paper."
    spans = [[0, 25, "passage", "p1", ""], [9, 17, "quote", "q1", ""], [26, 42, "source_line", "s", ""]]
    found = stretches(text, spans)
    assert "".join(one.text for one in found) == text
    assert [(one.kind, one.ref) for one in found] == [
        ("passage", "p1"), ("quote", "q1"), ("passage", "p1"), ("block", "s")
    ]  # fmt: skip


def test_words_that_nothing_accounts_for_are_shown_as_unknown() -> None:
    assert [one.kind for one in stretches("Cleared. Added.", [[0, 8, "passage", "p1", ""]])] == ["passage", "unknown"]
