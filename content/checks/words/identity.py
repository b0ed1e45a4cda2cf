"""What in a text tells who somebody is without naming them: pieces with their category, found once for all checks.

A category (age, year, origin …) combines with others; a `date` is a day, a `place` is finer than a city. Countries,
regions, public bodies and cities where they are a public matter (a court, a siege, a province) are no pieces.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from content.checks.records import WordsCase
from content.checks.words import composed
from content.checks.words.lexicons import lexicon
from content.checks.words.lines import Span, places
from content.checks.words.person_names import find_names
from content.checks.words.phrases import Found, phrases
from content.checks.words.reading import Reading, read
from content.checks.words.vocabulary import Mark

CATEGORIES = ("age", "year", "origin", "residence", "role", "unit", "body", "family", "ethnicity")
_OWN_KINDS = frozenset(("disclosure", "context", "helpline", "source_line"))
_BESIDE = 3  # words round a city in which a public matter is named
_WIDENING = tuple(f"identity.{name}" for name in ("lead", "unique", "tail", "stop", "time"))
_LEAD, _UNIQUE, _TAIL, _STOP, _TIME = _WIDENING
_LONG = frozenset(("role", "unit", "family", "body"))  # what may go on with a preposition
_LOOSE = 3  # unknown words that may belong to a phrase on either side
_JOINTS = frozenset((" ", "-", "'", "’"))
_CITIES = ("places.city", "places.city_capital")
_SOURCE = re.compile(r"^\s*(?:sources?|quelle|quellen|المصدر|مصدر)\s?:.*$", re.IGNORECASE | re.MULTILINE)
_PUBLISHED = re.compile(
    r"(?:published|posted|updated|accessed|retrieved|reported|broadcast|aired|article|interview|edition|issue|"
    r"publiée?|paru|parue|diffusée?|consulté|article|entretien|édition|"
    r"veröffentlicht|erschienen|abgerufen|ausgestrahlt|gesendet|artikel|interview|ausgabe|"
    r"نشر|نشرت|نُشر|المنشور|المنشورة|بث|مقابلة|مقال|تقرير)\b[^.!?؟\n]{0,40}$"
)  # of words in lower case: to search without regard to case takes five times as long
_D = r"[0-9٠-٩۰-۹]"
_NUMERIC_DATE = re.compile(
    rf"(?<![\w./-]){_D}{{1,2}}([./-]){_D}{{1,2}}\1(?:{_D}{{4}}|{_D}{{2}})(?![\w/-])"
    rf"|(?<![\w./-]){_D}{{4}}([./-]){_D}{{1,2}}\2{_D}{{1,2}}(?![\w/-])"
)
_APPOSED_AGE = re.compile(rf"(?<=\w)[,،]? ?\(?(?<=[,،( ])({_D}{{2}})(?=\)|[,،])(?![,،]{_D})")
# What is cheap to look for and stands in each match of the two: they run only where it does.
_LIKE_DATE = re.compile(r"\d[./-]\d")
_LIKE_AGE = re.compile(r"\d\d[),،]")
_PUBLIC_DAY = re.compile(
    r"(?:\b11(?:th)?(?: of)?\.? (?:september|septembre)|september 11(?:th)?\b)(?!,? (?:19|20(?!01)))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A category, and where it stands (code points)."""

    category: str
    span: Span


def has_lexicon(language: str) -> bool:
    """Whether pieces can be found in this language at all."""
    return bool(lexicon("identity")["languages"].get(language, {}).get("classes"))


@lru_cache(maxsize=32)  # three checks ask for the pieces of one leaf
def pieces(text: str, language: str) -> tuple[Piece, ...]:
    """The pieces in a text, in its order; those of one category never overlap. Empty without a lexicon."""
    if not has_lexicon(language):
        return ()
    found = {*_phrases(text, language), *_cities(read(text, language)), *_numeric(text)}
    return tuple(_settled(text, sorted(found, key=lambda piece: (piece.span, piece.category))))


def _phrases(text: str, language: str) -> Iterator[Piece]:
    reading = read(text, language)
    some = phrases("identity", language).find(reading)
    marks = _marks_by_word(reading) if some else {}
    named = None
    for found in some:
        if found.last <= found.first:
            continue
        span = reading.span(*_widened(reading, marks, found))
        if found.code in ("origin", "residence", "place"):
            named = find_names(text) if named is None else named
            if any(start <= span[0] and span[1] <= end for start, end in named):
                continue
        if found.code in ("origin", "residence") and _public(reading, found.first, found.last):
            continue
        if found.code == "age" and _no_age(reading, found.first, found.last):
            continue
        if found.code == "date" and _PUBLIC_DAY.search(text[slice(*span)]):
            continue
        yield Piece(found.code, span)


def _marks_by_word(reading: Reading) -> dict[int, frozenset[str]]:
    """The classes by which a phrase is widened, by the first word of what has them."""
    by_word: dict[int, frozenset[str]] = {}
    for first, _, names in (stand for sentence in reading.sentences for stand in sentence.stands):
        if not names.isdisjoint(_WIDENING):
            by_word[first] = by_word.get(first, frozenset()) | names
    return by_word


def _widened(reading: Reading, marks: dict[int, frozenset[str]], found: Found) -> tuple[int, int]:
    """The words of a phrase with those that belong to it: `the only` dentist `in the north`."""
    if found.code in ("year", "date"):
        return _back_over(reading, marks, found.first, _TIME), found.last
    if found.code in ("origin", "residence"):
        return found.first, found.last
    first, unique = _left(reading, marks, found)
    last = found.last
    if unique or found.code in _LONG:
        last = _right(reading, marks, last)
    return first, last


def _left(reading: Reading, marks: dict[int, frozenset[str]], found: Found) -> tuple[int, bool]:
    """The first word with articles and modifiers, and whether one of them says that there is no other."""
    first = best = found.first
    unique, loose = False, _LOOSE if found.code in _LONG else 0
    while first and _adjoin(reading, first):
        classes = marks.get(first - 1, frozenset())
        if _LEAD not in classes and (not loose or _STOP in classes):
            break
        first -= 1
        loose -= _LEAD not in classes
        unique = unique or _UNIQUE in classes
        best = first if _LEAD in classes else best
    return best, unique


def _back_over(reading: Reading, marks: dict[int, frozenset[str]], first: int, name: str) -> int:
    """The first of the words of a class that stand right before a word: `the second week of Ramadan` 2015."""
    while first and _adjoin(reading, first) and name in marks.get(first - 1, ()):
        first -= 1
    return first


def _right(reading: Reading, marks: dict[int, frozenset[str]], last: int) -> int:
    """The word after `of the northern kitchen` behind a phrase."""
    end, count = last, len(reading.words)
    while end < count and _adjoin(reading, end) and _TAIL in marks.get(end, ()):
        end += 1
    if end == last:
        return last
    words = 0
    while end < count and words < _LOOSE and _adjoin(reading, end) and _STOP not in marks.get(end, ()):
        end, words = end + 1, words + 1
    return end


def _adjoin(reading: Reading, at: int) -> bool:
    """Whether only a space or hyphen stands before the word `at`."""
    return reading.between[at] in _JOINTS


def _cities(reading: Reading) -> Iterator[Piece]:
    """A city beside which no public matter is named: somebody lived there."""
    for sentence in reading.sentences:
        for name in _CITIES:
            for mark in sentence.marks(name):
                span = reading.span(mark.first, mark.last)
                small = name == "places.city_capital" and reading.text[slice(*span)].islower()  # d'Alep is not small
                if not small and not _public(reading, mark.first, mark.last):
                    yield Piece("residence", span)


def _public(reading: Reading, first: int, last: int) -> bool:
    """Whether a place stands for a public matter: behind an event, or in the name of a public body."""
    while last < len(reading.words) and _adjoin(reading, last) and reading.words[last].case != "lower":
        last += 1
    for mark in _marks(reading, first, "places.public"):
        named = mark.last > first or reading.words[mark.first].case != "lower"
        if named and first - _BESIDE < mark.last and mark.first < last + 1:
            return True
    events = _marks(reading, first, "places.event")
    return any(first - 1 <= m.last <= first or last <= m.first < last + 2 for m in events)


def _no_age(reading: Reading, first: int, last: int) -> bool:
    """Whether the word before, or one of two behind a number of years, says that it is no age: years in prison."""
    marks = _marks(reading, first, "identity.not_age")
    return any(m.last == first or last <= m.first < last + 2 or first < m.first < last for m in marks)


def _marks(reading: Reading, at: int, name: str) -> tuple[Mark, ...]:
    """What has a class in the sentence of the word `at`."""
    for sentence in reading.sentences:
        if sentence.first <= at < sentence.last:
            return sentence.marks(name)
    return ()


def _numeric(text: str) -> Iterator[Piece]:
    if _LIKE_DATE.search(text):
        yield from (Piece("date", match.span()) for match in _NUMERIC_DATE.finditer(text))
    if _LIKE_AGE.search(text):
        yield from (Piece("age", match.span(1)) for match in _APPOSED_AGE.finditer(text))


def _settled(text: str, found: list[Piece]) -> Iterator[Piece]:
    """Overlapping pieces of a category as one; a year inside an age or a day is no further piece, nor a home where
    somebody was born."""
    by_category: dict[str, list[Span]] = {}
    for piece in found:
        spans = by_category.setdefault(piece.category, [])
        if spans and piece.span[0] < spans[-1][1]:
            spans[-1] = spans[-1][0], max(spans[-1][1], piece.span[1])
        else:
            spans.append(piece.span)
    for name, stronger in (("year", ("age", "date")), ("residence", ("origin", "place")), ("origin", ("place",))):
        taken = [span for other in stronger for span in by_category.get(other, ())]
        by_category[name] = [s for s in by_category.get(name, ()) if not any(_touch(s, other) for other in taken)]
    exempt = [*_source_lines(text)]
    for name, spans in by_category.items():
        for span in spans:
            if not any(_touch(span, line) for line in exempt) and not _of_source(text, name, span):
                yield Piece(name, span)


def _touch(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _source_lines(text: str) -> Iterator[Span]:
    if ":" in text:
        yield from (match.span() for match in _SOURCE.finditer(text))


def _of_source(text: str, category: str, span: Span) -> bool:
    """Whether this is when a source appeared."""
    return category in ("date", "year") and bool(_PUBLISHED.search(text[max(0, span[0] - 80) : span[0]].lower()))


def own_lines(case: WordsCase) -> list[Span]:
    """Where the publisher's own lines stand, and the names of the sources' publishers."""
    if case.spans is not None:
        return [(span.start, span.end) for span in case.spans if span.kind in _OWN_KINDS]
    sources = (case.narrative.sources or ()) if case.narrative else ()
    names = [source.publisher for source in sources if source.publisher]
    return [*composed.own_lines(case), *(where for name in names for where in places(case.text, name))]
