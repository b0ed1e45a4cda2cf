"""What a person is refused, and what a check finds, is said in Arabic with its values: each sentence of the source."""

import re
import time
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.errors import Refusal
from tests.web.sentences import Sentence, sentences
from web.language import LANGUAGES, catalogues
from web.shown import page
from web.told import BLANK, blanks, told

END = re.compile(r"(?<=[.!?]) ")

# What nobody meets on the desk: the command line, files, the machine's own trouble.
ELSEWHERE = frozenset({
    "backup", "bench", "broker", "case", "channel", "database", "deny", "init", "instance", "intake", "journal",
    "keys", "migrate", "organisation", "probe", "proposal", "restore", "schema", "settings", "site", "web",
})  # fmt: skip
FILES = (
    "content/intake/", "content/template.py", "content/grammar.py", "content/checks/case.py",
    "content/checks/proposal.py", "content/formats/shape.py", "worker/bench/", "worker/probe.py",
)  # fmt: skip
ALONE = frozenset({
    "audit.format", "audit.unreadable", "calendar.file", "calendar.territory_unknown", "feed.word",
    "format.parse_mode", "instant.unreadable", "people.few", "people.founded", "protect.private", "protect.sealed",
})  # fmt: skip
# What a form proposes goes the way of the files; what an audit finds is shown.
ON_A_PAGE = ("content/intake/proposing.py", "content/intake/refusing.py", "content/audit.py")


@cache
def _met() -> list[Sentence]:
    """What somebody can be told on the desk."""
    return [one for one in sentences("content", "web", "worker") if not _elsewhere(one)]


def _elsewhere(one: Sentence) -> bool:
    if one.where.startswith(("content/alarms.py", "content/readiness.py")) or one.code == "keys.missing":
        return False
    if one.where.startswith(ON_A_PAGE):
        return one.code in ALONE
    return one.where.startswith(FILES) or one.code in ALONE or one.code.partition(".")[0] in ELSEWHERE


def test_every_sentence_that_a_person_may_meet_has_its_arabic() -> None:
    met = _met()
    assert len({one.pattern for one in met}) > 400
    known = _known()
    assert {one.pattern: f"{one.code} {one.where}" for one in met if not _pieces(one.pattern) <= known} == {}


def test_the_catalogue_holds_no_sentence_that_nobody_says() -> None:
    said = {piece for one in _met() for piece in (one.pattern, *END.split(one.pattern))}
    assert {one for one in _known("told") - said if any(sign.isalpha() for sign in one)} == set()


@cache
def _known(*contexts: str) -> set[str]:
    found = [one for catalogue in catalogues("ar") for one in catalogue if one.context]
    return {str(one.id).strip() for one in found if one.context in (contexts or ("told", "word"))}


def _pieces(pattern: str) -> set[str]:
    """The sentence, if it is known as it stands; else each of those it is made of."""
    return {pattern} if pattern in _known() else set(END.split(pattern))


def test_a_translation_has_the_blanks_of_its_sentence() -> None:
    for catalogue in catalogues("ar"):
        for one in (one for one in catalogue if one.context):
            assert sorted(BLANK.findall(str(one.id))) == sorted(BLANK.findall(str(one.string))), one.id


@pytest.mark.parametrize(
    ("english", "arabic"),
    [
        ("ben wrote a version of M-1 and can never judge one.",
         "كتب \u2068ben\u2069 نسخة من \u2068M-1\u2069، فلا يحكم في أي نسخة منها."),
        ("Post 12 is blocked.", "المنشور 12: محجوب."),
        ("This takes somebody who is content or safeguarding.", "يحتاج هذا إلى من دوره: مراجعة المحتوى أو الحماية."),
        ("Now also needed: legal, tier 3.", "صار مطلوباً أيضاً: المراجعة القانونية، المستوى 3."),
        ("post.paused: It is paused.", "النشر موقوف مؤقتاً."),
        ("Waiting is over.", ""),
        ("This profile would post more than 2 times in 24 hours. Choose another slot.",
         "ينشر هذا الحساب أكثر من 2 مرات في 24 ساعة. اختر موعداً آخر."),
        ("This shows blood. Take it out.", "يُظهر هذا دماً. احذفه."),
        ("It cannot go as planned: It is paused.", "لا يمكن نشره كما خُطّط: النشر موقوف مؤقتاً."),
        ("https://x.example names a port. Use the plain address.",
         "\u2068https://x.example\u2069 يذكر منفذاً. استعمل العنوان الصريح."),
    ],
)  # fmt: skip
def test_a_sentence_is_said_with_its_values(english: str, arabic: str) -> None:
    """Names stand apart, so that they turn nothing around them; words of ours and sentences are translated as well."""
    assert told(english, "ar") == arabic
    assert told(english, "en") == english


def test_lengths_of_time_and_lists_are_said_in_arabic() -> None:
    assert told("No worker is awake: it gave its last sign of life 2 h ago.", "ar").endswith("قبل ساعتين.")
    assert told("2 posts wait to be taken down; the oldest for 15 min.", "ar").endswith("منذ 15 دقيقة.")
    names = told("1 of 5 passages wait to be cleared: N-1/p9.", "ar")
    assert names == "1 من 5 من المقاطع تنتظر الإجازة: \u2068N-1/p9\u2069."


def test_the_days_of_a_window_are_said_in_arabic() -> None:
    said = told("That time lies outside the window and the clearance: 23 Nov 09:00 to 24 Nov 09:00 UTC.", "ar")
    assert "23 نوفمبر 09:00" in said and "Nov" not in said


@pytest.mark.parametrize("text", ["", " ", "x" * 5000, "There is no " + "a " * 900 + "?"])
def test_what_is_no_sentence_of_ours_stays_as_it_is(text: str) -> None:
    assert told(text, "ar") == ""


def test_a_refusal_is_told_in_arabic_with_its_values_and_in_english_only_where_no_sentence_is_known() -> None:
    known = _refused(Refusal("post.unknown", "There is no post 7.", "Look again."))
    assert "لا يوجد منشور رقمه 7." in known and "انظر من جديد." in known and "There is" not in known
    other = _refused(Refusal("no.such", "Bees hum.", "Wait."))
    assert '<bdi lang="en" dir="ltr"><strong>Bees hum.</strong> Wait.</bdi>' in other


def test_what_a_value_holds_is_never_markup() -> None:
    shown = _refused(Refusal("campaign.none", "There is no campaign <b>x</b>.", "Look again."))
    assert "<b>" not in shown and "&lt;b&gt;x&lt;/b&gt;" in shown


def _refused(refusal: Refusal) -> str:
    return page("refused.html", LANGUAGES["ar"], {"refusals": [refusal]})


_PIECE = st.text("ab ", max_size=3)


@given(st.lists(_PIECE, min_size=2, max_size=4), st.text("ab ", max_size=12))
def test_a_text_is_taken_apart_as_the_shortest_match_would(fixed: list[str], text: str) -> None:
    match = re.fullmatch("(.*?)".join(map(re.escape, fixed)), text, re.DOTALL)
    assert blanks(fixed, text) == (list(match.groups()) if match else None)


@pytest.mark.parametrize("piece", ["; ", " takes ", "(only ", ". ", " "])
def test_no_text_keeps_a_page_waiting_while_it_is_taken_apart(piece: str) -> None:
    begin = time.process_time()
    told(f"The text has {piece * 900}"[:1999] + "\x01", "ar")
    assert time.process_time() - begin < 0.5, "with regular expressions it took twelve seconds"
