"""Stops of every kind while sixteen workers are busy: quick to commit, and nothing that they cover begins after."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlmodel import Session, col, select

from content import stopping
from content.lifecycle import Post, State
from content.narrative import Narrative
from content.record import Record, seal
from content.settings import Settings
from content.verdict import revoke, verdict
from tests import factory
from tests.faults import invariants, ledger
from tests.faults.burst import Burst, Shape, burst
from tests.faults.counting import injected
from tests.faults.programs import REAL_TIME, SEED, settled
from tests.faults.run import few
from worker import dispatch, recall, reconcile
from worker.node import Node

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600 if REAL_TIME else 300)]
SHAPE = Shape(narratives=24, ways=("site", "wall", "profile"), begins=0.2, lasts=2.5)
DRAIN = timedelta(seconds=2)  # a call that was allowed before the stop ends within this
BACK = 60.0  # seconds until what a withdrawal covers is taken back
QUICK = 2.0  # seconds for a stop to commit on a machine this busy; 0.2 is the promise, and what it took is printed
ROWS = {
    "withdrawal": "consent.withdraw", "hold": "hold.set", "pause": "pause.set", "revocation": "clearance.revoke",
    "edit": "clearance.give",
}  # fmt: skip


def test_f28_stops_commit_quickly_and_nothing_begins_after_them(house: Burst, tmp_path: Path) -> None:
    told = settled(tmp_path / "home", house.store.url)
    number = 4 if house.store.sqlite else 16
    stopped: dict[str, tuple[Narrative, float, datetime]] = {}
    with busy(house, told, number):
        wait(lambda: out(house) >= 5, 30, "the first posts out")
        for kind, narrative in zip(ROWS, Random(SEED).sample(house.narratives, len(ROWS)), strict=True):
            took = stop(house, kind, narrative)
            stopped[kind] = (narrative, took, datetime.now(UTC))
            injected(f"stop:{kind}@{number} workers")
        covered = {narrative.id for narrative, _, _ in stopped.values()}
        wait(lambda: not left(house, covered), 60, "the others out", lambda: states(house))
        wait(lambda: taken_back(house, stopped["withdrawal"][0]), BACK, "withdrawn posts taken back")
    print({kind: f"{1000 * took:.0f} ms" for kind, (_, took, _) in stopped.items()})
    assert max(took for _, took, _ in stopped.values()) < QUICK * max(1.0, few() / 10)
    for kind, (narrative, _, at) in stopped.items():
        assert not begun_after(house, kind, narrative), kind
        assert not sent_after(house, told, narrative, at + DRAIN), kind
    with house.store.write() as session:
        seal(session, 100_000)
    invariants.check(house.store, told)


@pytest.fixture
def house(db: str) -> Iterator[Burst]:
    with burst(db, Random(f"{SEED} busy"), SHAPE) as made:
        yield made


@contextmanager
def busy(house: Burst, told: Settings, number: int) -> Iterator[None]:
    """So many workers that send, and one that recalls, reconciles and seals, until this ends."""
    nodes = [Node(f"busy-{one}") for one in range(number + 1)]
    over = threading.Event()

    def send(node: Node) -> None:
        while not over.is_set():
            dispatch.look(house.store, told, node)
            over.wait(0.01)

    def mend(node: Node) -> None:
        while not over.is_set():
            for look in (recall.look, reconcile.look):
                look(house.store, told, node)
            with house.store.write() as session:
                seal(session)
            over.wait(0.05)

    threads = [threading.Thread(target=send, args=(node,)) for node in nodes[1:]]
    threads.append(threading.Thread(target=mend, args=(nodes[0],)))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for node in nodes:
            node.ending.set()
        for thread in threads:
            thread.join(30)


def stop(house: Burst, kind: str, narrative: Narrative) -> float:
    """Seconds until it was committed."""
    people = house.house.people
    began = time.monotonic()
    with house.store.write() as session:
        found = session.get_one(Narrative, narrative.id)
        match kind:
            case "withdrawal":
                stopping.withdraw(session, people["kim"], found)
            case "hold":
                stopping.hold(session, people["kim"], found, "trial")
            case "pause":
                stopping.pause(session, people["tom"], "narrative", narrative.ref)
            case "revocation":
                clearance = session.exec(select(Post.clearance_id).where(Post.narrative_id == found.id)).first()
                revoke(session, people["bob"], clearance or 0, "doubt")
            case _:
                began += edited(house, session, narrative)
    return time.monotonic() - began


def edited(house: Burst, session: Session, narrative: Narrative) -> float:
    """Newer words of the same message are cleared. Seconds that only their making took."""
    began = time.monotonic()
    words = factory.version(
        session, house.house, ref=narrative.ref, text="Mended.", accounts=("site-0",), of=narrative
    )  # fmt: skip
    seen = factory.evaluation(session, words)
    made = time.monotonic() - began
    assert verdict(session, house.house.people["carol"], words.digest, "approve", seen=seen.id or 0)
    return made


def out(house: Burst) -> int:
    with house.store.read() as session:
        return len(session.exec(select(Post.id).where(Post.state == State.PUBLISHED)).all())


def left(house: Burst, covered: set[int | None]) -> bool:
    """Whether a post that no stop covers is still to go."""
    with house.store.read() as session:
        statement = select(Post.id).where(col(Post.narrative_id).not_in(covered), Post.state != State.PUBLISHED)
        return session.exec(statement.limit(1)).first() is not None


def taken_back(house: Burst, narrative: Narrative) -> bool:
    over = [State.CANCELLED, State.RECALLED]
    with house.store.read() as session:
        statement = select(Post.id).where(Post.narrative_id == narrative.id, col(Post.state).not_in(over))
        return session.exec(statement).first() is None


def begun_after(house: Burst, kind: str, narrative: Narrative) -> list[str]:
    """Intents with a later row of the record: both are written under the locks."""
    with house.store.read() as session:
        last = select(Record.id).where(Record.action == ROWS[kind]).order_by(col(Record.id).desc()).limit(1)
        row = session.exec(last).one()
        posts = session.exec(select(Post.id).where(Post.narrative_id == narrative.id)).all()
        begun = select(Record.subject_id).where(
            Record.action == "post.begin",
            col(Record.id) > row,
            col(Record.subject_id).in_([str(one) for one in posts]),
        )
        return list(session.exec(begun))


def sent_after(house: Burst, told: Settings, narrative: Narrative, at: datetime) -> list[int]:
    with house.store.read() as session:
        posts = set(session.exec(select(Post.id).where(Post.narrative_id == narrative.id)).all())
    return [line.post for line in ledger.accepted(told) if line.post in posts and line.at > at]


def states(house: Burst) -> Counter[tuple[str, str]]:
    with house.store.read() as session:
        return Counter((str(state), note) for state, note in session.exec(select(Post.state, Post.note)))


def wait(until: Callable[[], bool], seconds: float, what: str, told: Callable[[], object] = str) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, f"no {what}: {told()}"
        time.sleep(0.03)
