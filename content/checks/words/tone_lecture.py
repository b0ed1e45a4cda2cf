"""tone-lecture: words do not order, threaten, shout or speak for the state, and are easy to read."""

import re
from collections.abc import Iterator
from typing import Any

from content.checks.finding import Answer, Finding, Severity
from content.checks.records import WordsCase
from content.checks.words.composed import judge, own_lines, severities
from content.checks.words.lexicons import lexicon
from content.checks.words.lines import Span, inside
from content.checks.words.reading import Reading, Sentence, read
from content.checks.words.vocabulary import folded
from content.protect.normal import Token

ID = "tone-lecture"
SEVERITIES: dict[str, Severity] = {
    "exclamation": "warn",
    "capitals": "warn",
    "reading": "warn",
    **severities("lecture"),
}
_SHOUTS = re.compile("[!！]")
_SHOUTED = 10  # letters in a run of words in capitals from which it is no abbreviation
_A_WORD = 5  # letters of the longest of them, at least: ICSR and CNAPR side by side are still no shouting


def check(case: WordsCase) -> Iterator[Answer]:
    yield from judge(case, ID, "lecture")
    told = lexicon("lecture")["languages"].get(case.language.partition("-")[0])
    if told is None:
        return
    reading = read(case.text, case.language.partition("-")[0])
    found = [*_capitals(reading, frozenset(told["shouted"])), *_hard(reading, told["reading"])]
    shouts = [one.span() for one in _SHOUTS.finditer(case.text)]
    if found or len(shouts) > 1:
        own = own_lines(case)
        yield from (one for one in found if one.span and not inside(one.span, own))
        yield from _exclamations([span for span in shouts if not inside(span, own)])


def _exclamations(marks: list[Span]) -> Iterator[Finding]:
    if len(marks) > 1:
        reason = "More than one exclamation mark reads as shouting. End the sentences with full stops."
        yield _finding("exclamation", reason, marks[1])


def _capitals(reading: Reading, shouted: frozenset[str]) -> Iterator[Finding]:
    for run in _runs(reading):
        span = run[0].start, run[-1].end
        long = sum(len(word.word) for word in run) >= _SHOUTED and max(len(word.word) for word in run) >= _A_WORD
        loud = (len(run) > 1 and long) or any(folded(word.word) in shouted for word in run)
        if loud:
            yield _finding("capitals", "Words in capitals read as shouting. Write them as any other words.", span)


def _runs(reading: Reading) -> Iterator[list[Token]]:
    """Words in capitals that stand side by side, with nothing but white space between them."""
    run: list[Token] = []
    for word in reading.words:
        loud = word.case == "upper"
        if run and not (loud and reading.text[run[-1].end : word.start].isspace()):
            yield run
            run = []
        if loud:
            run.append(word)
    if run:
        yield run


def _hard(reading: Reading, limits: dict[str, Any]) -> Iterator[Finding]:
    for sentence in reading.sentences:
        if _is_hard(reading, sentence, limits):
            span = reading.span(sentence.first, sentence.last)
            reason = "This sentence is long, and hard for many readers. Make two of it, with shorter words."
            yield _finding("reading", reason, span)


def _is_hard(reading: Reading, sentence: Sentence, limits: dict[str, Any]) -> bool:
    words = reading.words[sentence.first : sentence.last]
    heavy = sum(len(word.word) >= limits["long"] for word in words) / len(words)
    return bool(len(words) > limits["longest"] or (len(words) > limits["dense"] and heavy > limits["heavy"]))


def _finding(code: str, reason: str, span: Span) -> Finding:
    return Finding(ID, "warn", reason, span, code)
