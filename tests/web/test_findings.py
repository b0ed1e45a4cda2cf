"""Findings stand beside the words they are about, mark them there, and say what to do next."""

import html
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from content import protected_term
from content.evaluation import evaluate_all
from content.narrative import Exposure
from content.store import now
from tests import factory
from tests.factory.media import agreed, picture
from tests.web.browser import Browser
from tests.web.test_compose import ABOUT
from web.asking import LANGUAGE
from web.beside import beside
from web.leaf import ShownLeaf, folded

SignIn = Callable[[str], Browser]
REACHED = "They wrote to somebody@example.org for help."


def _leaf(account: str, *parts: str) -> ShownLeaf:
    spans = [(part, [[0, len(part), "passage", "N-2/p2@1", ""]]) for part in parts]
    return ShownLeaf(account, 10, None, "characters", (), tuple(spans))


def _answer(leaf: int | None, check: str = "id-direct", **more: Any) -> dict[str, Any]:
    given = {"leaf": leaf, "check": check, "severity": "block", "code": "", "span": None, "reason": "Leave it out."}
    return {**given, "missing": None, **more}


def _marked(leaf: ShownLeaf) -> list[tuple[str, str]]:
    return [(piece.text, piece.mark) for lines in leaf.drawn for line in lines for piece in line.pieces if piece.mark]


# --- what is put beside what ------------------------------------------------------------------------


def test_a_finding_stands_at_its_own_leaf_and_marks_the_words_it_names() -> None:
    leaves = folded([_leaf("site", "One.", "Two and two."), _leaf("paper", "Other.")])
    found, whole = beside(leaves, [_answer(0, span=[9, 12])], {0: "site", 1: "paper"})
    assert [len(leaf.findings) for leaf in found] == [1, 0] and whole == []
    assert _marked(found[0]) == [("and", "block")] and _marked(found[1]) == []
    assert (found[0].findings[0].named, found[0].findings[0].origin) == (("and",), "passage")


def test_equal_leaves_say_it_once_and_mark_it_in_each() -> None:
    leaves = folded([_leaf("site", "Two and two."), _leaf("paper", "Two and two.")])
    found, whole = beside(leaves, [_answer(place, span=[4, 7]) for place in (0, 1)], {0: "site", 1: "paper"})
    assert [len(leaf.findings) for leaf in found] == [1, 0] and whole == []
    assert found[0].findings[0].only == ()
    assert _marked(found[0]) == _marked(found[1]) == [("and", "block")]


def test_what_is_about_one_of_equal_leaves_names_its_account() -> None:
    leaves = folded([_leaf("site", "Two."), _leaf("paper", "Two.")])
    found, _ = beside(leaves, [_answer(1, "platform-profile")], {0: "site", 1: "paper"})
    assert found[0].findings[0].only == ("paper",)


def test_the_same_words_named_twice_are_one_finding_with_two_marks() -> None:
    found, _ = beside([_leaf("site", "no, no")], [_answer(0, span=[0, 2]), _answer(0, span=[4, 6])], {0: "site"})
    assert len(found[0].findings) == 1 and _marked(found[0]) == [("no", "block"), ("no", "block")]


def test_of_marks_upon_each_other_the_gravest_is_seen() -> None:
    answers = [_answer(0, "tone-lecture", severity="warn", span=[0, 7]), _answer(0, span=[4, 7])]
    found, _ = beside([_leaf("site", "Two and two.")], answers, {0: "site"})
    assert _marked(found[0]) == [("Two ", "warn"), ("and", "block")]


def test_a_whole_part_is_not_marked_and_its_finding_stands_there() -> None:
    found, _ = beside([_leaf("site", "One.", "Two.")], [_answer(0, span=[5, 9]), _answer(0, span=[0, 9])], {0: "site"})
    assert _marked(found[0]) == [] and len(found[0].findings) == 1


def test_what_names_no_words_and_is_the_same_everywhere_is_about_the_message() -> None:
    leaves = folded([_leaf("site", "One."), _leaf("paper", "Two.")])
    both = [_answer(0, "language-signoff"), _answer(1, "language-signoff")]
    found, whole = beside(leaves, [*both, _answer(None, "hold-window")], {0: "site", 1: "paper"})
    assert [leaf.findings for leaf in found] == [(), ()]
    assert {one.check for one in whole} == {"language-signoff", "hold-window"}


def test_where_a_protected_term_stands_is_shown_to_nobody() -> None:
    told = _answer(0, "id-protected-term", span=[4, 7])
    found, whole = beside([_leaf("site", "Two and two.")], [told], {0: "site"})
    assert (found[0].findings, _marked(found[0])) == ((), [])
    assert [(one.account, one.named, one.origin) for one in whole] == [("", (), "")]


# --- the composer -----------------------------------------------------------------------------------


def _preview(sign_in: SignIn, house: factory.House, text: str = REACHED, **more: object) -> str:
    with house.store.write() as session:
        made = factory.passage(session, house.finding, house.people["alice"], "p9", text)
        tags: Mapping[str, Any] = {"attributes": []}
        for who, role in (("bob", "content"), ("dana", "safeguarding")):
            factory.clearing(
                session, "passage", made.id or 0, house.id("alice"), house.people[who], role, tags=dict(tags)
            )
        order = factory.order(session)
    form = {**ABOUT, "message": "M-desk", "template": "infighting/plain", "passage": ["p9"], "stance": "s2"}
    answer = sign_in("alice").post("/compose/preview", **form | {"account": ["site"]} | dict(order.plan) | more)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def _leaves(page: str) -> list[str]:
    return re.findall(r'<(?:article|details) class="leaf">.*?</(?:article|details)>', page, re.S)


def test_the_author_sees_the_words_marked_and_the_finding_with_what_to_do_in_the_leaf_itself(
    sign_in: SignIn, house: factory.House
) -> None:
    (leaf,) = _leaves(_preview(sign_in, house))
    assert '<mark data-severity="block">somebody@example.org</mark>' in leaf
    assert "id-direct" in leaf and 'href="#passages">Choose another passage' in leaf


def test_a_finding_on_two_equal_leaves_is_said_once_on_the_page(sign_in: SignIn, house: factory.House) -> None:
    page = _preview(sign_in, house, account=["bluesky-en", "facebook-gb"])
    assert len(_leaves(page)) == 2 and len(re.findall(r"<code[^>]*>id-direct</code>", page)) == 1
    assert "1 stops it" in page or "stop it" in page


def test_the_tally_leads_to_the_first_of_its_kind(sign_in: SignIn, house: factory.House) -> None:
    page = _preview(sign_in, house)
    number = re.search(r'href="#f(\d+)"><span class="chip" data-severity="block"', page)
    assert number and f'data-severity="block" id="f{number[1]}"' in page


def test_what_the_desk_has_a_page_for_is_linked(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        factory.consented(session, house, house.finding, channels=["telegram"])
    page = _preview(sign_in, house, text=factory.PASSAGE)
    assert 'href="#accounts">Choose other accounts' in page and 'href="/narratives/N-2/consent"' in page


def test_a_protected_term_is_marked_nowhere_on_the_author_s_page(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        protected_term.protect(
            session, house.people["kim"], house.organisation.id or 0, house.finding.id or 0, "quietvalley"
        )
    page = _preview(sign_in, house, text="They went to quietvalley that winter.", account=["site", "bluesky-en"])
    assert "Safeguarding needs to see this." in page and "<mark" not in page
    assert all("id-protected-term" not in leaf for leaf in _leaves(page))


# --- the sheet --------------------------------------------------------------------------------------


def _sheet(sign_in: SignIn, house: factory.House, text: str, language: str = "en", who: str = "bob") -> str:
    with house.store.write() as session:
        version = factory.version(session, house, text=text, accounts=("site", "bluesky-en"))
        evaluate_all(session, [version], now(session))
    browser = sign_in(who)
    browser.client.cookies.set(LANGUAGE, language)
    return html.unescape(browser.get(f"/review/{version.digest[:16]}").text)


def test_the_reviewer_reads_a_finding_beside_the_words_of_stored_leaves(sign_in: SignIn, house: factory.House) -> None:
    first, second = _leaves(_sheet(sign_in, house, REACHED))
    for leaf in (first, second):
        assert '<mark data-severity="block">somebody@example.org</mark>' in leaf
    assert "id-direct" in first and "id-direct" not in second


def test_what_was_not_checked_says_in_prose_what_to_do(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        untagged = factory.passage(session, house.finding, house.people["alice"], "p9", "They left.")
        house.passages["p9"] = untagged
    page = _sheet(sign_in, house, "They left.")
    assert "could not look: " in page and "Have it recorded first." in page and "is not known." not in page


def test_what_is_public_of_somebody_is_said_in_arabic(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        session.add(Exposure(narrative_id=house.narrative.id or 0, attribute="origin", at=now(session)))
        version = factory.version(session, house, text="They left.", of=house.narrative)
        evaluate_all(session, [version], now(session))
    browser = sign_in("bob")
    browser.client.cookies.set(LANGUAGE, "ar")
    page = browser.get(f"/review/{version.digest[:16]}").text
    assert "(الأصل)" in page and "(origin" not in page


def test_a_specialist_who_is_needed_is_named_in_arabic_to_the_author(sign_in: SignIn, house: factory.House) -> None:
    with house.store.read() as session:
        order = factory.order(session)
    alice = sign_in("alice")
    alice.client.cookies.set(LANGUAGE, "ar")
    sent = {**ABOUT, "message": "M-desk", "template": "infighting/plain", "passage": ["p2"], "stance": "s2"}
    with house.store.write() as session:
        house.passages["p8"] = factory.passage(session, house.finding, house.people["alice"], "p8", "God forbids this.")
        tags = {"attributes": [], "religious_claim": True}
        for who, role in (("bob", "content"), ("dana", "safeguarding")):
            factory.clearing(
                session, "passage", house.passages["p8"].id or 0, house.id("alice"), house.people[who], role, tags=tags
            )
    page = alice.post("/compose/preview", **sent | {"account": ["site"], "passage": ["p8"]} | dict(order.plan)).text
    assert "مراجع ديني" in page and "religious</span>" not in page


# --- what is about a medium -------------------------------------------------------------------------


def test_what_is_about_a_medium_is_lifted_off_no_leaf_and_comes_before_what_is_about_the_words() -> None:
    leaves = folded([_leaf("site", "One."), _leaf("paper", "Other.")])
    answers = [_answer(place, "mockery", at="media.2.alt", severity="warn") for place in (0, 1)]
    found, whole = beside(leaves, [_answer(0), *answers], {0: "site", 1: "paper"})
    assert whole == []
    assert [[(one.check, one.shown) for one in leaf.findings] for leaf in found] == [
        [("mockery", 2), ("id-direct", 0)], [("mockery", 2)],
    ]  # fmt: skip


def test_a_finding_in_an_alt_text_stands_beside_that_picture(
    sign_in: SignIn, house: factory.House, tmp_path: Path
) -> None:
    house.store.media = tmp_path / "media"
    with house.store.write() as session:
        agreed(session, house)
        fine = picture(session, house)
        other = picture(session, house, alt="Refugees are nothing but vermin.")
        version = factory.version(session, house, shows=[fine, other], accounts=("facebook-gb",))
        evaluate_all(session, [version], now(session))
        digest = version.digest
    page = sign_in("bob").get(f"/review/{digest}").text
    first, second = re.findall(r'<figure class="shows">.*?</figure>', page, re.DOTALL)
    assert "In the alt text of image 2: " in second and "dehumanise-sectarian" in second
    assert "dehumanise-sectarian" not in first and page.count("In the alt text of image 2: ") == second.count(
        "In the alt text of image 2: "
    )
