"""Narratives: the testimony with its passages, quotations and sources, and how far it is translated."""

from typing import Any

from starlette.responses import Response

from content import portrait
from content.jump import cleaned, narratives_beginning
from content.narrative import narratives_page
from web.asking import Ask, Asking
from web.screen import Screen

screen = Screen()


@screen.page("/narratives", "narrative.read")
def narratives(ask: Asking, after: str = "", begins: str = "") -> Response:
    begins = cleaned(begins)
    with ask.read() as session:
        some = narratives_beginning(session, ask.who.person, begins, after) if begins else None
        found = narratives_page(session, after) if some is None else some
    return ask.show("narratives.html", section="narratives", ask=ask, page=found, begins=begins, after=after)


@screen.page("/narratives/{ref}", "narrative.read")
def narrative(ask: Asking, ref: str) -> Response:
    with ask.read() as session:
        found = portrait.portrait(session, ask.who.person, ref)
        passages = portrait.passages(session, found.narrative)
        told = portrait.quotes(session, found.narrative), portrait.sources(session, found.narrative)
    return tab(ask, "narrative.html", found, "passages", passages=passages, quotes=told[0], sources=told[1])


@screen.page("/narratives/{ref}/translations", "narrative.read")
def translations(ask: Asking, ref: str) -> Response:
    """Passages down, languages across."""
    with ask.read() as session:
        found = portrait.portrait(session, ask.who.person, ref)
        matrix = portrait.matrix(session, found.narrative)
    return tab(ask, "narrative_translations.html", found, "translations", matrix=matrix)


def tab(ask: Ask, page: str, found: portrait.Portrait, name: str, **given: Any) -> Response:
    """One of the pages of a narrative, under its head."""
    return ask.show(page, section="narratives", ask=ask, found=found, narrative=found.narrative, tab=name, **given)
