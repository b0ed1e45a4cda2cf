"""The field in the top bar: a reference, or its beginning, leads to its page."""

from urllib.parse import quote

from starlette.responses import Response

from content.jump import Hit, cleaned, jump
from web.asking import Asking
from web.screen import Screen

screen = Screen()


@screen.page("/jump", "home.read")
def find(ask: Asking, q: str = "") -> Response:
    """Straight there where only one thing is meant, else what begins so."""
    with ask.read() as session:
        found = jump(session, ask.who.person, q)
    if found.sure:
        return ask.go(address(found.sure))
    return ask.show("jump.html", section="", ask=ask, typed=cleaned(q), found=found, address=address)


def address(hit: Hit) -> str:
    """The page of what was found."""
    if hit.kind == "version" and hit.sheet:
        return f"/review/{hit.ref[:16]}"
    kind, ref = ("message", hit.about[0]) if hit.kind == "version" else (hit.kind, hit.ref)
    return f"/{kind}s/{quote(ref, safe='')}"
