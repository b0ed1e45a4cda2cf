"""What must hold after every fault: the channels' ledger, the database and the record tell the same story.

Nothing lost, nothing out twice, nothing out that was not begun, nothing begun before its time.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session, col, select

from content import audit
from content.archive import entry_id
from content.copies import Copy, copies
from content.journal import read_heads
from content.lifecycle import Attempt, Part, Post, State
from content.record import Record
from content.settings import Settings
from content.store import Store
from tests.faults import ledger
from tests.faults.server import Ledger
from tests.faults.told import CAPS
from worker.caps import Look

OUT = (State.PUBLISHED, State.RECALL_IMPOSSIBLE)


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that is compared, read when all is quiet."""

    told: Settings
    posts: Sequence[Post]
    copies: dict[int, Copy]
    parts: dict[tuple[int, int], Part]
    attempts: dict[int, list[Attempt]]
    confirmed: Counter[str]  # post.confirm rows of the record, by post
    lines: Sequence[ledger.Line]
    platform: Ledger


def check(store: Store, told: Settings, platform: Ledger | None = None) -> None:
    """Fails with every disagreement found. Call it when nothing is on the wire any more."""
    found = problems(store, told, platform)
    assert not found, sentence(found)


def sentence(found: Sequence[str]) -> str:
    """What a test that fails says of the disagreements."""
    return f"{len(found)} disagreements:\n" + "\n".join(found[:20])


def problems(store: Store, told: Settings, platform: Ledger | None = None) -> list[str]:
    """Every disagreement, as a sentence. platform: the ledger of tests/faults/server.py, if it was used."""
    heads = read_heads(told.journal)
    with store.snapshot() as session:
        seen = _see(session, told, platform or Ledger())
        audited = audit.verified(session, heads)
    looks: tuple[Iterable[str], ...] = (
        (f"{one.code}: {one.where}: {one.what}" for one in audited.problems),
        _never_twice(seen),
        _on_paper(seen),
        _on_the_site(seen),
        _on_the_platform(seen),
        _called_once(seen),
        _begun_before_out(seen),
        _attempts_ended(seen),
        _confirmed_once(seen),
        _nobody_holds(seen),
    )
    return [problem for look in looks for problem in look]


def _see(session: Session, told: Settings, platform: Ledger) -> Seen:
    posts = session.exec(select(Post).order_by(col(Post.id))).all()
    attempts: dict[int, list[Attempt]] = defaultdict(list)
    for attempt in session.exec(select(Attempt).order_by(col(Attempt.id))):
        attempts[attempt.post_id].append(attempt)
    confirmed = session.exec(select(Record.subject_id).where(Record.action == "post.confirm"))
    return Seen(
        told,
        posts,
        copies(session, posts),
        {(part.post_id, part.index): part for part in session.exec(select(Part))},
        attempts,
        Counter(confirmed),
        ledger.accepted(told),
        platform,
    )


def _never_twice(seen: Seen) -> Iterator[str]:
    """No key twice, and no piece of a post under two keys."""
    for key, times in Counter(line.key for line in seen.lines).items():
        if times > 1:
            yield f"paper accepted the key {key[:12]} {times} times"
    for piece, times in Counter((line.post, line.part) for line in seen.lines).items():
        if times > 1:
            yield f"paper accepted piece {piece} {times} times"


def _on_paper(seen: Seen) -> Iterator[str]:
    """A published piece hangs on the wall with the cleared words; one that is not published does not."""
    by_key = {line.key: line for line in seen.lines}
    hanging, back = ledger.sheets(seen.told), ledger.taken_back(seen.told)
    mine = set[str]()
    for post, copy in _on(seen, "paper"):
        for part in copy.parts:
            name = hashlib.sha256(part.key.encode()).hexdigest()
            mine.add(part.key)
            line = by_key.get(part.key)
            if (post.state in OUT) != (line is not None and part.key not in back):
                yield f"post {post.id} is {post.state}, but paper has {'its' if line else 'no'} line"
            if (post.state in OUT) != (name in hanging):
                yield f"post {post.id} is {post.state}, but {'its' if name in hanging else 'no'} sheet hangs"
            if line and (line.post, line.account) != (post.id, copy.account.ref):
                yield f"post {post.id} went to {line.account} as post {line.post}"
            if line and line.sha256 != hashlib.sha256(part.text.encode()).hexdigest():
                yield f"post {post.id} went out with other words than were cleared"
    yield from (f"paper holds the key {key[:12]} of no post" for key in by_key.keys() - mine)


def _on_the_site(seen: Seen) -> Iterator[str]:
    standing = ledger.entries(seen.told)
    mine = set[tuple[str, str]]()
    for post, copy in _on(seen, "site"):
        for part in copy.parts:
            place = (copy.account.ref, entry_id(part.key))
            mine.add(place)
            if (post.state in OUT) != (place in standing):
                yield f"post {post.id} is {post.state}, but its entry {'stands' if place in standing else 'is missing'}"
            if place in standing and standing[place]["text"] != part.text:
                yield f"post {post.id} stands on the site with other words than were cleared"
    yield from (f"the site holds an entry of no post: {place}" for place in standing.keys() - mine)


def _on_the_platform(seen: Seen) -> Iterator[str]:
    """What the platform created stands in the rows as out, or as not known where it cannot be asked."""
    mine = set[tuple[str, str]]()
    for post, copy in ((post, copy) for name in CAPS for post, copy in _on(seen, name)):
        for part in copy.parts:
            key = (copy.account.channel, part.key)
            mine.add(key)
            entries = seen.platform.under(*key)
            standing = bool(entries) and key not in seen.platform.back
            if len(entries) > 1:
                yield f"post {post.id} stands {len(entries)} times on the platform"
            if not _nobody_knows(seen, post) and (post.state in OUT) != standing:
                yield f"post {post.id} is {post.state}, but the platform has {'it' if standing else 'nothing'}"
            for entry in entries:
                yield from _as_cleared(seen, post, entry.sha256 == hashlib.sha256(part.text.encode()).hexdigest())
                if entry.at < min((_aware(one.began_at) for one in seen.attempts[post.id or 0]), default=entry.at):
                    yield f"post {post.id} went out before any intent"
    yield from (f"the platform holds {one.key[:12]} of no post" for one in seen.platform.entries
                if (one.kind, one.key) not in mine)  # fmt: skip
    for piece, times in Counter((one.post, one.part) for one in seen.platform.entries).items():
        if times > 1:
            yield f"the platform accepted piece {piece} {times} times"


def _as_cleared(seen: Seen, post: Post, same: bool) -> Iterator[str]:
    if not same:
        yield f"post {post.id} went out with other words than were cleared"
    if not seen.attempts[post.id or 0]:
        yield f"post {post.id} went out without an intent"


def _called_once(seen: Seen) -> Iterator[str]:
    """Where a second call would be a second post there is none, unless the platform said no to the first."""
    for (kind, key), times in seen.platform.calls.items():
        if CAPS[kind].find is Look.NONE and times - seen.platform.refused[kind, key] > 1:
            yield f"{kind} was called {times} times with {key[:12]}"


def _begun_before_out(seen: Seen) -> Iterator[str]:
    """Every piece that was accepted has a part row, and an intent written before; none before its time."""
    for line in seen.lines:
        began = [_aware(attempt.began_at) for attempt in seen.attempts[line.post]]
        if not began or min(began) > line.at:
            yield f"post {line.post} went out before any intent"
        if (line.post, line.part) not in seen.parts:
            yield f"post {line.post} went out without a part row"
    for post in seen.posts:
        made = [one for one in seen.attempts[post.id or 0] if not one.evidence.get("restored")]  # else: perhaps made
        if any(_aware(attempt.began_at) < _aware(post.due_at) for attempt in made):
            yield f"post {post.id} was begun before it was due"


def _attempts_ended(seen: Seen) -> Iterator[str]:
    for attempts in seen.attempts.values():
        for attempt in attempts:
            if attempt.ended_at is None or attempt.outcome is None:
                yield f"attempt {attempt.id} of post {attempt.post_id} has no end"


def _confirmed_once(seen: Seen) -> Iterator[str]:
    for post in seen.posts:
        times = seen.confirmed[str(post.id)]
        out = post.state in OUT and not _nobody_knows(seen, post)
        if times > 1 or (out and times != 1):
            yield f"post {post.id} is {post.state} and was confirmed {times} times in the record"
        for part in seen.copies[post.id or 0].parts if out else ():
            row = seen.parts.get((post.id or 0, part.index))
            if row is None or row.key != part.key or row.confirmed_at is None or not row.remote_id:
                yield f"post {post.id} is {post.state}, but its part {part.index} is not confirmed"


def _nobody_knows(seen: Seen, post: Post) -> bool:
    """Whether it is out was never known: nor, therefore, whether there was anything to take back."""
    never = seen.confirmed[str(post.id)] == 0
    return post.state == State.UNCERTAIN or (post.state == State.RECALL_IMPOSSIBLE and never)


def _nobody_holds(seen: Seen) -> Iterator[str]:
    for post in seen.posts:
        unknowable = CAPS.get(seen.copies[post.id or 0].account.channel)
        if post.state == State.UNCERTAIN and unknowable and unknowable.find is Look.NONE:
            continue
        if post.fence is not None or post.state in (State.CLAIMED, State.PUBLISHING, State.UNCERTAIN):
            yield f"post {post.id} is {post.state}, fence {post.fence}: somebody still works on it"


def _on(seen: Seen, channel: str) -> Iterator[tuple[Post, Copy]]:
    for post in seen.posts:
        copy = seen.copies[post.id or 0]
        if copy.account.channel == channel:
            yield post, copy


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
