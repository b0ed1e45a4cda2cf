"""In which order due posts are claimed: campaigns take turns, inside a campaign its accounts do. Pure."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple


class Due(NamedTuple):
    """One post that may be claimed. free_at: its account is shut until then."""

    id: int
    account_id: int
    campaign_id: int
    narrative_id: int
    due_at: datetime
    channel: str
    free_at: datetime | None = None


def in_turn(dues: Iterable[Due], turn: int) -> list[Due]:
    """All of them: each campaign's first, then each campaign's second, and so on; `turn` says who begins.

    A campaign with ten thousand posts and one with a single post stand side by side, and so do a campaign's accounts.
    """
    oldest = sorted(dues, key=lambda one: (one.due_at, one.id))
    by_account = _numbered(oldest, lambda one: (one.campaign_id, one.account_id))
    by_campaign = _numbered(by_account, lambda one: one.campaign_id)
    places = {key: place for place, key in enumerate(sorted({one.campaign_id for one in oldest}))}
    rounds = _numbers(by_campaign, lambda one: one.campaign_id)
    key = [
        (number, (places[one.campaign_id] + turn) % len(places))
        for number, one in zip(rounds, by_campaign, strict=True)
    ]
    return [by_campaign[place] for place in sorted(range(len(key)), key=key.__getitem__)]


def cut(ordered: Sequence[Due], limit: int, room: Callable[[str], int]) -> tuple[list[Due], list[Due]]:
    """A batch from the front, at most one post an account and one a narrative, and what is left, in order.

    room: how many posts of a channel it may hold.
    """
    batch: list[Due] = []
    rest: list[Due] = []
    accounts: set[int] = set()
    narratives: set[int] = set()
    channels: Counter[str] = Counter()
    for place, one in enumerate(ordered):
        if len(batch) == limit:
            return batch, [*rest, *ordered[place:]]
        full = channels[one.channel] >= room(one.channel)
        if full or one.account_id in accounts or one.narrative_id in narratives:
            rest.append(one)
            continue
        accounts.add(one.account_id)
        narratives.add(one.narrative_id)
        channels[one.channel] += 1
        batch.append(one)
    return batch, rest


def _numbers(dues: Sequence[Due], by: Callable[[Due], Hashable]) -> list[int]:
    """For each its number among those of its kind, from 0."""
    seen: Counter[Hashable] = Counter()
    found = []
    for one in dues:
        kind = by(one)
        found.append(seen[kind])
        seen[kind] += 1
    return found


def _numbered(dues: Sequence[Due], by: Callable[[Due], Hashable]) -> list[Due]:
    """Everybody's first before anybody's second; a stable sort keeps the order otherwise."""
    numbers = _numbers(dues, by)
    return [dues[place] for place in sorted(range(len(dues)), key=numbers.__getitem__)]
