"""The review screen: the exact words, and answers that count for them alone, by people who may give them."""

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from sqlmodel import col, select

from content import verdict
from content.burden import Reading
from content.message import Message, Version
from content.narrative import Exposure, Quote
from content.opening import KEPT, Opening
from content.organisation import Account
from content.record import Record
from content.review import Clearance, Evaluation, Verdict
from content.sign_in import SignIn as Session_
from content.store import now, wall
from tests import factory
from tests.web.browser import SAME, Browser
from web.apparatus import stretches
from web.changed import compared

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


# --- what stands beside the words -------------------------------------------------------------------


def _sheet(browser: Browser, digest: str) -> str:
    answer = browser.get(f"/review/{digest[:16]}")
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def _twice(house: factory.House) -> tuple[str, str, int]:
    """Two versions of one person's account; dana sent the first back. The digests, and the second's evaluation."""
    words = {"ref": "M-two", "of": house.narrative, "accounts": ("site", "bluesky-en")}
    with house.store.write() as session:
        first = factory.version(session, house, text="They said “no bread” there.", **words)
        seen = factory.evaluation(session, first, tier=2)
    with house.store.write() as session:
        verdict.verdict(
            session, house.people["dana"], first.digest, "send_back", reason="It leads to him.", note="Ask Kim.",
            seen=seen.id or 0,
        )  # fmt: skip
    with house.store.write() as session:
        second = factory.version(session, house, text="They said there was nothing to eat there.", **words)
        found = factory.evaluation(session, second, tier=2)
    return first.digest, second.digest, found.id or 0


def test_a_reviewer_sees_what_changed_since_the_version_they_answered_with_their_own_reason(
    sign_in: SignIn, house: factory.House
) -> None:
    _, second, _ = _twice(house)
    page = _sheet(sign_in("dana"), second)
    assert "Changed since version 1" in page and "<del>“no bread”" in page
    assert "It leads to him." in page and "1 place changed" in page
    other = _sheet(sign_in("bob"), second)
    assert "Changed since" not in other and "It leads to him." not in other


def _next(house: factory.House, ref: str, text: str) -> str:
    """The next version of that message, which the checks have looked at."""
    with house.store.write() as session:
        made = factory.version(session, house, ref=ref, text=text, of=house.narrative)
        factory.evaluation(session, made, tier=2)
        return str(made.digest)


def test_what_was_opened_and_not_answered_is_what_the_next_version_is_compared_with(
    sign_in: SignIn, house: factory.House
) -> None:
    bob = sign_in("bob")
    first = _next(house, "M-9", "They said there was no bread there.")
    assert "diff-h" not in _sheet(bob, first) + _sheet(bob, first)
    second = _next(house, "M-9", "They said there was no rice there.")
    for _ in range(2):  # whoever opens it again still sees what changed
        page = _sheet(bob, second)
        assert "Changed since you read version 1" in page and "<del>bread</del><ins>rice</ins>" in page
        assert "you opened version 1 on" in page and "and did not answer it" in page
    third = _next(house, "M-9", "They said there was no salt there.")
    page = _sheet(bob, third)
    assert "Changed since you read version 2" in page and "<del>rice</del><ins>salt</ins>" in page
    assert "منذ قراءتك النسخة" in bob.client.get(f"/review/{third[:16]}", headers={"accept-language": "ar"}).text


def test_of_what_was_answered_and_what_was_only_opened_the_newer_one_counts(
    sign_in: SignIn, house: factory.House
) -> None:
    _, second, _ = _twice(house)
    dana = sign_in("dana")
    assert "Changed since version 1" in _sheet(dana, second)
    ref = _message(house, second)
    third = _next(house, ref, "They said there was nothing at all there.")
    assert "Changed since you read version 2" in _sheet(dana, third)
    with house.store.write() as session:
        told = {"reason": "It leads to her.", "seen": _seen(house, third)}
        verdict.verdict(session, house.people["dana"], third, "send_back", **told)  # type: ignore[arg-type]  # passed on
    fourth = _next(house, ref, "They said nothing.")
    page = _sheet(dana, fourth)
    assert "Changed since version 3" in page and "you sent version 3 back on" in page and "It leads to her." in page


def test_what_a_colleague_opened_is_told_to_nobody(sign_in: SignIn, house: factory.House) -> None:
    first = _next(house, "M-9", "They said there was no bread there.")
    _sheet(sign_in("sam"), first)
    second = _next(house, "M-9", "They said there was no rice there.")
    page = _sheet(sign_in("bob"), second)
    assert "diff-h" not in page and "Sam" not in page and "you opened" not in page
    with house.store.read() as session:
        assert {one.action for one in session.exec(select(Record))} & {"sheet.read", "opening.keep"} == set()


def test_a_page_that_looks_again_by_itself_or_is_fetched_ahead_has_been_read_by_nobody(
    sign_in: SignIn, house: factory.House
) -> None:
    digest, _ = _queued(house)
    bob = sign_in("bob")
    for header in ({"x-desk-looks": "1"}, {"sec-purpose": "prefetch;prerender"}):
        assert bob.client.get(f"/review/{digest[:16]}", headers=header).status_code == 200
    assert _openings(house) == []
    _sheet(bob, digest)
    _sheet(bob, digest)
    assert _openings(house) == [digest]


def test_what_was_opened_long_ago_goes_when_somebody_answers(sign_in: SignIn, house: factory.House) -> None:
    old, _ = _queued(house)
    bob = sign_in("bob")
    _sheet(bob, old)
    with house.store.write() as session:
        factory.move_on(session, KEPT + timedelta(days=1))
    digest, seen = _queued(house)
    bob = sign_in("bob")
    _sheet(bob, digest)
    assert len(_openings(house)) == 2
    assert bob.post(f"/review/{digest[:16]}/approve", seen=seen, digest=digest).status_code == 303
    assert _openings(house) == [digest]


def test_a_database_that_takes_nothing_now_keeps_nobody_from_reading(
    sign_in: SignIn, house: factory.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest, _ = _queued(house)
    bob = sign_in("bob")

    def full(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("disk full"))

    monkeypatch.setattr("content.opening.keep", full)
    assert "Approve these words" in _sheet(bob, digest) and _openings(house) == []


def _openings(house: factory.House) -> list[str]:
    with house.store.read() as session:
        return [one.digest for one in session.exec(select(Opening).order_by(col(Opening.at)))]


def _message(house: factory.House, digest: str) -> str:
    with house.store.read() as session:
        version = session.exec(select(Version).where(Version.digest == digest)).one()
        return session.get_one(Message, version.message_id).ref


def _seen(house: factory.House, digest: str) -> int:
    """What the checks found of these words."""
    with house.store.read() as session:
        return session.exec(select(Evaluation.id).where(Evaluation.digest == digest)).one() or 0


def test_the_second_reviewer_reads_what_the_first_answered_only_after_their_own_answer(
    sign_in: SignIn, house: factory.House
) -> None:
    _, second, seen = _twice(house)
    with house.store.write() as session:
        verdict.verdict(session, house.people["bob"], second, "approve", seen=seen)
    sam = sign_in("sam")
    page = _sheet(sam, second)
    assert "<bdi>Bob Content</bdi> has answered version 2, as content" in page
    assert "Bob Content</bdi> approved" not in page
    assert "It leads to him." not in page and "Ask Kim." not in page and "sent version 1 back" not in page
    assert sam.post(f"/review/{second[:16]}/approve", seen=seen, digest=second).status_code == 303
    page = _sheet(sam, second)
    assert "<bdi>Bob Content</bdi> approved version 2, as content" in page
    assert "It leads to him." in page and "Ask Kim." in page


def test_the_note_of_a_reviewer_is_no_keeper_s_to_read(sign_in: SignIn, house: factory.House) -> None:
    first, _, _ = _twice(house)
    page = _sheet(sign_in("kim"), first)
    assert "It leads to him." in page and "Ask Kim." not in page


def test_whoever_wrote_of_a_message_reads_the_reason_and_no_note_about_it(
    sign_in: SignIn, house: factory.House
) -> None:
    with house.store.write() as session:
        version = factory.version(session, house, author="bob")
        seen = factory.evaluation(session, version)
    with house.store.write() as session:
        told = {"reason": "Too long.", "note": "Ask Kim."}
        verdict.verdict(session, house.people["carol"], version.digest, "send_back", **told, seen=seen.id or 0)
    page = _sheet(sign_in("bob"), version.digest)
    assert "Too long." in page and "Ask Kim." not in page


def test_an_older_version_s_sheet_is_no_way_round_to_what_a_colleague_answered(
    sign_in: SignIn, house: factory.House
) -> None:
    first, second, seen = _twice(house)
    bob = sign_in("bob")
    assert "It leads to him." not in _sheet(bob, first)
    bob.post(f"/review/{second[:16]}/approve", seen=seen, digest=second)
    assert "It leads to him." in _sheet(bob, second)


def test_words_that_changed_meanwhile_say_which_to_read_and_have_no_buttons(
    sign_in: SignIn, house: factory.House
) -> None:
    first, second, seen = _twice(house)
    bob = sign_in("bob")
    page = _sheet(bob, first)
    assert "These words have changed. Read version 2 before you answer." in page
    assert f'href="/review/{second[:16]}#title"' in page and "Approve these words" not in page
    answer = bob.post(f"/review/{first[:16]}/approve", seen=seen, digest=first)
    assert (answer.status_code, "verdict.stale" in answer.text) == (409, True)
    assert "Read version 2 before you answer." in answer.text


def test_whoever_wrote_of_a_message_is_told_that_someone_else_judges_it(sign_in: SignIn, house: factory.House) -> None:
    digest, _ = _queued(house, author="bob")
    page = _sheet(sign_in("bob"), digest)
    assert "You wrote part of this message, so someone else judges it." in page
    assert "Approve these words" not in page


def test_consent_is_one_chip_that_says_what_it_does_not_cover(sign_in: SignIn, house: factory.House) -> None:
    digest, _ = _queued(house, of=house.narrative)
    bob = sign_in("bob")
    assert "Covers this message" in _sheet(bob, digest)
    with house.store.write() as session:
        factory.consent_event(session, house.narrative, house.people["kim"], "narrow", languages=["ar"])
    page = " ".join(_sheet(bob, digest).split())
    assert "Does not cover the language" in page and "Covers this message" not in page


def test_the_sheet_says_what_each_channel_promises_and_whose_details_are_public(
    sign_in: SignIn, house: factory.House
) -> None:
    digest, _ = _queued(house, of=house.narrative)
    with house.store.write() as session:
        session.add(Exposure(narrative_id=house.narrative.id or 0, attribute="origin", at=now(session)))
    page = _sheet(sign_in("bob"), digest)
    assert "Sent exactly once" in page and "Can be recalled fully" in page and "Seen worldwide" in page
    assert "1 of 3, ever" in page and '<i class="on"></i><i></i><i></i>' in page
    assert "fighting other groups" in page and "As it was said, in English." in page
    assert "Not used in this version." in page


def test_the_sheet_says_of_each_account_what_it_can_do_whose_it_is_and_who_answers_there(
    sign_in: SignIn, house: factory.House
) -> None:
    digest, _ = _queued(house, accounts=("bluesky-en", "facebook-gb"))
    bob = sign_in("bob")
    cards = _cards(_sheet(bob, digest))
    assert len(cards) == 2
    for card, longest in zip(sorted(cards, key=len), ("63,206</bdi> characters", "300</bdi> graphemes"), strict=True):
        assert longest in card and "ours, by two" in card and "not said in these words" in card
        assert "never: it is taken back and sent anew" in card and "it is found by its key" in card
        assert "after an hour, a day, a week, then weekly" in card and "is seen, and raises an alarm" in card
    with house.store.write() as session:
        for account in session.exec(select(Account)):
            account.ownership_verified_at = now(session) - timedelta(days=400)
            account.identity_seen = "somebody else"
            session.add(account)
    card = _cards(_sheet(bob, digest))[0]
    assert "confirmed too long ago" in card and "somebody else answers" in card


def _cards(page: str) -> list[str]:
    return [" ".join(one.split("</details>")[0].split()) for one in page.split('<details class="can">')[1:]]


def test_a_quotation_stands_in_the_language_it_is_in_and_a_passage_with_its_gloss(
    sign_in: SignIn, house: factory.House
) -> None:
    with house.store.write() as session:
        session.add(
            Quote(narrative_id=house.narrative.id or 0, ref="Q2", text="لا خبز", language="ar", original_language="ar",
                  source_ref="press")
        )  # fmt: skip
        passage = factory.passage(
            session, house.narrative, house.people["alice"], "p9", "لا خبز هناك.", language="ar", gloss="No bread."
        )
        house.passages["p9"] = passage
    digest, _ = _queued(house, of=house.narrative)
    page = _sheet(sign_in("bob"), digest)
    assert '<blockquote class="quote" lang="ar" dir="rtl">لا خبز</blockquote>' in page
    assert "No bread." in page and "In the team's language" in page


# --- the list, and who has what in hand ---------------------------------------------------------------


def _listed(browser: Browser, query: str = "") -> set[str]:
    return set(re.findall(r'<bdi dir="ltr">(M-[\w-]+)</bdi></a>', browser.get(f"/review{query}").text))


def test_the_list_is_narrowed_by_tier_language_age_and_role(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        for ref, language, tier in (("M-a", "en", 1), ("M-b", "ar", 2), ("M-c", "en", 2)):
            factory.evaluation(session, factory.version(session, house, ref=ref, language=language), tier=tier)
        factory.move_on(session, timedelta(hours=30))
        factory.evaluation(session, factory.version(session, house, ref="M-new"), tier=1)
    bob = sign_in("bob")
    assert _listed(bob) == {"M-a", "M-b", "M-c", "M-new"}
    assert _listed(bob, "?tier=2") == {"M-b", "M-c"}
    assert _listed(bob, "?language=ar") == {"M-b"}
    assert _listed(bob, "?age=24") == {"M-a", "M-b", "M-c"}
    assert _listed(bob, "?tier=2&language=en&role=content") == {"M-c"}
    assert _listed(bob, "?role=safeguarding") == set()
    assert _listed(bob, "?age=99999999999999") == set()
    assert _listed(bob, "?language=%00") == {"M-a", "M-b", "M-c", "M-new"}


def test_a_choice_goes_with_the_reviewer_from_the_list_to_the_sheet_and_to_the_next(
    sign_in: SignIn, house: factory.House
) -> None:
    with house.store.write() as session:
        made = [factory.version(session, house, ref=ref, language=lang) for ref, lang in
                (("M-a", "ar"), ("M-b", "en"), ("M-c", "ar"))]  # fmt: skip
        seen = [factory.evaluation(session, one) for one in made]
    bob, first = sign_in("bob"), made[0].digest
    page = _sheet(bob, f"{first[:16]}?language=ar"[:16])
    answer = bob.post(f"/review/{first[:16]}/approve?language=ar", seen=seen[0].id, digest=first)
    assert answer.headers["location"] == f"/review/{made[2].digest[:16]}?language=ar#title"
    assert "of 3 in your queue" in page


def test_what_somebody_takes_is_theirs_for_others_to_see_and_to_answer_all_the_same(
    sign_in: SignIn, house: factory.House
) -> None:
    digest, seen = _queued(house, ref="M-one")
    bob, carol = sign_in("bob"), sign_in("carol")
    assert bob.post(f"/review/{digest[:16]}/take").status_code == 303
    assert (_listed(bob, "?mine=true"), _listed(carol, "?mine=true")) == ({"M-one"}, set())
    assert "Bob Content reads it until" in carol.get("/review").text
    refused = carol.post(f"/review/{digest[:16]}/take")
    assert (refused.status_code, "taking.taken" in refused.text) == (422, True)
    assert "<bdi>Bob Content</bdi> has it until" in refused.text and "Approve these words" in refused.text
    assert carol.post(f"/review/{digest[:16]}/approve", seen=seen, digest=digest).status_code == 303


def test_what_is_in_hand_is_taken_over_handed_on_and_put_back(sign_in: SignIn, house: factory.House) -> None:
    digest, _ = _queued(house)
    bob, carol, dana = sign_in("bob"), sign_in("carol"), sign_in("dana")
    where = f"/review/{digest[:16]}"
    bob.post(f"{where}/take")
    assert carol.post(f"{where}/take", over="true").status_code == 303
    assert carol.post(f"{where}/hand", to="dana").status_code == 303
    assert "<bdi>Dana Safeguarding</bdi> has it until" in _sheet(bob, digest)
    assert dana.post(f"{where}/leave").status_code == 303
    assert "Nobody has it." in _sheet(bob, digest)
    assert carol.post(f"{where}/leave").status_code == 422


# --- what is kept of reading, and looking again -------------------------------------------------------


def test_how_long_somebody_read_is_kept_by_the_server_s_own_time_and_told_in_three_numbers(
    sign_in: SignIn, house: factory.House
) -> None:
    digest, seen = _queued(house)
    bob = sign_in("bob")
    found = re.search(r'name="opened" value="([^"]+)"', bob.get(f"/review/{digest[:16]}").text)
    assert found
    bob.post(f"/review/{digest[:16]}/approve", seen=seen, digest=digest, opened=found[1])
    with house.store.read() as session:
        kept = session.exec(select(Reading)).one()
    assert (kept.reviewer_id, 0 <= kept.seconds < 60) == (house.id("bob"), True)
    assert "Today you answered 1 item in" in bob.get("/review").text
    dana = sign_in("dana").get("/review/day")
    assert "Bob Content" in dana.text and digest[:8] not in dana.text
    assert bob.get("/review/day").status_code == 403


def test_a_time_that_was_not_ours_is_not_kept_and_stops_nothing(sign_in: SignIn, house: factory.House) -> None:
    digest, seen = _queued(house)
    for made_up in ("1.0.feed", "nonsense", f"{'9' * 20}.{'0' * 32}"):
        bob = sign_in("bob")
        bob.post(f"/review/{digest[:16]}/approve", seen=seen, digest=digest, opened=made_up)
    with house.store.read() as session:
        assert (len(session.exec(select(Verdict)).all()), session.exec(select(Reading)).all()) == (1, [])


def test_a_list_that_has_not_changed_is_not_sent_again_and_keeps_no_session_alive(
    sign_in: SignIn, house: factory.House
) -> None:
    bob = sign_in("bob")
    for where in ("/review", "/", "/posts?state=blocked", "/messages", "/material", "/pauses"):
        tag = bob.get(where).headers["etag"]
        again = bob.client.get(where, headers={"if-none-match": tag, "x-desk-looks": "1"})
        assert (again.status_code, again.content) == (304, b"")
    tag = bob.get("/review").headers["etag"]
    _queued(house)
    assert bob.client.get("/review", headers={"if-none-match": tag}).status_code == 200
    tags = {where: bob.get(where).headers["etag"] for where in ("/messages", "/pauses")}
    _queued(house)
    bob.post("/pauses", scope="all")
    for where, tag in tags.items():
        assert bob.client.get(where, headers={"if-none-match": tag}).status_code == 200
    with house.store.write() as session:
        session.execute(update(Session_).values(seen_at=wall(session) - timedelta(minutes=10)))
        before = session.exec(select(Session_.seen_at)).all()
    bob.client.get("/review", headers={"x-desk-looks": "1"})
    with house.store.read() as session:
        assert session.exec(select(Session_.seen_at)).all() == before


def test_opening_a_sheet_writes_nothing(sign_in: SignIn, house: factory.House) -> None:
    digest, _ = _queued(house)
    bob = sign_in("bob")
    with house.store.read() as session:
        before = len(session.exec(select(Record)).all())
    _sheet(bob, digest)
    with house.store.read() as session:
        assert len(session.exec(select(Record)).all()) == before


def test_a_reason_that_was_forgotten_leaves_the_note_in_its_field(sign_in: SignIn, house: factory.House) -> None:
    digest, seen = _queued(house)
    where = f"/review/{digest[:16]}/send-back"
    answer = sign_in("bob").post(where, seen=seen, digest=digest, reason=" ", note="See me.")
    assert (answer.status_code, "verdict.reason" in answer.text) == (422, True)
    assert "See me.</textarea>" in answer.text


def test_words_to_be_renewed_are_approved_afresh_on_their_sheet(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        version = factory.version(session, house, closes=timedelta(days=60))
        factory.clearance(session, house, version, valid=timedelta(days=3))
        seen = factory.evaluation(session, version)
    carol = sign_in("carol")
    assert "Approve them afresh" in _sheet(carol, version.digest)
    answer = carol.post(f"/review/{version.digest[:16]}/approve", seen=seen.id, digest=version.digest)
    assert answer.status_code == 303
    with house.store.read() as session:
        assert {one.round for one in session.exec(select(Verdict))} == {1, 2}


def test_what_changed_is_told_in_whole_stretches() -> None:
    found = list(compared("He had no bread at all.", "He had not enough to eat at all."))
    assert [(one.kind, one.text) for one in found] == [
        ("same", "He had "), ("del", "no bread"), ("ins", "not enough to eat"), ("same", " at all."),
    ]  # fmt: skip
