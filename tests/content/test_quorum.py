"""The quorum, tried with every set of approvals that a few people can give."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain, combinations, combinations_with_replacement, permutations

import pytest

from content.quorum import SPECIALISTS, TIERS, Approval, Seats, needed, quorum

ALICE, BOB, CHARLIE, DORA = 1, 2, 3, 4
ALL_NEEDS = [
    frozenset(c) for n in range(4) for c in combinations(("language", "legal", "religious", "safeguarding"), n)
]


def subsets(items: tuple[str, ...]) -> list[tuple[str, ...]]:
    return list(chain.from_iterable(combinations(items, n) for n in range(len(items) + 1)))


def given(**roles: str) -> list[Approval]:
    """given(alice="content legal")"""
    people = {"alice": ALICE, "bob": BOB, "charlie": CHARLIE, "dora": DORA}
    return [Approval(people[name], role) for name, words in roles.items() for role in words.split()]


def enough(held: dict[int, tuple[str, ...]], tier: int, needs: frozenset[str]) -> bool:
    """The table of product.md, said another way: is there a way to seat distinct people?"""
    asked = [role for role in SPECIALISTS if role in needs]
    guard = tier >= 2 or "safeguarding" in needs
    for one, two, three in permutations([*held, *(-n for n in range(1, 4))], 3):
        firm = [(one, "content")] + ([(two, "safeguarding")] if guard else [])
        if any(role not in held.get(person, ()) for person, role in firm):
            continue
        if any(not any(role in roles for roles in held.values()) for role in asked):
            continue
        if tier < 3 or any(role in held.get(three, ()) for role in (asked or ["content"])):
            return True
    return False


@pytest.mark.parametrize("tier", [1, 2, 3])
@pytest.mark.parametrize("needs", ALL_NEEDS, ids=lambda needs: "+".join(sorted(needs)) or "none")
def test_every_set_of_approvals_of_three_people_is_judged_as_the_table_says(tier: int, needs: frozenset[str]) -> None:
    roles = ("content", "safeguarding", *(role for role in SPECIALISTS if role in needs))
    for three in combinations_with_replacement(subsets(roles), 3):  # who is called what does not count
        held = dict(zip((ALICE, BOB, CHARLIE), three, strict=True))
        approvals = [Approval(person, role) for person, words in held.items() for role in words]
        answer = quorum(approvals, needed(tier, needs))
        assert isinstance(answer, Seats) == enough(held, tier, needs), (held, answer)
        if isinstance(answer, Seats):
            assert_lawful(answer, approvals, tier, needs)
        else:
            assert answer, "what is missing is always named"


def assert_lawful(seats: Seats, approvals: list[Approval], tier: int, needs: frozenset[str]) -> None:
    """What the clearance's CHECKs demand, seat by seat."""
    told = {(one.person, one.role) for one in approvals}
    assert all(pair in told for pair in seated(seats))
    assert seats.safeguarding != seats.content
    assert seats.safeguarding is not None or (tier == 1 and "safeguarding" not in needs)
    assert all(getattr(seats, role) is not None for role in SPECIALISTS if role in needs)
    assert len(seats.people) >= TIERS[tier].people
    if tier >= 3:
        assert seats.third not in (None, seats.content, seats.safeguarding)
        assert seats.third_role in (set(SPECIALISTS) & needs or {"content"})


def seated(seats: Seats) -> Iterator[tuple[int, str]]:
    for role in ("content", "safeguarding", *SPECIALISTS):
        person = getattr(seats, role)
        if person is not None:
            yield person, role
    if seats.third is not None:
        yield seats.third, str(seats.third_role)
    yield from ((person, "board") for person in seats.board)


def test_one_content_reviewer_is_enough_for_tier_1() -> None:
    assert quorum(given(alice="content"), needed(1)) == Seats(ALICE)


def test_a_finding_for_safeguarding_asks_for_a_second_person_even_at_tier_1() -> None:
    wanted = needed(1, {"safeguarding"})
    assert quorum(given(alice="content safeguarding"), wanted) == ("another person",)
    assert isinstance(quorum(given(alice="content", bob="safeguarding"), wanted), Seats)


def test_safeguarding_is_never_the_content_reviewer() -> None:
    assert quorum(given(alice="content safeguarding"), needed(2)) == ("another person",)


def test_two_people_who_hold_both_roles_are_seated_whatever_their_order() -> None:
    both = given(alice="content safeguarding", bob="content")
    assert quorum(both, needed(2)) == Seats(BOB, ALICE)


def test_one_verdict_may_fill_several_roles_but_not_the_number_of_people() -> None:
    two = given(alice="content legal", bob="safeguarding")
    assert isinstance(quorum(two, needed(2, {"legal"})), Seats)
    assert quorum(two, needed(3, {"legal"})) == ("another person",)


def test_without_a_named_specialist_tier_3_takes_a_second_content_reviewer() -> None:
    two = given(alice="content", bob="safeguarding")
    assert quorum(two, needed(3)) == ("second content",)
    assert quorum([*two, Approval(CHARLIE, "content")], needed(3)) == Seats(ALICE, BOB, CHARLIE, "content")


def test_where_a_finding_names_a_specialist_a_second_content_reviewer_does_not_do() -> None:
    three = given(alice="content", bob="safeguarding", charlie="content")
    assert quorum(three, needed(3, {"religious"})) == ("religious",)


def test_whoever_gave_a_role_never_completes_the_quorum_with_whom_they_gave_it_to() -> None:
    pair = frozenset({frozenset({ALICE, BOB})})
    two = given(alice="content", bob="safeguarding")
    assert quorum(two, needed(2), pair) == ("another person",)
    three = [*two, Approval(CHARLIE, "safeguarding")]
    assert quorum(three, needed(2), pair) == Seats(ALICE, CHARLIE)


BOARD = given(alice="content board", bob="safeguarding board", charlie="legal board")


def test_only_a_board_of_three_opens_tier_4() -> None:
    seats = quorum(BOARD, needed(4))
    assert isinstance(seats, Seats)
    assert seats.board == (ALICE, BOB, CHARLIE)
    for left_out in BOARD:
        assert isinstance(quorum([one for one in BOARD if one != left_out], needed(4)), tuple)


def test_the_board_holds_one_from_safeguarding_and_another_from_legal() -> None:
    same = given(alice="content board", bob="safeguarding legal board", charlie="board")
    assert quorum(same, needed(4)) == ("another person",)
    outside = given(alice="content board", bob="safeguarding board", charlie="board", dora="legal")
    assert quorum(outside, needed(4)) == ("another person",)


def test_the_tiers_are_those_of_the_table() -> None:
    hour, day = timedelta(hours=1), timedelta(days=1)
    assert [t.people for t in TIERS.values()] == [1, 2, 3, 3]
    assert [t.wait for t in TIERS.values()] == [0 * hour, hour, 12 * hour, 24 * hour]
    assert [t.validity for t in TIERS.values()] == [90 * day, 30 * day, 14 * day, day]
    assert [t.lateness for t in TIERS.values()] == [4 * hour, hour, hour / 4, hour / 4]
    assert [t.go for t in TIERS.values()] == [False, False, True, True]
