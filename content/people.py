"""People, what each may do, and who gave it to them."""

import hashlib
import hmac
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag
from sqlalchemy import CheckConstraint, Index, UniqueConstraint, bindparam, text
from sqlalchemy import select as rows
from sqlmodel import Field, Session, SQLModel, col, select
from sqlmodel.sql.sqltypes import UTCDateTime

from content.errors import Refusal
from content.given import among
from content.keys import Keys, decrypt, encrypt
from content.once import once
from content.permission import permission
from content.record import Step, by, write
from content.store import now

ROLES = (
    "author", "translator", "content", "safeguarding", "legal", "religious", "language", "keeper", "board", "operator",
)  # fmt: skip
WAIT = timedelta(hours=24)
_REF = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_NOBODY = "0" * 64
_OPEN = "confirmed_at IS NULL AND revoked_at IS NULL AND NOT founding"  # one person gave it, a second is wanted


class Person(SQLModel, table=True):
    """Somebody who works here. The name is theirs alone: logs and record rows carry the id."""

    __table_args__ = (UniqueConstraint("organisation_id", "ref"), Index("ix_person_ref", "ref", unique=True))
    id: int | None = Field(default=None, primary_key=True)
    # Of no use: an instance speaks for one organisation, and people are named before it is known. Names are unique in
    # the whole instance; the column stays because schemas only add.
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id")
    ref: str  # what `--as` takes: alice
    name: str
    token_hash: str  # SHA-256 of the local token
    founding: bool = False
    created_at: datetime
    disabled_at: datetime | None = None


class PersonKey(SQLModel, table=True):
    """The key under which a person's words in the record are encrypted; deleting the row erases the person."""

    __tablename__ = "person_key"
    person_id: int = Field(primary_key=True, foreign_key="person.id")
    wrapped: str  # base64 of key_id | nonce | ciphertext under the instance's fields key


class RoleGrant(SQLModel, table=True):
    """A role given to a person: two people and a day, except the founding ones."""

    __tablename__ = "role_grant"
    __table_args__ = (
        CheckConstraint("role IN ('" + "', '".join(ROLES) + "')", name="role"),
        CheckConstraint("(role = 'language') = (language IS NOT NULL)", name="language_named"),
        CheckConstraint(
            "valid_from IS NULL OR founding OR (granted_by IS NOT NULL AND confirmed_by IS NOT NULL)",
            name="two_people",
        ),
        CheckConstraint(
            "confirmed_by IS NULL OR (confirmed_by <> granted_by AND confirmed_by <> person_id)",
            name="distinct",
        ),
        CheckConstraint("granted_by IS NULL OR granted_by <> person_id", name="not_to_oneself"),
        Index("ix_role_grant_open", "id", sqlite_where=text(_OPEN), postgresql_where=text(_OPEN)),
    )
    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    role: str
    language: str | None = None
    founding: bool = False
    granted_by: int | None = Field(default=None, foreign_key="person.id")
    granted_at: datetime
    confirmed_by: int | None = Field(default=None, foreign_key="person.id")
    confirmed_at: datetime | None = None
    valid_from: datetime | None = None  # a day after the confirmation
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Founder:
    """Somebody named when the instance is founded. roles: "content", "language:ar" …"""

    ref: str
    name: str
    roles: tuple[str, ...]


def found(session: Session, founders: Sequence[Founder]) -> dict[str, str]:
    """Names the founding people once, before any message exists; their roles hold at once. Returns ref -> token.

    Raises Refusal `people.founded`, `people.few`, `people.ref`, `role.unknown`.
    """
    _refuse_founding(session, founders)
    at = now(session)
    tokens = {founder.ref: secrets.token_urlsafe(32) for founder in founders}
    roles: dict[str, list[str]] = {}
    for founder in founders:
        person = _enter(session, founder.ref, founder.name, tokens[founder.ref], at, founding=True)
        for role, language in dict.fromkeys(map(_split, founder.roles)):
            session.add(
                RoleGrant(
                    person_id=_id(person), role=role, language=language, founding=True, granted_at=at, valid_from=at
                )
            )
        roles[str(person.id)] = sorted(set(founder.roles))
    session.flush()
    write(session, Step("init", "instance.init", "instance", 1, {"roles": roles}), at=at)
    return tokens


def add(session: Session, person: Person, ref: str, name: str) -> tuple[Person, str]:
    """Enters somebody without any role; returns the person and the token, which is shown once."""
    at = now(session)
    require(session, person, at, "person.add")
    if session.exec(select(Person).where(Person.ref == ref)).first() is not None:
        raise Refusal("people.ref", f"Somebody is already called {ref} here.", "Choose another short name.")
    token = secrets.token_urlsafe(32)
    entered = _enter(session, ref, name, token, at, founding=False)
    write(session, Step(by(person.id), "person.add", "person", _id(entered)), at=at)
    return entered, token


def identify(session: Session, ref: str, token: str) -> Person:
    """The person with this token. One answer for an unknown name, a wrong token and a person switched off."""
    found = session.exec(select(Person).where(Person.ref == ref)).first()
    given = hashlib.sha256(token.encode()).hexdigest()
    known = found.token_hash if found is not None and found.disabled_at is None else _NOBODY
    if not hmac.compare_digest(given, known) or found is None:
        raise Refusal(
            "rights.unknown", "That name and token do not belong together.", "Check --as and the token you were given."
        )
    return found


def roles(session: Session, person_id: int, at: datetime) -> frozenset[str]:
    """The roles in force at that instant; a language's is written `language:ar`."""
    return once(session, ("roles", person_id, at), lambda: _roles(session, person_id, at))


def found_before(session: Session, person_id: int, at: datetime, held: frozenset[str]) -> None:
    """For a session that keeps answers (once.keeping): its instant, and the roles that the person it is for held then,
    as the same request has just found them."""
    once(session, ("roles", person_id, once(session, "now", lambda: at)), lambda: held)


def _roles(session: Session, person_id: int, at: datetime) -> frozenset[str]:
    session.flush()  # what was granted in this transaction counts
    found = session.connection().execute(_ROLES, {"person": person_id, "at": at})
    return frozenset(f"{role}:{language}" if language else role for role, language in found)


_at = bindparam("at", type_=UTCDateTime())
_ROLES = (  # asked for with each request, some of them several times
    rows(col(RoleGrant.role), col(RoleGrant.language))
    .join(Person, col(Person.id) == col(RoleGrant.person_id))
    .where(col(RoleGrant.person_id) == bindparam("person"), col(RoleGrant.valid_from) <= _at)
    .where(col(RoleGrant.revoked_at).is_(None) | (col(RoleGrant.revoked_at) > _at))
    .where(col(Person.disabled_at).is_(None))
)


def may(held: Iterable[str], verb: str) -> bool:
    """Whether one of these roles is enough for this verb, its conditions aside."""
    any_of, plain = permission(verb).roles, {form for role in held for form in (role, role.partition(":")[0])}
    return not any_of or bool(plain & set(any_of))


def still(session: Session, person_id: int | None, at: datetime, verb: str) -> bool:
    """Whether what the first of two people said counts: they may say so now. Who lost the role, or was switched off,
    is not one of the two any more."""
    return person_id is not None and may(roles(session, person_id, at), verb)


def require(session: Session, person: Person, at: datetime, verb: str) -> None:
    """Refuses (`rights.role`) whoever holds none of the roles now that this verb takes (permission.py)."""
    any_of = permission(verb).roles
    if not may(roles(session, _id(person), at), verb):
        raise Refusal(
            "rights.role",
            f"This takes somebody who is {_listed(any_of)}.",
            "Ask such a person; `counterpoint user` shows who that is.",
        )


def grant(session: Session, person: Person, to: Person, role: str) -> RoleGrant:
    """The first of two people gives a role; it counts a day after the second confirmed it."""
    at = now(session)
    require(session, person, at, "role.grant")
    if person.id == to.id:
        raise Refusal("rights.self", "Nobody gives a role to themselves.", "Ask two others, one from safeguarding.")
    name, language = _split(role)
    given = RoleGrant(person_id=_id(to), role=name, language=language, granted_by=_id(person), granted_at=at)
    session.add(given)
    session.flush()
    write(session, Step(by(person.id), "role.grant", "role", given.id or 0, {"to": to.id, "role": role}), at=at)
    return given


def confirm(session: Session, person: Person, grant_id: int) -> RoleGrant:
    """The second person confirms; one of the two is from safeguarding, and neither is who gets the role."""
    at = now(session)
    require(session, person, at, "role.confirm")
    given = _grant(session, grant_id)
    if person.id in (given.granted_by, given.person_id):
        raise Refusal("rights.self", "Whoever gave or gets the role cannot confirm it.", "Ask a third person.")
    if given.confirmed_at is not None or given.revoked_at is not None:
        raise Refusal("role.settled", "This grant is already confirmed or taken back.", "Nothing is left to do.")
    if not still(session, given.granted_by, at, "role.grant"):
        raise Refusal("rights.role", "Whoever gave this role may give none any more.", "Take it back; give it anew.")
    two = roles(session, _id(person), at) | roles(session, given.granted_by or 0, at)
    if "safeguarding" not in two:
        raise Refusal("rights.role", "One of the two must be from safeguarding.", "Ask somebody from safeguarding.")
    given.confirmed_by, given.confirmed_at, given.valid_from = person.id, at, at + WAIT
    session.add(given)
    write(session, Step(by(person.id), "role.confirm", "role", grant_id, {"to": given.person_id}), at=at)
    return given


def revoke(session: Session, person: Person, grant_id: int) -> RoleGrant:
    """Takes a role back at once; one person of safeguarding or the keeper is enough."""
    at = now(session)
    require(session, person, at, "role.revoke")
    given = _grant(session, grant_id)
    if given.revoked_at is not None:
        raise Refusal("role.settled", "This grant is already taken back.", "Nothing is left to do.")
    given.revoked_at = at
    session.add(given)
    write(session, Step(by(person.id), "role.revoke", "role", grant_id, {"to": given.person_id}), at=at)
    return given


def granters(session: Session, person_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """Who gave or confirmed each person's roles: granter and grantee never complete one quorum."""
    ids = set(person_ids)
    found: dict[int, set[int]] = {key: set() for key in ids}
    for given in session.exec(_GRANTS, params={"ids": ids}):
        found[given.person_id] |= {one for one in (given.granted_by, given.confirmed_by) if one is not None}
    return {key: frozenset(value) for key, value in found.items()}


_GRANTS = select(RoleGrant).where(among(RoleGrant.person_id, "ids"), col(RoleGrant.revoked_at).is_(None))


def seal_words(session: Session, person_id: int, plain: str, table: str, at: datetime) -> str:
    """Somebody's free words, encrypted under that person's key; `table` and `at` tie them to their row."""
    return encrypt(_key(session, person_id), plain, _place(table, person_id, at)) if plain else ""


def read_words(session: Session, person_id: int, sealed: str, table: str, at: datetime) -> str:
    """The words again; empty once the person was erased."""
    key = session.get(PersonKey, person_id) if sealed else None
    if key is None:
        return ""
    session.info.setdefault("keys of people", {})[person_id] = key  # a page of somebody's words asks for it once
    try:
        return decrypt(_key(session, person_id), sealed, _place(table, person_id, at))
    except (InvalidTag, ValueError):
        raise Refusal(
            "words.changed", "These words were changed or moved to another row.", "Run `counterpoint audit verify`."
        ) from None


def erase(session: Session, person: Person, whom: Person) -> None:
    """Makes everything somebody wrote in free words unreadable for good; the record still verifies."""
    at = now(session)
    require(session, person, at, "person.erase")
    key = session.get(PersonKey, whom.id)
    if key is not None:
        session.delete(key)
    whom.name, whom.token_hash, whom.disabled_at = "", _NOBODY, whom.disabled_at or at
    session.add(whom)
    write(session, Step(by(person.id), "person.erase", "person", _id(whom)), at=at)


def disable(session: Session, person: Person, whom: Person) -> None:
    """Switches somebody off: no token, password or session of theirs counts any more. Refuses `rights.self`."""
    at = now(session)
    require(session, person, at, "person.disable")
    if person.id == whom.id:
        raise Refusal("rights.self", "Nobody switches themselves off.", "Ask somebody else of safeguarding.")
    whom.disabled_at = whom.disabled_at or at
    session.add(whom)
    write(session, Step(by(person.id), "person.disable", "person", _id(whom)), at=at)


def by_ref(session: Session, ref: str) -> Person:
    """The person with this short name. Refuses an unknown one."""
    return known(by_refs(session, [ref]), ref)


def by_refs(session: Session, refs: Iterable[str]) -> dict[str, Person]:
    """Those of these short names that somebody has."""
    wanted = set(refs)
    rows = session.exec(select(Person).where(col(Person.ref).in_(wanted))) if wanted else ()
    return {row.ref: row for row in rows}


def known(found: Mapping[str, Person], ref: str) -> Person:
    """The person with this short name among those that were found. Refuses an unknown one."""
    person = found.get(ref)
    if person is None:
        raise Refusal("people.none", f"Nobody here is called {ref}.", "`counterpoint user list` shows who there is.")
    return person


def _refuse_founding(session: Session, founders: Sequence[Founder]) -> None:
    connection = session.connection()
    if (
        connection.execute(text("SELECT 1 FROM person LIMIT 1")).first()
        or connection.execute(text("SELECT 1 FROM message LIMIT 1")).first()
    ):
        raise Refusal(
            "people.founded", "People are named once, before any message exists.", "Use `counterpoint user grant`."
        )
    judges = [f for f in founders if {"content", "safeguarding"} & set(f.roles)]
    if len(founders) < 5 or len(judges) < 3:
        raise Refusal(
            "people.few",
            f"{len(founders)} people were named, {len(judges)} of them content or safeguarding.",
            "Name at least five, three of them content or safeguarding.",
        )
    if len({founder.ref for founder in founders}) < len(founders):
        raise Refusal("people.ref", "Two people have the same short name.", "Give each their own.")


def _enter(session: Session, ref: str, name: str, token: str, at: datetime, *, founding: bool) -> Person:
    if not _REF.fullmatch(ref) or not name.strip():
        raise Refusal(
            "people.ref",
            f"“{ref}” is no short name, or the name is empty.",
            "Use small letters, digits, - and _, starting with a letter: alice.",
        )
    hashed = hashlib.sha256(token.encode()).hexdigest()
    person = Person(ref=ref, name=name.strip(), token_hash=hashed, founding=founding, created_at=at)
    session.add(person)
    session.flush()
    keys: Keys = session.info["keys"]
    own = b64encode(secrets.token_bytes(32)).decode()
    session.add(PersonKey(person_id=_id(person), wrapped=encrypt(keys.fields, own, f"person_key|wrapped|{person.id}")))
    session.flush()
    return person


def _key(session: Session, person_id: int) -> bytes:
    row = session.get(PersonKey, person_id)
    if row is None:
        raise Refusal("people.erased", "This person was erased.", "Nothing of theirs can be written or read.")
    keys: Keys = session.info["keys"]
    return b64decode(decrypt(keys.fields, row.wrapped, f"person_key|wrapped|{person_id}"))


def _place(table: str, person_id: int, at: datetime) -> str:
    return f"{table}|reason|{person_id}|{at.timestamp():.6f}"


def _split(role: str) -> tuple[str, str | None]:
    name, _, language = role.partition(":")
    fits = bool(_LANGUAGE.fullmatch(language)) if name == "language" else not language
    if name not in ROLES or not fits:
        raise Refusal(
            "role.unknown", f"There is no role “{role}”.", f"Use {_listed(ROLES)}; a language's: language:ar."
        )
    return name, language or None


def _grant(session: Session, grant_id: int) -> RoleGrant:
    found = session.get(RoleGrant, grant_id)
    if found is None:
        raise Refusal("role.none", f"There is no grant {grant_id}.", "`counterpoint user list` shows them.")
    return found


def _listed(words: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _id(person: Person) -> int:
    assert person.id is not None
    return person.id
