"""disclosure-publisher: the reader sees who publishes, funded by whom, and where to look it up."""

import re
from collections.abc import Iterator

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import WordsCase
from content.checks.words.lines import Span, parts_of, place

ID = "disclosure-publisher"
SEVERITIES: dict[str, Severity] = {"language": "block", "line": "block", "part": "block"}

_LINK = re.compile(r"https?://\S+")


def check(case: WordsCase) -> Iterator[Answer]:
    lines = case.organisation.disclosure if case.organisation else None
    if lines is None:
        yield Missing(ID, "organisation.disclosure")
        return
    line = lines.get(case.language)
    if not line or not line.strip():
        reason = f"The organisation has no disclosure line in “{case.language}”. Write one and have it cleared."
        yield Finding(ID, "block", reason, code="language")
    elif not _shown(case, line):
        reason = f"The reader cannot see who publishes this. Add the disclosure line exactly as it stands: {line}"
        yield Finding(ID, "block", reason, code="line")
    else:
        yield from _parts(case, line)


def _shown(case: WordsCase, line: str) -> bool:
    """The whole line stands in the words; its link may stand elsewhere in them, or in the link card."""
    if place(case.text, line):
        return True
    links = _LINK.findall(line)
    carried = all(link in (case.links or ()) or place(case.text, link) for link in links)
    return bool(links) and carried and place(case.text, _LINK.sub(" ", line)) is not None


def _parts(case: WordsCase, line: str) -> Iterator[Answer]:
    """Parts of a thread are shared alone: each says who publishes; the long line may stand in one of them."""
    for number, part in enumerate(parts_of(case.text, case.parts), start=1):
        if not (_named_in(case, part) or place(case.text[slice(*part)], line)):
            reason = f"Part {number} does not say who publishes it. Add a short disclosure block to each part."
            yield Finding(ID, "block", reason, part, "part")


def _named_in(case: WordsCase, part: Span) -> bool:
    if len(case.parts) < 2:
        return True
    spans = case.spans or ()
    return any(s.kind == "disclosure" and s.start < part[1] and s.end > part[0] for s in spans)
