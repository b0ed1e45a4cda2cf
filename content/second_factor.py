"""The second factor: six digits from an app, each step's once, or one of ten recovery codes, each once."""

import hashlib
import re
import secrets
import unicodedata
from datetime import datetime

import pyotp
from sqlalchemy import update
from sqlmodel import Field, Session, SQLModel, col, select

from content.errors import Refusal
from content.keys import Keys, decrypt, encrypt
from content.people import Person
from content.store import wall

STEP = 30  # seconds
_DRIFT = 1  # steps by which a clock may be off, either way
_SECRET = re.compile("[A-Z2-7]{32}")  # as an app takes it: 160 bits
_CODES, _LETTERS = 10, "abcdefghjkmnpqrstuvwxyz23456789"  # none that reads like another


class SecondFactor(SQLModel, table=True):
    """One person's shared secret. last_step: of the newest code that was taken; none is taken twice."""

    __tablename__ = "second_factor"
    person_id: int = Field(primary_key=True, foreign_key="person.id")
    sealed: str  # under the instance's fields key
    last_step: int = 0
    since: datetime


class RecoveryCode(SQLModel, table=True):
    """A code for whoever has lost their app; of its hash alone."""

    __tablename__ = "recovery_code"
    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    hash: str
    used_at: datetime | None = None


def new_secret() -> str:
    """A secret for an app, base32; kept nowhere until a code of it was shown."""
    return pyotp.random_base32()


def address(secret: str, person: Person, organisation: str) -> str:
    """What the app's camera reads (otpauth://…)."""
    return pyotp.TOTP(secret).provisioning_uri(name=person.ref, issuer_name=organisation)


def enrol(session: Session, person_id: int, secret: str, code: str) -> tuple[str, ...]:
    """Keeps the secret, of which this is a code, in place of what was before; returns the new recovery codes.

    Raises Refusal `code.wrong`, `form.unread` for a secret that is none of `new_secret`.
    """
    if not _SECRET.fullmatch(secret):
        raise Refusal("form.unread", "This form does not hold the secret its page showed.", "Open the page again.")
    at = wall(session)
    step = _step(secret, code, at)
    if step is None:
        raise Refusal("code.wrong", "That is not the app's code.", "Wait for the next; check the phone's clock.")
    keys: Keys = session.info["keys"]
    sealed = encrypt(keys.fields, secret, _place(person_id))
    session.merge(SecondFactor(person_id=person_id, sealed=sealed, last_step=step, since=at))
    return new_codes(session, person_id)


def takes(session: Session, person_id: int, code: str) -> bool:
    """Whether this is a code of the person's that was not used yet; from now on it is used."""
    at, given = wall(session), _typed(code)
    if given.isdecimal():
        return _takes_step(session, person_id, given, at)
    used = update(RecoveryCode).where(
        col(RecoveryCode.person_id) == person_id,
        col(RecoveryCode.hash) == _hash(given),
        col(RecoveryCode.used_at).is_(None),
    )
    return bool(session.execute(used.values(used_at=at)).rowcount)  # type: ignore[attr-defined]  # an UPDATE counts


def _takes_step(session: Session, person_id: int, code: str, at: datetime) -> bool:
    row = session.get(SecondFactor, person_id)
    if row is None:
        return False
    keys: Keys = session.info["keys"]
    step = _step(decrypt(keys.fields, row.sealed, _place(person_id)), code, at)
    if step is None:
        return False
    newer = update(SecondFactor).where(col(SecondFactor.person_id) == person_id, col(SecondFactor.last_step) < step)
    return bool(session.execute(newer.values(last_step=step)).rowcount)  # type: ignore[attr-defined]  # as above


def _step(secret: str, code: str, at: datetime) -> int | None:
    """The step whose code this is, among those near now."""
    present, known = int(at.timestamp()) // STEP, pyotp.TOTP(secret)
    near = range(present - _DRIFT, present + _DRIFT + 1)
    given = _typed(code).encode()
    return next((step for step in near if secrets.compare_digest(known.generate_otp(step).encode(), given)), None)


def _typed(code: str) -> str:
    """A code without spaces, its digits those of the app, whichever a keyboard writes: ٤٢ is 42."""
    return "".join(str(unicodedata.decimal(one, one)) for one in code if not one.isspace()).lower()


def new_codes(session: Session, person_id: int) -> tuple[str, ...]:
    """Ten recovery codes in place of those before."""
    for old in session.exec(select(RecoveryCode).where(RecoveryCode.person_id == person_id)):
        session.delete(old)
    made = tuple("-".join(_word() for _ in range(4)) for _ in range(_CODES))
    session.add_all([RecoveryCode(person_id=person_id, hash=_hash(one)) for one in made])
    session.flush()
    return made


def _word() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(4))


def _hash(code: str) -> str:
    """80 bits at random need no slow hash."""
    return hashlib.sha256(code.replace("-", "").encode()).hexdigest()


def _place(person_id: int) -> str:
    return f"second_factor|sealed|{person_id}"
