"""link-safety, without fetching: https, a listed host, no shortener, nothing that tells who clicked.

Whether the page still answers is a fact of the instant (facts/link_safety.py).
"""

import re
from collections.abc import Iterator

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import WordsCase
from content.checks.words.lines import Span
from content.link import find_links, host_allowed, parse_link

ID = "link-safety"
_PROBLEMS = {
    "scheme": "is not https. Use the https address",
    "userinfo": "hides its host behind a name and an @. Use the plain address",
    "port": "names a port. Use the plain address",
    "numeric": "is a number instead of a name. Use the host's name",
    "lookalike": "has letters that look like others. Type the address again",
    "characters": "has characters that no address should have. Type the address again",
    "shortener": "hides where it leads. Use the full address",
    "host": "leads to no public host. Use a host that is listed",
    "tracking": "would tell who clicked. Cut its parameters",
}
SEVERITIES: dict[str, Severity] = dict.fromkeys((*_PROBLEMS, "disguised", "odd"), "block")

_OTHER_SCHEME = re.compile(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s<>\"'“”«»]+")
_DISGUISED = re.compile(
    r"(?<!\w)(?:hxxps?\S{1,200}|\w[\w-]{0,62}\s?(?:\[\.\]|\(\.\)|\[dot\]|\(dot\))\s?[A-Za-z]{2,24}(?!\w)\S{0,200})",
    re.IGNORECASE,
)


def check(case: WordsCase) -> Iterator[Answer]:
    for link, where in _links(case):
        yield from _judge(case, link, where)
    for found in _DISGUISED.finditer(case.text) if _like_disguise(case.text) else ():
        reason = f"{found.group()} is a link in disguise. Write it out, or leave it away."
        yield Finding(ID, "block", reason, found.span(), "disguised")


def _like_disguise(text: str) -> bool:
    """Cheap to see, and true of every link in disguise."""
    return "[" in text or "(" in text or "hxx" in text.casefold()


def _links(case: WordsCase) -> Iterator[tuple[str, Span | None]]:
    seen: list[Span] = []
    for found in find_links(case.text):
        seen.append((found.start, found.end))
        yield found.text, seen[-1]
    for other in _OTHER_SCHEME.finditer(case.text) if "://" in case.text else ():
        if not any(start < other.end() and other.start() < end for start, end in seen):
            yield other.group().rstrip(".,;:!?)»”"), other.span()
    yield from ((link, None) for link in case.links or ())


def _judge(case: WordsCase, text: str, where: Span | None) -> Iterator[Answer]:
    link = parse_link(text)
    for problem in link.problems:
        what = _PROBLEMS.get(problem, "is no plain https address. Type it again")
        yield Finding(ID, "block", f"{text} {what}.", where, problem if problem in _PROBLEMS else "odd")
    domains = case.organisation.allowed_domains if case.organisation else None
    hosts = case.campaign.link_hosts if case.campaign else None
    if host_allowed(link.host, (domains or frozenset()) | (hosts or frozenset())):
        return
    if domains is None or hosts is None:
        yield Missing(ID, "organisation.allowed_domains" if domains is None else "campaign.link_hosts")
        return
    reason = f"{text} leads to a host that nobody listed. Link to a listed host, or have this one listed."
    yield Finding(ID, "block", reason, where, "host")
