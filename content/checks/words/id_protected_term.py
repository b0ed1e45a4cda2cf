"""id-protected-term: no name, place or detail that the keeper protected, in any spelling, script or disguise."""

from collections.abc import Iterator

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import WordsCase
from content.checks.words.beside import beside

ID = "id-protected-term"
SEVERITIES: dict[str, Severity] = {"": "block"}

_REASON = "Safeguarding needs to see this: something here is protected. Say it without this detail."


def check(case: WordsCase) -> Iterator[Answer]:
    matcher = case.narrative.protected if case.narrative else None
    if matcher is None:
        yield Missing(ID, "narrative.protected_terms")
        return
    for span in matcher.find(case.text):
        yield Finding(ID, "block", _REASON, span)
    if any(matcher.find(link) for link in case.links or ()):
        yield Finding(ID, "block", _REASON.replace("here", "in a link"))
    for where, text in dict.fromkeys((one.where, one.words) for one in beside(case)):
        if matcher.find(text):
            yield Finding(ID, "block", _REASON.replace("here", f"in {where}"))
