"""Messages: what became of what was queued."""

from starlette.responses import Response

from content import queued
from web.asking import Asking
from web.screen import Screen

screen = Screen()


@screen.page("/messages", "message.read")
def messages(ask: Asking, after: str = "") -> Response:
    """What became of what was queued, the latest first."""
    with ask.read() as session:
        found = queued.lines_page(session, after=after)
    return ask.show("messages.html", section="compose", ask=ask, page=found)
