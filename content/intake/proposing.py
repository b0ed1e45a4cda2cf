"""What somebody proposes while they compose: a passage, a translation of one, a connector. People clear it afterwards.

Words that hold a protected term are not kept at all: nobody is told which, and each try is counted once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from sqlmodel import Session, col, select

from content import people, protected_term
from content.block import Block
from content.checks.known import protected_terms
from content.errors import Refusal, Refusals
from content.intake import plans, stories
from content.intake.proposal import Item
from content.intake.refusing import refusals
from content.intake.storing_plans import store_accounts, store_blocks
from content.intake.storing_stories import store_passage
from content.intake.work import Work
from content.narrative import Narrative, Passage, Source, narrative_of
from content.organisation import Account, raise_epoch, the_organisation
from content.people import Person
from content.store import now

Shape = TypeVar("Shape", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Proposed:
    """What waits to be cleared now. ref: its own name, as the composer offers it."""

    kind: str
    ref: str


def propose_passage(
    session: Session,
    person: Person,
    narrative: str,
    language: str,
    text: str,
    *,
    kind: str = "account",
    gloss: str = "",
    claims: Sequence[Mapping[str, str]] = (),
) -> Proposed | None:
    """A passage of this narrative, under a name of its own. None: safeguarding must see the words first.

    claims: text (as it stands in the passage), source (one of the narrative's) and locator of each figure or
    generalisation. Raises Refusal `rights.role`, `narrative.none`, `claim.source`, `intake.*`.
    """
    people.require(session, person, now(session), "material.propose")
    told = narrative_of(session, narrative)
    if language not in told.display_label:
        raise Refusal(
            "intake.label",
            f"{narrative} has no approved way to refer to the person in “{language}”.",
            "Have the keeper add one to the narrative first.",
            narrative,
        )
    ref = _free(session, told, language, kind)
    words = {"ref": ref, "language": language, "kind": kind, "text": text} | ({"gloss": gloss} if gloss else {})
    given = _shaped(stories.Passage, words | {"claims": _cited(session, told, claims)})
    if _protected(session, person, told.organisation_id, text, gloss, *(one.locator for one in given.claims)):
        return None
    work = _work(session, person, told.organisation_id)
    store_passage(work, told.id or 0, told.ref, given, None)
    work.record()
    return Proposed("passage", ref)


def propose_connector(
    session: Session, person: Person, name: str, language: str, text: str, *, gloss: str = ""
) -> Proposed | None:
    """A connector; its ref is NAME-LANGUAGE. None: safeguarding must see the words first.

    Raises Refusal `rights.role`, `intake.*`, `block.exists`.
    """
    people.require(session, person, now(session), "material.propose")
    organisation = the_organisation(session).id or 0
    given = _shaped(
        plans.Block,
        {"ref": f"{name}-{language}", "kind": "connector", "language": language, "text": text}
        | ({"gloss": gloss} if gloss else {}),
    )
    same = select(Block.id).where(Block.organisation_id == organisation, Block.ref == given.ref)
    if session.exec(same).first() is not None:
        raise Refusal("block.exists", f"There is a {given.ref} already.", "Give this connector another name.")
    if _protected(session, person, organisation, text, gloss):
        return None
    work = _work(session, person, organisation)
    store_blocks(work, [Item(given, given.ref)])
    work.record()
    return Proposed("connector", given.ref)


def propose_account(session: Session, person: Person, given: Mapping[str, Any]) -> None:
    """An account, as a file would propose it. Two people confirm whose it is before anything is sent to it.

    Raises Refusal `account.exists`, `account.rehearsal`, `intake.*`, `rights.role`.
    """
    people.require(session, person, now(session), "material.propose")
    organisation = the_organisation(session).id or 0
    told = _shaped(plans.Account, given)
    same = select(Account.id).where(Account.organisation_id == organisation, Account.ref == told.ref)
    if session.exec(same).first() is not None:
        raise Refusal("account.exists", f"There is an account {told.ref} already.", "Give this one another reference.")
    work = _work(session, person, organisation)
    store_accounts(work, [Item(told, told.ref)])
    work.raise_problems()
    work.record()
    raise_epoch(session, organisation)


def original(session: Session, narrative: str, ref: str) -> Passage | None:
    """The newest version of a passage that somebody wants to translate."""
    told = narrative_of(session, narrative)
    statement = select(Passage).where(Passage.narrative_id == told.id, Passage.ref == ref)
    return session.exec(statement.order_by(col(Passage.number).desc()).limit(1)).first()


def untranslated(session: Session, narrative: str, language: str) -> list[Passage]:
    """The narrative's passages in other languages, newest versions, to choose one to translate from."""
    told = narrative_of(session, narrative)
    statement = select(Passage).where(Passage.narrative_id == told.id).order_by(col(Passage.number))
    newest = {one.ref: one for one in session.exec(statement)}
    return sorted((one for one in newest.values() if one.language != language), key=lambda one: one.ref)


def sources(session: Session, narrative: str) -> list[Source]:
    """The narrative's sources, one of which each claim names."""
    told = narrative_of(session, narrative)
    return list(session.exec(select(Source).where(Source.narrative_id == told.id).order_by(col(Source.ref))))


def _cited(session: Session, narrative: Narrative, claims: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """The claims, whose sources are the narrative's own. Raises Refusal `claim.source`."""
    known = {one.ref for one in sources(session, narrative.ref)} if claims else set()
    for one in claims:
        if one["source"] not in known:
            why = f"A claim names no source of {narrative.ref}."
            raise Refusal("claim.source", why, "Choose one of its sources, and say where in it.", narrative.ref)
    return list(claims)


def _free(session: Session, narrative: Narrative, language: str, kind: str) -> str:
    """The first name of this language that no passage of the narrative has."""
    taken = set(session.exec(select(Passage.ref).where(Passage.narrative_id == narrative.id)))
    stem = f"{language}-s" if kind == "stance" else f"{language}-"
    return next(name for number in range(1, len(taken) + 2) if (name := f"{stem}{number}") not in taken)


def _shaped(shape: type[Shape], given: Mapping[str, Any]) -> Shape:
    try:
        return shape.model_validate(given)
    except ValidationError as error:
        raise Refusals(refusals(error, shape, given, "")) from None


def _protected(session: Session, person: Person, organisation_id: int, *texts: str) -> bool:
    """Whether the words hold a protected term; counted, once for each try. Refuses where nobody can look."""
    terms = protected_terms(session, organisation_id)
    if terms is None:
        raise Refusal("protect.unseen", "Nobody can look for protected terms now.", "Tell whoever runs this instance.")
    met = {text[start:end] for text in texts for start, end in terms.find(text)}
    if met:
        protected_term.tried(session, person.id or 0, met, now(session))
    return bool(met)


def _work(session: Session, person: Person, organisation_id: int) -> Work:
    raise_epoch(session, organisation_id)
    at = now(session)
    return Work(session, person, people.roles(session, person.id or 0, at), at, organisation_id)
