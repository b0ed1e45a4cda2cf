"""Whose post is claimed next: whatever is due, nobody's queue stands in the way of another's."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from worker.fair import Due, cut, in_turn

START = datetime(2030, 1, 1, tzinfo=UTC)


def due(number: int, account: int, campaign: int, narrative: int | None = None, late: int = 0) -> Due:
    return Due(number, account, campaign, number if narrative is None else narrative, START - timedelta(late), "paper")


@st.composite
def queues(draw: st.DrawFn) -> list[Due]:
    sizes = draw(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 6), st.integers(1, 5)), max_size=40))
    return [due(number, account, campaign, narrative) for number, (campaign, account, narrative) in enumerate(sizes)]


@given(queues(), st.integers(0, 9))
def test_nothing_is_lost_or_doubled_by_the_order(dues: list[Due], turn: int) -> None:
    assert sorted(in_turn(dues, turn)) == sorted(dues)


@given(queues(), st.integers(0, 9))
def test_each_campaign_has_had_its_turn_before_any_has_another(dues: list[Due], turn: int) -> None:
    sizes = Counter(one.campaign_id for one in dues)
    for end in range(len(dues)):
        seen = Counter(one.campaign_id for one in in_turn(dues, turn)[: end + 1])
        most = max(seen.values())
        assert all(seen[key] >= min(most - 1, size) for key, size in sizes.items())


@given(queues(), st.integers(0, 9))
def test_inside_a_campaign_each_account_has_had_its_turn_before_any_has_another(dues: list[Due], turn: int) -> None:
    for campaign in {one.campaign_id for one in dues}:
        ours = [one for one in in_turn(dues, turn) if one.campaign_id == campaign]
        sizes = Counter(one.account_id for one in ours)
        for end in range(len(ours)):
            seen = Counter(one.account_id for one in ours[: end + 1])
            most = max(seen.values())
            assert all(seen[key] >= min(most - 1, size) for key, size in sizes.items())


@given(queues(), st.integers(1, 10), st.integers(1, 10))
def test_a_batch_has_one_post_an_account_and_one_a_narrative_and_keeps_to_its_room(
    dues: list[Due], limit: int, room: int
) -> None:
    batch, rest = cut(in_turn(dues, 0), limit, lambda _: room)
    assert len(batch) <= min(limit, room)
    assert max(Counter(one.account_id for one in batch).values(), default=0) <= 1
    assert max(Counter(one.narrative_id for one in batch).values(), default=0) <= 1
    assert sorted([*batch, *rest]) == sorted(dues)


@given(queues(), st.integers(1, 10))
def test_cut_by_cut_everything_goes_within_as_many_batches_as_there_are_posts(dues: list[Due], limit: int) -> None:
    rest, batches = in_turn(dues, 0), 0
    while rest:
        batch, rest = cut(rest, limit, lambda _: limit)
        assert batch
        batches += 1
    assert batches <= len(dues)


def test_a_campaign_of_ten_thousand_does_not_delay_another_s_single_post() -> None:
    dues = [due(number, number % 50, 1, late=9) for number in range(10_000)] + [due(10_000, 7, 2)]
    for turn in range(2):
        ordered = in_turn(dues, turn)
        first, rest = cut(ordered, 50, lambda _: 50)
        second, _ = cut(rest, 50, lambda _: 50)
        assert 10_000 in [one.id for one in (*first, *second)]


def test_another_campaign_begins_at_each_turn() -> None:
    dues = [due(1, 1, 10, late=2), due(2, 1, 20, late=1), due(3, 1, 30)]
    assert {in_turn(dues, turn)[0].id for turn in range(3)} == {1, 2, 3}
