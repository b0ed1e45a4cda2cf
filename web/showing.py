"""What the composer shows of words that are not queued: each account's leaf, the findings in order, the way ahead."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from content import formats
from content.ahead import Ahead, Public
from content.composing import ComposedLeaf
from content.errors import Refusal
from content.organisation import Account
from content.posting import MANUAL
from content.queued import Preview
from web.beside import beside
from web.found import ORDER, Found
from web.leaf import ShownLeaf, folded

BY_HAND = ("paper", MANUAL)


@dataclass(frozen=True, slots=True)
class Shown:
    """findings: about the message as a whole; those about an account's words stand with its leaf. needed: what keeps
    anything from being shown; failed: accounts that could get nothing; at: when it was judged."""

    leaves: Sequence[ShownLeaf] = ()
    findings: Sequence[Found] = ()
    failed: Sequence[tuple[Account, Refusal]] = ()
    ahead: Ahead | None = None
    public: Public | None = None
    needed: Sequence[Refusal] = ()
    looked: bool = False  # the checks have
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def found(self) -> list[Found]:
        """All findings as they stand on the page."""
        return [*(one for leaf in self.leaves for one in leaf.findings), *self.findings]

    @property
    def tally(self) -> list[tuple[str, int, int]]:
        """How many findings of each severity, the gravest first, with the number of the first; what is said of several
        leaves counts once."""
        once: dict[tuple[str, str, str], Found] = {}
        for one in self.found:
            once.setdefault((one.check, one.code, one.reason), one)
        counted = Counter(one.kind for one in once.values())
        first = {one.kind: one.number for one in reversed(once.values())}
        return [(kind, counted[kind], first[kind]) for kind in ORDER if counted[kind]]

    @property
    def stops(self) -> int:
        """What stops it: findings, and accounts that get nothing."""
        return sum(number for kind, number, _ in self.tally if kind in ("block", "not_evaluated")) + len(self.failed)


def shown(found: Preview) -> Shown:
    """A preview as the page shows it."""
    accounts = {place: leaf.account.ref for place, leaf in enumerate(found.composed.leaves)}
    leaves, findings = beside(folded(_leaf(leaf) for leaf in found.composed.leaves), found.placed, accounts)
    return Shown(leaves, findings, found.composed.failed, found.ahead, found.public, looked=True)


def _leaf(leaf: ComposedLeaf) -> ShownLeaf:
    account = leaf.account
    return ShownLeaf(
        account.ref, leaf.length, leaf.limit, leaf.unit, leaf.links,
        tuple((part.text, [(s.start, s.end, s.kind, s.ref) for s in part.spans]) for part in leaf.parts),
        sizes=tuple(formats.measure(account.format, part.text).length for part in leaf.parts),
        name=account.name, handle=account.handle, reach=account.reach, by_hand=account.channel in BY_HAND,
    )  # fmt: skip
