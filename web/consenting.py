"""A narrative's consent: what is allowed now, how it came to that, and what keepers and safeguarding add to it."""

from typing import Annotated, Any

from fastapi import Form as Fields
from starlette.responses import Response

from content import consent, portrait
from content.consent import BASES, REACHES
from content.instant import begins, ends
from content.narrative import narrative_of
from content.store import now
from web.asking import Ask, Asking
from web.narratives import tab
from web.screen import Form, Screen
from web.withdrawing import words

screen = Screen()
ELEMENTS = ("disclosure", "voluntariness", "comprehension", "competence")  # of what somebody agreed to directly


class GrantForm(Form):
    """What the person allows; a field left empty says nothing about it."""

    basis: str = ""
    channels: str = ""
    languages: str = ""
    territories: str = ""
    purposes: str = ""
    uses: str = ""
    reach: str = ""
    start: str = ""
    until: str = ""
    reconfirm_by: str = ""
    embargo: str = ""
    element: tuple[str, ...] = ()
    reason: str = ""

    def stated(self) -> dict[str, Any]:
        """As columns of ConsentEvent. Raises Refusal `instant.unreadable`."""
        lists = ("channels", "languages", "territories", "purposes", "uses")
        told: dict[str, Any] = {name: words(getattr(self, name)) or None for name in lists}
        told |= {"basis": self.basis, "reach": self.reach if self.reach in REACHES else None}
        told |= {"valid_from": begins(self.start), "valid_until": ends(self.until)}
        told |= {"reconfirm_by": ends(self.reconfirm_by), "embargo_until": ends(self.embargo)}
        agreed = {name: name in self.element for name in ELEMENTS} if self.basis == "direct" else None
        return told | {"elements": agreed}


class ReconfirmForm(Form):
    """When the person is asked again."""

    by: str = ""
    reason: str = ""


class AssessForm(Form):
    """decision: ok | refused."""

    decision: str = ""
    reason: str = ""


@screen.page("/narratives/{ref}/consent", "consent.read")
def read(ask: Asking, ref: str) -> Response:
    with ask.read() as session:
        found = portrait.portrait(session, ask.who.person, ref)
        key = found.narrative.id or 0
        scope = consent.scopes(session, [key], now(session)).get(key)
        events = portrait.events(session, ask.who.person, found.narrative)
    given: dict[str, Any] = {"scope": scope, "events": events, "bases": BASES, "elements": ELEMENTS}
    codes = {verb: ask.code_wanted(verb) for verb in ("consent.add", "consent.assess")}
    return tab(ask, "narrative_consent.html", found, "consent", codes=codes, **given)


@screen.act("/narratives/{ref}/grant", "consent.add")
def grant(ask: Asking, ref: str, form: Annotated[GrantForm, Fields()]) -> Response:
    return _add(ask, ref, "grant", form.reason, form.stated())


@screen.act("/narratives/{ref}/reconfirm", "consent.add")
def reconfirm(ask: Asking, ref: str, form: Annotated[ReconfirmForm, Fields()]) -> Response:
    return _add(ask, ref, "reconfirm", form.reason, {"reconfirm_by": ends(form.by)})


@screen.act("/narratives/{ref}/assess", "consent.assess")
def assess(ask: Asking, ref: str, form: Annotated[AssessForm, Fields()]) -> Response:
    return _add(ask, ref, "assess", form.reason, {"decision": form.decision})


def _add(ask: Ask, ref: str, kind: str, reason: str, stated: dict[str, Any]) -> Response:
    with ask.write() as (session, person):
        consent.add(session, person, narrative_of(session, ref), kind, reason=reason, **stated)
    return ask.go(f"/narratives/{ref}/consent", "consent-added")
