"""The scopes in which what a rule finds is no finding: negated, countered, reported, said of others.

What turns a statement round is data (`lexicon/scope.json`); where it must stand to do so is said here.
"""

from collections.abc import Callable, Iterable, Mapping

from content.checks.words.reading import Reading, Sentence
from content.checks.words.rulebook import Hit
from content.checks.words.vocabulary import Mark

_NEAR = 5  # words before what is negated in which its negation stands
_SAID = "scope.report"


def _negated(reading: Reading, hit: Hit) -> bool:
    """A negation a few words before what is said, in its clause, or right after it where the language puts it there;
    what only looks like one ("nothing but") is none."""
    sentence, anchor = reading.sentences[hit.sentence], hit.anchor
    for mark in sentence.marks("scope.negation"):
        if 0 <= anchor.first - mark.last <= _NEAR and _in_clause(reading, hit, mark):
            return True
    after = sentence.marks("scope.negation_after")
    return any(0 <= mark.first - anchor.last <= 2 and not _affirmed(sentence, mark) for mark in after)


def _former(reading: Reading, hit: Hit) -> bool:
    """A view somebody once held, before what is said."""
    marks = reading.sentences[hit.sentence].marks("scope.former")
    return any(0 <= hit.anchor.first - mark.last <= _NEAR and _in_clause(reading, hit, mark) for mark in marks)


def _in_clause(reading: Reading, hit: Hit, negation: Mark) -> bool:
    """Whether a negation reaches what is said: no contrast between them, no comma before the first of
    it, and it is no part of what is said."""
    sentence, first = reading.sentences[hit.sentence], hit.first
    if _affirmed(sentence, negation) or any(one.first <= negation.first < one.last for one in hit.marks):
        return False
    if any(negation.last <= one.first < hit.anchor.first for one in sentence.marks("scope.contrast")):
        return False
    return negation.last > first or not reading.parted(negation.last, first)


def _countered(reading: Reading, hit: Hit) -> bool:
    """The text rejects what is said; beside a quotation one word of judgement does, or one that speaks of speaking."""
    words = ("scope.judgement", "scope.remark") if _quoted(reading, hit) else ()
    return _rejected(reading, hit, words)


def _distanced(reading: Reading, hit: Hit) -> bool:
    """Quoted or reported words of others that the text rejects."""
    if _quoted(reading, hit):
        return _rejected(reading, hit, ("scope.judgement",))
    return _reported(reading, hit) and _rejected(reading, hit)


def _rejected(reading: Reading, hit: Hit, words: Iterable[str] = ()) -> bool:
    """The sentence, or one beside it, rejects what is said, or the sentence begins so. words: that reject as well."""
    if any(mark.last <= hit.anchor.first for mark in reading.sentences[hit.sentence].marks("scope.deny")):
        return True
    return any(
        not reading.in_quotes(mark) and not _affirmed(sentence, mark) and not any(map(mark.meets, hit.marks))
        for sentence in beside(reading, hit)
        for name in ("scope.counter", *words)
        for mark in sentence.marks(name)
    )


def _affirmed(sentence: Sentence, mark: Mark) -> bool:
    """Whether words that look like a negation or rejection belong to a turn that is none, or stand right beside it."""
    return any(one.first <= mark.last and mark.first <= one.last for one in sentence.marks("scope.affirmed"))


def _reported(reading: Reading, hit: Hit) -> bool:
    """Somebody is said to have said it, earlier in the sentence; of something quoted also after or beside it."""
    if _quoted(reading, hit):
        return any(not reading.in_quotes(mark) for one in beside(reading, hit) for mark in one.marks(_SAID))
    return any(mark.last <= hit.first for mark in reading.sentences[hit.sentence].marks(_SAID))


def _quoted(reading: Reading, hit: Hit) -> bool:
    return reading.in_quotes(hit.anchor)


def _suffered(reading: Reading, hit: Hit) -> bool:
    """People are said to have been treated so: killed like animals, called vermin, sold as slaves."""
    marks = reading.sentences[hit.sentence].marks("scope.suffered")
    return any(mark.last <= hit.anchor.first for mark in marks)


def _pitied(reading: Reading, hit: Hit) -> bool:
    """The clause is of what was done to people: who is angry at that does not hate them."""
    return in_clause(reading, hit, ("scope.suffered",))


def _of_others(reading: Reading, hit: Hit) -> bool:
    """The clause is of those who did things to people."""
    return in_clause(reading, hit, ("scope.others",))


def _misused(reading: Reading, hit: Hit) -> bool:
    """Somebody is said to have used it for that: not it, but they are spoken of."""
    return in_clause(reading, hit, ("scope.misused",))


def _own(reading: Reading, hit: Hit) -> bool:
    """Somebody speaks so of themselves."""
    return any(mark.last <= hit.anchor.first for mark in reading.sentences[hit.sentence].marks("scope.own"))


def _of_things(reading: Reading, hit: Hit) -> bool:
    """Up to its clause's end the sentence, or the one before it, is of things, animals or a trade that a pronoun may
    mean."""
    before, sentence = reading.sentences[max(0, hit.sentence - 1)], reading.sentences[hit.sentence]
    if before.has("scope.things") and before is not sentence:
        return True
    marks = sentence.marks("scope.things")
    return any(mark.first < clause(reading, hit)[1] and not any(map(mark.meets, hit.marks)) for mark in marks)


def in_clause(reading: Reading, hit: Hit, names: Iterable[str]) -> bool:
    """Whether one of the classes stands in the clause of what is said: what another clause says excuses nothing."""
    sentence = reading.sentences[hit.sentence]
    marks = [mark for name in names for mark in sentence.marks(name)]
    if not marks:
        return False
    first, last = clause(reading, hit)
    return any(first <= mark.first < last for mark in marks)


def clause(reading: Reading, hit: Hit) -> tuple[int, int]:
    """The words, first to last (exclusive), of the clause in which something is said: up to a semicolon, or a comma
    and a word that joins another one to it (and, but)."""
    sentence = reading.sentences[hit.sentence]
    joined = {mark.first for name in ("scope.joint", "scope.contrast") for mark in sentence.marks(name)}
    ends = [n for n in range(sentence.first + 1, sentence.last) if _parts(reading.between[n], n in joined)]
    first = max((n for n in ends if n <= hit.first), default=sentence.first)
    return first, min((n for n in ends if n >= hit.last), default=sentence.last)


def _parts(between: str, joined: bool) -> bool:
    return between != " " and (";" in between or "؛" in between or (joined and ("," in between or "،" in between)))


def beside(reading: Reading, hit: Hit) -> tuple[Sentence, ...]:
    """The sentence, the one before it and the one after it."""
    return reading.sentences[max(0, hit.sentence - 1) : hit.sentence + 2]


SCOPES: Mapping[str, Callable[[Reading, Hit], bool]] = {
    "negated": _negated,
    "former": _former,
    "countered": _countered,
    "reported": _reported,
    "quoted": _quoted,
    "suffered": _suffered,
    "pitied": _pitied,
    "of_others": _of_others,
    "misused": _misused,
    "own": _own,
    "of_things": _of_things,
    "distanced": _distanced,
}
