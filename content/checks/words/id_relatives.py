"""id-relatives: relatives are spoken of in general only: no name, place, work or whether they live.

Who reads it could reach them. "Her family asked her to come home" may stand; a kinship word followed within 40
characters by a name, a place, an occupation or a word for living, dying or being held may not.
"""

from collections.abc import Iterator
from functools import lru_cache

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import WordsCase
from content.checks.words.beside import judge_beside
from content.checks.words.identity import own_lines, pieces
from content.checks.words.lexicons import lexicon
from content.checks.words.lines import Span, inside
from content.checks.words.person_names import find_names
from content.checks.words.reading import Reading, read
from content.checks.words.tagged import judge_tags
from content.checks.words.vocabulary import Mark
from content.limits import limit

ID = "id-relatives"
SEVERITIES: dict[str, Severity] = dict.fromkeys(("", "name", "place", "work", "status"), "block")
_TAGGED = "People saw in this passage what leads to a relative, who can be reached. Use another passage."
_SAID = {
    "name": "A relative's name. Relatives can be reached: speak of “the family”, without a name.",
    "place": "Where a relative is. Relatives can be reached there: leave the place out.",
    "work": "A relative's work, which leads to them. Leave it out.",
    "status": "Whether a relative lives, died or is held, by which a family is recognised. Leave it out.",
}
_OF_PIECES = {"origin": "place", "residence": "place", "place": "place", "role": "work"}


def check(case: WordsCase) -> Iterator[Answer]:
    """In what people tagged, in the words, and in what stands beside them."""
    yield from judge_tags(case, ID, "block", lambda tags: tags.relatives, _TAGGED)
    yield from _judge(case)
    yield from judge_beside(case, _judge)


def _judge(case: WordsCase) -> Iterator[Answer]:
    language = case.language.partition("-")[0]
    if "classes" not in lexicon("relatives")["languages"].get(language, {}):
        yield Missing(ID, f"lexicon.relatives.{language}")
        return
    own = own_lines(case)
    for code, span in in_text(case.text, language):
        if not inside(span, own):
            yield Finding(ID, "block", _SAID[code], span, code)


@lru_cache(maxsize=32)
def in_text(text: str, language: str) -> tuple[tuple[str, Span], ...]:
    """The details of relatives in any text of a message: what they tell, and from the kinship word to their end."""
    reading = read(text, language)
    kin = [reading.span(mark.first, mark.last) for mark in _kin(reading, language)]
    if not kin:
        return ()
    details = sorted(_details(reading), key=lambda one: one[1])
    return tuple(dict.fromkeys(found for span in kin for found in _told(text, span, details)))


def _kin(reading: Reading, language: str) -> Iterator[Mark]:
    """Kinship words that are somebody's."""
    for sentence in reading.sentences:
        owners = {mark.last for mark in sentence.marks("relatives.own")}
        for mark in sentence.marks("relatives.kin"):
            owned = mark.first in owners
            if owned:
                yield mark._replace(first=mark.first - 1)
            elif language == "ar" or _genitive(reading, mark):
                yield mark


def _genitive(reading: Reading, mark: Mark) -> bool:
    """Whether the word before is somebody's: the recruit's brother."""
    return mark.first > 0 and reading.words[mark.first - 1].word.endswith("'s")


def _details(reading: Reading) -> Iterator[tuple[str, Span]]:
    yield from (("name", span) for span in find_names(reading.text))
    for piece in pieces(reading.text, reading.language):
        if piece.category in _OF_PIECES:
            yield _OF_PIECES[piece.category], piece.span
    for sentence in reading.sentences:
        for mark in sentence.marks("relatives.status"):
            yield "status", reading.span(mark.first, mark.last)


def _told(text: str, kin: Span, details: list[tuple[str, Span]]) -> Iterator[tuple[str, Span]]:
    reach = limit(f"{ID}.characters")
    for code, span in details:
        after = kin[1] <= span[0] <= kin[1] + reach or kin[0] <= span[0] < kin[1] < span[1]
        if after and not _ends(text[kin[1] : span[0]]):
            yield code, (kin[0], span[1])


def _ends(between: str) -> bool:
    """Whether the sentence ended in between."""
    return any(char in between for char in ".!?؟\n;")
