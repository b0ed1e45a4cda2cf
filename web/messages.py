"""Messages: what became of what was queued, and one message with its words, its posts and what happened to it."""

from typing import Annotated

from fastapi import Form as Fields
from pydantic import Field
from sqlmodel import Session
from starlette.responses import Response

from content import message_history, queued
from content.message import version_of
from content.queued import Line
from content.sheet import leaves_of
from web import polled
from web.asking import Asking
from web.beside import whole
from web.leaf import ShownLeaf, folded
from web.screen import Form, Screen

screen = Screen()
PLANNED = ("scheduled", "blocked")  # posts that may still be taken out
_SHOWN = 20  # versions on a page


class CancelForm(Form):
    """post: the ids that were ticked."""

    post: list[int] = Field(default_factory=list)


@screen.page("/messages", "message.read")
def messages(ask: Asking, after: str = "") -> Response:
    """What became of what was queued, the latest first."""
    with ask.read() as session:
        found = queued.lines_page(session, after=after)
    tag = polled.tag(ask, found)
    if (unchanged := polled.same(ask, tag)) is not None:
        return unchanged
    return polled.tagged(ask.show("messages.html", section="compose", ask=ask, page=found, tag=tag), tag)


@screen.page("/messages/{ref}", "message.read")
def message(ask: Asking, ref: str, after: str = "") -> Response:
    """Its versions with their words and posts, the newest first, and what happened."""
    with ask.read() as session:
        told = message_history.told(session, ask.who.person, ref)
        lines = queued.lines_page(session, ref, after, _SHOWN, older=True)
        words = {one.digest: _leaves(session, one) for one in lines.items if one.digest}
    return ask.show(
        "message.html", section="compose", ask=ask, told=told, page=lines, words=words, newest=_newest(lines.items),
        planned=PLANNED, findings=whole,
    )  # fmt: skip


@screen.act("/messages/{ref}/cancel", "post.plan")
def cancel(ask: Asking, ref: str, form: Annotated[CancelForm, Fields()]) -> Response:
    """Takes the posts that were ticked out of the plan."""
    with ask.write() as (session, person):
        message_history.cancel(session, person, ref, form.post)
    return ask.go(f"/messages/{ref}", "cancelled")


def _newest(lines: tuple[Line, ...]) -> set[tuple[str, int]]:
    """Of each language the last number there is."""
    numbers: dict[str, int] = {}
    for one in lines:
        numbers[one.language] = max(one.number, numbers.get(one.language, 0))
    return set(numbers.items())


def _leaves(session: Session, line: Line) -> list[ShownLeaf]:
    return folded(
        ShownLeaf(
            leaf.account, leaf.length, leaf.limit, leaf.unit, leaf.links,
            tuple(zip(leaf.parts, leaf.spans, strict=True)),
        )
        for leaf in leaves_of(session, version_of(session, line.digest))
    )  # fmt: skip
