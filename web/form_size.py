"""How much a request may bring: looked at before a byte of it is taken, and before anybody is known.

A form is read whole before any dependency of its page is asked, so only the route itself comes first.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from content.errors import Refusal

LARGEST_FORM = 30_000_000  # bytes of a form with its file


class Measured(APIRoute):
    """A route that refuses (`form.large`) what is larger than a form can be, or does not say how large it is."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The page's own, once that is known."""
        handle = super().get_route_handler()

        async def measured(request: Request) -> Response:
            _measure(request)
            return await handle(request)

        return measured


def _measure(request: Request) -> None:
    """A server goes by the pieces where a request says both."""
    length = "" if "transfer-encoding" in request.headers else request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > LARGEST_FORM:
        raise Refusal("form.large", "That is more than the desk reads at once.", "Send less, or use a shell.")
