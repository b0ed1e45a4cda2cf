"""amp-propaganda-ref: nothing points at an account, channel, page or tag that the organisation denies.

A warning brings readers there as well as a recommendation does. The list is keyed hashes: nobody can read it.
"""

from collections.abc import Iterator

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import WordsCase
from content.protect.references import references

ID = "amp-propaganda-ref"
SEVERITIES: dict[str, Severity] = {"": "block"}

_REASON = (
    "This points at something on the organisation's deny list. Leave it out: even a warning brings readers there. "
    "Say what was claimed, not where."
)


def check(case: WordsCase) -> Iterator[Answer]:
    matcher, links = case.organisation.deny if case.organisation else None, case.links or ()
    if matcher is None:
        if links or references(case.text):
            yield Missing(ID, "organisation.deny")
        return
    for span in matcher.find(case.text):
        yield Finding(ID, "block", _REASON, span)
    if any(matcher.find(link) for link in links):
        yield Finding(ID, "block", _REASON.replace("This points", "A link points"))
