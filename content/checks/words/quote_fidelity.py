"""quote-fidelity: what stands between quotation marks was said exactly so, in this language or an approved translation.

Where provenance is known, quotations are looked for in passages, quotes and what is of unknown origin; a passage
without marks is reported speech that people cleared. Bare text is judged sentence by sentence: one that is nearly a
stored quote, in the speaker's own person, counts as a quotation even without marks.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import QuoteRecord, WordsCase
from content.checks.words.quotation import fit, marked, overlap, sentences, tokens, turns_round, wording

ID = "quote-fidelity"
SEVERITIES: dict[str, Severity] = {
    "altered": "block",
    "unknown": "block",
    "translation": "block",
    "language": "block",
    "omission": "specialist:content",
    "others": "warn",
}

_NEAR = 0.6  # share of a text's words, in order, that make it meant as a stored quote
_MOST = 0.8  # share of a quote's words that makes a longer sentence meant as it
_UNQUOTED_KINDS = frozenset(("disclosure", "context", "helpline", "source_line", "template", "closed"))
_AROUND = 500  # characters before and after a quotation in which it may be given to others and rejected
_SET_OFF = re.compile("[,،:–—-]")  # one of these sets off whoever said it
_LINK = re.compile(r"https?://\S+|[#@]\w+")


def check(case: WordsCase) -> Iterator[Answer]:
    regions = list(_regions(case))
    quotes = case.narrative.quotes if case.narrative else None
    if quotes is None:
        if regions:
            yield Missing(ID, "narrative.quotes")
        return
    for start, end in regions:
        yield from _judge(case, quotes, start, end)
    if case.spans is None:
        yield from _unmarked(case, quotes, regions)


def _regions(case: WordsCase) -> Iterator[tuple[int, int]]:
    """Quotations, and spans that rendering took from a quote, aside from what the publisher says in its own voice."""
    quoted, shown = [(s.start, s.end) for s in case.spans or () if s.kind == "quote"], marked(case.text)
    yield from ((start, end) for start, end in quoted if not _within(shown, start, end))
    closed = [(s.start, s.end) for s in case.spans or () if s.kind in _UNQUOTED_KINDS] + list(_own_lines(case))
    for start, end in shown:
        if tokens(case.text[start:end], _language(case)) and not _within(closed, start, end):
            yield start, end


def _within(regions: list[tuple[int, int]], start: int, end: int) -> bool:
    return any(a <= start and end <= b for a, b in regions)


def _own_lines(case: WordsCase) -> Iterator[tuple[int, int]]:
    """Where the organisation's disclosure, helpline and context lines stand, for text without provenance."""
    lines = [*((case.organisation.disclosure or {}) if case.organisation else {}).values()]
    lines += [line.line or "" for line in (case.organisation.helplines or ())] if case.organisation else []
    lines += (case.campaign.context_lines or ()) if case.campaign else ()
    for line in filter(None, lines):
        at = case.text.find(line)
        if at >= 0:
            yield at, at + len(line)


def _language(case: WordsCase) -> str:
    return case.language.lower().partition("-")[0]


def _spoken(quote: QuoteRecord) -> str:
    return quote.language.lower().partition("-")[0]


def _judge(case: WordsCase, quotes: tuple[QuoteRecord, ...], start: int, end: int) -> Iterator[Finding]:
    language, quoted, span = _language(case), case.text[start:end], (start, end)
    fits = [(quote, found) for quote in quotes if (found := fit(quoted, quote.text, _spoken(quote)))]
    ours = [(quote, found) for quote, found in fits if _spoken(quote) == language]
    if any(quote.approved and not turns_round(found, language) for quote, found in ours):
        return
    if any(quote.approved for quote, _ in ours):
        yield Finding(ID, "specialist:content", "What was left out held a negation: the meaning may be turned"
                      " round. Quote the words in between as well.", span, "omission")  # fmt: skip
    elif ours:
        yield Finding(ID, "block", "This translation is not approved to be shown as a quotation. Have it approved,"
                      " or report it without quotation marks.", span, "translation")  # fmt: skip
    elif fits:
        yield Finding(ID, "block", "These words were stored in another language. Show a translation approved for"
                      " this one, or report them without quotation marks.", span, "language")  # fmt: skip
    else:
        yield _unfaithful(case, quotes, start, end)


def _unfaithful(case: WordsCase, quotes: tuple[QuoteRecord, ...], start: int, end: int) -> Finding:
    language, quoted, span = _language(case), tokens(case.text[start:end], _language(case)), (start, end)
    source = max((q for q in quotes if _spoken(q) == language), key=lambda q: _nearness(quoted, q), default=None)
    if source is not None and _nearness(quoted, source) >= _NEAR:
        return Finding(ID, "block", _difference(quoted, tokens(source.text, language)), span, "altered")
    if _of_others(case, start, end):
        reason = "Somebody else's words, which the text rejects: no testimony. Check that they must be repeated."
        return Finding(ID, "warn", reason, span, "others")
    reason = "No stored quote holds these words. Take them from a quote of this narrative, or drop the marks."
    return Finding(ID, "block", reason, span, "unknown")


def _nearness(quoted: list[str], quote: QuoteRecord) -> float:
    return overlap(quoted, tokens(quote.text, _spoken(quote))[:400]) / max(len(quoted), 1)


def _difference(quoted: list[str], source: list[str]) -> str:
    new = [token for token in quoted if token not in source]
    detail = f" Not in the source: {', '.join(new[:5])}." if new else " Words of the source are missing unmarked."
    return f"This differs from the stored quote.{detail} Restore it; mark what you leave out with […]."


def _of_others(case: WordsCase, start: int, end: int) -> bool:
    """The same sentence gives the words to others, and it or the next one rejects them."""
    turns = _turns(_language(case))
    if turns is None:
        return False
    begin = max(0, start - _AROUND)  # no further, so that a thousand quotations in one sentence cost no million looks
    text, start, end = case.text[begin : end + _AROUND], start - begin, end - begin
    around = list(sentences(text))
    here = next((i for i, (a, b) in enumerate(around) if a < end and start < b), None)
    if here is None:
        return False
    last = next((i for i in range(len(around) - 1, -1, -1) if around[i][0] < end), here)
    own = text[around[here][0] : start - 1] + " " + text[end + 1 : around[last][1]]
    following = text[slice(*around[last + 1])] if last + 1 < len(around) else ""
    spoken = f"{own} {following}"
    return all(turn.search(spoken) for turn in turns)


@cache
def _turns(language: str) -> tuple[re.Pattern[str], ...] | None:
    """How a language rejects words, and how it gives them to others; None where nobody listed it."""
    listed = wording(language)
    return tuple(_spoken_so(rf"\b(?:{listed[key]})\b") for key in ("distance", "others")) if listed else None


def _spoken_so(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _unmarked(case: WordsCase, quotes: tuple[QuoteRecord, ...], regions: list[tuple[int, int]]) -> Iterator[Finding]:
    """Sentences of bare text that are a stored quote in all but the marks, and not quite."""
    language = _language(case)
    spoken = tuple(q for q in quotes if _spoken(q) == language)
    for start, end in sentences(case.text) if spoken else ():
        if any(a < end and start < b for a, b in regions):
            continue
        said = _LINK.sub(" ", _without_attribution(case.text[start:end], language))
        said_tokens = tokens(said, language)
        near = [q for q in spoken if _meant(said_tokens, q, language)]
        if near and not any((found := fit(said, q.text, language)) and not turns_round(found, language) for q in near):
            best = max(near, key=lambda q: _nearness(said_tokens, q))
            yield Finding(ID, "block", _difference(said_tokens, tokens(best.text, language)), (start, end), "altered")


def _without_attribution(sentence: str, language: str) -> str:
    said = _said(language)
    if said is None or not _SET_OFF.search(sentence):
        return sentence
    after, before = said
    return before.sub(" ", after.sub(" ", sentence, count=1), count=1)


@cache
def _said(language: str) -> tuple[re.Pattern[str], re.Pattern[str]] | None:
    """Who said it, behind the words and before them; None where nobody listed how a language says so."""
    said = wording(language).get("said")
    if not said:
        return None
    return _spoken_so(rf"[,،–—-]\s*{said}\s*[.!]?\s*$"), _spoken_so(rf"^\s*{said}\s*[:,،]")


@lru_cache(maxsize=512)
def _source(text: str, language: str) -> tuple[list[str], frozenset[str]]:
    """The tokens of a stored quote, in their order and by themselves."""
    source = tokens(text, language)[:400]
    return source, frozenset(source)


def _meant(said: list[str], quote: QuoteRecord, language: str) -> bool:
    """Near enough to be the quote, and in its own person: "he saw" reports what "I saw" said."""
    source, known = _source(quote.text, language)
    if sum(map(known.__contains__, said)) < 3:  # cheaper, and never less than what they have in common
        return False
    first = set(wording(language).get("first", ()))
    common, added = overlap(said, source), set(said).difference(source)
    if common < 3:
        return False
    if common / len(said) < _NEAR:  # the quote, and more of the writer's
        return common / len(source) >= _MOST and (bool(first & added) or said[:2] == source[:2])
    return not (first & set(source)) or bool(first & set(said)) or not added
