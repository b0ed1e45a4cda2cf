"""A person's link to the plan for a calendar program: made, shown again to them alone, taken back at once.

There is one at a time. It is what the record says: the newest step about it opened one, or closed it; and the secret in
it is a code over that step under the instance's key, so that nothing which opens the plan lies in the database. A copy
that is put back has another epoch, and no link of before opens it. Refusals: feed.none.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode

from sqlmodel import Session, col, select

from content.errors import Refusal
from content.keys import Keys
from content.organisation import the_instance
from content.people import Person, require
from content.record import Record, Step, by, write
from content.store import now

_SUBJECT, _OPEN, _CLOSE = "feed", "feed.open", "feed.close"


def link(session: Session, person: Person) -> str:
    """The secret part of this person's link; "" where they have none."""
    newest = _newest(session, person.id or 0)
    return _token(session, newest) if newest and newest.action == _OPEN else ""


def open_link(session: Session, person: Person) -> str:
    """A new link; the one before opens nothing from here on."""
    require(session, person, now(session), "calendar.subscribe")
    write(session, Step(by(person.id), _OPEN, _SUBJECT, person.id or 0))
    return link(session, person)


def close_link(session: Session, person: Person) -> None:
    """Takes the link back."""
    require(session, person, now(session), "calendar.subscribe")
    write(session, Step(by(person.id), _CLOSE, _SUBJECT, person.id or 0))


def subscriber(session: Session, token: str) -> Person:
    """Whose link this is. One refusal (`feed.none`) for a wrong one, one taken back, and somebody switched off."""
    number = token.partition("-")[0]
    found = session.get(Record, int(number)) if number.isdecimal() and len(number) < 18 else None
    right = found is not None and found.subject == _SUBJECT and _same(session, found, token)
    person = session.get(Person, int(found.subject_id)) if found is not None and right else None
    if person is None or person.disabled_at is not None or link(session, person) != token:
        raise Refusal("feed.none", "There is no calendar at this address.", "Take the link from your calendar page.")
    return person


def _newest(session: Session, person_id: int) -> Record | None:
    statement = select(Record).where(Record.subject == _SUBJECT, Record.subject_id == str(person_id))
    return session.exec(statement.order_by(col(Record.id).desc()).limit(1)).first()


def _same(session: Session, step: Record, token: str) -> bool:
    return hmac.compare_digest(_token(session, step).encode(), token.encode())


def _token(session: Session, step: Record) -> str:
    keys: Keys = session.info["keys"]
    told = f"counterpoint/feed|{the_instance(session).epoch}|{step.id}|{step.subject_id}"
    mac = hmac.new(keys.fields, told.encode(), hashlib.sha256).digest()
    return f"{step.id}-{urlsafe_b64encode(mac).decode().rstrip('=')}"
