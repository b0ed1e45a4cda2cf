"""The pauses that stand: setting one (anybody, in one step from every page), and lifting it."""

from typing import Annotated

from fastapi import Form as Fields
from starlette.responses import Response

from content import journal, stopping
from content.settings import settings
from content.stop import standing_pauses
from content.tending import passed_lately
from web import polled
from web.asking import Asking
from web.screen import Form, Screen

screen = Screen()


class PauseForm(Form):
    """scope: alone, or with the reference of what the page is about: `campaign=spring`."""

    scope: str
    value: str = ""
    reason: str = ""


@screen.page("/pauses", "home.read")
def pauses(ask: Asking) -> Response:
    with ask.read() as session:
        found, passed = standing_pauses(session), passed_lately(session)
    code = ask.code_wanted("pause.lift")
    tag = polled.tag(ask, found, passed, code)
    if (unchanged := polled.same(ask, tag)) is not None:
        return unchanged
    answer = ask.show("pauses.html", section="", ask=ask, pauses=found, passed=passed, code=code, tag=tag)
    return polled.tagged(answer, tag)


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
