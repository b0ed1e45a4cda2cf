"""One account's words as the desk shows them, with where each stretch comes from; the same words are folded."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from content.capability import Capability
from content.showing import Seen
from web.apparatus import Line, lines, marked, stretches
from web.found import Found


@dataclass(frozen=True, slots=True)
class ShownLeaf:
    """parts: each with its spans, as rendering recorded them; same: the account whose words it repeats, or ''.

    sizes: each part's length, where it is told; name, handle, reach: of the account; by_hand: somebody posts it;
    can: what its channel can do, where that is told. findings: about these words, on the first of equal leaves;
    marks: what they name, in code points of the parts joined by a line feed, the gravest first.
    """

    account: str
    length: int
    limit: int | None
    unit: str
    links: tuple[str, ...]
    parts: tuple[tuple[str, Sequence[Sequence[Any]]], ...]
    same: str = ""
    sizes: tuple[int, ...] = ()
    name: str = ""
    handle: str = ""
    reach: str = ""
    by_hand: bool = False
    can: Capability | None = None
    findings: tuple[Found, ...] = ()
    marks: tuple[tuple[int, int, str], ...] = ()
    media: tuple[Seen, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(text for text, _ in self.parts)

    @property
    def drawn(self) -> Iterator[tuple[Line, ...]]:
        at = 0
        for text, spans in self.parts:
            here = [(first - at, last - at, kind) for first, last, kind in self.marks]
            yield lines(marked(stretches(text, spans), here))
            at += len(text) + 1


def folded(leaves: Iterable[ShownLeaf]) -> list[ShownLeaf]:
    """The leaves, those with the same words and media after the first of them, which they name."""
    groups: dict[tuple[tuple[str, ...], tuple[Seen, ...]], list[ShownLeaf]] = {}
    for leaf in leaves:
        groups.setdefault((leaf.words, leaf.media), []).append(leaf)
    return [
        leaf
        for first, *others in groups.values()
        for leaf in (first, *(replace(one, same=first.account) for one in others))
    ]
