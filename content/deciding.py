"""What people say of posts whose outcome the programs cannot know: out after all, never sent, or down by now.

Finding takes one person and the address where it stands; giving up takes two, for what was given up may be sent again.
That a post which no program could take back is down takes one, and what they saw.
"""

import hashlib
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import PrimaryKeyConstraint, update
from sqlmodel import Field, Session, SQLModel, col, select

from content import people
from content.errors import Refusal
from content.lifecycle import PENDING, Action, Attempt, Part, Post, State, move, where
from content.outcome import SentPart
from content.people import Person
from content.posting import under_way
from content.record import Step, by, write
from content.rescheduling import LAPSED, locked
from content.settling import confirm_parts
from content.store import now

_WAYS = {State.UNCERTAIN: Action.CONFIRM, State.EXPIRED: Action.FOUND, State.FAILED: Action.FOUND}


class Decision(SQLModel, table=True):
    """One person's word that an uncertain post never went, or that one that could not be recalled is down.

    It counts at the step of the post where it was given.
    """

    __table_args__ = (PrimaryKeyConstraint("post_id", "step", "person_id"),)
    post_id: int = Field(foreign_key="post.id")
    step: int
    person_id: int = Field(foreign_key="person.id")
    evidence: str  # sealed under that person's key
    at: datetime


def found(session: Session, person: Person, post_id: int, url: str) -> Post:
    """Somebody saw that the post is out, at this https address: it counts as published. Returns it as it stands now.

    Where another post of the same words lives, that one is cancelled if its sending has not begun; else this one is
    `surplus`: out once too often, and to be recalled. Raises Refusal `post.unknown`, `post.not_findable`,
    `post.never_sent`, `posting.under_way`, `found.url`, `rights.role`.
    """
    people.require(session, person, now(session), "post.decide")
    address = _address(url)
    post = locked(session, post_id, tuple(_WAYS), "post.not_findable")
    _in_no_hands(session, post)
    _tried(session, post)
    at = now(session)
    other = _living(session, post)
    surplus = other is not None and not _make_way(session, person, post, other, at)
    action = _WAYS[State(post.state)]
    changes: dict[str, Any] = {"lease_until": None, "fence": None, "retry_at": None, "note": ""}
    changes["surplus"] = post.surplus or surplus  # with the move: the index of the living never holds both
    if not move(session, where([post]), action, at=at, **changes):
        raise _moved(post_id)
    _confirm_parts(session, post_id, address, at)
    seen = {"url": hashlib.sha256(address.encode()).hexdigest()}
    write(session, _step(person, f"post.{action}", post_id, seen), at=at)
    if other is not None and surplus:
        write(session, _step(person, "post.surplus", post_id, {"living": other.id}), at=at)
    session.refresh(post)
    return post


def give_up(session: Session, person: Person, post_id: int, evidence: str) -> bool:
    """Somebody looked and an uncertain post is not out. True once a second person says so too: it has failed.

    evidence: where they looked and what they saw, kept encrypted. Raises Refusal `post.unknown`,
    `post.not_uncertain`, `decision.evidence`, `decision.twice`, `rights.role`.
    """
    people.require(session, person, now(session), "post.decide")
    _seen(evidence, "Giving up a post takes evidence: it may be sent again afterwards.")
    post = locked(session, post_id, (State.UNCERTAIN,), "post.not_uncertain")
    _in_no_hands(session, post)
    at = now(session)
    before = _said(session, post)
    if person.id in before:
        raise Refusal("decision.twice", f"You have already given up post {post_id}.", "Ask another person to look.")
    _keep(session, person, post, evidence, at)
    counted = [one for one in before if people.still(session, one, at, "post.decide")]
    if not counted:
        write(session, _step(person, "post.give_up_asked", post_id, {"step": post.step}), at=at)
        return False
    note = "given.up: Two people looked and did not find it."
    if not move(session, where([post]), Action.GIVE_UP, at=at, lease_until=None, fence=None, retry_at=None, note=note):
        raise _moved(post_id)
    write(session, _step(person, "post.give_up", post_id, {"step": post.step, "first": min(counted)}), at=at)
    return True


def taken_down(session: Session, person: Person, post_id: int, evidence: str) -> None:
    """Somebody looked, and a post that no program could take back is down: it counts as recalled.

    evidence: as for `give_up`. Raises Refusal `post.unknown`, `post.not_impossible`, `decision.evidence`,
    `rights.role`.
    """
    people.require(session, person, now(session), "post.decide")
    _seen(evidence, "That a post is down takes evidence: somebody may rely on it.")
    post = locked(session, post_id, (State.RECALL_IMPOSSIBLE,), "post.not_impossible")
    at = now(session)
    _keep(session, person, post, evidence, at)
    note = "taken.down: Somebody looked, and it is down."
    if not move(session, where([post]), Action.CONFIRM_RECALL, at=at, note=note):
        raise _moved(post_id)
    standing = update(Part).where(col(Part.post_id) == post_id, col(Part.recalled_at).is_(None))
    session.execute(standing.values(recalled_at=at))
    write(session, _step(person, "post.confirm_recall", post_id, {"code": "taken.down"}), at=at)


def _seen(evidence: str, why: str) -> None:
    if not evidence.strip():
        raise Refusal("decision.evidence", why, "Say with --evidence where you looked and what you saw.")


def _address(url: str) -> str:
    """The address without the spaces around it; https with a host, and nobody's password in it."""
    told = url.strip()
    try:
        read = urlsplit(told)
        fits = read.scheme == "https" and bool(read.hostname) and read.username is None
    except ValueError:
        fits = False
    if not fits or not told.isprintable() or " " in told:
        raise Refusal(
            "found.url",
            "That is no https address at which the post could be seen.",
            "Open the post and copy its whole address, such as https://example.org/post/1.",
        )
    return told


def _in_no_hands(session: Session, post: Post) -> None:
    """What somebody is posting by hand is said there, where a second person looks."""
    if post.id in under_way(session, [post.id or 0]):
        raise Refusal(
            "posting.under_way", f"Post {post.id} is being posted by hand.", "Say it there: `counterpoint postings`."
        )


def _tried(session: Session, post: Post) -> None:
    """What no program here ever began to send did not come from here."""
    statement = select(Attempt.id).where(col(Attempt.post_id) == post.id).limit(1)
    if session.exec(statement).first() is None:
        raise Refusal(
            "post.never_sent",
            f"Post {post.id} was never sent from here: what stands at that address is something else.",
            "Have the account looked at, and take it down there.",
        )


def _living(session: Session, post: Post) -> Post | None:
    """The other post of the same words that counts, its row locked: no claim and no outcome comes in between."""
    statement = (
        select(Post)
        .where(col(Post.leaf_id) == post.leaf_id, col(Post.account_id) == post.account_id)
        .where(col(Post.occurrence) == post.occurrence, col(Post.id) != post.id)
        .where(col(Post.surplus).is_(False), col(Post.state).not_in(LAPSED))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.exec(statement).first()


def _make_way(session: Session, person: Person, post: Post, other: Post, at: datetime) -> bool:
    """Cancels the other post if its sending has not begun. False: it has."""
    if other.state not in PENDING:
        return False
    note = f"post.found: Post {post.id} of the same words is out already."
    if not move(session, where([other]), Action.CANCEL, at=at, lease_until=None, fence=None, note=note):
        raise _moved(other.id or 0)
    write(session, _step(person, "post.cancel", other.id or 0, {"code": "post.found", "found": post.id}), at=at)
    return True


def _confirm_parts(session: Session, post_id: int, address: str, at: datetime) -> None:
    """Every part that was not known to be out is, at this address."""
    indices = session.exec(select(Part.index).where(col(Part.post_id) == post_id)).all()
    confirm_parts(session, post_id, [SentPart(index, address, address) for index in indices], at)


def _said(session: Session, post: Post) -> set[int]:
    """Who has given it up at the step where it stands."""
    statement = select(Decision.person_id).where(col(Decision.post_id) == post.id, col(Decision.step) == post.step)
    return set(session.exec(statement))


def _keep(session: Session, person: Person, post: Post, evidence: str, at: datetime) -> None:
    key = person.id or 0
    sealed = people.seal_words(session, key, evidence, "decision", at)
    session.add(Decision(post_id=post.id or 0, step=post.step, person_id=key, evidence=sealed, at=at))
    session.flush()


def _moved(post_id: int) -> Refusal:
    return Refusal("post.moved", f"Post {post_id} has just moved on.", "Look again.")


def _step(person: Person, action: str, post_id: int, detail: dict[str, Any]) -> Step:
    return Step(by(person.id), action, "post", post_id, detail)
