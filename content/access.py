"""How somebody signs in, changed by themselves: password, app, recovery codes, and the sessions that are open.

Whatever is changed here ends every other session of theirs: who had the old one is out.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from content import invitation, password, second_factor
from content.errors import Refusal
from content.people import Person, require
from content.record import Step, by, write
from content.sign_in import IDLE, LONGEST, SignedIn, SignIn, end
from content.store import Store, now, wall

SHORT = 16  # hex digits of a session's hash by which its page names it
_MOST = 50  # sessions shown


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One browser in which somebody is signed in. mark: names it; device: coarsely, `firefox/linux`; own: this one."""

    mark: str
    device: str
    begun_at: datetime
    seen_at: datetime
    own: bool


def change_password(store: Store, who: SignedIn, old: str, new: str) -> None:
    """The new password, for whoever knows the old one. Hashing takes a third of a second: outside of any transaction.

    Who guesses spends a code of the app with each guess. Raises Refusal `password.wrong`, and as `password.hashed`.
    """
    key = who.person.id or 0
    with store.read() as session:
        known = session.get(password.Password, key)
        about = invitation.about(session)
    if not password.matches(old, known.hash if known else None):
        raise Refusal("password.wrong", "That is not your password of now.", "Enter the one you signed in with.")
    hashed = password.hashed(new, who.person, about)
    with store.write() as session:
        _may(session, who.person)
        password.keep(session, key, hashed)
        _done(session, who, "password.change")


def change_app(session: Session, who: SignedIn, secret: str, code: str) -> tuple[str, ...]:
    """Another app from now on, which has shown this code; returns new recovery codes. Raises Refusal `code.wrong`."""
    _may(session, who.person)
    codes = second_factor.enrol(session, who.person.id or 0, secret, code)
    _done(session, who, "second_factor.change")
    return codes


def change_codes(session: Session, who: SignedIn) -> tuple[str, ...]:
    """New recovery codes; the old ones count no more."""
    _may(session, who.person)
    codes = second_factor.new_codes(session, who.person.id or 0)
    _done(session, who, "recovery_codes.change")
    return codes


def sessions(session: Session, who: SignedIn) -> tuple[OpenSession, ...]:
    """Where this person is signed in, the latest first."""
    at = wall(session)
    statement = (
        select(SignIn)
        .where(SignIn.person_id == who.person.id, col(SignIn.ended_at).is_(None))
        .where(SignIn.seen_at > at - IDLE, SignIn.begun_at > at - LONGEST)
        .order_by(col(SignIn.begun_at).desc())
        .limit(_MOST)
    )
    return tuple(
        OpenSession(row.token_hash[:SHORT], row.device, row.begun_at, row.seen_at, row.token_hash == who.hash)
        for row in session.exec(statement)
    )


def end_one(session: Session, who: SignedIn, mark: str) -> None:
    """Ends one of this person's sessions. Refuses (`session.none`) what is none of theirs, or over."""
    _may(session, who.person)
    mine = select(SignIn).where(SignIn.person_id == who.person.id, col(SignIn.ended_at).is_(None))
    found = session.exec(mine.where(col(SignIn.token_hash).startswith(mark, autoescape=True))).first()
    if found is None or len(mark) != SHORT:
        raise Refusal("session.none", "You have no such session, or it is over.", "Look at the list again.")
    end(session, found.token_hash, found.person_id, "sign_in.end")


def end_others(session: Session, who: SignedIn) -> None:
    """Ends every session of this person but the one that asks."""
    _may(session, who.person)
    _end_others(session, who)
    write(session, Step(by(who.person.id), "sign_in.end_others", "person", who.person.id or 0))


def _may(session: Session, person: Person) -> None:
    """Whoever works here, for themselves; somebody switched off has no roles and no session, and is refused."""
    require(session, person, now(session), "own.change")


def _done(session: Session, who: SignedIn, action: str) -> None:
    _end_others(session, who)
    write(session, Step(by(who.person.id), action, "person", who.person.id or 0))


def _end_others(session: Session, who: SignedIn) -> None:
    others = update(SignIn).where(col(SignIn.person_id) == who.person.id, col(SignIn.ended_at).is_(None))
    session.execute(others.where(col(SignIn.token_hash) != who.hash).values(ended_at=wall(session)))
