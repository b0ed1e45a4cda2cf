"""Adopting rules: one person proposes those that the program brings, another confirms; on the record.

A program that brings other rules than the adopted ones judges by its own at once: what they stop waits. Nothing goes
out on their word alone: until two people adopt them, only words that the adopted rules let pass as well (gate.py).
"""

from sqlalchemy import update
from sqlmodel import Session, col, select

from content import rulebook
from content.checks import shipped
from content.checks.rules import RULES
from content.errors import Refusal
from content.organisation import Adoption, Organisation, the_organisation
from content.people import Person, require, roles, still
from content.record import Step, by, write
from content.store import Level, Scope, lock, now


def adopted(session: Session) -> str:
    """The identity of the rules that the organisation adopted."""
    return the_organisation(session).rules


def proposed(session: Session, organisation: Organisation) -> Adoption | None:
    """The open proposal of this program's rules, if somebody made one who may still."""
    statement = (
        select(Adoption)
        .where(Adoption.organisation_id == organisation.id, Adoption.rules == RULES)
        .where(col(Adoption.confirmed_at).is_(None))
        .order_by(col(Adoption.id).desc())
    )
    found = session.exec(statement.execution_options(populate_existing=True)).first()
    counts = found is not None and still(session, found.proposed_by, now(session), "rules.change")
    return found if counts else None


def propose(session: Session, person: Person) -> Adoption:
    """The first of two people proposes this program's rules. Raises Refusal `rules.*` and `rights.role`."""
    organisation = _open(session, person)
    if proposed(session, organisation) is not None:
        raise Refusal("rules.proposed", "These rules are proposed already.", "Another person must confirm them.")
    made = Adoption(
        organisation_id=organisation.id or 0, rules=RULES, proposed_by=person.id or 0, proposed_at=now(session)
    )
    session.add(made)
    session.flush()
    rulebook.keep(session)
    write(session, Step(by(person.id), "rules.propose", "adoption", made.id or 0, {"rules": RULES}))
    return made


def confirm(session: Session, person: Person) -> Adoption:
    """The second person confirms; one of the two is from safeguarding. From the commit on these rules are adopted."""
    organisation = _open(session, person)
    found = proposed(session, organisation)
    if found is None:
        raise Refusal("rules.none", "Nobody has proposed these rules.", "Propose them: `counterpoint rules propose`.")
    if found.proposed_by == person.id:
        raise Refusal("rules.second", "You have proposed these rules yourself.", "A second person must confirm them.")
    at = now(session)
    if "safeguarding" not in roles(session, person.id or 0, at) | roles(session, found.proposed_by, at):
        raise Refusal("rights.role", "One of the two must be from safeguarding.", "Ask somebody from safeguarding.")
    found.confirmed_by, found.confirmed_at = person.id, at
    session.add(found)
    session.flush()
    detail = {"rules": RULES, "before": organisation.rules}
    session.execute(update(Organisation).where(col(Organisation.id) == organisation.id).values(rules=RULES))
    session.refresh(organisation)
    write(session, Step(by(person.id), "rules.adopt", "adoption", found.id or 0, detail), at=at)
    return found


def _open(session: Session, person: Person) -> Organisation:
    """The organisation, locked and read again: this person may change its rules, and they are to be changed."""
    organisation = the_organisation(session)
    lock(session, [Scope(Level.ORGANISATION, organisation.id or 0)], exclusive=True)
    session.refresh(organisation)
    require(session, person, now(session), "rules.change")
    if not shipped.unchanged():
        raise Refusal("rules.changed", *CHANGED)
    if organisation.rules == RULES:
        raise Refusal("rules.done", f"The rules {RULES} are adopted already.", "Nothing is left to do.")
    return organisation


CHANGED = (
    "The lists that the checks read are not those that this version of the rules was given to.",
    "Install the program again, unchanged; whoever changes a list raises the version of the rules with it.",
)
