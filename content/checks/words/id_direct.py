"""id-direct: nothing that leads straight to a person: mail, telephone, handle, document, coordinates, door, name.

What the organisation itself publishes may stand: its numbers, helplines, tags and disclosure, the display label,
public figures. Where provenance is known, the publisher's own lines are not searched for names.
"""

import re
from collections.abc import Iterator

from content.checks.finding import Answer, Finding, Severity
from content.checks.records import WordsCase
from content.checks.words.beside import judge_beside
from content.checks.words.contacts import addresses, coordinates, digits, documents, emails, handles, phones
from content.checks.words.person_names import find_names

ID = "id-direct"
SEVERITIES: dict[str, Severity] = dict.fromkeys(
    ("email", "phone", "handle", "document", "coordinates", "address", "name"), "block"
)
_SAID = {
    "email": "A mail address leads to a person. Leave it out.",
    "phone": "A telephone number that is not the organisation's or a helpline's. Leave it out.",
    "handle": "A profile or messenger name leads to a person. Leave it out, or have it put on the allow-list.",
    "document": "The number of a document or case identifies a person. Leave it out.",
    "coordinates": "Coordinates point at a place where people can be found. Leave them out.",
    "address": "A street and number point at somebody's door. Leave them out.",
    "name": "This reads as a person's name. Use the approved label instead.",
}  # fmt: skip
_OWN_KINDS = frozenset(("disclosure", "context", "helpline", "source_line"))
_DIGIT = re.compile(r"\d")
_TAIL = 8  # digits by which two ways of dialling one number are the same

Span = tuple[int, int]


def check(case: WordsCase) -> Iterator[Answer]:
    text, taken = case.text, []
    for code, span in _contacts(case):
        taken.append(span)
        yield _finding(code, span)
    own = list(_own_words(case))
    for span in find_names(text):
        if not _touches(own, span) and not _touches(taken, span):
            yield _finding("name", span)
    yield from _in_links(case)
    yield from judge_beside(case, check)


def _finding(code: str, span: Span | None) -> Finding:
    return Finding(ID, "block", _SAID[code], span, code)


def _touches(spans: list[Span], span: Span) -> bool:
    return any(a < span[1] and span[0] < b for a, b in spans)


def _contacts(case: WordsCase) -> Iterator[tuple[str, Span]]:
    text = case.text
    mails = emails(text)
    if _DIGIT.search(text):
        spots = list(coordinates(text))
        papers = [span for span in documents(text) if not _touches(spots, span)]
        numbers = [span for span in phones(text) if not _touches(spots + papers, span)]
        yield from (("coordinates", span) for span in spots)
        yield from (("phone", span) for span in numbers if not _own_number(case, text[slice(*span)]))
        yield from (("document", span) for span in papers if not _own_number(case, text[slice(*span)]))
        yield from (("address", span) for span in addresses(text) if not _touches(spots, span))
    allowed = _allowed(case)
    yield from (("email", span) for span in mails if text[slice(*span)].lower() not in allowed)
    for span in handles(text):
        if not _touches(mails, span) and text[slice(*span)].lower().rstrip("/.") not in allowed:
            yield "handle", span


def _allowed(case: WordsCase) -> set[str]:
    """Tags and handles on the allow-list, with the profile addresses that say the same."""
    tags = (case.organisation.allowed_tags or ()) if case.organisation else ()
    plain = {tag.lower() for tag in tags}
    return plain | {f"t.me/{tag[1:]}" for tag in plain if tag[:1] == "@"}


def _own_number(case: WordsCase, shown: str) -> bool:
    if case.organisation is None:
        return False
    known = [*(case.organisation.phones or ()), *(h.phone or "" for h in case.organisation.helplines or ())]
    known += [h.line or "" for h in case.organisation.helplines or ()]
    number = digits(shown).lstrip("0")
    return len(number) > 5 and any(
        digits(own)[-_TAIL:] == number[-_TAIL:] or number in digits(own) for own in known if digits(own)
    )


def _own_words(case: WordsCase) -> Iterator[Span]:
    """Where names may stand: the publisher's own lines, and the approved label."""
    yield from ((s.start, s.end) for s in case.spans or () if s.kind in _OWN_KINDS)
    lines: list[str] = []
    if case.organisation:
        lines += (case.organisation.disclosure or {}).values()
        lines += [helpline.line or "" for helpline in case.organisation.helplines or ()]
    if case.narrative:
        lines += (case.narrative.display_label or {}).values()
        lines += [source.publisher or "" for source in case.narrative.sources or ()]
    text = case.text.casefold()
    for line in {line for line in lines if len(line) > 3 and line.casefold() in text}:
        if line in case.text and text.count(line.casefold()) == 1:  # most lines, and much cheaper
            yield case.text.index(line), case.text.index(line) + len(line)
        else:
            yield from (match.span() for match in re.finditer(re.escape(line), case.text, re.IGNORECASE))


def _in_links(case: WordsCase) -> Iterator[Finding]:
    allowed = _allowed(case)
    for link in case.links or ():
        bare = link.lower().removeprefix("https://").removeprefix("http://").rstrip("/")
        if bare not in allowed and (any(handles(link)) or emails(link)):
            yield _finding("handle", None)
