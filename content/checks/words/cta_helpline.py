"""cta-helpline, the words' half: for every territory a helpline is shown, who runs it, and when or where.

Whether it was verified within 90 days is a fact of the instant: checks/facts/cta_helpline.py.
"""

import re
import unicodedata
from collections.abc import Iterator

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import HelplineRecord, WordsCase
from content.checks.words.lexicons import lexicon, patterns
from content.checks.words.lines import Span, place

ID = "cta-helpline"
SEVERITIES: dict[str, Severity] = dict.fromkeys(("territory", "line", "operator", "hours"), "block")

_DIGIT = re.compile(r"\d")
_HOURS = re.compile(
    r"\d{1,2}(?:[:.]\d{2})?\s?(?:am|pm|a\.m\.|p\.m\.|h\d{0,2}|Uhr|ч|:)?"
    r"\s?(?:[-–—]|to|until|bis|à|إلى|حتى|до|تا|سے|hingga|sampai)\s?\d{1,2}",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://\S+|(?<![\w@.])(?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,24}(?:/\S*)?(?!\w)", re.IGNORECASE)


def check(case: WordsCase) -> Iterator[Answer]:
    territories = case.campaign.territories if case.campaign else None
    helplines = case.organisation.helplines if case.organisation else None
    if territories is None:
        yield Missing(ID, "campaign.territories")
    if helplines is None:
        yield Missing(ID, "organisation.helplines")
    if territories is not None and helplines is not None:
        for territory in sorted(territories):
            yield from _territory(case, territory, helplines)


def _territory(case: WordsCase, territory: str, helplines: tuple[HelplineRecord, ...]) -> Iterator[Answer]:
    there = [h for h in helplines if territory in h.territories and case.language in h.languages]
    shown = [(h, where) for h in there if (where := _where(case.text, h))]
    if not there:
        reason = f"No helpline is known for {territory} in “{case.language}”. Add one that answers there."
        yield Finding(ID, "block", reason, code="territory")
    elif not shown:
        reason = f"No helpline for {territory} stands in the words. Add its line: {there[0].line or there[0].ref}"
        yield Finding(ID, "block", reason, code="line")
    else:
        answers = [list(_complete(case, helpline, where)) for helpline, where in shown]
        yield from min(answers, key=len)  # one complete line is enough


def _where(text: str, helpline: HelplineRecord) -> Span | None:
    whole = place(text, helpline.line) if helpline.line else None
    return whole or (_line_around(text, helpline.phone) if helpline.phone else None)


def _line_around(text: str, phone: str) -> Span | None:
    """The line of the text in which the number stands, however its digits are grouped."""
    at, number = 0, _digits(phone)
    for line in text.split("\n") if number else ():
        if _DIGIT.search(line) and re.search(rf"(?<!\d){number}(?!\d)", _joined(line)):
            return at, at + len(line)
        at += len(line) + 1
    return None


def _digits(text: str) -> str:
    return "".join(str(unicodedata.digit(sign)) for sign in text if _DIGIT.match(sign))


def _joined(line: str) -> str:
    """Digits as 0-9, the blanks and dashes between them dropped."""
    plain = line if line.isascii() else _DIGIT.sub(lambda sign: str(unicodedata.digit(sign[0])), line)
    return re.sub(r"(?<=\d)[ \u00a0\u202f./()-]{1,2}(?=\d)", "", plain)


def _complete(case: WordsCase, helpline: HelplineRecord, where: Span) -> Iterator[Answer]:
    line = case.text[slice(*where)]
    yield from _operator(case.language, helpline, line, where)
    if not (helpline.always_open or _says_when_or_where(case, helpline, line)):
        reason = "The helpline is not open day and night. Say its hours, or the address where they stand."
        yield Finding(ID, "block", reason, where, "hours")


def _operator(language: str, helpline: HelplineRecord, line: str, where: Span) -> Iterator[Answer]:
    kinds = [kind for kind in lexicon("operators")["kinds"] if kind in (helpline.operator or "").lower()]
    if not kinds:
        yield Missing(ID, f"organisation.helplines.{helpline.ref}.operator")
    for kind in kinds:
        words = patterns("operators", language, kind)
        if words is None:
            yield Missing(ID, f"lexicon.operators.{language}.{kind}")
        elif not words.search(line):
            reason = f"The line does not say who answers ({kind}). Callers must know before they call: add it."
            yield Finding(ID, "block", reason, where, "operator")


def _says_when_or_where(case: WordsCase, helpline: HelplineRecord, line: str) -> bool:
    if helpline.hours and place(line, helpline.hours):
        return True
    if helpline.url and (helpline.url in case.text or helpline.url in (case.links or ())):
        return True
    return bool(_HOURS.search(_without_phone(line, helpline.phone)) or _ADDRESS.search(line))


def _without_phone(line: str, phone: str | None) -> str:
    digits = _digits(phone or "")
    if not digits:
        return line
    return re.sub(r"[\s\u00a0\u202f./()-]{0,2}".join(digits), " ", line)
