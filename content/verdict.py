"""The verbs of review: a verdict, taking a clearance back, renewing it, the day's go.

A verdict names the evaluation it saw and counts for exactly these words. When the quorum is complete the one wide
Clearance row is written, and the database checks it again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from content import people, planned, taking
from content.checks.finding import Finding, Missing
from content.choosing import raise_all
from content.errors import Refusal
from content.giving import REVOKED, give, move_posts
from content.going import go as go
from content.lifecycle import Action, Post, State
from content.message import Involvement, Message, Version, involve, newest, version_of
from content.organisation import Instance, ours
from content.people import Person
from content.permission import REVIEWERS
from content.quorum import TIERS
from content.record import Step, by, write, write_all
from content.reevaluating import reevaluate as reevaluate
from content.reevaluating import settle
from content.review import NOTE, Clearance, Evaluation, Revocation, Verdict
from content.rounds import Round, round_of
from content.store import Level, Scope, lock, now
from content.waiting import waiting as waiting


def verdict(
    session: Session,
    person: Person,
    digest: str,
    answer: str,
    *,
    roles: Sequence[str] | None = None,
    reason: str = "",
    note: str = "",
    seen: int,
) -> Clearance | None:
    """One reviewer's answer (`approve` | `send_back`, which takes a reason) on exactly these words.

    roles: default all that the person holds and the words still need; seen: the id of the evaluation they were shown.
    reason: for the author; note: only reviewers read it.
    Returns the clearance where this completes the quorum. Raises Refusal: verdict.own stale closed sent_back cleared
    blocks given reason answer apart no_time, rights.role, and each fact that would stop the words when they are due.
    """
    version, message, at = _locked(session, digest)
    review = round_of(session, version, at, person.id)
    return _judge(session, person, message, review, _Said(answer, seen, reason, note, roles), at)


def renew(session: Session, person: Person, digest: str, *, seen: int | None = None) -> int:
    """Opens the next round on words that were cleared, with this reviewer's fresh approval; returns its number."""
    version, message, at = _locked(session, digest)
    review = round_of(session, version, at, person.id)
    if review.last is None:
        raise Refusal("renew.none", "These words were never cleared.", "Review them: `counterpoint review approve`.")
    _refuse_sent_back(review)
    current = seen if seen is not None else (review.evaluation.id if review.evaluation else None)
    fresh = review.next()
    _judge(session, person, message, fresh, _Said("approve", current or 0), at)
    return fresh.number


def revoke(session: Session, person: Person, clearance_id: int, reason: str) -> Revocation:
    """A reviewer takes a clearance back: its posts that were not begun are blocked. One reviewer is enough."""
    found = select(Clearance, Message).join(Message, col(Message.id) == col(Clearance.message_id))
    row = session.exec(found.where(Clearance.id == clearance_id, Message.organisation_id == ours())).first()
    if row is None:
        raise Refusal("clearance.unknown", f"There is no clearance {clearance_id}.", "`counterpoint review list`.")
    clearance, message = row
    lock(session, [Scope(Level.CAMPAIGN, message.campaign_id)], exclusive=True)
    at = now(session)
    people.require(session, person, at, "clearance.revoke")
    _said(reason)
    if session.exec(select(Revocation.id).where(Revocation.clearance_id == clearance_id)).first() is not None:
        raise Refusal("clearance.revoked", "This clearance is already taken back.", "Nothing is left to do.")
    return take_back(session, person, clearance, reason, at)


def take_back(session: Session, person: Person, clearance: Clearance, reason: str, at: datetime) -> Revocation:
    """Writes the revocation of a clearance that stands; the exclusive lock on its campaign is held."""
    sealed = people.seal_words(session, person.id or 0, reason, "revocation", at)
    made = Revocation(clearance_id=clearance.id or 0, by=person.id or 0, reason=sealed, at=at)
    session.add(made)
    session.execute(update(Instance).values(stops=col(Instance.stops) + 1))
    session.flush()
    detail = {"digest": clearance.digest}
    write(session, Step(by(person.id), "clearance.revoke", "clearance", clearance.id or 0, detail), at=at)
    rounds = select(Clearance.id).where(Clearance.digest == clearance.digest, Clearance.round <= clearance.round)
    posts = session.exec(select(Post).where(col(Post.clearance_id).in_(rounds), Post.state == str(State.SCHEDULED)))
    move_posts(session, person, posts.all(), Action.BLOCK, REVOKED, at)
    return made


# --- a verdict ---------------------------------------------------------------------------------------


def _locked(session: Session, digest: str) -> tuple[Version, Message, datetime]:
    """The version and its message, which is kept until the commit: verdicts on one message come one by one."""
    version = version_of(session, digest)
    statement = select(Message).where(Message.id == version.message_id).with_for_update()
    return version, session.exec(statement).one(), now(session)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a reviewer answers, to which evaluation, and why."""

    answer: str
    seen: int
    reason: str = ""
    note: str = ""
    roles: Sequence[str] | None = None


def _judge(
    session: Session, person: Person, message: Message, review: Round, said: _Said, at: datetime
) -> Clearance | None:
    _may_judge(session, person, message)
    evaluation = _current(session, review, said.seen, at)
    _fits(review, said.answer, said.reason)
    needs = _facts(session, review, evaluation, at) if said.answer == "approve" else frozenset()
    chosen = _roles(session, person, review, said.answer, said.roles, needs, at)
    _not_apart(person, review)
    involve(session, message, person, "judges")
    given = [_row(session, person, review, role, said, at) for role in chosen]
    session.add_all(given)
    session.flush()
    _record(session, person, review, said, chosen, at)
    taking.answered(session, person, review.version.digest, at)
    if review.standing:
        settle(session, at, [review.version.digest])
        return None
    return give(session, replace(review, given=(*review.given, *given)), person, needs, at)


def _record(session: Session, person: Person, review: Round, said: _Said, chosen: Iterable[str], at: datetime) -> None:
    action, digest = f"verdict.{said.answer}", review.version.digest
    detail = {"round": review.number, "evaluation": said.seen}
    steps = (Step(by(person.id), action, "version", digest, detail | {"role": role}) for role in chosen)
    write_all(session, steps, at)


def _may_judge(session: Session, person: Person, message: Message) -> None:
    if person.id in _writers(session, message):
        raise Refusal(
            "verdict.own",
            f"{person.ref} wrote a version of {message.ref} and can never judge one.",
            "Ask a reviewer who wrote nothing of it.",
            message.ref,
        )


def _writers(session: Session, message: Message) -> set[int]:
    statement = select(Involvement.person_id).where(Involvement.message_id == message.id, Involvement.side == "wrote")
    return set(session.exec(statement))


def _current(session: Session, review: Round, seen: int, at: datetime) -> Evaluation:
    """The evaluation that was shown, if it and the words still are the newest and there is time left."""
    version, found = review.version, review.evaluation
    if version.number < newest(session, version):
        raise Refusal("verdict.stale", "There is a newer version of these words.", "Judge the newest one.")
    if at > version.not_after:
        raise Refusal("verdict.closed", "The window of these words has closed.", "Queue them with another time.")
    if found is None:
        raise Refusal("verdict.stale", "The checks have not looked at these words as things stand now.", _AGAIN)
    if found.id != seen:
        raise Refusal("verdict.stale", "The checks have looked at these words again since you did.", _AGAIN)
    return found


_AGAIN = "Open them again in a moment: `counterpoint review show`."


def _fits(review: Round, answer: str, reason: str) -> None:
    if answer not in ("approve", "send_back"):
        raise Refusal("verdict.answer", f"There is no answer {answer!r}.", "Approve, or send back with a reason.")
    if answer == "send_back":
        _said(reason)
    _refuse_sent_back(review)
    if review.over or (review.standing and not review.late):
        what = "Their clearance is over" if review.over else "These words are cleared already"
        raise Refusal("verdict.cleared", f"{what}.", "Renew them with `counterpoint renew`, or revoke the clearance.")
    if review.evaluation and review.evaluation.blocks and answer == "approve":
        found = review.evaluation.blocks
        what = f"{found} findings stop these words, and nothing overrides them."
        if found == 1:
            what = "A finding stops these words, and nothing overrides it."
        raise Refusal("verdict.blocks", what, "Send them back, or have what is named put right.")


def _refuse_sent_back(review: Round) -> None:
    if review.sent_back is not None:
        raise Refusal("verdict.sent_back", "Somebody sent these words back.", "Other words are needed: a new version.")


def _said(reason: str) -> None:
    if not reason.strip():
        raise Refusal("verdict.reason", "A reason is missing.", "Say what must change; --reason.")


def _facts(session: Session, review: Round, evaluation: Evaluation, at: datetime) -> frozenset[str]:
    """Refuses what would stop the words when they are due; returns the specialists that facts ask for."""
    if at + TIERS[evaluation.tier].wait > review.version.not_after:
        raise Refusal(
            "verdict.no_time",
            f"Words of tier {evaluation.tier} wait {TIERS[evaluation.tier].wait} after the last verdict, and their "
            "window closes before.",
            "Queue them with a later end.",
        )
    found = planned.answers(session, review.version, evaluation.tier, at)
    raise_all(_stops(found))
    named = (one.severity for one in found if isinstance(one, Finding))
    return frozenset(severity.partition(":")[2] for severity in named if severity.startswith("specialist:"))


def _stops(found: Iterable[Finding | Missing]) -> Iterable[Refusal]:
    for one in found:
        if isinstance(one, Missing):
            yield Refusal(one.check, f"It cannot go as planned: {one.missing} is not known.", "Have it recorded first.")
        elif one.severity == "block":
            yield Refusal(one.check, f"It cannot go as planned: {one.reason}")


def _roles(
    session: Session,
    person: Person,
    review: Round,
    answer: str,
    roles: Sequence[str] | None,
    needs: frozenset[str],
    at: datetime,
) -> list[str]:
    """In which roles this person answers."""
    language = f"language:{review.version.language}"
    held = people.roles(session, person.id or 0, at)
    able = [role for role in REVIEWERS if (language if role == "language" else role) in held]
    open_ = review.late if review.standing else review.wanted(needs).roles
    wanted = list(roles) if roles is not None else [role for role in able if role in open_]
    if answer == "send_back" and roles is None:
        wanted = (wanted or able)[:1]
    if not wanted or not set(wanted) <= set(able):
        raise Refusal(
            "rights.role",
            f"These words need {', '.join(open_)}, and you hold none of these roles for them.",
            "Ask somebody who does; `counterpoint user list` shows who that is.",
        )
    given = {one.role for one in review.given if one.reviewer_id == person.id}
    left = [role for role in dict.fromkeys(wanted) if role not in given]
    if not left:
        raise Refusal("verdict.given", "You have answered in this round already.", "An answer is never changed.")
    return left


def _not_apart(person: Person, review: Round) -> None:
    """A late answer joins a quorum that is complete: not from somebody who gave or got a role there."""
    seated = {one.reviewer_id for one in review.given if one.answer == "approve"} if review.standing else set()
    if any(frozenset({person.id, other}) in review.apart for other in seated - {person.id}):
        raise Refusal("verdict.apart", "You gave or got a role of somebody in this quorum.", "Ask somebody else.")


def _row(session: Session, person: Person, review: Round, role: str, said: _Said, at: datetime) -> Verdict:
    version = review.version
    return Verdict(
        digest=version.digest,
        message_id=version.message_id,
        language=version.language,
        round=review.number,
        reviewer_id=person.id or 0,
        role=role,
        answer=said.answer,
        reason=people.seal_words(session, person.id or 0, said.reason, "verdict", at),
        private_note=people.seal_words(session, person.id or 0, said.note, NOTE, at),
        evaluation_id=said.seen,
        at=at,
    )
