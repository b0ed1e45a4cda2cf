"""What the platforms demand: when our profile of each was last compared with it, and recording that it was."""

from typing import Annotated

from fastapi import Form as Fields
from starlette.responses import Response

from content.platform_check import compared, platforms
from web.asking import Asking
from web.screen import Form, Screen

screen = Screen()


@screen.page("/platforms", "settings.read")
def shown(ask: Asking) -> Response:
    with ask.read() as session:
        found = platforms(session)
    return ask.show("platforms.html", section="settings", ask=ask, platforms=found)


@screen.act("/platforms/{name}/compared", "platform.check")
def compare(ask: Asking, name: str, form: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, person):
        compared(session, person, name)
    return ask.go("/platforms", "platform-compared")
