"""What happened to one message, step by step, as staff may read it: who wrote, who answered, where its posts went."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from content import people, rescheduling
from content.campaign import Campaign
from content.errors import Refusal
from content.given import among
from content.lifecycle import Post, PostHistory
from content.message import Involvement, Message, Version, Wording
from content.narrative import Narrative
from content.organisation import Account, ours
from content.people import Person, read_words
from content.permission import REVIEWERS
from content.review import Clearance, Revocation, Verdict
from content.store import now

MOST = 200  # steps of posts that are told, the latest


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened. what: queued | made | approve | send_back | answered (which is not told to whoever has
    still to answer) | cleared | revoked | a post's new state.

    who: whose deed it was, "" for the program's; where: the account, of a post; words: a reason that staff may read.
    """

    at: datetime
    what: str
    language: str
    number: int
    who: str = ""
    role: str = ""
    where: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One message, whose it is, and what happened to it, the latest first. still: the digests of words on which whoever
    reads it has still to answer."""

    ref: str
    campaign: Campaign
    narrative: Narrative
    steps: tuple[Step, ...]
    still: frozenset[str]


def told(session: Session, person: Person, ref: str) -> Told:
    """Everything of this message that this person may know. Refuses an unknown one."""
    message = message_of(session, ref)
    versions = session.exec(select(Version).where(Version.message_id == message.id)).all()
    by_digest = {one.digest: one for one in versions}
    still = _still(session, person, message, by_digest)
    steps = [
        *_written(session, message, versions),
        *_answers(session, by_digest, still),
        *_clearances(session, by_digest),
        *_posts(session, by_digest),
    ]
    return Told(
        ref,
        session.get_one(Campaign, message.campaign_id),
        session.get_one(Narrative, message.narrative_id),
        tuple(sorted(steps, key=lambda one: one.at, reverse=True)),
        still,
    )


def message_of(session: Session, ref: str) -> Message:
    """The message of this name. Refuses an unknown one."""
    found = session.exec(select(Message).where(Message.organisation_id == ours(), Message.ref == ref)).first()
    if found is None:
        raise Refusal("message.none", f"There is no message {ref}.", "The list of what was queued has all.")
    return found


def cancel(session: Session, person: Person, ref: str, posts: Iterable[int]) -> int:
    """Takes these posts of one message out of the plan, all or none; how many. Refuses posts of another message."""
    message, wanted = message_of(session, ref), sorted(set(posts))
    if not wanted:
        raise Refusal("post.none_named", "No post is named.", "Tick those that shall not go out.")
    own = select(Post.id).where(among(Post.id, "ids"), Post.message_id == message.id)
    if set(session.exec(own, params={"ids": wanted})) != set(wanted):
        raise Refusal("post.unknown", f"Not all of these are posts of {ref}.", "Open the message again.")
    for key in wanted:
        rescheduling.cancel(session, person, key)
    return len(wanted)


def _written(session: Session, message: Message, versions: Sequence[Version]) -> Iterator[Step]:
    statement = (
        select(Wording, Person.name)
        .join(Person, col(Person.id) == col(Wording.author_id))
        .where(Wording.message_id == message.id)
    )
    for wording, name in session.exec(statement):
        yield Step(wording.queued_at, "queued", wording.language, wording.number, name)
    for one in versions:
        yield Step(one.rendered_at, "made", one.language, one.number)


def _still(session: Session, person: Person, message: Message, versions: dict[str, Version]) -> frozenset[str]:
    """The words on which this person has still to answer, and so must not learn what a colleague did."""
    held = {role.partition(":")[0] for role in people.roles(session, person.id or 0, now(session))}
    mine = session.get(Involvement, (message.id, person.id))
    if held.isdisjoint(REVIEWERS) or (mine is not None and mine.side == "wrote"):
        return frozenset()
    given = select(Verdict.digest).where(among(Verdict.digest, "digests", str), Verdict.reviewer_id == person.id)
    over = select(Clearance.digest).where(among(Clearance.digest, "digests", str))
    known = {digest for rows in (given, over) for digest in session.exec(rows, params={"digests": [*versions]})}
    return frozenset(versions) - known


def _answers(session: Session, versions: dict[str, Version], still: frozenset[str]) -> Iterator[Step]:
    """Why words were sent back is the author's to read."""
    statement = (
        select(Verdict, Person.name)
        .join(Person, col(Person.id) == col(Verdict.reviewer_id))
        .where(among(Verdict.digest, "digests", str))
    )
    for one, name in session.exec(statement, params={"digests": [*versions]}):
        back = one.answer == "send_back"
        hidden = one.digest in still
        words = read_words(session, one.reviewer_id, one.reason, "verdict", one.at) if back and not hidden else ""
        what = "answered" if hidden else one.answer
        yield Step(one.at, what, one.language, versions[one.digest].number, name, one.role, words=words)


def _clearances(session: Session, versions: dict[str, Version]) -> Iterator[Step]:
    statement = select(Clearance).where(among(Clearance.digest, "digests", str))
    found = {one.id or 0: one for one in session.exec(statement, params={"digests": [*versions]})}
    for one in found.values():
        yield Step(one.cleared_at, "cleared", one.language, versions[one.digest].number)
    taken = select(Revocation, Person.name).join(Person, col(Person.id) == col(Revocation.by))
    taken = taken.where(among(Revocation.clearance_id, "ids"))
    for back, name in session.exec(taken, params={"ids": [*found]}):
        clearance = found[back.clearance_id]
        yield Step(back.at, "revoked", clearance.language, versions[clearance.digest].number, name)


def _posts(session: Session, versions: dict[str, Version]) -> Iterator[Step]:
    """The latest moves of its posts; that a post was claimed for a moment tells nobody anything."""
    statement: Any = (
        select(PostHistory.at, PostHistory.to_state, Post.digest, Account.ref)
        .join(Post, col(Post.id) == col(PostHistory.post_id))
        .join(Account, col(Account.id) == col(Post.account_id))
        .where(among(Post.digest, "digests", str), col(PostHistory.to_state).not_in(["claimed", "publishing"]))
        .order_by(col(PostHistory.at).desc())
        .limit(MOST)
    )
    for at, state, digest, account in session.exec(statement, params={"digests": [*versions]}):
        yield Step(at, state, versions[digest].language, versions[digest].number, where=account)
