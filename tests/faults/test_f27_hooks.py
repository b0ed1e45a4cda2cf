"""A stop that comes at each step of the way out: before the intent nothing is sent, after it what went out comes back.

In this process, so that the stop is committed exactly there; where the step's own transaction is open, another
thread commits it as soon as it may.
"""

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlmodel import Session, col, select

from content import stopping
from content.lifecycle import Post
from content.message import Message
from content.narrative import Narrative
from content.record import Record, seal
from content.review import Clearance
from content.verdict import revoke, verdict
from tests import factory
from tests.faults import hooks
from tests.faults.counting import injected
from tests.worker.conftest import Desk, desk  # noqa: F401  # a fixture
from worker import channels, dispatch, recall, reconcile
from worker.channels.paper import Paper

pytestmark = pytest.mark.fault
BEFORE = ("before_claim", "after_claim", "before_begin")
AFTER = ("after_begin", "before_call", "during_call", "after_call", "before_confirm", "after_confirm")
INSIDE = ("before_claim", "before_begin", "before_confirm")  # a transaction is open: the stop may have to wait
A_MOMENT = 0.1  # seconds in which a stop that need not wait has committed


def test_f27_each_stop_at_each_step(at: "Steps", point: str) -> None:
    for name, stop in STOPS.items():
        seen = at.stopped(point, name, stop)
        injected(f"stop:{name}@{point}")
        assert not [row for row in seen.begun if row > seen.stopped], f"{name}: an intent came after the stop"
        assert len(seen.calls) <= 1, name
        if point == "after_claim":
            assert not seen.begun, f"{name}: begun although it was stopped before"
        if point == "after_begin" and name != "edit":
            assert not seen.calls, f"{name}: called although it was stopped before the call"
        if point in AFTER[1:]:
            assert len(seen.calls) == 1, f"{name}: what was begun before the stop is sent"
        assert seen.state in ENDS[name][bool(seen.calls)], f"{name}: {seen.state}"
        assert seen.standing == (seen.state == "published"), name


# What becomes of a post that was not called, and of one that was.
ENDS: dict[str, tuple[set[str], set[str]]] = {
    "edit": ({"blocked", "cancelled"}, {"published"}),
    "withdrawal": ({"cancelled"}, {"recalled"}),
    "hold": ({"scheduled"}, {"published"}),
    "take-down": ({"scheduled"}, {"recalled"}),
    "pause": ({"scheduled"}, {"published"}),
    "revocation": ({"blocked"}, {"published"}),
}


def _edit(session: Session, at: "Steps", post: Post, narrative: Narrative) -> None:
    """A newer version of the same words is cleared."""
    old = session.get_one(Clearance, post.clearance_id)
    message = session.get_one(Message, old.message_id)
    words = factory.version(
        session, at.desk.house, ref=message.ref, text="Mended words.", accounts=("wall",), of=narrative
    )
    seen = factory.evaluation(session, words)
    assert verdict(session, at.desk.house.people["carol"], words.digest, "approve", seen=seen.id or 0)


Setting = Callable[[Session, "Steps", Post, Narrative], Any]
STOPS: dict[str, Setting] = {
    "edit": _edit,
    "withdrawal": lambda s, at, post, narrative: stopping.withdraw(s, at.who("kim"), narrative),
    "hold": lambda s, at, post, narrative: stopping.hold(s, at.who("kim"), narrative, "trial"),
    "take-down": lambda s, at, post, narrative: stopping.hold(s, at.who("kim"), narrative, "trial", take_down=True),
    "pause": lambda s, at, post, narrative: stopping.pause(s, at.who("tom"), "narrative", narrative.ref),
    "revocation": lambda s, at, post, narrative: revoke(s, at.who("carol"), post.clearance_id, "doubt"),
}
ROWS = {
    "edit": "clearance.give", "withdrawal": "consent.withdraw", "hold": "hold.set", "take-down": "hold.set",
    "pause": "pause.set", "revocation": "clearance.revoke",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """Record rows of the stop and of the intents, calls of the channel, and where the post stands in the end."""

    stopped: int
    begun: list[int]
    calls: list[str]
    state: str
    standing: bool


@dataclass
class Steps:
    """One post after the other goes the way out, each of a narrative of its own."""

    desk: Desk
    calls: list[str] = field(default_factory=list)
    _made: int = 0

    def who(self, ref: str) -> Any:
        return self.desk.house.people[ref]

    def stopped(self, point: str, name: str, stop: Setting) -> Seen:
        self._made += 1
        narrative = self.desk.narrative(f"F-{self._made}")
        post = self.desk.post("wall", of=narrative, text=f"That was told {self._made + 1} times.")
        thread = threading.Thread(target=self._stop, args=(post, narrative, stop))

        def now() -> None:
            hooks.POINTS.calls.pop(point)
            thread.start()
            thread.join(A_MOMENT if point in INSIDE else 20)

        hooks.POINTS.calls[point] = now
        self.calls.clear()
        self._work()
        assert thread.ident, f"{point} was never passed"
        thread.join(20)
        self._work()
        return self._seen(post, name)

    def _work(self) -> None:
        for look in (dispatch.look, reconcile.look, recall.look):
            look(self.desk.store, self.desk.settings, self.desk.node)
        with self.desk.store.write() as session:
            seal(session)

    def _stop(self, post: int, narrative: Narrative, stop: Setting) -> None:
        hooks.POINTS.quiet()
        with self.desk.store.write() as session:
            stop(session, self, session.get_one(Post, post), session.get_one(Narrative, narrative.id))

    def _seen(self, post: int, name: str) -> Seen:
        with self.desk.store.read() as session:
            stop = select(Record.id).where(Record.action == ROWS[name]).order_by(col(Record.id).desc())
            begun = select(Record.id).where(Record.action == "post.begin", Record.subject_id == str(post))
            (part,) = self.desk.parts(post) or (None,)
            sheet = self.desk.settings.home / "paper" / "out"
            return Seen(
                session.exec(stop).first() or 0,
                [one or 0 for one in session.exec(begun)],
                list(self.calls),
                session.get_one(Post, post).state,
                part is not None and any(sheet.glob(f"{_name(part.key)}.json")),
            )


def _name(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


class Midway:
    """Paper that lets a hook in while it writes."""

    name = "paper"

    def __init__(self, paper: Paper, calls: list[str]) -> None:
        self._paper, self._calls = paper, calls

    def __getattr__(self, name: str) -> Any:
        return getattr(self._paper, name)

    def publish(self, release: Any, part: Any, earlier: Any) -> Any:
        self._calls.append(part.key)
        hooks.reach("during_call", "paper")
        return self._paper.publish(release, part, earlier)


@pytest.fixture(params=[*BEFORE, *AFTER])
def point(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def at(desk: Desk) -> Iterator[Steps]:  # noqa: F811  # the fixture
    desk.account("wall", form="site")
    steps = Steps(desk)
    paper = hooks.Wrapped(Midway(Paper(desk.settings.home / "paper"), steps.calls))
    back = hooks.put_everywhere(channels.channels, lambda _: {"paper": paper})
    stop = hooks.watch()
    yield steps
    stop()
    back()
    hooks.POINTS.calls.clear()
