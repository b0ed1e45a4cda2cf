"""What became of what is out: appeals to platforms, and posts on our accounts that were not sent from here."""

from typing import Annotated, Literal

from fastapi import Form as Fields
from starlette.responses import Response

from content import watching
from web.asking import Asking
from web.screen import Form, Screen

screen = Screen()


class NoteForm(Form):
    """note: what the platform answered."""

    note: str = ""


class WhoseForm(Form):
    """answer: whether one of us put it there by hand."""

    answer: Literal["ours", "not_ours"]


@screen.page("/watched", "watch.read")
def watched(ask: Asking) -> Response:
    with ask.read() as session:
        appeals, closed = watching.appeals(session), watching.appeals(session, ended=True)
        strangers, answered = watching.strangers(session), watching.strangers(session, ended=True)
    codes = {verb for verb in ("appeal.close", "stranger.answer") if ask.code_wanted(verb)}
    return ask.show(
        "watched.html", section="home", ask=ask, codes=codes, appeals=appeals, closed=closed, strangers=strangers,
        answered=answered,
    )  # fmt: skip


@screen.act("/watched/appeals/{number}", "appeal.close")
def close(ask: Asking, number: int, form: Annotated[NoteForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        watching.close_appeal(session, person, number, form.note)
    return ask.go("/watched", "appeal-closed")


@screen.act("/watched/strangers/{number}", "stranger.answer")
def answer(ask: Asking, number: int, form: Annotated[WhoseForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        watching.answer_stranger(session, person, number, form.answer)
    return ask.go("/watched", "stranger-ours" if form.answer == "ours" else "stranger-not-ours")
