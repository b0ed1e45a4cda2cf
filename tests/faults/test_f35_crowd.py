"""F35: 10,000 posts due in one minute (here 320 at once): limits are kept, nobody starves."""

# ruff: noqa: F811  # fixtures are imported by their names

import time
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlmodel import Session, col, select

from content.campaign import Campaign
from content.lifecycle import Attempt, Post, State
from content.organisation import Account
from content.record import seal
from content.store import now
from tests import factory
from tests.faults.counting import injected
from tests.faults.wire_desk import Outside, outside, server  # noqa: F401
from tests.faults.wire_worker import at_work
from tests.worker.scripted import Scripted
from worker import dispatch, reconcile

pytestmark = [pytest.mark.fault, pytest.mark.timeout(180)]
NARRATIVES, ACCOUNTS, TIMES = 8, 10, 4  # of the big campaign: as many posts as their product
SMALL = 6  # posts of the small one
GAP = 0.1  # seconds between two posts of an account with a limit
LIMITED = ("a-0", "a-1")


def crowd(desk: Outside) -> tuple[list[int], list[int]]:
    """The big campaign's posts and the small one's, all on paper in a format without caps."""
    with desk.store.write() as session:
        house = desk.house
        small = factory.a_campaign(session, house.organisation, house.people["alice"], "small")
        refs = [f"a-{number}" for number in range(ACCOUNTS)]
        for ref in (*refs, "small"):
            house.accounts[ref] = factory.account(session, house.organisation, ref, reach="worldwide")
        for ref in LIMITED:
            house.accounts[ref].settings = {"min_gap_seconds": GAP}
        big = [one for number in range(NARRATIVES) for one in spoken(session, desk, number, refs, TIMES)]
        few = spoken(session, desk, NARRATIVES, ["small"], SMALL, small)
        due(session, big, 0.5)
        due(session, few, 0.6)  # behind them all
        seal(session, 100_000)
    return big, few


def spoken(
    session: Session, desk: Outside, number: int, refs: list[str], times: int, campaign: Campaign | None = None
) -> list[int]:
    """One narrative's posts: so many times on each account."""
    house = desk.house
    told = factory.narrative(session, house.organisation, house.people["alice"], f"C-{number}", kind="aggregate")
    factory.consented(session, house, told)
    text = f"That was told {number} times."
    words = factory.version(session, house, text=text, accounts=refs, of=told, campaign=campaign)
    cleared = factory.clearance(session, house, words, valid_from=timedelta(hours=-1))
    cleared.posted_at = now(session)
    session.add(cleared)
    return [
        factory.post(session, house, cleared, account=ref, occurrence=time_).id or 0
        for time_ in range(times)
        for ref in refs
    ]


def due(session: Session, posts: list[int], after: float) -> None:
    at = now(session) + timedelta(seconds=after)
    for one in posts:
        found = session.get_one(Post, one)
        found.due_at = at
        session.add(found)


def out_of(desk: Outside, posts: list[int]) -> int:
    with desk.store.read() as session:
        found = session.exec(select(Post.id).where(col(Post.id).in_(posts), Post.state == State.PUBLISHED))
        return len(found.all())


def test_f35_a_crowd_starves_nobody_and_breaks_no_limit(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    paper = Scripted()
    monkeypatch.setattr(outside, "ways", lambda _=None: {"paper": paper})
    for module in (dispatch, reconcile):
        monkeypatch.setattr(module, "channels", outside.ways)
    big, few = crowd(outside)
    injected("crowd", len(big) + len(few))
    with at_work(outside, 1 if outside.store.sqlite else 2):
        until = time.monotonic() + 60
        while out_of(outside, few) < len(few):
            assert time.monotonic() < until
            time.sleep(0.05)
        waiting = len(big) - out_of(outside, big)
        while out_of(outside, big) < len(big):
            assert time.monotonic() < until, len(big) - out_of(outside, big)
            time.sleep(0.05)
    assert waiting > len(big) // 3, waiting
    print(f"the small campaign was out while {waiting} posts of the big one still waited")
    keeps_its_distance(outside)
    assert len(paper.calls) == len({*paper.calls}) == len(big) + len(few)


def keeps_its_distance(desk: Outside) -> None:
    with desk.store.read() as session:
        for ref in LIMITED:
            statement = (
                select(Attempt.began_at)
                .join(Post, col(Post.id) == col(Attempt.post_id))
                .join(Account, col(Account.id) == col(Post.account_id))
                .where(Account.ref == ref)
                .order_by(col(Attempt.began_at))
            )
            times = list(session.exec(statement))
            gaps = [(after - before).total_seconds() for before, after in pairwise(times)]
            assert len(times) == NARRATIVES * TIMES
            assert min(gaps) >= GAP - 0.01, min(gaps)
