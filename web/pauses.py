"""The pauses and crises that stand: setting one (anybody, a pause from every page), and lifting it."""

from typing import Annotated

from fastapi import Form as Fields
from starlette.responses import Response

from content import crisis, deputy, journal, stopping
from content.errors import Refusal
from content.instant import ends
from content.settings import settings
from content.stop import standing_pauses
from content.tending import passed_lately
from web import polled
from web.asking import Ask, Asking
from web.screen import Form, Screen

screen = Screen()


class PauseForm(Form):
    """scope: alone, or with the reference of what the page is about: `campaign=spring`."""

    scope: str
    value: str = ""
    reason: str = ""


class CrisisForm(Form):
    """territory: GB, or * for everywhere; until: a last day of UTC, "" until it is lifted."""

    territory: str = ""
    name: str = ""
    until: str = ""
    reason: str = ""


@screen.page("/pauses", "home.read")
def pauses(ask: Asking, account: str = "") -> Response:
    return _shown(ask, account=account)


@screen.act("/pauses", "pause.set")
def pause(ask: Asking, form: Annotated[PauseForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        scope, _, ref = form.scope.partition("=")
        stopping.pause(session, person, scope, ref or form.value, form.reason)
    with ask.read() as session:
        journal.write_stops(session, settings().journal)
    return ask.go("/pauses", "paused")


@screen.act("/pauses/{number}/lift", "pause.lift")
def lift(ask: Asking, number: int, form: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, person):
        found = stopping.resume(session, person, number)
    return ask.go("/pauses", "lifted" if found.lifted_at else "lifted-first")


@screen.act("/crises", "crisis.set")
def declare(ask: Asking, form: Annotated[CrisisForm, Fields()]) -> Response:
    try:
        with ask.write() as (session, person):
            crisis.declare(
                session, person, form.territory.upper(), form.name, until=ends(form.until), reason=form.reason
            )
    except Refusal as refused:
        if refused.code.partition(".")[0] not in ("crisis", "instant"):
            raise
        return _shown(ask, form, refused)
    with ask.read() as session:
        journal.write_stops(session, settings().journal)
    return ask.go("/pauses#crises-h", "crisis-set")


@screen.act("/crises/{number}/lift", "crisis.lift")
def lift_crisis(ask: Asking, number: int, form: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, person):
        found = crisis.lift(session, person, number)
    return ask.go("/pauses#crises-h", "crisis-lifted" if found.lifted_at else "lifted-first")


def _shown(ask: Ask, form: CrisisForm | None = None, refused: Refusal | None = None, account: str = "") -> Response:
    """account: one that somebody came here to stop, by its reference."""
    with ask.read() as session:
        found, passed, crises = standing_pauses(session), passed_lately(session), crisis.standing(session)
        deputies = [one for one in deputy.standing(session) if one.state == "holds"]
    code = ask.code_wanted("pause.lift")
    tag = polled.tag(ask, found, passed, crises, code, deputies)
    if refused is None and (unchanged := polled.same(ask, tag)) is not None:
        return unchanged
    answer = ask.show(
        "pauses.html", 422 if refused else 200, section="", ask=ask, pauses=found, passed=passed, crises=crises,
        form=form or CrisisForm(), refused=refused, code=code, tag=tag, account=account[:100],
        deputies=deputies,
    )  # fmt: skip
    return polled.tagged(answer, tag)
