"""The keeper's answers about a person's danger: they set the tier, and unknown is never taken for safe."""

from sqlmodel import Session

from content.errors import Refusal
from content.narrative import Narrative
from content.organisation import raise_epoch
from content.people import Person, require
from content.record import Step, by, write
from content.store import Level, Scope, lock, now

QUESTIONS = ("minor_at_events", "family_in_reach", "identifiable", "open_proceedings")
LEVELS = {"reprisal_risk": ("low", "medium", "high"), "legal_exposure": ("low", "medium", "high")}


def answer(session: Session, person: Person, narrative: Narrative, **answers: bool | str) -> Narrative:
    """Writes down the keeper's answers; every stored result of the checks is then made again.

    answers: QUESTIONS with True or False, LEVELS with one of their words. Raises Refusal `risk.question`, `risk.level`.
    """
    raise_epoch(session, narrative.organisation_id)
    lock(session, [Scope(Level.NARRATIVE, narrative.id or 0)], exclusive=True)
    at = now(session)
    require(session, person, at, "risk.answer")
    for question, value in answers.items():
        _known(question, value)
        setattr(narrative, question, value)
    session.add(narrative)
    session.flush()
    detail = {"answered": sorted(answers)}
    write(session, Step(by(person.id), "narrative.risk", "narrative", narrative.id or 0, detail), at=at)
    return narrative


def _known(question: str, value: bool | str) -> None:
    if question in LEVELS:
        if value not in LEVELS[question]:
            words = ", ".join(LEVELS[question])
            raise Refusal("risk.level", f"{question} is one of {words}.", "Choose one of them.")
    elif question not in QUESTIONS or not isinstance(value, bool):
        known = ", ".join((*QUESTIONS, *LEVELS))
        raise Refusal("risk.question", f"{question} is not one of the questions.", f"They are {known}.")
