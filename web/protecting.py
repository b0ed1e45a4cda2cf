"""What protects the person: holds, the keeper's answers about danger, what was made public, and terms that never leave.

Staff see that a narrative is not available, never why. A protected term goes one way: no page and no message of ours
repeats what was entered.
"""

from typing import Annotated, Any

from fastapi import Form as Fields
from starlette.responses import Response

from content import journal, portrait, protected_term, risk, stopping
from content.errors import Refusal
from content.instant import begins, ends
from content.narrative import Narrative, narrative_of
from content.risk import LEVELS, QUESTIONS
from content.settings import settings
from content.stop import HOLDS
from web.asking import Asking
from web.narratives import tab
from web.screen import Form, Screen
from web.withdrawing import words

screen = Screen()
_YES = {"yes": True, "no": False}


class HoldForm(Form):
    """territories: commas between; none is everywhere."""

    kind: str = ""
    start: str = ""
    until: str = ""
    territories: str = ""
    take_down: str = ""
    reason: str = ""


class RiskForm(Form):
    """yes, no, or "" for a question that stays open."""

    minor_at_events: str = ""
    family_in_reach: str = ""
    identifiable: str = ""
    open_proceedings: str = ""
    reprisal_risk: str = ""
    legal_exposure: str = ""

    def changed(self, narrative: Narrative) -> dict[str, bool | str]:
        """The answers that are others than those which stand."""
        given = {name: getattr(self, name) for name in QUESTIONS}
        told: dict[str, bool | str] = {name: _YES[value] for name, value in given.items() if value in _YES}
        told |= {name: value for name in LEVELS if (value := getattr(self, name))}
        return {name: value for name, value in told.items() if getattr(narrative, name) != value}


class TermsForm(Form):
    """One a line; never shown again."""

    terms: str = ""


@screen.page("/narratives/{ref}/protection", "narrative.read")
def read(ask: Asking, ref: str) -> Response:
    with ask.read() as session:
        found = portrait.portrait(session, ask.who.person, ref)
        kept = portrait.protection(session, ask.who.person, found.narrative) if ask.may("hold.read") else None
    codes = {verb: ask.code_wanted(verb) for verb in ("hold.set", "risk.answer")}
    given: dict[str, Any] = {"kept": kept, "codes": codes, "kinds": HOLDS, "questions": QUESTIONS, "levels": LEVELS}
    return tab(ask, "narrative_protection.html", found, "protection", **given)


@screen.page("/term-alarms", "protected.alarms")
def alarms(ask: Asking) -> Response:
    """Whose words met protected terms again and again, and how often; never which terms, nor the words."""
    with ask.read() as session:
        found = protected_term.alarmed(session, ask.who.person)
    return ask.show("term_alarms.html", section="home", ask=ask, found=found, least=protected_term.ALARM)


@screen.act("/narratives/{ref}/hold", "hold.set")
def hold(ask: Asking, ref: str, form: Annotated[HoldForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        stopping.hold(
            session, person, narrative_of(session, ref), form.kind, starts_at=begins(form.start),
            ends_at=ends(form.until), territories=words(form.territories), take_down=form.take_down == "yes",
            reason=form.reason,
        )  # fmt: skip
    with ask.read() as session:
        journal.write_stops(session, settings().journal)
    return ask.go(f"/narratives/{ref}/protection", "held")


@screen.act("/narratives/{ref}/hold/{number}/lift", "hold.lift")
def lift(ask: Asking, ref: str, number: int, form: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, person):
        stopping.lift_hold(session, person, number, ref)
    return ask.go(f"/narratives/{ref}/protection", "hold-lifted")


@screen.act("/narratives/{ref}/risk", "risk.answer")
def answer(ask: Asking, ref: str, form: Annotated[RiskForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        found = narrative_of(session, ref)
        if changed := form.changed(found):
            risk.answer(session, person, found, **changed)
    return ask.go(f"/narratives/{ref}/protection", "risk-answered")


@screen.act("/narratives/{ref}/protect", "protected.enter")
def protect(ask: Asking, ref: str, form: Annotated[TermsForm, Fields()]) -> Response:
    terms = [line.strip() for line in form.terms.splitlines() if line.strip()]
    if not terms:
        raise Refusal("protect.nothing", "No term was entered.", "Write one a line, as it could appear anywhere.")
    with ask.write() as (session, person):
        found = narrative_of(session, ref)
        for term in terms:
            protected_term.protect(session, person, found.organisation_id, found.id or 0, term)
    return ask.go(f"/narratives/{ref}/protection", "protected")
