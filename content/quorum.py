"""Which seats a tier and the findings demand, and how approvals fill them. Pure: no row, no clock.

One approval may fill several roles its giver holds, but the number of distinct people stands, safeguarding is never
the content reviewer, and nobody completes a quorum together with whoever gave them their role.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations, product

from content.window import LATENESS


@dataclass(frozen=True, slots=True)
class Terms:
    """What a tier asks for. people: distinct ones; wait: from the last verdict; validity: from the end of the wait."""

    people: int
    wait: timedelta
    validity: timedelta
    lateness: timedelta
    go: bool


TIERS: Mapping[int, Terms] = {
    1: Terms(1, timedelta(0), timedelta(days=90), LATENESS[1], False),
    2: Terms(2, timedelta(hours=1), timedelta(days=30), LATENESS[2], False),
    3: Terms(3, timedelta(hours=12), timedelta(days=14), LATENESS[3], True),
    4: Terms(3, timedelta(hours=24), timedelta(hours=24), LATENESS[4], True),
}
SPECIALISTS = ("language", "legal", "religious")


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's approval in one role."""

    person: int
    role: str


@dataclass(frozen=True, slots=True)
class Needed:
    """The seats to fill. thirds: the roles from which the third person may come, () below tier 3."""

    safeguarding: bool
    specialists: tuple[str, ...]
    thirds: tuple[str, ...]
    board: bool

    @property
    def roles(self) -> tuple[str, ...]:
        """Every role that may be asked to answer."""
        return (
            "content",
            *(("safeguarding",) if self.safeguarding else ()),
            *self.specialists,
            *(("board",) if self.board else ()),
        )


@dataclass(frozen=True, slots=True)
class Seats:
    """A full quorum: who sits where. The third is also named in the seat of the role they answer for."""

    content: int
    safeguarding: int | None = None
    third: int | None = None
    third_role: str | None = None
    language: int | None = None
    legal: int | None = None
    religious: int | None = None
    board: tuple[int, ...] = ()

    @property
    def people(self) -> frozenset[int]:
        """Everybody in it."""
        seats = (self.content, self.safeguarding, self.third, self.language, self.legal, self.religious, *self.board)
        return frozenset(seat for seat in seats if seat is not None)


def needed(tier: int, needs: Iterable[str] = ()) -> Needed:
    """The seats of a tier with the specialists that findings name (`legal`, `safeguarding` …)."""
    asked = {*needs, *(["legal"] if tier == 4 else [])}
    specialists = tuple(role for role in SPECIALISTS if role in asked)
    thirds = (specialists or ("content",)) if tier >= 3 else ()
    return Needed(tier >= 2 or "safeguarding" in asked, specialists, thirds, tier == 4)


def quorum(
    approvals: Iterable[Approval], wanted: Needed, apart: frozenset[frozenset[int]] = frozenset()
) -> Seats | tuple[str, ...]:
    """Who fills the seats, or what is still missing in words of roles (`another person`: the roles are all given).

    apart: pairs who never complete one quorum together.
    """
    by_role = _by_role(approvals)
    for seats in _seatings(by_role, wanted):
        if not any(pair <= seats.people for pair in apart):
            return seats
    return _missing(by_role, wanted)


def _by_role(approvals: Iterable[Approval]) -> Mapping[str, Sequence[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for one in approvals:
        found[one.role].add(one.person)
    return defaultdict(list, {role: sorted(people) for role, people in found.items()})


def _seatings(by_role: Mapping[str, Sequence[int]], wanted: Needed) -> Iterator[Seats]:
    for content, safeguarding in product(by_role["content"], _guards(by_role, wanted)):
        if content == safeguarding:
            continue
        for role, third in _thirds(by_role, wanted, (content, safeguarding)):
            for special in _specialists(by_role, wanted, role, third):
                for board in _boards(by_role, wanted, safeguarding, special.get("legal")):
                    yield Seats(content, safeguarding, third, role, board=board, **special)


def _guards(by_role: Mapping[str, Sequence[int]], wanted: Needed) -> Sequence[int | None]:
    return by_role["safeguarding"] if wanted.safeguarding else (None,)


def _thirds(
    by_role: Mapping[str, Sequence[int]], wanted: Needed, taken: tuple[int | None, ...]
) -> Iterator[tuple[str | None, int | None]]:
    if not wanted.thirds:
        yield None, None
    for role in wanted.thirds:
        yield from ((role, person) for person in by_role[role] if person not in taken)


def _specialists(
    by_role: Mapping[str, Sequence[int]], wanted: Needed, third_role: str | None, third: int | None
) -> Iterator[dict[str, int]]:
    """Who answers for each specialist's role; the third person answers for their own."""
    choices = [[third] if role == third_role and third else by_role[role] for role in wanted.specialists]
    for people in product(*choices):
        yield dict(zip(wanted.specialists, people, strict=True))


def _boards(
    by_role: Mapping[str, Sequence[int]], wanted: Needed, safeguarding: int | None, legal: int | None
) -> Iterator[tuple[int, ...]]:
    """Three distinct people, one of them the safeguarding answer and another the legal one."""
    if not wanted.board:
        yield ()
    elif safeguarding != legal:
        yield from (three for three in combinations(by_role["board"], 3) if {safeguarding, legal} <= {*three})


def _missing(by_role: Mapping[str, Sequence[int]], wanted: Needed) -> tuple[str, ...]:
    empty = [role for role in wanted.roles if not by_role[role]]
    if "board" not in empty and wanted.board and len(by_role["board"]) < 3:
        empty.append("board")
    if wanted.thirds == ("content",) and len(by_role["content"]) == 1:
        empty.append("second content")
    return tuple(empty) or ("another person",)
