"""A refusal that somebody should know of goes on the record, once for a request, whoever catches it."""

from fastapi import Request

from content import refused
from content.errors import Refusal, Refusals


def note(request: Request, error: Refusal | Refusals) -> None:
    """Notes what was refused to whoever is signed in; nothing where nobody is, or it was noted already."""
    who, verb = getattr(request.state, "person", None), getattr(request.state, "verb", "")
    if who is None or getattr(request.state, "noted", False):
        return
    request.state.noted = True
    for one in error.refusals if isinstance(error, Refusals) else [error]:
        refused.note(request.app.state.store, who, verb, one.code, act=request.method == "POST")
