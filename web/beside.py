"""Findings beside the words they are about: each at its account's leaf, with the words it names marked there.

Where a protected term stands is never shown to anybody, not even to those who may learn of it: a page is looked at over
a shoulder, and printed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, count
from typing import Any

from content.evaluation import ORACLE
from web.found import ORDER, Found, found, kind_of
from web.leaf import ShownLeaf

Answers = Iterable[Mapping[str, Any]]
_SHORT = 80  # signs: longer words are marked, and not said again beside the finding


@dataclass(slots=True)
class _Said:
    """One finding on leaves with the same words: by whom it is met, and at which words."""

    accounts: dict[str, None] = field(default_factory=dict)
    spans: dict[tuple[int, int], None] = field(default_factory=dict)


def beside(
    leaves: Sequence[ShownLeaf], answers: Answers, accounts: Mapping[int, str]
) -> tuple[list[ShownLeaf], list[Found]]:
    """The leaves with what is about their words, and what is about the message, the gravest first.

    leaves: folded; accounts: whose leaf an answer means.
    """
    heads = {leaf.account: leaf.same or leaf.account for leaf in leaves}
    said, told = _sorted_out(answers, accounts, heads)
    alike = _everywhere(said, len({*heads.values()}))
    general = sorted(dict.fromkeys((*told, *alike)), key=_grave)
    shown = [_with(leaf, said[heads[leaf.account]], alike, leaves) for leaf in leaves]
    return _numbered(shown, general)


def whole(answers: Answers) -> list[Found]:
    """The same where no words stand on the page: each once, the gravest first."""
    return sorted(dict.fromkeys(map(found, answers)), key=_grave)


def _sorted_out(
    answers: Answers, accounts: Mapping[int, str], heads: Mapping[str, str]
) -> tuple[dict[str, dict[Found, _Said]], list[Found]]:
    """What was said of each leaf's words, equal ones together; and of none."""
    said: dict[str, dict[Found, _Said]] = defaultdict(lambda: defaultdict(_Said))
    general = list[Found]()
    for answer in answers:
        leaf = None if answer["check"] == ORACLE else answer.get("leaf")
        account = "" if leaf is None else accounts.get(leaf, "")
        if account not in heads:
            general.append(found(answer))
            continue
        here = said[heads[account]][found(answer)]
        here.accounts[account] = None
        if span := answer.get("span"):
            here.spans[span[0], span[1]] = None
    return said, general


def _everywhere(said: Mapping[str, Mapping[Found, _Said]], heads: int) -> list[Found]:
    """What names no words or media and is the same on all leaves, where there are several, is about the message."""
    if heads < 2 or len(said) < heads:
        return []
    first, *others = ([one for one, here in of.items() if not (here.spans or one.shown)] for of in said.values())
    return [one for one in first if all(one in those for those in others)]


def _with(
    leaf: ShownLeaf, said: Mapping[Found, _Said], alike: Sequence[Found], leaves: Sequence[ShownLeaf]
) -> ShownLeaf:
    mine = sorted((one for one in said if one not in alike), key=_in_turn)
    marks = _marks(leaf, {one: said[one].spans for one in mine})
    if leaf.same:
        return replace(leaf, marks=marks)
    equal = [one.account for one in leaves if leaf.account in (one.account, one.same)]
    return replace(leaf, marks=marks, findings=tuple(_told(leaf, one, said[one], equal) for one in mine))


def _marks(leaf: ShownLeaf, spans: Mapping[Found, Iterable[tuple[int, int]]]) -> tuple[tuple[int, int, str], ...]:
    """What is marked, the gravest first and the shorter before the longer. A whole part is not: the finding says it."""
    ends = list(accumulate((len(words) + 1 for words in leaf.words), initial=0))[1:] or [1]
    parts = set(zip([0, *ends], (end - 1 for end in ends), strict=False)) | {(0, ends[-1] - 1)}
    marks = ((*span, one.kind) for one, here in spans.items() for span in here if span not in parts)
    return tuple(sorted(marks, key=lambda mark: (ORDER.index(mark[2]), mark[1] - mark[0])))


def _told(leaf: ShownLeaf, one: Found, here: _Said, equal: Sequence[str]) -> Found:
    text, spans = "\n".join(leaf.words), sorted(here.spans)
    words = dict.fromkeys(text[first:last].strip() for first, last in spans)
    return replace(
        one,
        account=leaf.account,
        only=tuple(here.accounts) if len(here.accounts) < len(equal) else (),
        named=tuple(word for word in words if 0 < len(word) <= _SHORT and word not in one.reason),
        origin=_origin(leaf, spans[0][0]) if spans else "",
    )


def _origin(leaf: ShownLeaf, at: int) -> str:
    """The kind of what stands there, the innermost one: a quotation within its passage."""
    for text, spans in leaf.parts:
        if at <= len(text):
            over = [span for span in spans if span[0] <= at < span[1]]
            return str(min(over, key=lambda span: span[1] - span[0])[2]) if over else ""
        at -= len(text) + 1
    return ""


def _numbered(leaves: Sequence[ShownLeaf], general: Sequence[Found]) -> tuple[list[ShownLeaf], list[Found]]:
    numbers = count(1)
    shown = [
        replace(leaf, findings=tuple(replace(one, number=next(numbers)) for one in leaf.findings)) for leaf in leaves
    ]
    return shown, [replace(one, number=next(numbers)) for one in general]


def _grave(one: Found) -> int:
    return ORDER.index(kind_of(one.severity))


def _in_turn(one: Found) -> tuple[bool, int, int]:
    """What is about the media stands with each, before what is about the words."""
    return not one.shown, one.shown, _grave(one)
