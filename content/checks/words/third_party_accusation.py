"""third-party-accusation: nobody who can be singled out is accused, unless the words cite a court that found so.

"A recruiter lied to him" accuses nobody in particular. A name does, and so does the one imam of a mosque that is named:
they are alive, they are not heard here, and they may be the wrong person. Legal reads it.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import chain

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import WordsCase
from content.checks.words.composed import own_lines
from content.checks.words.lexicons import lexicon
from content.checks.words.lines import Span, inside, places
from content.checks.words.person_names import find_names
from content.checks.words.reading import Reading, Sentence, read
from content.checks.words.tagged import judge_tags
from content.checks.words.vocabulary import Mark

ID = "third-party-accusation"
SEVERITIES: dict[str, Severity] = dict.fromkeys(("", "name", "described"), "specialist:legal")
_TAGGED = "People saw in this passage that somebody who can be singled out is accused. The legal reviewer must read it."
_REASONS = {
    "name": "A named person is accused. Say it of their part alone (“a recruiter”), or cite the court that found so; "
    "legal must read it.",
    "described": "One person can be singled out by this description, and is accused. Leave the place or the office "
    "out, or cite the court that found so; legal must read it.",
}
_NEAR = 8  # words between who is accused and of what
_BEFORE = 3  # words before a misdeed that say it was suffered, or deny it
_VERB_FIRST = ("ar", "de")  # languages in which who did it often follows what they did
_TO_PLACE = 3  # words between an office and the house or place that says which


def check(case: WordsCase) -> Iterator[Answer]:
    yield from judge_tags(case, ID, "specialist:legal", lambda tags: tags.third_parties, _TAGGED)
    yield from _in_words(case)


def _in_words(case: WordsCase) -> Iterator[Answer]:
    language = case.language.partition("-")[0]
    if language not in lexicon("accused")["languages"]:
        yield Missing(ID, f"lexicon.accused.{language}")
        return
    reading = read(case.text, language)
    accusing = [one for one in reading.sentences if _accuses(one)]
    own = _own(case) if accusing else []
    for sentence in accusing:
        for code, person in _people(reading, sentence):
            span = reading.span(person.first, person.last)
            if not inside(span, own) and _tied(reading, sentence, person):
                yield Finding(ID, "specialist:legal", _REASONS[code], span, code)


def _accuses(sentence: Sentence) -> bool:
    cites = sentence.has("accused.court") and not sentence.has("accused.their_court")
    return (sentence.has("accused.wrong") or sentence.has("accused.blamed")) and not cites


def _own(case: WordsCase) -> list[Span]:
    """The publisher's own lines, the source line, and the approved label: who speaks is no third party."""
    kept = [(span.start, span.end) for span in case.spans or () if span.kind == "source_line"]
    labels = (case.narrative.display_label or {}).values() if case.narrative else ()
    publishers = [s.publisher or "" for s in (case.narrative.sources if case.narrative else None) or ()]
    return [*own_lines(case), *kept, *chain.from_iterable(places(case.text, one) for one in (*labels, *publishers))]


# --- who is meant ------------------------------------------------------------------------------------


def _people(reading: Reading, sentence: Sentence) -> Iterator[tuple[str, Mark]]:
    """Those whom a name or a description singles out: (sub-code, their words)."""
    named = list(_named(reading, sentence))
    yield from (("name", mark) for mark in named)
    described = [*sentence.marks("accused.unique"), *_placed(reading, sentence)]
    taken: list[Mark] = named
    for mark in described:
        if not any(_overlap(mark, other) for other in taken):
            taken = [*taken, mark]
            yield "described", mark


def _overlap(one: Mark, other: Mark) -> bool:
    return one.first < other.last and other.first < one.last


def _named(reading: Reading, sentence: Sentence) -> Iterator[Mark]:
    """A name, with an office right before it; what is a house's name (the Omar mosque) is nobody's."""
    starts = [word.start for word in reading.words]
    houses = sentence.marks("accused.house")
    for start, end in find_names(reading.text):
        first, last = bisect_left(starts, start), bisect_left(starts, end)
        inside_it = sentence.first <= first < last <= sentence.last
        if inside_it and not any(house.first == last or house.last == first for house in houses):
            yield Mark(first, last, "name")


def _placed(reading: Reading, sentence: Sentence) -> Iterator[Mark]:
    """An office with the named house or the place that says which one: the imam of the Rahma mosque."""
    offices = sentence.marks("accused.office")
    for role in sentence.marks("accused.role"):
        end = _house(reading, sentence, role)
        if not end and role._replace(name="accused.office") in offices and _definite(sentence, role):
            end = _place_after(reading, sentence, role.last)
        if end:
            yield Mark(role.first, end, "placed")


def _house(reading: Reading, sentence: Sentence, role: Mark) -> int:
    """Where the house ends that follows an office and says which one it is; 0 where none does."""
    for house in sentence.marks("accused.house"):
        if not 0 <= house.first - role.last <= _TO_PLACE + 1:
            continue
        if _house_named(reading, sentence, house):
            return house.last
        if _definite(sentence, role) and (end := _place_after(reading, sentence, house.last)):
            return end
    return 0


def _definite(sentence: Sentence, role: Mark) -> bool:
    return any(mark.last == role.first for mark in sentence.marks("accused.definite"))


def _house_named(reading: Reading, sentence: Sentence, house: Mark) -> bool:
    """Rahma mosque, Rahma-Moschee, mosquée Rahma, مسجد الرحمة."""
    before = house.first > sentence.first and _a_name(reading, sentence, house.first - 1)
    after = house.last < sentence.last and _a_name(reading, sentence, house.last)
    match reading.language:
        case "ar":
            return after and not _article(reading, house)
        case "fr":
            return after
        case _:
            return before


def _article(reading: Reading, mark: Mark) -> bool:
    return reading.words[mark.first].word.lstrip("وفبلك").startswith("ال")


def _place_after(reading: Reading, sentence: Sentence, at: int) -> int:
    """Where a place ends that follows "in", "of" or the like right there; 0 where none does."""
    if not any(mark.first == at for mark in sentence.marks("accused.at")) or reading.language == "ar":
        return 0
    for index in range(at + 1, min(at + 3, sentence.last)):
        if _a_name(reading, sentence, index):
            return index + 1
    return 0


def _a_name(reading: Reading, sentence: Sentence, index: int) -> bool:
    """Whether a word may be the name of a house or place: written with a capital, within the sentence, none of those
    that name nothing. Arabic has no capitals: there it has an article, or is a person's name."""
    if any(mark.first <= index < mark.last for mark in sentence.marks("accused.unnamed")):
        return False
    word = reading.words[index]
    if reading.language == "ar":
        return word.word.startswith("ال") or any(start == word.start for start, _ in find_names(reading.text))
    return word.case != "lower" and word.word[:1].isalpha() and index > sentence.first


# --- of what -----------------------------------------------------------------------------------------


def _tied(reading: Reading, sentence: Sentence, person: Mark) -> bool:
    """Whether a misdeed is this person's: told near them, not suffered, not denied, and nobody else's."""
    if any(_beside(mark, person) for mark in sentence.marks("accused.blamed")):
        return True
    return any(_theirs(reading, sentence, person, mark) for mark in sentence.marks("accused.wrong"))


def _beside(mark: Mark, person: Mark) -> bool:
    """An office that accuses by itself: right before the person, right after, or part of how they are described."""
    return _overlap(mark, person) or mark.last == person.first or 0 <= mark.first - person.last <= 1


def _theirs(reading: Reading, sentence: Sentence, person: Mark, wrong: Mark) -> bool:
    after = wrong.first >= person.last
    between = (person.last, wrong.first) if after else (wrong.last, person.first)
    if not 0 <= between[1] - between[0] <= _NEAR or _others(sentence, between, person):
        return False
    close = wrong.first - _BEFORE, wrong.first
    if _stands(sentence, "scope.negation", close, person):
        return False
    by = _stands(sentence, "accused.by", (person.first - 2, person.first), person)
    if _suffered(reading, sentence, wrong, close, person):
        return by
    return after or by or (reading.language in _VERB_FIRST and between[1] - between[0] <= _BEFORE)


def _others(sentence: Sentence, between: Sequence[int], person: Mark) -> bool:
    """Whether somebody else stands between, whose deed it is then."""
    return any(_stands(sentence, name, between, person) for name in ("accused.role", "accused.other"))


def _suffered(reading: Reading, sentence: Sentence, wrong: Mark, close: Sequence[int], person: Mark) -> bool:
    lasting = reading.language == "en" and reading.words[wrong.first].word.endswith("ing")
    return not lasting and _stands(sentence, "accused.done_to", close, person)


def _stands(sentence: Sentence, name: str, between: Sequence[int], person: Mark) -> bool:
    """Whether a mark of that class lies wholly between two words, outside the person's own."""
    marks = sentence.marks(name)
    return any(between[0] <= m.first and m.last <= between[1] and not _overlap(m, person) for m in marks)
