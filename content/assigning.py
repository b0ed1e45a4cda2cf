"""In whose hands a task by hand is at once: who posts at its account, or whoever stands in for them.

It is a beginning, not a right: whoever may post may take it over, and whoever has it may hand it on.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from content import absence, people
from content.errors import Refusal
from content.organisation import Account, ours
from content.people import Person, RoleGrant
from content.permission import permission
from content.posting import MANUAL
from content.record import Step, by, write
from content.store import now

MOST = 200  # that a page offers


def name_poster(session: Session, person: Person, ref: str, who: Person | None) -> Account:
    """Says who posts at an account by hand; None: whoever takes it. What is in somebody's hands by now stays there.

    Raises Refusal `account.none`, `posting.not_by_hand`, `posting.nobody`, `rights.role`.
    """
    at = now(session)
    people.require(session, person, at, "account.poster")
    mine = select(Account).where(Account.organisation_id == ours(), Account.ref == ref).with_for_update()
    row = session.exec(mine).first()
    if row is None:
        raise Refusal("account.none", f"There is no account {ref[:64]}.", "`counterpoint channel list` shows them.")
    if row.channel != MANUAL:
        raise Refusal("posting.not_by_hand", f"Nobody posts at {row.ref} by hand.", "A worker sends to it.")
    if who is not None:
        refuse_who_cannot(session, who, at)
    row.poster_id = who.id if who else None
    session.add(row)
    told = {"ref": row.ref, "to": row.poster_id}
    write(session, Step(by(person.id), "account.poster", "account", row.id or 0, told), at=at)
    return row


def posters(session: Session) -> Sequence[str]:
    """The short names of those who may post by hand, in order."""
    at = now(session)
    holds = select(RoleGrant.person_id).where(
        col(RoleGrant.role).in_(permission("posting.take").roles), col(RoleGrant.valid_from) <= at,
        col(RoleGrant.revoked_at).is_(None),
    )  # fmt: skip
    mine = select(Person.ref).where(col(Person.id).in_(holds), col(Person.disabled_at).is_(None))
    return session.exec(mine.order_by(Person.ref).limit(MOST)).all()


def refuse_who_cannot(session: Session, who: Person, at: datetime) -> None:
    """Refuses `posting.nobody` where somebody may not post by hand."""
    if not people.may(people.roles(session, who.id or 0, at), "posting.take"):
        raise Refusal("posting.nobody", f"{who.ref} cannot post anything.", "Give it to somebody who may.")


def to_post(session: Session, account_id: int, at: datetime) -> int | None:
    """In whose hands a new post of this account is; None: anybody may take it."""
    poster = session.exec(select(Account.poster_id).where(Account.id == account_id)).one()
    return _who(session, poster, "posting.take", at)


def to_take_down(session: Session, account_id: int, had: int | None, at: datetime) -> int | None:
    """In whose hands it is to take a copy down. had: whoever had it in hand to post it."""
    return _who(session, had, "posting.deleted", at) or to_post(session, account_id, at)


def instead_of(session: Session, who: Person, at: datetime) -> Person | None:
    """Who gets what is handed to this person now; None where all who would stand in are away."""
    found = absence.instead(who.id or 0, absence.deputies(session, at))
    return session.get(Person, found) if found is not None else None


def _who(session: Session, person_id: int | None, verb: str, at: datetime) -> int | None:
    """This person or their deputy, as far as they may: a role may have been taken back since."""
    if person_id is None:
        return None
    found = absence.instead(person_id, absence.deputies(session, at))
    held = people.roles(session, found, at) if found is not None else frozenset[str]()
    return found if held and people.may(held, verb) else None
