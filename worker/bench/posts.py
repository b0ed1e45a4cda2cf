"""The rows of all posts: scheduled ones with their history and record, published ones with all they left behind."""

import hmac
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from typing import Any, NamedTuple

from sqlmodel import col, select

from content.copies import part_key
from content.lifecycle import Attempt, Part, Post, PostHistory
from content.record import START, Head, Record, canonical, link, mac_of
from worker.bench.plan import Plan
from worker.bench.rows import Bulk

Digests = Sequence[tuple[str, str]]  # of each unit's version and leaf
CHUNK = 50_000  # posts whose rows are inserted together
FEW = 10_000  # pending posts that are there before the others: what a look at so many takes is compared
SOON = timedelta(days=5)  # where the bursts' posts stand until their instant is set
ACTOR = "worker:bench"
BIG = (Post, PostHistory, Record, Attempt, Part)  # tables with a row, or several, of each post
LIVED = ("claim", "begin", "confirm")
THROUGH = ("scheduled", "claimed", "publishing", "published")


class Made(NamedTuple):
    """One post to be: its unit, which time of its message it is, and when."""

    id: int
    unit: int
    occurrence: int
    due_at: datetime


class _Chain:
    """Record rows, sealed as they are made: an old row that nobody sealed would hold up every release."""

    def __init__(self, rows: Bulk, plan: Plan, key: bytes) -> None:
        self._rows, self._at, self._key = rows, plan.at, key
        with rows.store.read() as session:
            last = session.exec(select(Head).order_by(col(Head.seq).desc()).limit(1)).first()
        self.seq: int = last.seq if last else 0
        self._first = self.seq
        self.link: str = last.chain if last else START

    def add(self, action: str, steps: Iterator[tuple[int, str]]) -> None:
        """(post, detail) of each row of this action; the detail is canonical."""
        names = ("id", "subject_id", "detail", "mac", "seq", "chain")
        self._rows.fill(Record, names, self._made(action, steps), at=self._at, actor=ACTOR, subject="post",
                        rehearsal=False, action=action)  # fmt: skip

    def _made(self, action: str, steps: Iterator[tuple[int, str]]) -> Iterator[tuple[Any, ...]]:
        """What all MACs begin with is written down once: by `mac_of` each would take five times as long.

        The first is compared with that function's: were a field added there, loading stops.
        """
        shared = {"at": self._at, "rehearsal": False, "actor": ACTOR, "action": action, "subject": "post"}
        when = self._at.astimezone(UTC).isoformat(timespec="microseconds")
        begins = canonical([when, False, ACTOR, action, "post"])[:-1]
        seq, last, first = self.seq, self.link, True
        for post, detail in steps:
            said = detail.replace('"', r"\"")
            mac = hmac.digest(self._key, f'{begins},"{post}","{said}"]'.encode(), "sha256").hex()
            if first and mac != mac_of({**shared, "subject_id": str(post), "detail": detail}, self._key):
                raise RuntimeError("the MACs of the rows to be loaded are not those of the record")
            seq, last, first = seq + 1, link(last, mac), False
            self.seq, self.link = seq, last
            yield seq, str(post), detail, mac, seq, last

    def close(self) -> None:
        """Writes the head, where anything was added."""
        if self.seq > self._first:
            self._rows.fill(Head, ("seq", "chain", "at"), [(self.seq, self.link, self._at)])


def fill_first(rows: Bulk, plan: Plan, digests: Digests, key: bytes) -> None:
    """Inserts the bursts' posts and the first of those that are pending."""
    sealed = _Chain(rows, plan, key)
    for part in _chunks(chain(_bursts(plan), islice(_ahead(plan), FEW))):
        _scheduled(rows, plan, digests, sealed, part)
    sealed.close()


def fill_rest(rows: Bulk, plan: Plan, digests: Digests, key: bytes) -> None:
    """Inserts the other pending posts, and the finished ones."""
    sealed = _Chain(rows, plan, key)
    size = plan.size
    for part in _chunks(islice(_ahead(plan), FEW, None)):
        _scheduled(rows, plan, digests, sealed, part)
    capped = [unit for unit in range(1, size.starter) if size.kind(unit) == "cap"]
    first = size.starter + 1 + size.pending
    gone = chain(_neighbours(plan, capped, first), _behind(plan, first + len(capped)))
    for part in _chunks(gone):
        _published(rows, plan, digests, sealed, part)
    sealed.close()


def _bursts(plan: Plan) -> Iterator[Made]:
    return (Made(unit, unit, 0, plan.at + SOON) for unit in range(1, plan.size.starter + 1))


def _apart(plan: Plan, total: int, first: int, sign: int) -> Iterator[Made]:
    """`total` posts, in turns over the units, each eleven days from the one before."""
    span = (plan.window.not_after - plan.at) / (plan.size.ahead + 2) if sign > 0 else None
    step = span or (plan.at - plan.window.not_before) / (plan.size.behind + 2)
    for number in range(total):
        turn, place = divmod(number, plan.size.units)
        shift = timedelta(seconds=place * 3600 / plan.size.units)
        yield Made(first + number, place + 1, sign * (turn + 1), plan.at + sign * (turn + 1) * step + shift)


def _ahead(plan: Plan) -> Iterator[Made]:
    return _apart(plan, plan.size.pending, plan.size.starter + 1, 1)


def _behind(plan: Plan, first: int) -> Iterator[Made]:
    return _apart(plan, plan.size.finished, first, -1)


def _neighbours(plan: Plan, capped: Sequence[int], first: int) -> Iterator[Made]:
    """What fills the cap of a post that must be refused: the same narrative, two days before."""
    for number, unit in enumerate(capped):
        yield Made(first + number, unit, -100_000, plan.at - timedelta(days=2))


def _chunks(posts: Iterator[Made]) -> Iterator[list[Made]]:
    part: list[Made] = []
    for post in posts:
        part.append(post)
        if len(part) == CHUNK:
            yield part
            part = []
    if part:
        yield part


_NAMES = (
    "id", "clearance_id", "leaf_id", "account_id", "narrative_id", "message_id", "campaign_id", "digest", "occurrence",
    "due_at", "local",
)  # fmt: skip


def _posts(rows: Bulk, plan: Plan, digests: Digests, part: Sequence[Made], **changes: Any) -> None:
    start, end = plan.window.not_before, plan.window.not_after
    rows.fill(
        Post, _NAMES, (_post(plan, digests, one) for one in part), language="en", tier=2, valid_from=start,
        valid_until=end, not_before=start, not_after=end, organisation_id=plan.organisation, zone="UTC", tzdata="",
        changed_at=plan.at, **changes,
    )  # fmt: skip


def _post(plan: Plan, digests: Digests, one: Made) -> tuple[Any, ...]:
    unit = one.unit
    local = one.due_at.isoformat()[:19]
    digest = digests[unit - 1][0]
    return one.id, unit, unit, unit, unit, unit, plan.campaign(unit), digest, one.occurrence, one.due_at, local


def _scheduled(rows: Bulk, plan: Plan, digests: Digests, sealed: _Chain, part: Sequence[Made]) -> None:
    _posts(rows, plan, digests, part)
    rows.fill(PostHistory, ("post_id",), ((one.id,) for one in part), step=0, action="insert", from_state=None,
              to_state="scheduled", at=plan.at)  # fmt: skip
    sealed.add("post.schedule", _details(digests, part))


def _details(digests: Digests, part: Sequence[Made]) -> Iterator[tuple[int, str]]:
    """Each post and its canonical detail: keys in their order, values that need no escapes."""
    for one in part:
        digest, leaf = digests[one.unit - 1]
        yield one.id, f'{{"digest":"{digest}","due":"{one.due_at.isoformat()}","leaf":"{leaf}"}}'


def _published(rows: Bulk, plan: Plan, digests: Digests, sealed: _Chain, part: Sequence[Made]) -> None:
    _posts(rows, plan, digests, part, state="published", step=3, action="confirm")
    steps = list(zip((0, 1, 2, 3), ("insert", *LIVED), (None, *THROUGH), THROUGH, strict=False))
    rows.fill(PostHistory, ("post_id", "at", "step", "action", "from_state", "to_state"),
              ((one.id, one.due_at, *step) for one in part for step in steps))  # fmt: skip
    rows.fill(Attempt, ("id", "post_id", "digest", "began_at", "ended_at"),
              ((one.id, one.id, digests[one.unit - 1][0], one.due_at, one.due_at) for one in part),
              step=2, fence="bench", node="bench", outcome="sent", evidence={})  # fmt: skip
    rows.fill(Part, ("post_id", "key", "remote_id", "confirmed_at"),
              ((one.id, _key(plan, digests, one), f"bench:{one.id}", one.due_at) for one in part), index=0)  # fmt: skip
    for action in ("post.schedule", "post.begin", "post.confirm"):
        sealed.add(action, _details(digests, part))


def _key(plan: Plan, digests: Digests, one: Made) -> str:
    digest, leaf = digests[one.unit - 1]
    return part_key(digest, leaf, plan.identity(one.unit), one.occurrence, 0)
