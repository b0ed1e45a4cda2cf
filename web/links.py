"""The addresses that our words lead to: when each was last opened, and what a person saw there."""

from typing import Annotated, Literal

from fastapi import Form as Fields
from starlette.responses import Response

from content.link_check import links_page, looked
from web.asking import Asking
from web.screen import Form, Screen

screen = Screen()


class LookForm(Form):
    """answer: whether it is the page that is meant; kept: where this person keeps a copy of it."""

    url: str
    answer: Literal["good", "gone"]
    kept: str = ""


@screen.page("/links", "link.read")
def links(ask: Asking, after: str = "") -> Response:
    with ask.read() as session:
        found = links_page(session, after)
    return ask.show("links.html", section="settings", ask=ask, page=found)


@screen.act("/links", "link.check")
def look(ask: Asking, form: Annotated[LookForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        looked(session, person, form.url, good=form.answer == "good", kept=form.kept)
    return ask.go("/links", "link-opened" if form.answer == "good" else "link-gone")
