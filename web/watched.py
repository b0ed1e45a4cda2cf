"""What became of what is out: appeals to platforms, and posts on our accounts that were not sent from here."""

from typing import Annotated, Literal

from fastapi import Form as Fields
from starlette.responses import Response

from content import watching
from web import polled
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
        found = [some(session, ended=ended) for some in (watching.appeals, watching.strangers) for ended in (False, True)]
    codes = {verb for verb in ("appeal.close", "stranger.answer", "evidence.take") if ask.code_wanted(verb)}
    tag = polled.tag(ask, found, codes)
    if (unchanged := polled.same(ask, tag)) is not None:
        return unchanged
    names = ("appeals", "closed", "strangers", "answered")
    given = dict(zip(names, found, strict=True))
    return polled.tagged(ask.show("watched.html", section="home", ask=ask, codes=codes, tag=tag, **given), tag)


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
