"""What the words checks found on exact words, under the rules and the material in force; stored once for each."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, or_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from content import protected_term
from content.checks import engine
from content.checks.finding import Answer, Finding, Missing
from content.checks.rules import RULES
from content.checks.stored import words_cases
from content.message import Message, Version
from content.narrative import Narrative
from content.organisation import Organisation
from content.record import Step, write
from content.review import Clearance, Evaluation, Revocation, Verdict
from content.store import now
from content.tier import family_unknown, tier

ORACLE = "id-protected-term"  # the one check whose findings authors never see
SEATS = ("content", "safeguarding", "language", "legal", "religious")


def evaluate(session: Session, version: Version, at: datetime) -> Evaluation:
    """Runs the words checks on every leaf, once for each (digest, rules, material epoch), and records it.

    What could not be looked at counts as a block. Raises nothing that a check does: a broken check is a finding.
    """
    organisation = _organisation(session, version)
    known = _stored(session, version.digest, RULES, organisation.material_epoch)
    if known is not None:
        return known
    found = _judge(session, version)
    answers = [answer for _, answers in found for answer in answers]
    needs = engine.needs(answers)
    made = Evaluation(
        digest=version.digest,
        rules=RULES,
        epoch=organisation.material_epoch,
        tier=tier(session, version),
        blocks=engine.blocks(answers),
        **{f"needs_{role}": role in needs for role in ("language", "legal", "religious", "safeguarding")},
        answers=[_plain(leaf, answer) for leaf, answers in found for answer in answers],
        at=at,
    )
    return _keep(session, version, made, at)


def current(session: Session, digest: str) -> Evaluation | None:
    """The evaluation that counts now: under the organisation's rules and material; None where it is due."""
    statement = (
        select(Evaluation)
        .join(Version, col(Version.digest) == col(Evaluation.digest))
        .join(Message, col(Message.id) == col(Version.message_id))
        .join(Organisation, col(Organisation.id) == col(Message.organisation_id))
        .where(Evaluation.digest == digest, Evaluation.rules == Organisation.rules)
        .where(Evaluation.epoch == Organisation.material_epoch)
    )
    return session.exec(statement.execution_options(populate_existing=True)).first()


def stale(session: Session, limit: int) -> list[str]:
    """Digests of words that wait or are cleared, with an open window, that nobody evaluated as things stand now."""
    at = now(session)
    statement = (
        select(Version.digest)
        .join(Message, col(Message.id) == col(Version.message_id))
        .join(Organisation, col(Organisation.id) == col(Message.organisation_id))
        .outerjoin(
            Evaluation,
            and_(
                col(Evaluation.digest) == col(Version.digest),
                col(Evaluation.rules) == RULES,
                col(Evaluation.epoch) == col(Organisation.material_epoch),
            ),
        )
        .where(col(Evaluation.id).is_(None), col(Version.not_after) >= at)
        .where(or_(_newest(), _live(at)))
        .order_by(col(Version.id))
        .limit(limit)
    )
    return list(session.exec(statement))


def unanswered(found: Evaluation, clearance: Clearance, answered: Iterable[str] = ()) -> list[str]:
    """What an evaluation asks for that this clearance does not hold: roles, or a stricter tier.

    answered: roles that approved these words in the clearance's round after it was given.
    """
    return lacking(found, found.tier, clearance, clearance.tier, frozenset(answered))


def lacking(found: Any, wanted: int, clearance: Any, tier: int, late: Collection[str]) -> list[str]:
    """As `unanswered`, of rows: `found` says needs_ROLE, `clearance` ROLE_by; wanted, tier: asked for, held."""
    needs = [role for role in SEATS[1:] if getattr(found, f"needs_{role}")]
    missing = [role for role in needs if getattr(clearance, f"{role}_by") is None and role not in late]
    return [*missing, *([f"tier {wanted}"] if wanted > tier else [])]


def answered(session: Session, clearances: Sequence[Clearance]) -> dict[int, frozenset[str]]:
    """The roles that approved each clearance's words in its round, late answers included; by its id.

    Safeguarding counts only from somebody who is not the content reviewer.
    """
    rounds = {(one.digest, one.round): one for one in clearances}
    found: dict[int, set[str]] = {one.id or 0: set() for one in clearances}
    statement = select(Verdict.digest, Verdict.round, Verdict.role, Verdict.reviewer_id).where(
        col(Verdict.digest).in_({digest for digest, _ in rounds}), Verdict.answer == "approve"
    )
    for digest, round_, role, person in session.exec(statement):
        clearance = rounds.get((digest, round_))
        if clearance is not None and (role != "safeguarding" or person != clearance.content_by):
            found[clearance.id or 0].add(role)
    return {key: frozenset(roles) for key, roles in found.items()}


def for_authors(answers: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Stored answers as an author may see them: of a protected term only that safeguarding must look, once."""
    shown = [one for one in answers if one["check"] != ORACLE]
    hidden = [one for one in answers if one["check"] == ORACLE]
    return [*({**one, "leaf": None, "span": None, "reason": HIDDEN} for one in hidden[:1]), *shown]


HIDDEN = "Safeguarding needs to see this."


def plain(answers: Iterable[Answer]) -> list[dict[str, Any]]:
    """Answers on one leaf as JSON values, as an evaluation stores them."""
    return [_plain(None, answer) for answer in answers]


# --- inside ------------------------------------------------------------------------------------------


def _judge(session: Session, version: Version) -> list[tuple[int | None, tuple[Answer, ...]]]:
    cases = words_cases(session, version)
    found: list[tuple[int | None, tuple[Answer, ...]]] = [(leaf.id, engine.judge_words(case)) for leaf, case in cases]
    message = session.get_one(Message, version.message_id)
    narrative = session.get_one(Narrative, message.narrative_id, populate_existing=True)
    own = _FAMILY if family_unknown(narrative) else ()
    return [(None, own), *found] if own or not found else found


_FAMILY: tuple[Answer, ...] = (
    Finding(
        "narrative.family_unknown",
        "block",
        "Nobody has said whether a relative lives where the group or its helpers can reach them. Ask the keeper.",
    ),
)


def _plain(leaf: int | None, answer: Answer) -> dict[str, Any]:
    if isinstance(answer, Missing):
        return {"leaf": leaf, "check": answer.check, "severity": "not_evaluated", "code": "", "span": None,
                "reason": f"Unknown: {answer.missing}.", "missing": answer.missing}  # fmt: skip
    span = None if answer.span is None else list(answer.span)
    return {"leaf": leaf, "check": answer.check, "severity": answer.severity, "code": answer.code, "span": span,
            "reason": answer.reason, "missing": None}  # fmt: skip


def _keep(session: Session, version: Version, made: Evaluation, at: datetime) -> Evaluation:
    """Stores it; where another worker was first, that one counts."""
    earlier = _term_met(session, version.digest)
    try:
        with session.begin_nested():
            session.add(made)
            session.flush()
    except IntegrityError:
        found = _stored(session, made.digest, made.rules, made.epoch)
        if found is None:
            raise
        return found
    detail = {"evaluation": made.id, "rules": made.rules, "epoch": made.epoch, "tier": made.tier, "blocks": made.blocks}
    write(session, Step("worker:", "evaluation.make", "version", made.digest, detail), at=at)
    if not earlier and any(one["check"] == ORACLE for one in made.answers):
        protected_term.hit(session, version.author_id, at)
    return made


def _term_met(session: Session, digest: str) -> bool:
    """Whether an earlier evaluation of the same words met a protected term: one message counts once."""
    rows = session.exec(select(Evaluation.answers).where(Evaluation.digest == digest))
    return any(one["check"] == ORACLE for answers in rows for one in answers)


def _stored(session: Session, digest: str, rules: str, epoch: int) -> Evaluation | None:
    statement = select(Evaluation).where(
        Evaluation.digest == digest, Evaluation.rules == rules, Evaluation.epoch == epoch
    )
    return session.exec(statement).first()


def _organisation(session: Session, version: Version) -> Organisation:
    """Read before anything else, so that material changed meanwhile leaves this result behind its epoch."""
    message = session.get_one(Message, version.message_id)
    return session.get_one(Organisation, message.organisation_id, populate_existing=True)


def _newest() -> Any:
    """No newer version of the same message and language."""
    newer = aliased(Version)
    return ~exists().where(
        col(newer.message_id) == col(Version.message_id),
        col(newer.language) == col(Version.language),
        col(newer.number) > col(Version.number),
    )


def _live(at: datetime) -> Any:
    return exists().where(
        col(Clearance.digest) == col(Version.digest),
        col(Clearance.valid_until) > at,
        ~exists().where(col(Revocation.clearance_id) == col(Clearance.id)),
    )
