"""Passwords: argon2id hashes, never the words; what is common or about the person is refused, without a network."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlmodel import Field, Session, SQLModel
from zxcvbn import zxcvbn

from content.errors import Refusal
from content.people import Person
from content.store import now

SHORTEST, LONGEST = 12, 128
_STRONG = 3  # of zxcvbn's 0 to 4: not guessed in a hundred million tries
_LOOKED = 72  # letters that zxcvbn looks at: its time grows with the square
_AT_ONCE = threading.BoundedSemaphore(2)  # each takes 64 MiB and a third of a second
_WAITS = 5.0  # seconds until somebody else may try again


class Password(SQLModel, table=True):
    """How one person's password is known again. The row is there only for who has chosen one."""

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    hash: str
    changed_at: datetime


@cache
def _hasher() -> PasswordHash:
    return PasswordHash((Argon2Hasher(time_cost=3, memory_cost=65536, parallelism=1),))


@cache
def _nobodys() -> str:
    """A hash to compare with where nobody is meant, so that the answer takes as long."""
    return _hasher().hash("nobody is called so")


def hashed(plain: str, person: Person, *about: str) -> str:
    """The hash to keep, of a password fit for this person. about: what else guessers would try (the organisation).

    Raises Refusal `password.short`, `password.long`, `password.common`, `sign_in.busy`.
    """
    if len(plain) < SHORTEST:
        raise Refusal("password.short", f"A password takes at least {SHORTEST} letters.", "Take a few words in a row.")
    if len(plain) > LONGEST:
        raise Refusal("password.long", f"A password takes at most {LONGEST} letters.", "Take a shorter one.")
    known = [person.ref, person.name, *about]
    words = [*known, *(word for one in known for word in one.split())]
    if zxcvbn(plain[:_LOOKED], user_inputs=words)["score"] < _STRONG:
        raise Refusal("password.common", "This password is among those tried first.", "Take a few unrelated words.")
    with _one_of_few():
        return _hasher().hash(plain)


def keep(session: Session, person_id: int, hash_: str) -> None:
    """From now on this is the person's password."""
    session.merge(Password(person_id=person_id, hash=hash_, changed_at=now(session)))


def matches(plain: str, known: str | None) -> bool:
    """Whether the password is the one of this hash; as slow where there is none. Refuses `sign_in.busy`."""
    with _one_of_few():
        right = _hasher().verify(plain[: LONGEST + 1], known or _nobodys())
    return right and known is not None


@contextmanager
def _one_of_few() -> Iterator[None]:
    if not _AT_ONCE.acquire(timeout=_WAITS):
        raise Refusal("sign_in.busy", "Many people are signing in just now.", "Try again in a moment.")
    try:
        yield
    finally:
        _AT_ONCE.release()
