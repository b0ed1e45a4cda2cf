"""The pauses that stand: setting one (anybody, in one step from every page), and lifting it."""

from typing import Annotated

from fastapi import Form as Fields
from sqlmodel import col, select
from starlette.responses import Response

from content import journal, stopping
from content.organisation import ours
from content.people import Person
from content.settings import settings
from content.stop import Pause
from web.asking import Asking
from web.screen import Form, Screen

screen = Screen()


class PauseForm(Form):
    scope: str
    value: str = ""
    reason: str = ""


@screen.page("/pauses", "home.read")
def pauses(ask: Asking) -> Response:
    with ask.read() as session:
        mine = select(Pause).where(col(Pause.lifted_at).is_(None), Pause.organisation_id == ours())
        rows = session.exec(mine.order_by(col(Pause.id))).all()
        known = {one.id: one.ref for one in session.exec(select(Person))}
    return ask.show("pauses.html", section="", ask=ask, pauses=rows, known=known, code=ask.code_wanted("pause.lift"))


@screen.act("/pauses", "pause.set")
def pause(ask: Asking, form: Annotated[PauseForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        stopping.pause(session, person, form.scope, form.value, form.reason)
    with ask.read() as session:
        journal.write_stops(session, settings().journal)
    return ask.go("/pauses", "paused")


@screen.act("/pauses/{number}/lift", "pause.lift")
def lift(ask: Asking, number: int, form: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, person):
        found = stopping.resume(session, person, number)
    return ask.go("/pauses", "lifted" if found.lifted_at else "lifted-first")
