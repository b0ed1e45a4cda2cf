"""What one person has begun and a second one must confirm: roles, deputies, rules, arming, accounts, invitations,
pauses."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlmodel import Session, col, select

from content import adopting, deputy, people
from content.checks.rules import RULES
from content.errors import Refusal
from content.invitation import Invitation
from content.organisation import Account, ours, the_instance, the_organisation
from content.people import Person, RoleGrant, still
from content.permission import permission
from content.stop import Pause
from content.store import wall

MOST = 50  # of each kind


@dataclass(frozen=True, slots=True)
class Confirming:
    """kind: role | deputy | rules | arm | account | invitation | pause. number: its id; what: whose or what it is;
    by: who began it. Both are references."""

    kind: str
    number: int
    what: str
    by: str = ""
    role: str = ""
    since: datetime | None = None


def confirming(session: Session, person: Person, held: frozenset[str], at: datetime) -> list[Confirming]:
    """What waits for this person's word, as far as their roles (held, at that instant) reach."""
    plain = {*held, *(role.partition(":")[0] for role in held)}
    known = _refs(session)
    looks = {
        "role.confirm": _roles, "deputy.confirm": _deputies, "rules.change": _rules, "instance.arm": _arming,
        "account.own": _accounts, "person.invite": _invitations, "pause.lift": _pauses,
    }  # fmt: skip
    found = (one for verb, look in looks.items() if plain & set(permission(verb).roles) for one in look(
        session, person, known, at))  # fmt: skip
    return list(found)


Known = Callable[[int | None], str]


def _refs(session: Session) -> Known:
    """What somebody is called; each is asked for once, and nobody who has nothing to do with it."""

    @cache
    def ref(key: int | None) -> str:
        return session.exec(select(Person.ref).where(Person.id == key)).first() or "" if key else ""

    return ref


def _roles(session: Session, person: Person, known: Known, at: datetime) -> Iterator[Confirming]:
    """Grants that this person may confirm: neither given by nor for them, one of the two from safeguarding."""
    statement = select(RoleGrant).where(col(RoleGrant.confirmed_at).is_(None), col(RoleGrant.revoked_at).is_(None))
    statement = statement.where(col(RoleGrant.founding).is_(False)).order_by(col(RoleGrant.id)).limit(MOST)
    for row in session.exec(statement):
        if person.id not in (row.granted_by, row.person_id) and _guarded(session, person, row.granted_by, at):
            role = f"{row.role}:{row.language}" if row.language else row.role
            yield Confirming("role", row.id or 0, known(row.person_id), known(row.granted_by), role, row.granted_at)


def _deputies(session: Session, person: Person, known: Known, at: datetime) -> Iterator[Confirming]:
    for row in deputy.unconfirmed(session, at):
        if person.id not in (row.named_by, row.person_id):
            yield Confirming("deputy", row.id or 0, known(row.person_id), known(row.named_by), since=row.named_at)


def _guarded(session: Session, person: Person, first: int | None, at: datetime) -> bool:
    """Whether who began it may still do so, and one of the two is from safeguarding."""
    if not still(session, first, at, "role.grant"):
        return False
    return "safeguarding" in people.roles(session, person.id or 0, at) | people.roles(session, first or 0, at)


def _rules(session: Session, person: Person, known: Known, at: datetime) -> Iterator[Confirming]:
    try:
        organisation = the_organisation(session)
    except Refusal:
        return
    made = adopting.proposed(session, organisation) if organisation.rules != RULES else None
    if made is not None and made.proposed_by != person.id and _guarded(session, person, made.proposed_by, at):
        yield Confirming("rules", made.id or 0, made.rules, known(made.proposed_by), since=made.proposed_at)


def _arming(session: Session, person: Person, known: Known, at: datetime) -> Iterator[Confirming]:
    instance = the_instance(session)
    asked = instance.arm_asked
    if not instance.armed and asked != person.id and still(session, asked, at, "instance.arm"):
        yield Confirming("arm", 1, "", known(instance.arm_asked))


def _accounts(session: Session, person: Person, known: Known, at: datetime) -> Iterator[Confirming]:
    statement = select(Account).where(col(Account.ownership_asked).is_not(None), col(Account.disabled_at).is_(None))
    for row in session.exec(statement.where(Account.organisation_id == ours()).order_by(col(Account.ref)).limit(MOST)):
        if row.ownership_asked != person.id and still(session, row.ownership_asked, at, "account.own"):
            yield Confirming("account", row.id or 0, row.ref, known(row.ownership_asked))


def _invitations(session: Session, person: Person, known: Known, at: datetime) -> Iterator[Confirming]:
    """Of those that take two, the ones that nobody has confirmed."""
    statement = select(Invitation).where(
        col(Invitation.token_hash).is_(None), col(Invitation.used_at).is_(None), col(Invitation.until) > wall(session)
    )
    for row in session.exec(statement.order_by(col(Invitation.id)).limit(MOST)):
        if person.id not in (row.asked_by, row.person_id) and still(session, row.asked_by, at, "person.invite"):
            yield Confirming("invitation", row.id or 0, known(row.person_id), known(row.asked_by), since=row.asked_at)


def _pauses(session: Session, person: Person, known: Known, at: datetime) -> Iterator[Confirming]:
    statement = select(Pause).where(col(Pause.lifted_at).is_(None), col(Pause.lifted_first).is_not(None))
    for row in session.exec(statement.where(Pause.organisation_id == ours()).order_by(col(Pause.id)).limit(MOST)):
        counts = still(session, row.lifted_first, at, "pause.lift")
        if row.lifted_first != person.id and counts and _lifts(session, person, row.lifted_first or 0, at):
            yield Confirming("pause", row.id or 0, row.scope, known(row.lifted_first), since=row.at)


def _lifts(session: Session, person: Person, first: int, at: datetime) -> bool:
    """Whether the two are enough for a pause: one of them of safeguarding, or standing in for it."""
    try:
        deputy.guarding(session, first, person.id or 0, at)
    except Refusal:
        return False
    return True
