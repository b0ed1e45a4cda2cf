"""Whose an account is: two people confirm that it is the organisation's own, and the worker looks who answers there.

Where somebody sees that it pretends to be somebody, nothing goes there until two people say that it no longer does.
"""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from content.errors import Refusal
from content.organisation import Account, Instance, the_organisation
from content.people import Person, require, still
from content.record import Step, by, write
from content.store import Level, Scope, lock, now

OWNED_FOR = timedelta(days=90)
SEEN_FOR = timedelta(hours=24)


def confirm(session: Session, person: Person, ref: str, seen: str | None = None, said: bool = True) -> Account:
    """One person's word that the account is the organisation's; the second person's word makes it count.

    seen: the remote identity that they were shown, where a page showed it; said: that they agreed
    to each sentence of that page. What was confirmed before holds until then.
    Raises Refusal `account.none`, `account.second`, `account.moved`, `account.unsaid`,
    `rights.role`.
    """
    row = _allowed(session, person, ref, "account.own")
    if not said:
        raise Refusal("account.unsaid", "You have not confirmed each sentence.", "Read them again; tick what is so.")
    if seen is not None and seen != row.remote_identity:
        raise Refusal(
            "account.moved", "This account has another identity than the page showed.", "Look at it again.", row.ref
        )
    if not still(session, row.ownership_asked, now(session), "account.own"):
        row.ownership_asked = person.id
        return _kept(session, person, row, "owned_first")
    if row.ownership_asked == person.id:
        raise Refusal(
            "account.second", "You have confirmed this account already.", "Ask a second person to confirm it.", row.ref
        )
    row.ownership_first, row.ownership_second = row.ownership_asked, person.id
    row.ownership_asked, row.ownership_verified_at = None, now(session)
    row.verify_wanted_at = now(session)  # whose it is counts only with who answers there
    return _kept(session, person, row, "owned_second")


def ask(session: Session, person: Person, ref: str) -> Account:
    """Asks that a worker looks who answers at the account."""
    row = _allowed(session, person, ref, "account.ask")
    row.verify_wanted_at = now(session)
    return _kept(session, person, row, "asked")


def poses(session: Session, person: Person, ref: str) -> Account:
    """Somebody saw that the profile pretends to be somebody: from now on nothing is sent to it.

    Raises Refusal `account.none`, `account.poses`, `rights.role`.
    """
    mine = select(Account.id).where(Account.organisation_id == the_organisation(session).id, Account.ref == ref)
    lock(session, [Scope(Level.ACCOUNT, session.exec(mine).first() or 0)], exclusive=True)  # before any row's
    row = _allowed(session, person, ref, "account.pose")
    if row.persona:
        raise Refusal("account.poses", "Somebody has said so of this profile already.", "Nothing is sent to it.")
    row.persona, row.open_asked = True, None
    session.execute(update(Instance).values(stops=col(Instance.stops) + 1))
    return _kept(session, person, row, "pose", "account.pose")


def opened(session: Session, person: Person, ref: str, said: bool = True) -> Account:
    """One of the two words that a profile says who runs it and pretends to be nobody any more.

    said: that they agreed to the sentence of the page. Raises Refusal `account.open`, `account.second`,
    `account.unsaid`, `account.none`, `rights.role`.
    """
    row = _allowed(session, person, ref, "account.open")
    if not row.persona:
        raise Refusal("account.open", "Nobody has said that this profile pretends to be somebody.", "It may be used.")
    if not said:
        raise Refusal("account.unsaid", "You have not confirmed each sentence.", "Read them again; tick what is so.")
    if not still(session, row.open_asked, now(session), "account.open"):
        row.open_asked = person.id
        return _kept(session, person, row, "first", "account.open_asked")
    if row.open_asked == person.id:
        raise Refusal(
            "account.second", "You have confirmed this account already.", "Ask a second person to confirm it.", row.ref
        )
    row.persona = False
    session.add(row)
    session.flush()  # the database lets it go only while it holds who said so first
    row.open_asked = None
    return _kept(session, person, row, "second", "account.open")


def ownership(row: Account, at: datetime) -> str:
    """verified, one more (person is needed), old or none."""
    if row.ownership_second is not None and row.ownership_verified_at is not None:
        return "verified" if at - row.ownership_verified_at <= OWNED_FOR else "old"
    return "one more" if row.ownership_asked is not None else "none"


def identity(row: Account, at: datetime) -> str:
    """verified, asked, other (somebody else answers there), old or none."""
    if row.identity_seen is not None and row.identity_seen != row.remote_identity:
        return "other"
    if row.identity_verified_at is not None and at - row.identity_verified_at <= SEEN_FOR:
        return "verified"
    if row.verify_wanted_at is not None:
        return "asked"
    return "none" if row.identity_verified_at is None else "old"


def _allowed(session: Session, person: Person, ref: str, verb: str) -> Account:
    require(session, person, now(session), verb)
    mine = select(Account).where(Account.organisation_id == the_organisation(session).id, Account.ref == ref)
    found = session.exec(mine.with_for_update()).first()
    if found is None:
        raise Refusal("account.none", f"There is no account {ref[:64]}.", "`counterpoint channel list` shows them.")
    return found


def _kept(session: Session, person: Person, row: Account, how: str, action: str = "account.verify") -> Account:
    session.add(row)
    session.flush()
    write(session, Step(by(person.id), action, "account", row.id or 0, {"how": how, "ref": row.ref}))
    return row
