"""Where a piece of material stands: the messages, versions and posts that carry it, and the way to correct it there."""

from starlette.responses import Response

from content.where_used import used_page
from web.asking import Asking
from web.screen import Screen

screen = Screen()


@screen.page("/used/{kind}/{piece:path}", "message.read")
def used(ask: Asking, kind: str, piece: str, after: str = "") -> Response:
    with ask.read() as session:
        found = used_page(session, ask.who.person, kind, piece, after)
    return ask.show("used.html", section="", ask=ask, kind=kind, piece=piece, page=found)
