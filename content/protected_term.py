"""Protected terms as rows: keyed hashes and a sealed copy, never the term itself; and how often each author met one."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox
from sqlmodel import Field, Session, SQLModel, col, func, select

from content.errors import Refusal
from content.keys import Keys
from content.organisation import raise_epoch
from content.people import Person, require
from content.protect import VERSION, enter, seal
from content.record import Step, by, write
from content.store import json_field, now

ALARM = 5  # hits of one person within WITHIN that the keeper is told of
WITHIN = timedelta(days=30)


class ProtectedTerm(SQLModel, table=True):
    """One name, place or detail that must never leave. `hashed` is protect.HashedTerm as JSON (hex)."""

    __tablename__ = "protected_term"
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    narrative_id: int = Field(foreign_key="narrative.id", index=True)
    hashed: dict[str, Any] = json_field()
    sealed: str  # base64 of a SealedBox to the keeper's public key
    entered_by: int = Field(foreign_key="person.id")
    at: datetime
    retired_at: datetime | None = None


_ID = col(ProtectedTerm.id)


class TermHit(SQLModel, table=True):
    """Somebody composing met a protected term: counted per person and told to the keeper, never which.

    words: a keyed hash of what they tried, tied to them: what is looked at again and again while they type is one try.
    """

    __tablename__ = "term_hit"
    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    at: datetime
    words: str | None = None


def tried(session: Session, person_id: int, words: Iterable[str], at: datetime) -> int:
    """As `hit`, for what stands in a field that is looked at as it is typed: the same words count once in 30 days.

    words: what met a term, as it was written. Other words are another try, however little they differ.
    """
    keys: Keys = session.info["keys"]
    plain = "\n".join(["try", str(person_id), *sorted(set(words))])
    mark = hmac.new(keys.terms, plain.encode(), hashlib.sha256).hexdigest()
    known = select(TermHit.id).where(TermHit.person_id == person_id, TermHit.at > at - WITHIN, TermHit.words == mark)
    return _count(session, person_id, at) if session.exec(known).first() else hit(session, person_id, at, mark)


def hit(session: Session, person_id: int, at: datetime, mark: str | None = None) -> int:
    """Counts that somebody's words met a protected term; returns how often within 30 days. Every fifth is an alarm."""
    session.add(TermHit(person_id=person_id, at=at, words=mark))
    session.flush()
    count = _count(session, person_id, at)
    if count % ALARM == 0:
        write(session, Step(by(person_id), "term.alarm", "person", person_id, {"hits": count}), at=at)
    return count


def _count(session: Session, person_id: int, at: datetime) -> int:
    statement = select(func.count()).where(TermHit.person_id == person_id, TermHit.at > at - WITHIN)
    return session.exec(statement).one()


def alarms(session: Session, at: datetime) -> dict[int, int]:
    """For the keeper: whose words met protected terms five times or more within 30 days, and how often."""
    statement = (
        select(TermHit.person_id, func.count())
        .where(TermHit.at > at - WITHIN)
        .group_by(col(TermHit.person_id))
        .having(func.count() >= ALARM)
    )
    return {row[0]: row[1] for row in session.exec(statement)}


@dataclass(frozen=True, slots=True)
class Alarm:
    """Somebody whose words met protected terms that often within 30 days, and when last; never which, nor the words."""

    ref: str
    name: str
    times: int
    last: datetime


def alarmed(session: Session, person: Person) -> list[Alarm]:
    """The alarms that stand, the latest first; each ends by itself. Keeper or safeguarding."""
    at = now(session)
    require(session, person, at, "protected.alarms")
    last = func.max(TermHit.at)
    statement = (
        select(Person.ref, Person.name, func.count(), last)
        .join(Person, col(Person.id) == col(TermHit.person_id))
        .where(TermHit.at > at - WITHIN)
        .group_by(col(Person.id), col(Person.ref), col(Person.name))
        .having(func.count() >= ALARM)
        .order_by(last.desc(), Person.ref)
    )
    return [Alarm(*row) for row in session.exec(statement)]


def reindex(session: Session, person: Person, keeper_private: bytes, key: bytes = b"") -> int:
    """Hashes every standing term anew from its sealed copy, as terms are hashed now; returns how many.

    keeper_private: the 32 bytes that the keeper alone holds; key: the new key for terms, empty to keep the present one.
    Append-only: the rows of before are retired. One of them that cannot be opened refuses all (`protect.sealed`).
    """
    standing = col(ProtectedTerm.retired_at).is_(None)
    for organisation_id in sorted(session.exec(select(ProtectedTerm.organisation_id).where(standing).distinct())):
        raise_epoch(session, organisation_id)
    rows = session.exec(select(ProtectedTerm).where(standing).order_by(_ID)).all()
    counts = Counter(row.organisation_id for row in rows)
    at, keys = now(session), session.info["keys"]
    require(session, person, at, "protected.reindex")
    box = _box(keeper_private, keys.keeper_public)
    for row in rows:
        session.add(_again(row, box, key or keys.terms, person, at))
        row.retired_at = at
    session.flush()
    for organisation_id, count in sorted(counts.items()):
        detail = {"terms": count, "version": VERSION, "key": "new" if key else "same"}
        write(session, Step(by(person.id), "term.reindex", "organisation", organisation_id, detail), at=at)
    return len(rows)


def _box(keeper_private: bytes, keeper_public: bytes) -> SealedBox[PrivateKey]:
    """What opens the sealed copies. Refuses a key that is not the keeper's, without repeating any of it."""
    known = len(keeper_private) == 32 and bytes(PrivateKey(keeper_private).public_key) == keeper_public
    if not known:
        raise Refusal(
            "protect.private",
            "That is not the keeper's private half of this instance.",
            "Take the file that `counterpoint init` wrote outside the home folder.",
        )
    return SealedBox(PrivateKey(keeper_private))


def _again(row: ProtectedTerm, box: SealedBox[PrivateKey], key: bytes, person: Person, at: datetime) -> ProtectedTerm:
    try:
        hashed = enter(box.decrypt(b64decode(row.sealed)).decode(), key)
    except (CryptoError, ValueError):
        raise Refusal(
            "protect.sealed",
            f"The sealed copy of term {row.id} does not open, so nothing was changed.",
            "Enter that term again, and have whoever runs this instance look at its row.",
        ) from None
    return ProtectedTerm(
        organisation_id=row.organisation_id, narrative_id=row.narrative_id, hashed=hashed.as_json(),
        sealed=row.sealed, entered_by=person.id or 0, at=at,
    )  # fmt: skip


def protect(session: Session, person: Person, organisation_id: int, narrative_id: int, term: str) -> ProtectedTerm:
    """Enters a term: from here on only its keyed hashes exist, and a copy sealed to the keeper's offline key.

    Keeper or safeguarding. Every stored result of the words checks is void until they have looked again.
    """
    raise_epoch(session, organisation_id)
    at = now(session)
    require(session, person, at, "protected.enter")
    keys: Keys = session.info["keys"]
    made = ProtectedTerm(
        organisation_id=organisation_id,
        narrative_id=narrative_id,
        hashed=enter(term, keys.terms).as_json(),
        sealed=b64encode(seal(term, keys.keeper_public)).decode(),
        entered_by=person.id or 0,
        at=at,
    )
    session.add(made)
    session.flush()
    write(session, Step(by(person.id), "term.protect", "term", made.id or 0, {"narrative": narrative_id}), at=at)
    return made
