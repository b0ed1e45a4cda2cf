"""Lists that look again by themselves: the same page is asked for with the tag of what it showed, and says only what
is new. What a tag covers is what is shown, and to whom: nothing of the request, no time, no mark of a form.
"""

import hashlib

from starlette.responses import Response

from web.asking import Ask
from web.static import address


def tag(ask: Ask, *shown: object) -> str:
    """The tag of what this page shows to this person. shown: plain values, the same for the same page."""
    whole = repr((ask.who.person.id, sorted(ask.roles), ask.language.code, address("desk.css"), shown))
    return f'"{hashlib.sha256(whole.encode()).hexdigest()[:32]}"'


def same(ask: Ask, current: str) -> Response | None:
    """The short answer where the browser has shown just this."""
    if ask.request.headers.get("if-none-match") != current:
        return None
    return Response(status_code=304, headers={"ETag": current})


def tagged(answer: Response, current: str) -> Response:
    """The whole page, with the tag of what it shows."""
    answer.headers["ETag"] = current
    return answer
