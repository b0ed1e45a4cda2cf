"""A sheet as its page shows it: the words of each account, what changed, what consent does not cover, and the queue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from content.evidence import Evidence
from content.page import Page
from content.permission import REVIEWERS
from content.sheet import Sheet
from content.waiting import Waiting
from web.asking import Ask
from web.beside import beside
from web.changed import Changed, changed
from web.leaf import ShownLeaf, folded

_SCOPE = ("basis", "uses", "channels", "reach", "languages", "territories", "purposes", "until", "reconfirm_by")
CELLS = 12  # of a meter; what is more is said in numbers alone


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sheet stands in its reader's list. number: 0 where it is not on its first page; more: others follow."""

    number: int = 0
    of: int = 0
    more: bool = False
    before: str = ""
    after: str = ""


def roles(ask: Ask) -> list[str]:
    """The reviewing roles of whoever asks, a language's as `language`."""
    held = {role.partition(":")[0] for role in ask.roles}
    return [role for role in REVIEWERS if role in held]


def neighbours(page: Page[Waiting], digest: str) -> Place:
    """The ones before and after it on the first page of the list."""
    digests = [one.digest for one in page.items]
    if digest not in digests:
        return Place(after=digests[0] if digests else "")
    at = digests.index(digest)
    before, after = ["", *digests][at], [*digests, ""][at + 1]
    return Place(at + 1, len(digests), bool(page.after), before, after)


def shown(sheet: Sheet, around: Evidence) -> dict[str, Any]:
    """What the page is given."""
    leaves, findings = beside(_leaves(sheet), sheet.answers, {leaf.id: leaf.account for leaf in sheet.leaves})
    every = [*(one for leaf in leaves for one in leaf.findings), *findings]
    return {
        "sheet": sheet,
        "around": around,
        "leaves": leaves,
        "findings": findings,
        "found": len(every),
        "stops": sum(one.kind in ("block", "not_evaluated") for one in every),
        "consent": _consent(sheet),
        "uncovered": _uncovered(sheet),
        "diffs": _diffs(sheet, around),
        "meter": _meter(around),
    }


def _leaves(sheet: Sheet) -> list[ShownLeaf]:
    return folded(
        ShownLeaf(
            leaf.account, leaf.length, leaf.limit, leaf.unit, leaf.links,
            tuple(zip(leaf.parts, leaf.spans, strict=True)), handle=leaf.handle, reach=leaf.reach,
            can=leaf.can, media=leaf.media,
        )
        for leaf in sheet.leaves
    )  # fmt: skip


def _consent(sheet: Sheet) -> list[tuple[str, Any]]:
    """What stands of the scope, in the order in which one asks; lists in one order."""
    if sheet.consent is None:
        return []
    told = ((name, getattr(sheet.consent, name)) for name in _SCOPE)
    return [(name, sorted(value) if isinstance(value, frozenset) else value) for name, value in told if value]


def _uncovered(sheet: Sheet) -> list[str]:
    """Where the words go beyond the consent: channel, language …, or `current` where none is in force for them."""
    against = [one for one in sheet.answers if one["check"].startswith("consent-") and one["severity"] != "warn"]
    scope = {one.get("code") or "current" for one in against if one["check"] == "consent-scope"}
    other = {"current" for one in against if one["check"] != "consent-scope"}
    return sorted(scope | other)


def _diffs(sheet: Sheet, around: Evidence) -> Sequence[Changed]:
    if around.before is None:
        return ()
    now: Mapping[str, Sequence[str]] = {leaf.account: leaf.parts for leaf in sheet.leaves}
    return changed(around.before.parts, now)


def _meter(around: Evidence) -> list[str]:
    """A cell for each identifying detail: on (public already), new (added by these words), or free."""
    adds = around.adds or ()
    cells = ["on"] * len(around.exposed) + ["new"] * len(adds)
    cells += ["free"] * (around.budget - len(cells))
    return cells if len(cells) <= CELLS else []
