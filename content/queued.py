"""What became of what staff queued: refused, waiting for reviewers, cleared, and each of its posts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from content import people, protected_term
from content.ahead import Ahead, Public, ahead, told
from content.campaign import Campaign
from content.checks.engine import judge_words
from content.checks.finding import Answer, Finding
from content.checks.known import Known, Standing
from content.checks.records import WordsCase
from content.checks.stored import composed_cases
from content.composing import Composed, compose, draft
from content.errors import Refusal
from content.evaluation import ORACLE, current, for_authors, placed, plain
from content.given import among
from content.lifecycle import Post
from content.message import Message, Order, Version, Wording
from content.narrative import Narrative
from content.organisation import Account, of_ours, ours
from content.page import LIMIT, Page, place, sign
from content.people import Person, read_words
from content.quorum import TIERS, Seats
from content.review import Clearance
from content.rounds import Round, rounds
from content.schedule import earliest
from content.store import now


@dataclass(frozen=True, slots=True)
class PostLine:
    """One post as staff see it; note: why it is blocked or failed."""

    id: int
    account: str
    state: str
    local: str
    zone: str
    note: str


@dataclass(frozen=True, slots=True)
class Line:
    """One message in one language, its newest number. state: queued refused evaluating waiting sent_back cleared over.

    answers: what the checks found, as an author may see it; missing: of the quorum; reason: why it was sent back, for
    staff to read; earliest: the first instant at which it could go, if every reviewer answered now.
    """

    message: str
    language: str
    number: int
    state: str
    refused: tuple[dict[str, str], ...] = ()
    digest: str = ""
    tier: int | None = None
    answers: tuple[dict[str, Any], ...] = ()
    missing: tuple[str, ...] = ()
    reason: str = ""
    earliest: datetime | None = None
    posts: tuple[PostLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """Exactly what each account would get, and what the checks say, as the person who asks may see it.

    placed: the same answers, each with the place of the leaf it is about; ahead, public: what must still happen and
    what they expose; all three for words that nobody has judged yet.
    """

    composed: Composed
    answers: tuple[dict[str, Any], ...]
    ahead: Ahead | None = None
    public: Public | None = None
    placed: tuple[dict[str, Any], ...] = ()


def lines(session: Session, message: str = "", limit: int = 200) -> list[Line]:
    """The newest wordings, of one message or of all, the latest first."""
    return list(lines_page(session, message, limit=limit).items)


def lines_page(
    session: Session, message: str = "", after: str = "", limit: int = LIMIT, *, older: bool = False
) -> Page[Line]:
    """The same page by page. older: with every number there was, not the newest of each language alone."""
    at = now(session)
    found = _wordings(session, message, place(after, int), limit + 1, older)
    wordings = found[:limit]
    versions = _versions(session, [wording for wording, _ in wordings])
    states = rounds(session, [*versions.values()], at)
    posts = _posts(session, [version.digest for version in versions.values()])
    shown = (_line(session, wording, ref, versions.get(wording.id), states, posts, at) for wording, ref in wordings)
    return Page(tuple(shown), sign(wordings[-1][0].id or 0) if len(found) > limit else "")


def preview(session: Session, person: Person, message: str, language: str) -> Preview:
    """What the newest wording of a message would look like; words that nobody has judged yet are judged here."""
    statement = (
        select(Wording)
        .join(Message, col(Message.id) == col(Wording.message_id))
        .where(Message.organisation_id == ours(), Message.ref == message, Wording.language == language)
        .order_by(col(Wording.number).desc())
    )
    wording = session.exec(statement).first()
    if wording is None:
        what = f"Nothing is queued as {message} in “{language}”."
        raise Refusal("message.none", what, "`counterpoint show` lists all that is.")
    composed = compose(session, wording)
    found = current(session, composed.digest)
    if found is not None:
        return Preview(composed, tuple(for_authors(found.answers)))
    row = session.get_one(Message, wording.message_id)
    campaign = session.get_one(Campaign, row.campaign_id)
    narrative = session.get_one(Narrative, row.narrative_id)
    return _judged(session, person, campaign, narrative, language, composed)


def sketch(session: Session, person: Person, order: Order, *, timeless: bool = False) -> Preview:
    """The same for an order that is not queued; a protected term met while composing is counted, each try once.

    timeless: no time is chosen yet, so nothing is said of any.
    """
    people.require(session, person, now(session), "message.queue")
    campaign, narrative, composed = draft(session, order, now(session), timeless=timeless)
    return _judged(session, person, campaign, narrative, order.language, composed, timeless=timeless)


def _judged(
    session: Session,
    person: Person,
    campaign: Campaign,
    narrative: Narrative,
    language: str,
    composed: Composed,
    *,
    timeless: bool = False,
) -> Preview:
    """What the words checks say of each leaf, then what the facts say of the times that are asked for."""
    standing = Standing(campaign.id or 0, narrative.id or 0, language, composed.uses)
    known = Known(session, [standing])
    judged = [(case, judge_words(case)) for _, case in composed_cases(known, standing, composed)]
    if met := {words for case, answers in judged for words in _met(case, answers)}:
        protected_term.tried(session, person.id or 0, met, now(session))
    facts, public = told(session, known, standing, composed, timeless=timeless)
    where = [(place, answer) for place, (_, answers) in enumerate(judged) for answer in answers] + facts
    found = [answer for _, answer in where]
    way = None if timeless else ahead(session, person, known, standing, composed, found)
    shown = tuple(_once(for_authors(plain(found))))
    return Preview(composed, shown, way, public, tuple(for_authors(placed(where))))


def _met(case: WordsCase, answers: Iterable[Answer]) -> Iterator[str]:
    """The words that met a protected term; what stands beside the text counts as a whole."""
    for one in answers:
        if one.check == ORACLE and isinstance(one, Finding):
            yield case.text[slice(*one.span)] if one.span else "\n".join([*(case.links or ()), one.reason])


def _once(answers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Accounts share most of their words; the same finding is said once."""
    found: dict[str, dict[str, Any]] = {}
    for one in answers:
        found.setdefault(f"{one['check']} {one['code']} {one['reason']}", one)
    return list(found.values())


def _wordings(
    session: Session, message: str, after: tuple[Any, ...] | None, limit: int, older: bool
) -> list[tuple[Wording, str]]:
    newer = aliased(Wording)
    overtaken = exists().where(
        col(newer.message_id) == col(Wording.message_id),
        col(newer.language) == col(Wording.language),
        col(newer.number) > col(Wording.number),
    )
    statement = (
        select(Wording, Message.ref)
        .join(Message, col(Message.id) == col(Wording.message_id))
        .where(Message.organisation_id == ours() if message else of_ours(Message.organisation_id))
        .order_by(col(Wording.id).desc())
        .limit(limit)
    )
    if not older:
        statement = statement.where(~overtaken)
    if message:
        statement = statement.where(Message.ref == message)
    if after is not None:
        statement = statement.where(col(Wording.id) < after[0])
    return [(row[0], row[1]) for row in session.exec(statement)]


def _versions(session: Session, wordings: Sequence[Wording]) -> dict[int | None, Version]:
    ids = [wording.id for wording in wordings]
    statement = select(Version).where(among(Version.wording_id, "ids"))
    return {row.wording_id: row for row in session.exec(statement, params={"ids": ids})}


def _posts(session: Session, digests: Sequence[str]) -> dict[str, list[PostLine]]:
    statement = (
        select(Post, Account.ref)
        .join(Account, col(Account.id) == col(Post.account_id))
        .where(among(Post.digest, "digests", str))
        .order_by(col(Post.due_at), col(Post.id))
    )
    found: dict[str, list[PostLine]] = defaultdict(list)
    for post, account in session.exec(statement, params={"digests": digests}):
        line = PostLine(post.id or 0, account, post.state, post.local, post.zone, post.note)
        found[post.digest].append(line)
    return found


def _line(
    session: Session,
    wording: Wording,
    message: str,
    version: Version | None,
    states: dict[str, Round],
    posts: dict[str, list[PostLine]],
    at: datetime,
) -> Line:
    if version is None:
        state = "refused" if wording.refused else "queued"
        return Line(message, wording.language, wording.number, state, tuple(wording.refused or ()))
    review = states[version.digest]
    found = review.evaluation
    cleared = review.last if review.standing else None
    return Line(
        message=message,
        language=wording.language,
        number=wording.number,
        state=_state(review),
        reason=_reason(session, review),
        digest=version.digest,
        tier=found.tier if found else None,
        answers=tuple(_once(for_authors(found.answers))) if found else (),
        missing=_missing(review),
        earliest=_earliest(session, version, review, cleared, at),
        posts=tuple(posts[version.digest]),
    )


def _reason(session: Session, review: Round) -> str:
    """Why these words were sent back; empty once the reviewer was erased. The private note is not theirs to read."""
    said = review.sent_back
    return read_words(session, said.reviewer_id, said.reason, "verdict", said.at) if said is not None else ""


def _state(review: Round) -> str:
    if review.sent_back is not None:
        return "sent_back"
    if review.evaluation is None:
        return "evaluating"
    if review.standing:
        return "cleared"
    return "over" if review.over else "waiting"


def _missing(review: Round) -> tuple[str, ...]:
    if review.evaluation is None or review.sent_back is not None:
        return ()
    if review.standing:
        return review.late
    found = review.next().seats()
    return () if isinstance(found, Seats) else found


def _earliest(
    session: Session, version: Version, review: Round, cleared: Clearance | None, at: datetime
) -> datetime | None:
    if review.evaluation is None or review.sent_back is not None:
        return None
    return earliest(session, version, cleared, TIERS[review.evaluation.tier].wait, at)
