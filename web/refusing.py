"""What a browser sees where something was refused or broke: prose, the next step, and a code; no detail of ours."""

import secrets
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from content.errors import Refusal, Refusals
from web.asking import NotSignedIn, visit
from web.noting import note

_KINDS = {"rights": 403, "code": 403}
_CODES = {
    "form.foreign": 403, "form.old": 403, "form.other": 409, "verdict.stale": 409, "verdict.closed": 409,
    "post.moved": 409, "account.moved": 409, "sign_in.slow": 429, "sign_in.busy": 503,
    "material.kind": 404,
}  # fmt: skip
_SECRET = {"own.change", "account.credential", "protected.enter"}  # no page repeats what these forms hold
_log = structlog.get_logger()


def refuse_in_prose(app: FastAPI) -> None:
    """Adds the answers to everything that goes wrong."""
    app.add_exception_handler(NotSignedIn, _sign_in)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(Refusals, _refused)
    app.add_exception_handler(RequestValidationError, _no_such_form)
    app.add_exception_handler(HTTPException, _nothing_here)
    app.add_exception_handler(Exception, _broke)


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal."""
    kind, _, last = refusal.code.partition(".")
    found = _CODES.get(refusal.code) or _KINDS.get(kind)
    return found or (404 if last in ("none", "unknown") else 422)


def _sign_in(request: Request, _: Exception) -> Response:
    seen = visit(request)
    if request.headers.get("hx-request"):  # a part of a page: the whole page goes to sign in
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    where = seen.here if request.method == "GET" else "/"
    return seen.go("/sign-in" if where == "/" else f"/sign-in?then={quote(where, safe='/')}")


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, (Refusal, Refusals))
    note(request, error)
    refusals = error.refusals if isinstance(error, Refusals) else [error]
    first = refusals[0]
    given: dict[str, Any] = {"again": _again(request, first), "ask": getattr(request.state, "ask", None)}
    return visit(request).show("refused.html", status_of(first), refusals=refusals, **given)


def _again(request: Request, refused: Refusal) -> list[tuple[str, str]] | None:
    """What was typed beside a code that was not taken, to be sent with another one; None where it is sent anew: after
    any other refusal, with a file, and where it is secret."""
    typed = getattr(request.state, "typed", None)
    if typed is None or not refused.code.startswith("code.") or request.state.verb in _SECRET:
        return None
    told = [(name, value) for name, value in typed.multi_items() if name not in ("mark", "code")]
    return told if all(isinstance(value, str) for _, value in told) else None


def _no_such_form(request: Request, _: Exception) -> Response:
    told = Refusal("form.unread", "This form holds what it should not, or lacks something.", "Open the page again.")
    note(request, told)
    return visit(request).show("refused.html", 422, refusals=[told])


def _nothing_here(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    told = Refusal("page.none", "There is nothing at this address.", "Go back, or to the start page.")
    return visit(request).show("refused.html", status, refusals=[told])


def _broke(request: Request, error: Exception) -> Response:
    mark = secrets.token_hex(2).upper()
    _log.error("page.broke", mark=mark, path=request.url.path, kind=type(error).__name__)
    return visit(request).show("broke.html", 500, mark=mark)
