"""One narrative as the desk shows it: its passages with their state, what was made public, what protects the person.

Tags stand here only once nobody is still to give theirs, for whoever reads may be the next to tag. What a hold is for,
and how many terms are protected, is for keepers; everybody else learns that the narrative is not available.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from content import people
from content.clearing import cleared, tags
from content.consent import ConsentEvent
from content.covering import standing
from content.lifecycle import LIVE, Post
from content.message import Message
from content.narrative import Exposure, Narrative, Passage, Quote, Source, narrative_of
from content.organisation import Account, Organisation
from content.people import Person
from content.protected_term import ProtectedTerm
from content.stop import Hold
from content.stopping import Stopped
from content.store import now
from content.tags import TagsRecord
from content.uncleared import Uncleared


@dataclass(frozen=True, slots=True)
class Portrait:
    """held: a hold stops it now; exposed: what was ever made public of the person, the oldest first."""

    narrative: Narrative
    held: bool
    exposed: tuple[Exposure, ...]


@dataclass(frozen=True, slots=True)
class ShownPassage:
    """The newest version of one passage. state: cleared | waits | refused; waits: the roles that are still to answer;
    tags: the stricter of all, None while somebody is still to give theirs."""

    passage: Passage
    state: str
    waits: tuple[str, ...]
    tags: TagsRecord | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A passage in one language. stale: what it was translated from has changed since."""

    shown: ShownPassage
    stale: bool


@dataclass(frozen=True, slots=True)
class Matrix:
    """Passages down, languages across; what is missing has no cell."""

    languages: tuple[str, ...]
    rows: tuple[tuple[str, Mapping[str, Cell]], ...]


@dataclass(frozen=True, slots=True)
class Protection:
    """For keepers. holds: that stand, each with who set it; terms: how many are protected; live: copies that are up."""

    holds: tuple[tuple[Hold, str], ...]
    terms: int
    live: int


def portrait(session: Session, person: Person, ref: str) -> Portrait:
    """For everybody who may read narratives. Refuses an unknown one."""
    at = now(session)
    people.require(session, person, at, "narrative.read")
    found = narrative_of(session, ref)
    over = or_(col(Hold.ends_at).is_(None), col(Hold.ends_at) > at)
    held = select(Hold.id).where(_stands(found), col(Hold.starts_at) <= at, over).limit(1)
    exposed = select(Exposure).where(Exposure.narrative_id == found.id).order_by(col(Exposure.at), Exposure.attribute)
    return Portrait(found, session.exec(held).first() is not None, tuple(session.exec(exposed)))


def passages(session: Session, narrative: Narrative) -> list[ShownPassage]:
    """The newest version of each passage, in the order in which they came in."""
    statement = select(Passage).where(Passage.narrative_id == narrative.id).order_by(col(Passage.number))
    newest = {one.ref: one for one in session.exec(statement)}
    ids = [one.id or 0 for one in newest.values()]
    waiting = {one.material_id: one for one in _waiting(session, ids)}
    given, good = tags(session, [key for key in ids if key not in waiting]), cleared(session, "passage", ids)
    return [
        ShownPassage(
            one, "waits" if key in waiting else "cleared" if key in good else "refused",
            _roles(waiting[key]) if key in waiting else (), given.get(key),
        )
        for one in newest.values()
        if (key := one.id or 0)
    ]  # fmt: skip


def quotes(session: Session, narrative: Narrative) -> Sequence[Quote]:
    """Its verbatim fragments."""
    return session.exec(select(Quote).where(Quote.narrative_id == narrative.id).order_by(col(Quote.id))).all()


def sources(session: Session, narrative: Narrative) -> Sequence[Source]:
    """Where it was published."""
    return session.exec(select(Source).where(Source.narrative_id == narrative.id).order_by(col(Source.id))).all()


def events(session: Session, person: Person, narrative: Narrative) -> list[tuple[ConsentEvent, str]]:
    """What the person allowed and took back, the newest first, each with who wrote it down."""
    people.require(session, person, now(session), "consent.read")
    statement = select(ConsentEvent, Person.ref).join(Person, col(Person.id) == col(ConsentEvent.by))
    own = statement.where(ConsentEvent.narrative_id == narrative.id)
    return list(session.exec(own.order_by(col(ConsentEvent.id).desc())))


def protection(session: Session, person: Person, narrative: Narrative) -> Protection:
    """For keeper and safeguarding."""
    people.require(session, person, now(session), "hold.read")
    holds = select(Hold, Person.ref).join(Person, col(Person.id) == col(Hold.by)).where(_stands(narrative))
    terms = select(func.count()).where(
        col(ProtectedTerm.narrative_id) == narrative.id, col(ProtectedTerm.retired_at).is_(None)
    )
    return Protection(
        tuple(session.exec(holds.order_by(col(Hold.id)))),
        session.exec(terms).one(),
        len(standing(session, [narrative.id or 0], LIVE)),
    )


def matrix(session: Session, narrative: Narrative) -> Matrix:
    """Its passages by language: en-1 and ar-1 are one passage in two."""
    home = session.get_one(Organisation, narrative.organisation_id)
    rows: dict[str, dict[str, ShownPassage]] = {}
    for one in passages(session, narrative):
        ref, language = one.passage.ref, one.passage.language
        rows.setdefault(ref.removeprefix(f"{language}-"), {})[language] = one
    said = {language for row in rows.values() for language in row}
    known = [one for one in home.languages if one in said or one == home.home_language]
    languages = (*known, *sorted(said - set(known)))
    return Matrix(languages, tuple((key, _cells(row, home.home_language)) for key, row in rows.items()))


def _cells(row: Mapping[str, ShownPassage], home: str) -> dict[str, Cell]:
    first = row.get(home) or min(row.values(), key=lambda one: one.passage.id or 0)
    changed = first.passage.created_at if first.passage.number > 1 else None
    return {
        language: Cell(one, changed is not None and one is not first and one.passage.created_at < changed)
        for language, one in row.items()
    }


def _stands(narrative: Narrative) -> ColumnElement[bool]:
    return (col(Hold.narrative_id) == narrative.id) & col(Hold.lifted_at).is_(None)


def _waiting(session: Session, ids: Iterable[int]) -> Sequence[Uncleared]:
    statement = select(Uncleared).where(Uncleared.kind == "passage", col(Uncleared.material_id).in_(list(ids)))
    return session.exec(statement).all()


def _roles(one: Uncleared) -> tuple[str, ...]:
    return tuple(role for role in ("content", "safeguarding") if getattr(one, role))


@dataclass(frozen=True, slots=True)
class Weighed:
    """One post that a withdrawal stops or takes back. then: cancelled | recalled | running."""

    where: str
    message: str
    language: str
    state: str
    then: str


SHOWN = 200  # posts that a preview lists; its numbers count all


def weighed(session: Session, told: Stopped) -> list[Weighed]:
    """The first of the posts that an act stops, by their time."""
    fates = {key: then for then in ("cancelled", "recalled", "running") for key in getattr(told, then)}
    statement = (
        select(Post, Account.name, Message.ref)
        .join(Account, col(Account.id) == col(Post.account_id))
        .join(Message, col(Message.id) == col(Post.message_id))
        .where(col(Post.id).in_(list(fates)[:SHOWN]))
        .order_by(col(Post.due_at), col(Post.id))
    )
    found = session.exec(statement)
    return [Weighed(name, ref, post.language, post.state, fates[post.id or 0]) for post, name, ref in found]
