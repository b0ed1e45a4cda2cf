"""Stops: holds, pauses, and the recalls that follow. A stop is a fact; stopping needs no transition."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from content.organisation import ours
from content.people import Person
from content.store import json_field

HOLDS = ("reprisal", "relocation", "asylum", "trial", "family_in_area", "medical", "other")
SCOPES = ("message", "campaign", "narrative", "theme", "language", "account", "territory", "all")


class Hold(SQLModel, table=True):
    """A dated stop on a narrative; staff see "not available", never why."""

    __table_args__ = (
        CheckConstraint(
            "kind IN ('" + "', '".join(HOLDS) + "')",
            name="kind",
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    narrative_id: int = Field(foreign_key="narrative.id", index=True)
    kind: str
    starts_at: datetime
    ends_at: datetime | None = None
    territories: list[str] = json_field()  # empty = everywhere
    take_down: bool = False
    reason: str = ""
    by: int = Field(foreign_key="person.id")
    at: datetime
    lifted_at: datetime | None = None
    lifted_by: int | None = Field(default=None, foreign_key="person.id")


class Pause(SQLModel, table=True):
    """Anyone's stop. `value` is the scope's id or word ('' for all)."""

    __table_args__ = (
        CheckConstraint("scope IN ('" + "', '".join(SCOPES) + "')", name="scope"),
        CheckConstraint("lifted_at IS NULL OR lifted_first IS NOT NULL", name="lifted_by_somebody"),
        CheckConstraint("lifted_second IS NULL OR lifted_second <> lifted_first", name="lifted_by_two"),
    )
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    scope: str
    value: str = ""
    languages: list[str] = json_field()  # of a territory: those of the organisation's campaigns and helplines there
    reason: str = ""
    by: int = Field(foreign_key="person.id")
    at: datetime
    lifted_first: int | None = Field(default=None, foreign_key="person.id")
    lifted_second: int | None = Field(default=None, foreign_key="person.id")
    lifted_at: datetime | None = Field(default=None, index=True)


class Recall(SQLModel, table=True):
    """Why a live post is taken down, by whose act, and the evidence of how it ended."""

    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id", index=True)
    cause: str  # withdrawal | hold | reviewer | pause | surplus
    reason: str = ""
    by: int | None = Field(default=None, foreign_key="person.id")
    at: datetime
    ended_at: datetime | None = None
    evidence: dict[str, Any] = json_field()


def told_cause(cause: str) -> str:
    """A recall's cause as everybody may read it: that a hold took something down is safeguarding's to know."""
    return "stop" if cause == "hold" else cause


@dataclass(frozen=True, slots=True)
class Covered:
    """What a post is, as far as a stop's scope can name it."""

    message: int
    campaign: int
    narrative: int
    account: int
    theme: str
    language: str
    territories: frozenset[str]
    worldwide: bool


def covers(pause: Any, post: Covered) -> bool:
    """Whether this pause, or a row of it, stops this post.

    A territory's pause also stops worldwide accounts in its languages.
    """
    match pause.scope:
        case "all":
            return True
        case "territory":
            return pause.value in post.territories or (post.worldwide and post.language in pause.languages)
        case _:
            return bool(pause.value == str(getattr(post, pause.scope)))


def standing_pauses(session: Session) -> list[tuple[Pause, str]]:
    """The organisation's pauses that nobody has lifted, the oldest first, each with who set it."""
    mine = select(Pause, Person.ref).join(Person, col(Person.id) == col(Pause.by))
    mine = mine.where(col(Pause.lifted_at).is_(None), Pause.organisation_id == ours())
    return list(session.exec(mine.order_by(col(Pause.id))))
