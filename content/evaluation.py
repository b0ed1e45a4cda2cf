"""What the words checks found on exact words, under the rules and the material in force; stored once for each."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlalchemy import select as rows
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from content import given, protected_term
from content.checks import engine
from content.checks.finding import Answer, Finding, Missing, unseen
from content.checks.known import Known, Standing
from content.checks.records import WordsCase
from content.checks.rules import RULES
from content.checks.stored import Cases
from content.checks.tier import family_unknown, tier
from content.link_check import need
from content.message import Leaf, Message, Version
from content.organisation import Organisation
from content.record import Step, write_all
from content.review import Clearance, Evaluation, Revocation, Verdict
from content.store import insert_new, now

ORACLE = "id-protected-term"  # the one check whose findings authors never see
SEATS = ("content", "safeguarding", "language", "legal", "religious")


@dataclass(frozen=True, slots=True)
class Judged:
    """What the words checks answered on the leaves of one version, before it is kept. answers: (leaf, answer).

    Leaves are named by their place while they are composed, by their id once they are stored.
    """

    epoch: int
    tier: int
    answers: tuple[tuple[int | None, Answer], ...]

    def on(self, leaves: Sequence[int]) -> "Judged":
        """With the ids of the leaves instead of their places."""
        answers = tuple((None if place is None else leaves[place], answer) for place, answer in self.answers)
        return replace(self, answers=answers)


def judge(known: Known, standing: Standing, cases: Iterable[tuple[int, WordsCase]]) -> Judged:
    """Runs the words checks on every leaf. Raises nothing that a check does: a broken check is a finding."""
    found: list[tuple[int | None, Answer]] = [(key, one) for key, case in cases for one in engine.judge_words(case)]
    own = _FAMILY if family_unknown(known.narratives[standing.narrative_id]) else ()
    epoch = known.organisation(standing).material_epoch
    return Judged(epoch, tier(known, standing), (*((None, one) for one in own), *found))


def evaluate_all(session: Session, versions: Sequence[Version], at: datetime) -> int:
    """Runs the words checks on every leaf of these versions, once for each (digest, rules, material epoch).

    What could not be looked at counts as a block. Returns how many were not evaluated yet.
    """
    session.flush()
    known = _known(session, versions)
    return len(keep_all(session, judge_all(session, [one for one in versions if one.digest not in known]), at))


def judge_all(session: Session, versions: Sequence[Version]) -> list[tuple[Version, Judged]]:
    """What the words checks answer on stored versions, from rows read once for all of them. Writes nothing."""
    if not versions:
        return []
    cases = Cases(session, versions)
    return [(one, judge(cases.known, cases.standing(one), _by_id(cases.of(one)))) for one in versions]


def _by_id(leaves: Iterable[tuple[Leaf, WordsCase]]) -> list[tuple[int, WordsCase]]:
    return [(leaf.id or 0, case) for leaf, case in leaves]


def keep_all(session: Session, found: Sequence[tuple[Version, Judged]], at: datetime) -> list[int]:
    """Keeps what was found; where another worker was quicker, that one counts. Returns the ids of the new rows."""
    rows = [_row(version, judged, at) for version, judged in found]
    if not rows:
        return []
    met = _terms_met(session, [row["digest"] for row in rows if _meets_term(row["answers"])])
    statement = insert_new(session, Evaluation).returning(col(Evaluation.id), col(Evaluation.digest))
    made = {digest: key for key, digest in session.connection().execute(statement, rows)}
    new = [(row, made[row["digest"]]) for row in rows if row["digest"] in made]
    write_all(session, (_step(row, key) for row, key in new), at=at)
    need(session, [version.id or 0 for version, judged in found if version.digest in made and _listed(judged)], at)
    for version, _ in found:
        if version.digest in made and met.get(version.digest) is False:
            protected_term.hit(session, version.author_id, at)
    return [key for _, key in new]


def _listed(judged: Judged) -> bool:
    """Whether the words lead only where they may: nothing opens an address that nobody listed."""
    return not any(answer.check == "link-safety" for _, answer in judged.answers)


def _row(version: Version, judged: Judged, at: datetime) -> dict[str, Any]:
    answers = [answer for _, answer in judged.answers]
    needs = engine.needs(answers)
    return {
        "digest": version.digest,
        "rules": RULES,
        "epoch": judged.epoch,
        "tier": judged.tier,
        "blocks": engine.blocks(answers),
        **{f"needs_{role}": role in needs for role in ("language", "legal", "religious", "safeguarding")},
        "answers": [_plain(leaf, answer) for leaf, answer in judged.answers],
        "at": at,
    }


def _step(row: Mapping[str, Any], key: int) -> Step:
    detail = {"evaluation": key} | {name: row[name] for name in ("rules", "epoch", "tier", "blocks")}
    return Step("worker:", "evaluation.make", "version", row["digest"], detail)


def asks(evaluation: Any = Evaluation, clearance: Any = Clearance) -> ColumnElement[bool]:
    """`unanswered` as a condition: a role or a stricter tier that the clearance itself does not hold."""
    roles = (
        getattr(evaluation, f"needs_{role}").is_(True) & getattr(clearance, f"{role}_by").is_(None)
        for role in SEATS[1:]
    )
    return or_(evaluation.tier > clearance.tier, *roles)


def counts_now(evaluation: Any = Evaluation, organisation: Any = Organisation) -> ColumnElement[bool]:
    """The rule for which of the evaluations of the same words counts: that under this program's rules and the material
    of now. Whether they may go out on these rules alone is the gate's question (adopting.py)."""
    return and_(evaluation.rules == RULES, evaluation.epoch == organisation.material_epoch)


def current(session: Session, digest: str) -> Evaluation | None:
    """The evaluation that counts now: under this program's rules and the material; None where it is due."""
    statement = (
        select(Evaluation)
        .join(Version, col(Version.digest) == col(Evaluation.digest))
        .join(Message, col(Message.id) == col(Version.message_id))
        .join(Organisation, col(Organisation.id) == col(Message.organisation_id))
        .where(Evaluation.digest == digest, counts_now())
    )
    return session.exec(statement.execution_options(populate_existing=True)).first()


RECENT = 1000  # versions: more than all workers together have in transactions that nobody else sees yet


def stale(session: Session, limit: int) -> list[str]:
    """Digests of words that wait or are cleared, with an open window, that nobody evaluated as things stand now."""
    return [version.digest for version in stale_versions(session, limit)]


def stale_versions(session: Session, limit: int, *, everything: bool = True) -> list[Version]:
    """The same as versions. everything: False where all were evaluated under this material once; then only what was
    made of late is looked through, lest it was made under the material before."""
    return versions_of(session, stale_ids(session, limit, everything=everything))


def versions_of(session: Session, ids: Collection[int]) -> list[Version]:
    """These versions, the oldest first."""
    statement = select(Version).where(given.among(Version.id, "ids")).order_by(col(Version.id))
    return list(session.exec(statement, params={"ids": ids}))


def stale_ids(session: Session, limit: int, *, everything: bool = True) -> list[int]:
    """The ids of the same: whoever shares the work takes a part of them only."""
    at = now(session)
    statement = (
        rows(col(Version.id))
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
    if not everything:
        statement = statement.where(col(Version.id) > select(func.max(Version.id)).scalar_subquery() - RECENT)
    return list(session.execute(statement).scalars())


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
    for digest, round_, role, person in session.exec(_APPROVED, params={"digests": {digest for digest, _ in rounds}}):
        clearance = rounds.get((digest, round_))
        if clearance is not None and (role != "safeguarding" or person != clearance.content_by):
            found[clearance.id or 0].add(role)
    return {key: frozenset(roles) for key, roles in found.items()}


_APPROVED = select(Verdict.digest, Verdict.round, Verdict.role, Verdict.reviewer_id).where(
    given.among(Verdict.digest, "digests", str), Verdict.answer == "approve"
)


def for_authors(answers: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Stored answers as an author may see them: of a protected term only that safeguarding must look, once."""
    shown = [one for one in answers if one["check"] != ORACLE]
    hidden = [one for one in answers if one["check"] == ORACLE]
    return [*({**one, "leaf": None, "span": None, "reason": HIDDEN} for one in hidden[:1]), *shown]


HIDDEN = "Safeguarding needs to see this."


def plain(answers: Iterable[Answer]) -> list[dict[str, Any]]:
    """Answers on one leaf as JSON values, as an evaluation stores them."""
    return [_plain(None, answer) for answer in answers]


def placed(answers: Iterable[tuple[int | None, Answer]]) -> list[dict[str, Any]]:
    """The same, each with the leaf that it is about; None where it is about the message."""
    return [_plain(leaf, answer) for leaf, answer in answers]


# --- inside ------------------------------------------------------------------------------------------


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
                "reason": unseen(answer), "missing": answer.missing}  # fmt: skip
    span = None if answer.span is None else list(answer.span)
    at = {"at": answer.at} if answer.at else {}
    return {"leaf": leaf, "check": answer.check, "severity": answer.severity, "code": answer.code, "span": span,
            "reason": answer.reason, "missing": None, **at}  # fmt: skip


def _terms_met(session: Session, digests: Collection[str]) -> dict[str, bool]:
    """Whether an earlier evaluation of the same words met a protected term: one message counts once."""
    found = dict.fromkeys(digests, False)
    if found:
        rows = session.exec(select(Evaluation.digest, Evaluation.answers).where(col(Evaluation.digest).in_(digests)))
        for digest, answers in rows:
            found[digest] = found[digest] or _meets_term(answers)
    return found


def _meets_term(answers: Iterable[Mapping[str, Any]]) -> bool:
    return any(one["check"] == ORACLE for one in answers)


def _known(session: Session, versions: Sequence[Version]) -> set[str]:
    """Those of the digests that are evaluated under the rules of this program and the material of now."""
    statement = (
        select(Evaluation.digest)
        .join(Version, col(Version.digest) == col(Evaluation.digest))
        .join(Message, col(Message.id) == col(Version.message_id))
        .join(Organisation, col(Organisation.id) == col(Message.organisation_id))
        .where(col(Evaluation.digest).in_([version.digest for version in versions]))
        .where(Evaluation.rules == RULES, Evaluation.epoch == Organisation.material_epoch)
    )
    return set(session.exec(statement))


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
