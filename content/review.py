"""Verdicts, quorum, clearance, revocation: who agreed to exactly which words."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
    exists,
    text,
)
from sqlalchemy.orm import aliased
from sqlmodel import Field, Session, SQLModel, col, select

from content.given import among
from content.message import Version
from content.once import once
from content.store import json_field


class Evaluation(SQLModel, table=True):
    """What the words checks found on one digest under one rules version and one material epoch."""

    __table_args__ = (
        UniqueConstraint("digest", "rules", "epoch"),
        UniqueConstraint(
            "id",
            "digest",
            "tier",
            "blocks",
            "needs_language",
            "needs_legal",
            "needs_religious",
            name="uq_evaluation_seen",
        ),
        ForeignKeyConstraint(["digest"], ["version.digest"], name="fk_evaluation_version"),
        CheckConstraint("tier BETWEEN 1 AND 4", name="tier"),
        CheckConstraint("blocks >= 0", name="blocks"),
    )
    id: int | None = Field(default=None, primary_key=True)
    digest: str
    rules: str
    epoch: int
    tier: int
    blocks: int  # findings that block, what was not evaluated included
    needs_language: bool = False
    needs_legal: bool = False
    needs_religious: bool = False
    needs_safeguarding: bool = False
    answers: list[dict[str, Any]] = json_field()  # findings and what was missing, leaf by leaf
    at: datetime


NOTE = "verdict_note"  # what a private note is sealed as; only reviewers read it


class Verdict(SQLModel, table=True):
    """One reviewer's answer on one version in one round, in one role."""

    __table_args__ = (
        UniqueConstraint("digest", "round", "reviewer_id", "role"),
        UniqueConstraint("digest", "round", "reviewer_id", "role", "answer", name="uq_verdict_counted"),
        ForeignKeyConstraint(
            ["digest", "message_id", "language"],
            ["version.digest", "version.message_id", "version.language"],
            name="fk_verdict_version",
        ),
        ForeignKeyConstraint(
            ["message_id", "reviewer_id", "judges"],
            ["involvement.message_id", "involvement.person_id", "involvement.side"],
            name="fk_verdict_judges",
        ),
        CheckConstraint("judges = 'judges'", name="judges"),
        CheckConstraint("answer IN ('approve', 'send_back')", name="answer"),
        CheckConstraint("answer = 'approve' OR reason <> ''", name="reason_to_send_back"),
        CheckConstraint("role IN ('content', 'safeguarding', 'legal', 'religious', 'language', 'board')", name="role"),
        Index(
            "ix_verdict_sent_back",
            "at",
            sqlite_where=text("answer = 'send_back'"),
            postgresql_where=text("answer = 'send_back'"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    digest: str
    message_id: int
    language: str
    round: int = 1
    reviewer_id: int = Field(foreign_key="person.id")
    role: str
    judges: str = "judges"
    answer: str
    reason: str = ""
    private_note: str = ""
    evaluation_id: int = Field(foreign_key="evaluation.id")
    at: datetime


def _counted(column: str, role: str) -> ForeignKeyConstraint:
    """The key that carries (digest, round, role, answer): a clearance can only name verdicts that were given."""
    return ForeignKeyConstraint(
        ["digest", "round", column, role, "approve"],
        ["verdict.digest", "verdict.round", "verdict.reviewer_id", "verdict.role", "verdict.answer"],
        name=f"fk_clearance_{column}",
    )


class Clearance(SQLModel, table=True):
    """Enough verdicts, in one wide row. A NULL switches its key off, so a CHECK says when NULL is allowed."""

    __table_args__ = (
        UniqueConstraint("digest", "round"),
        UniqueConstraint(
            "id",
            "digest",
            "language",
            "tier",
            "valid_from",
            "valid_until",
            "not_before",
            "not_after",
            name="uq_clearance_posted",
        ),
        ForeignKeyConstraint(
            ["digest", "message_id", "language"],
            ["version.digest", "version.message_id", "version.language"],
            name="fk_clearance_version",
        ),
        ForeignKeyConstraint(
            ["evaluation_id", "digest", "tier", "blocks", "needs_language", "needs_legal", "needs_religious"],
            [
                "evaluation.id",
                "evaluation.digest",
                "evaluation.tier",
                "evaluation.blocks",
                "evaluation.needs_language",
                "evaluation.needs_legal",
                "evaluation.needs_religious",
            ],
            name="fk_clearance_evaluation",
        ),
        _counted("content_by", "content_role"),
        _counted("safeguarding_by", "safeguarding_role"),
        _counted("third_by", "third_role"),
        _counted("language_by", "language_role"),
        _counted("legal_by", "legal_role"),
        _counted("religious_by", "religious_role"),
        _counted("board1_by", "board_role"),
        _counted("board2_by", "board_role"),
        _counted("board3_by", "board_role"),
        CheckConstraint("blocks = 0", name="nothing_blocks"),
        CheckConstraint("approve = 'approve'", name="approve"),
        CheckConstraint("content_role = 'content'", name="content_role"),
        CheckConstraint("safeguarding_role = 'safeguarding'", name="safeguarding_role"),
        CheckConstraint("language_role = 'language'", name="language_role"),
        CheckConstraint("legal_role = 'legal'", name="legal_role"),
        CheckConstraint("religious_role = 'religious'", name="religious_role"),
        CheckConstraint("board_role = 'board'", name="board_role"),
        CheckConstraint("third_by IS NULL OR third_role IS NOT NULL", name="third_role_named"),
        CheckConstraint(
            "third_role IS NULL OR third_role IN ('content', 'legal', 'religious', 'language')",
            name="third_role",
        ),
        CheckConstraint("tier BETWEEN 1 AND 4", name="tier"),
        CheckConstraint(
            "tier = 1 OR (safeguarding_by IS NOT NULL AND safeguarding_by <> content_by)",
            name="two_from_tier_2",
        ),
        CheckConstraint("safeguarding_by IS NULL OR safeguarding_by <> content_by", name="safeguarding_apart"),
        CheckConstraint(
            "tier < 3 OR (third_by IS NOT NULL AND third_by <> content_by AND third_by <> safeguarding_by)",
            name="three_from_tier_3",
        ),
        CheckConstraint(
            "tier < 4 OR (board1_by IS NOT NULL AND board2_by IS NOT NULL AND board3_by IS NOT NULL"
            " AND board1_by <> board2_by AND board1_by <> board3_by AND board2_by <> board3_by)",
            name="board_at_tier_4",
        ),
        CheckConstraint("NOT needs_language OR language_by IS NOT NULL", name="language_answered"),
        CheckConstraint("NOT needs_legal OR legal_by IS NOT NULL", name="legal_answered"),
        CheckConstraint("NOT needs_religious OR religious_by IS NOT NULL", name="religious_answered"),
        CheckConstraint("valid_from < valid_until", name="validity"),
    )
    id: int | None = Field(default=None, primary_key=True)
    digest: str
    message_id: int
    language: str
    round: int = 1
    tier: int
    evaluation_id: int
    blocks: int = 0
    needs_language: bool
    needs_legal: bool
    needs_religious: bool
    content_by: int
    content_role: str = "content"
    safeguarding_by: int | None = None
    safeguarding_role: str = "safeguarding"
    third_by: int | None = None
    third_role: str | None = None
    language_by: int | None = None
    language_role: str = "language"
    legal_by: int | None = None
    legal_role: str = "legal"
    religious_by: int | None = None
    religious_role: str = "religious"
    board1_by: int | None = None
    board2_by: int | None = None
    board3_by: int | None = None
    board_role: str = "board"
    approve: str = "approve"
    not_before: datetime
    not_after: datetime
    valid_from: datetime  # the last verdict + the tier's wait
    valid_until: datetime
    cleared_at: datetime
    posted_at: datetime | None = Field(default=None, index=True)  # when its posts were made


class Revocation(SQLModel, table=True):
    """A reviewer takes a clearance back; its posts are not sent."""

    __table_args__ = (UniqueConstraint("clearance_id"),)
    id: int | None = Field(default=None, primary_key=True)
    clearance_id: int = Field(foreign_key="clearance.id")
    by: int = Field(foreign_key="person.id")
    reason: str
    at: datetime


class Go(SQLModel, table=True):
    """Safeguarding's go for one post of tier 3 or 4; it holds for 24 hours."""

    __table_args__ = (PrimaryKeyConstraint("post_id", "at"),)
    post_id: int = Field(foreign_key="post.id")
    by: int = Field(foreign_key="person.id")
    at: datetime


def superseded(session: Session, digests: Iterable[str]) -> set[str]:
    """Those of the digests of whose message and language a newer version is cleared: they never go out any more."""
    statement = select(Version.digest).where(col(Version.digest).in_(set(digests)), overtaken(col(Version.digest)))
    return set(session.exec(statement))


def overtaken(digest: Any) -> Any:
    """The same of one digest, as a condition: a newer version of its message and language is cleared."""
    older, newer, given = aliased(Version), aliased(Version), aliased(Clearance)
    standing = ~exists().where(col(Revocation.clearance_id) == col(given.id))
    return exists().where(
        col(older.digest) == digest,
        col(newer.message_id) == col(older.message_id),
        col(newer.language) == col(older.language),
        col(newer.number) > col(older.number),
        col(given.digest) == col(newer.digest),
        standing,
    )


_LATER = aliased(Clearance)


def taken_back(clearance: Any) -> Any:
    """Whether a clearance was revoked, or a later round of its words: who takes words back means all rounds before."""
    later = _LATER
    return exists().where(
        col(later.digest) == col(clearance.digest),
        col(later.round) >= col(clearance.round),
        col(Revocation.clearance_id) == col(later.id),
    )


def verdicts_on(session: Session, digests: Sequence[str]) -> Sequence[Verdict]:
    """Every answer on these words, in the order in which they were given; a page asks for those on its own words."""
    return once(session, ("verdicts", *digests), lambda: session.exec(GIVEN, params={"digests": digests}).all())


def clearances_of(session: Session, digests: Sequence[str]) -> Sequence[Clearance]:
    """Every clearance of these words, by its round; as `verdicts_on`."""
    return once(session, ("clearances", *digests), lambda: session.exec(CLEARED, params={"digests": digests}).all())


GIVEN = select(Verdict).where(among(Verdict.digest, "digests", str)).order_by(col(Verdict.id))
CLEARED = select(Clearance).where(among(Clearance.digest, "digests", str)).order_by(col(Clearance.round))
