"""How far a withdrawal or narrowing has come: every post it covers, from its first second until nothing is left."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from content import people
from content.consent import ConsentEvent
from content.covering import TAKEN, covered, standing
from content.errors import Refusal
from content.lifecycle import LIVE, PENDING, Post, State
from content.message import Message
from content.narrative import Narrative
from content.organisation import Account
from content.people import Person
from content.stop import Recall
from content.store import now

_BACK = {State.RECALLING: "recalling", State.RECALLED: "recalled", State.RECALL_IMPOSSIBLE: "impossible"}
_LOOKED_AT = (*PENDING, State.PUBLISHING, *LIVE, State.CANCELLED, *_BACK)
NOTE = "consent.withdrawn"  # how the note of a post begins that a withdrawal or narrowing cancelled


@dataclass(frozen=True, slots=True)
class Taken:
    """One post that the act covers. fate: waits | cancelled | running | recalling | recalled | impossible; since: when
    it came to that; note: what the channel said, where a person must act."""

    post: int
    account: str
    message: str
    language: str
    state: str
    fate: str
    since: datetime
    note: str


@dataclass(frozen=True, slots=True)
class Progress:
    """What became of everything that one act covers."""

    event: ConsentEvent
    by: str
    taken: tuple[Taken, ...]

    def number(self, *fates: str) -> int:
        """How many have come to one of these."""
        counts = Counter(one.fate for one in self.taken)
        return sum(counts[fate] for fate in fates)

    @property
    def done(self) -> bool:
        """Whether the programs have nothing left to do: what they cannot take back is a person's."""
        return not self.number("waits", "running", "recalling")


def progress(session: Session, person: Person, narrative: Narrative, event_id: int) -> Progress:
    """How one withdrawal or narrowing of this narrative stands. Keeper or safeguarding. Raises Refusal
    `consent.none`."""
    people.require(session, person, now(session), "consent.weigh")
    event = session.get(ConsentEvent, event_id)
    if event is None or event.narrative_id != narrative.id or event.kind not in TAKEN:
        raise Refusal("consent.none", f"{narrative.ref} has no such withdrawal.", "Look at its consent events.")
    found = standing(session, [narrative.id or 0], _LOOKED_AT)
    ids = {at.id for at in covered(event, found, begun_before=True)}
    return Progress(event, session.get_one(Person, event.by).ref, tuple(_taken(session, event, ids)))


def _taken(session: Session, event: ConsentEvent, ids: Collection[int]) -> list[Taken]:
    back, reopened = _recalled(session, event, ids), _reopened(session, event)
    statement = (
        columns(Post, col(Account.ref), col(Message.ref))
        .join(Account, col(Account.id) == col(Post.account_id))
        .join(Message, col(Message.id) == col(Post.message_id))
        .where(col(Post.id).in_(ids))
        .order_by(col(Post.due_at), col(Post.id))
        .execution_options(populate_existing=True)
    )
    found = []
    for post, account, message in session.execute(statement):
        if fate := _fate(post, event, post.id in back, reopened):
            note = post.note if fate == "impossible" else ""
            found.append(Taken(post.id, account, message, post.language, post.state, fate, post.changed_at, note))
    return found


def _fate(post: Post, event: ConsentEvent, back: bool, reopened: bool) -> str:
    """What this act did to a post, "" where it did nothing: others may have stopped it before, or a grant since then
    lets it go."""
    if post.state == State.CANCELLED:
        return "cancelled" if post.note.startswith(NOTE) and post.changed_at >= event.at else ""
    if post.state in PENDING:
        return "" if reopened else "waits"
    if (state := State(post.state)) in _BACK:
        return _BACK[state] if back else ""
    return "running"


def _recalled(session: Session, event: ConsentEvent, ids: Collection[int]) -> set[int]:
    """Those that a withdrawal took back, this one or what followed from it."""
    statement = select(Recall.post_id).where(col(Recall.post_id).in_(ids), Recall.cause == "withdrawal")
    return set(session.exec(statement.where(Recall.at >= event.at)))


def _reopened(session: Session, event: ConsentEvent) -> bool:
    later = select(ConsentEvent.id).where(
        ConsentEvent.narrative_id == event.narrative_id, ConsentEvent.kind == "grant", col(ConsentEvent.id) > event.id
    )
    return session.exec(later.limit(1)).first() is not None
