"""What lets us in at an account: given once, kept sealed, never shown again; a new one replaces the one before.

Sealed with the key for sensitive fields, which stands outside the database; whoever holds the rows alone holds none.
Nothing is sent with a new one until a worker has seen who answers to it.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from cryptography.exceptions import InvalidTag
from sqlalchemy import CheckConstraint, Index, text, update
from sqlmodel import Field, Session, SQLModel, col, select

from content.errors import Refusal
from content.keys import decrypt, encrypt
from content.organisation import Account, ours, the_organisation
from content.people import Person, require
from content.promised import PROMISED, Promised
from content.record import Step, by, write
from content.store import now

LONGEST = 20_000  # characters of one value: a private key fits
STANDING = text("ended_at IS NULL")


class Credential(SQLModel, table=True):
    """One set of an account's secrets, by name, as sealed JSON; the newest that has not ended is the one used."""

    __table_args__ = (
        CheckConstraint("sealed <> '' OR ended_at IS NOT NULL", name="sealed"),  # an ended one keeps nothing
        Index("ix_credential_standing", "account_id", "id", sqlite_where=STANDING, postgresql_where=STANDING),
    )
    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id")
    sealed: str
    given_by: int = Field(foreign_key="person.id")
    given_at: datetime
    ended_at: datetime | None = None


def give(session: Session, person: Person, ref: str, secrets: Mapping[str, str]) -> Account:
    """Keeps new credentials of an account. Where a channel signs with both, one older set stands beside them.

    Raises Refusal `account.none`, `credential.none_needed`, `credential.names`, `credential.value`, `rights.role`.
    """
    row = _allowed(session, person, ref)
    promised = PROMISED.get(row.channel, Promised("", ""))
    told = _checked(row, promised, secrets)
    standing = _standing(session, row)
    _end(session, standing[1:] if promised.both else standing, now(session))
    made = Credential(account_id=row.id or 0, sealed=_seal(session, row, told), given_by=person.id or 0,
                      given_at=now(session))  # fmt: skip
    session.add(made)
    _unproven(session, row)
    _written(session, person, row, "given")
    return row


def end_older(session: Session, person: Person, ref: str) -> Account:
    """Ends all but the newest: the change-over is done. Raises Refusal `account.none`, `credential.single`."""
    row = _allowed(session, person, ref)
    older = _standing(session, row)[1:]
    if not older:
        raise Refusal("credential.single", f"{row.ref} has no older credentials.", "There is nothing to end.")
    _end(session, older, now(session))
    _written(session, person, row, "older ended")
    return row


def take_away(session: Session, person: Person, ref: str) -> Account:
    """Ends all of them at once, as when they were seen by others: nothing is sent there until new ones are given.

    Raises Refusal `account.none`, `credential.none`, `rights.role`.
    """
    row = _allowed(session, person, ref)
    standing = _standing(session, row)
    if not standing:
        raise Refusal("credential.none", f"{row.ref} has no credentials.", "There is nothing to end.")
    _end(session, standing, now(session))
    _unproven(session, row)
    _written(session, person, row, "taken away")
    return row


def opened(session: Session, ref: str) -> list[dict[str, str]]:
    """The standing credentials of an account in clear, newest first: for the worker that calls its channel alone.

    One that does not open with this instance's key is left out.
    """
    mine = select(Credential).join(Account, col(Account.id) == col(Credential.account_id))
    mine = mine.where(Account.organisation_id == ours(), Account.ref == ref, col(Credential.ended_at).is_(None))
    rows = session.exec(mine.order_by(col(Credential.id).desc())).all()
    return [told for row in rows if (told := _open(session, row)) is not None]


def given_at(session: Session, account: int) -> Sequence[datetime]:
    """When the standing credentials were given, newest first; whether there are any is all a page may say."""
    mine = select(Credential.given_at).where(Credential.account_id == account, col(Credential.ended_at).is_(None))
    return session.exec(mine.order_by(col(Credential.id).desc())).all()


def _checked(row: Account, promised: Promised, secrets: Mapping[str, str]) -> dict[str, str]:
    if not promised.secrets:
        raise Refusal("credential.none_needed", f"An account on {row.channel} has no credentials.", "Give it none.")
    told = {name: value.strip() for name, value in secrets.items() if value.strip()}
    missing = set(promised.secrets) - set(promised.optional) - told.keys()
    if missing or told.keys() - set(promised.secrets):
        raise Refusal(
            "credential.names",
            f"The credentials of an account on {row.channel} are: {', '.join(promised.secrets)}.",
            "Give these and no others.",
            row.ref,
        )
    if any(len(value) > LONGEST or "\0" in value for value in told.values()):
        raise Refusal("credential.value", "One of the values cannot be a secret of this channel.", "Give it anew.")
    return told


def _standing(session: Session, row: Account) -> Sequence[Credential]:
    mine = select(Credential).where(Credential.account_id == row.id, col(Credential.ended_at).is_(None))
    return session.exec(mine.order_by(col(Credential.id).desc())).all()


def _end(session: Session, rows: Sequence[Credential], at: datetime) -> None:
    """What has ended keeps no secret, sealed or not."""
    ids = [row.id for row in rows]
    session.execute(update(Credential).where(col(Credential.id).in_(ids)).values(sealed="", ended_at=at))


def _unproven(session: Session, row: Account) -> None:
    """Who answers to the new ones is not known yet; the gate holds everything until a worker has looked."""
    row.identity_verified_at, row.identity_seen = None, None
    row.verify_wanted_at = now(session)
    session.add(row)
    session.flush()


def _seal(session: Session, row: Account, told: Mapping[str, str]) -> str:
    return encrypt(session.info["keys"].fields, json.dumps(told, ensure_ascii=False), _place(row.id or 0))


def _open(session: Session, row: Credential) -> dict[str, str] | None:
    try:
        told: dict[str, str] = json.loads(decrypt(session.info["keys"].fields, row.sealed, _place(row.account_id)))
    except (InvalidTag, ValueError):
        return None
    return told


def _place(account: int) -> str:
    return f"credential|sealed|{account}"


def _allowed(session: Session, person: Person, ref: str) -> Account:
    require(session, person, now(session), "account.credential")
    mine = select(Account).where(Account.organisation_id == the_organisation(session).id, Account.ref == ref)
    found = session.exec(mine.with_for_update()).first()
    if found is None:
        raise Refusal("account.none", f"There is no account {ref[:64]}.", "`counterpoint channel list` shows them.")
    return found


def _written(session: Session, person: Person, row: Account, how: str) -> None:
    write(session, Step(by(person.id), "account.credential", "account", row.id or 0, {"how": how, "ref": row.ref}))
