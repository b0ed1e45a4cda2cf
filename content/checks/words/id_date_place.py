"""id-date-place: no day on which something in the story happened, and no place finer than a city.

Month, year, country and region may be said. When a source was published is no event of the story. What people tagged
a passage with counts as well; where a passage's tags say there is no such detail and the words do, safeguarding looks.
"""

from collections.abc import Iterator

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import TagsRecord, WordsCase
from content.checks.words.beside import judge_beside
from content.checks.words.identity import Piece, has_lexicon, own_lines, pieces
from content.checks.words.lines import inside, place
from content.checks.words.tagged import after_people, tagged, untagged

ID = "id-date-place"
SEVERITIES: dict[str, Severity] = {"date": "block", "place": "block", "disagrees": "specialist:safeguarding"}
_FINEST = "finer"  # the precision of a place below a city
_SAID = {
    "date": "A day on which something happened: whoever was there knows who this is. Say the month, or the year.",
    "place": "A place finer than a city, where the person can be looked for. Say the region or the country.",
}


def check(case: WordsCase) -> Iterator[Answer]:
    """In the words, and in what stands beside them."""
    yield from _judge(case)
    yield from judge_beside(case, _judge)


def _judge(case: WordsCase) -> Iterator[Answer]:
    yield from untagged(case, ID)
    language = case.language.partition("-")[0]
    if not has_lexicon(language):
        yield Missing(ID, f"lexicon.identity.{language}")
    may_place = case.narrative is not None and case.narrative.disclosure == _FINEST
    said = after_people(case, _in_words(case, language), _says, "specialist:safeguarding")
    yield from (one for one in (*said, *_in_tags(case)) if not (may_place and _of_place(one)))


def in_text(text: str, language: str) -> list[Piece]:
    """The days and places in any text of a message (its words, an alt text, a file name)."""
    return [piece for piece in pieces(text, language) if piece.category in _SAID]


def _in_words(case: WordsCase, language: str) -> Iterator[Finding]:
    own = own_lines(case)
    for piece in in_text(case.text, language):
        if not inside(piece.span, own):
            yield _finding(piece.category, piece.span)


def _in_tags(case: WordsCase) -> Iterator[Finding]:
    for passage, tags in tagged(case):
        where = place(case.text, passage.text)
        if tags.date_precision == "day":
            yield _finding("date", where)
        if tags.place_precision == _FINEST:
            yield _finding("place", where)


def _of_place(answer: Answer) -> bool:
    return isinstance(answer, Finding) and answer.code == "place"


def _finding(code: str, span: tuple[int, int] | None) -> Finding:
    return Finding(ID, "block", _SAID[code], span, code)


def _says(tags: TagsRecord) -> bool:
    """Whether people saw such a detail in the passage."""
    return tags.date_precision == "day" or tags.place_precision == _FINEST
