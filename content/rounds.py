"""Where the review of each version stands: its round, who approved in which role, and what is still missing."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from content import people
from content.evaluation import answered, counts_now, unanswered
from content.given import among
from content.message import Message, Version
from content.organisation import Organisation
from content.people import Person, RoleGrant
from content.quorum import Approval, Needed, Seats, needed, quorum
from content.review import CLEARED, GIVEN, Clearance, Evaluation, Revocation, Verdict, clearances_of, verdicts_on

Holding = frozenset[tuple[int, str]]
_Judged = tuple[dict[str, list[Verdict]], dict[str, Clearance]]


@dataclass(frozen=True, slots=True)
class Round:
    """One version's review. number: the round that verdicts go into; given: its verdicts; last: the newest clearance.

    standing: that clearance is neither revoked nor over, and nobody opened a next round, so that only what it does
    not answer may still be answered; late: those roles (and `tier n`). apart: pairs who never complete one quorum.
    """

    version: Version
    evaluation: Evaluation | None
    number: int
    given: tuple[Verdict, ...]
    last: Clearance | None
    standing: bool
    opened: bool
    late: tuple[str, ...]
    holding: Holding
    apart: frozenset[frozenset[int]]

    @property
    def sent_back(self) -> Verdict | None:
        """The verdict that sent it back in this round; after it only other words can be cleared."""
        return next((one for one in self.given if one.answer == "send_back"), None)

    @property
    def over(self) -> bool:
        """It was cleared once; that has ended or was taken back, and nobody has opened the next round."""
        return self.last is not None and not self.standing and not self.opened

    def wanted(self, needs: Iterable[str] = ()) -> Needed:
        """The seats of its tier, with further specialists that facts name."""
        assert self.evaluation is not None
        return needed(self.evaluation.tier, {*asked(self.evaluation), *needs})

    def approvals(self) -> list[Approval]:
        """The approvals that still count: their givers hold the role now."""
        pairs = ((one.reviewer_id, one.role) for one in self.given if one.answer == "approve")
        return [Approval(*pair) for pair in pairs if pair in self.holding]

    def seats(self, needs: Iterable[str] = ()) -> Seats | tuple[str, ...]:
        """The full quorum, or what is missing."""
        return quorum(self.approvals(), self.wanted(needs), self.apart)

    def next(self) -> "Round":
        """The round after the last clearance's, for fresh verdicts on the same words."""
        if self.opened or self.last is None:
            return self
        return replace(self, number=self.last.round + 1, given=(), opened=True, standing=False, late=())


def asked(found: Evaluation) -> frozenset[str]:
    """The specialists that an evaluation names."""
    return frozenset(
        role for role in ("language", "legal", "religious", "safeguarding") if getattr(found, f"needs_{role}")
    )


def round_of(session: Session, version: Version, at: datetime, also: int | None = None) -> Round:
    """Where one version stands. also: somebody about to judge, whose roles and granters count too."""
    return rounds(session, [version], at, also)[version.digest]


def rounds(
    session: Session, versions: Sequence[Version], at: datetime, also: int | None = None, *, listed: bool = False
) -> dict[str, Round]:
    """Where each version stands, by digest, in a constant number of queries. listed: what the checks answered is not
    looked at, and read only if it is after all."""
    digests = [version.digest for version in versions]
    evaluations = _evaluations(session, digests, _LISTED if listed else _COUNTING)
    read = _of_list if listed else _of_words
    verdicts, cleared = read(session, digests)
    revoked = _revoked(session, cleared.values()) if cleared else set()
    late = answered(session, [*cleared.values()]) if cleared else {}
    reviewers = {one.reviewer_id for group in verdicts.values() for one in group} | ({also} if also else set())
    holding = _holding(session, reviewers, at) if reviewers else set()
    apart = _apart(session, reviewers) if reviewers else frozenset()
    found = {}
    for version in versions:
        last, given = cleared.get(version.digest), verdicts[version.digest]
        opened = last is not None and any(one.round > last.round for one in given)
        number = (last.round if last else 1) + opened
        standing = last is not None and not opened and last.id not in revoked and at < last.valid_until
        evaluation = evaluations.get(version.digest)
        found[version.digest] = Round(
            version=version,
            evaluation=evaluation,
            number=number,
            given=tuple(one for one in given if one.round == number),
            last=last,
            standing=standing,
            opened=opened,
            late=tuple(unanswered(evaluation, last, late[last.id or 0])) if standing and evaluation and last else (),
            holding=frozenset((person, role) for person, role, lang in holding if lang in (None, version.language)),
            apart=apart,
        )
    return found


# Built once: a page of the desk asks for the rounds of several lists.
_COUNTING = (
    select(Evaluation)
    .join(Version, col(Version.digest) == col(Evaluation.digest))
    .join(Message, col(Message.id) == col(Version.message_id))
    .join(Organisation, and_(col(Organisation.id) == col(Message.organisation_id), counts_now()))
    .where(among(Evaluation.digest, "digests", str))
)
_LISTED = _COUNTING.options(defer(Evaluation.answers))  # type: ignore[arg-type]  # it is a column
_TAKEN_BACK = select(Revocation.clearance_id).where(among(Revocation.clearance_id, "ids"))
_HOLD = (
    select(RoleGrant.person_id, RoleGrant.role, RoleGrant.language)
    .join(Person, col(Person.id) == col(RoleGrant.person_id))
    .where(among(RoleGrant.person_id, "ids"), col(RoleGrant.valid_from) <= bindparam("at"))
    .where(col(RoleGrant.revoked_at).is_(None), col(Person.disabled_at).is_(None))
)


def _evaluations(session: Session, digests: Sequence[str], statement: Any) -> dict[str, Evaluation]:
    """The evaluation of each that counts now."""
    return {row.digest: row for row in session.exec(statement, params={"digests": digests})}


def _of_words(session: Session, digests: Sequence[str]) -> _Judged:
    return _judged(verdicts_on(session, digests), clearances_of(session, digests))


def _of_list(session: Session, digests: Sequence[str]) -> _Judged:
    """The same, which nobody asks for again."""
    given = {"digests": digests}
    return _judged(session.exec(GIVEN, params=given).all(), session.exec(CLEARED, params=given).all())


def _judged(verdicts: Iterable[Verdict], clearances: Iterable[Clearance]) -> _Judged:
    """The answers on each, and the newest clearance."""
    found: dict[str, list[Verdict]] = defaultdict(list)
    for row in verdicts:
        found[row.digest].append(row)
    return found, {row.digest: row for row in clearances}


def _revoked(session: Session, clearances: Iterable[Clearance]) -> set[int]:
    return set(session.exec(_TAKEN_BACK, params={"ids": [one.id for one in clearances]}))


def _holding(session: Session, ids: Iterable[int], at: datetime) -> set[tuple[int, str, str | None]]:
    """Who holds which role now, and for which language."""
    return {(row[0], row[1], row[2]) for row in session.exec(_HOLD, params={"ids": [*ids], "at": at})}


def _apart(session: Session, ids: set[int]) -> frozenset[frozenset[int]]:
    """Everybody with whoever gave or confirmed a role of theirs."""
    given = people.granters(session, ids)
    return frozenset(frozenset({person, other}) for person, others in given.items() for other in others)
