"""What the composer shows of words that are not queued: each account's leaf, the findings in order, the way ahead."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from content import formats
from content.ahead import Ahead, Public
from content.composing import ComposedLeaf
from content.errors import Refusal
from content.organisation import Account
from content.queued import Preview
from web.leaf import ShownLeaf, folded

_ORDER = ("block", "not_evaluated", "specialist", "warn")


@dataclass(frozen=True, slots=True)
class Shown:
    """needed: what keeps anything from being shown; failed: accounts that could get nothing; at: when it was judged."""

    leaves: Sequence[ShownLeaf] = ()
    findings: Sequence[dict[str, Any]] = ()
    failed: Sequence[tuple[Account, Refusal]] = ()
    ahead: Ahead | None = None
    public: Public | None = None
    needed: Sequence[Refusal] = ()
    looked: bool = False  # the checks have
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def tally(self) -> list[tuple[str, int]]:
        """How many findings of each severity, the gravest first."""
        counted = Counter(kind_of(one) for one in self.findings)
        return [(kind, counted[kind]) for kind in _ORDER if counted[kind]]

    @property
    def stops(self) -> int:
        """What stops it: findings, and accounts that get nothing."""
        return sum(number for kind, number in self.tally if kind in ("block", "not_evaluated")) + len(self.failed)


def kind_of(finding: dict[str, Any]) -> str:
    """block | not_evaluated | specialist | warn"""
    return str(finding["severity"]).partition(":")[0]


def shown(found: Preview) -> Shown:
    """A preview as the page shows it."""
    findings = sorted(found.answers, key=lambda one: _ORDER.index(kind_of(one)))
    leaves = folded(_leaf(leaf) for leaf in found.composed.leaves)
    return Shown(leaves, findings, found.composed.failed, found.ahead, found.public, looked=True)


def _leaf(leaf: ComposedLeaf) -> ShownLeaf:
    account = leaf.account
    return ShownLeaf(
        account.ref, leaf.length, leaf.limit, leaf.unit, leaf.links,
        tuple((part.text, [(s.start, s.end, s.kind, s.ref) for s in part.spans]) for part in leaf.parts),
        sizes=tuple(formats.measure(account.format, part.text).length for part in leaf.parts),
        name=account.name, handle=account.handle, reach=account.reach, by_hand=account.channel == "paper",
    )  # fmt: skip
