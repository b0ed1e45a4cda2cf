"""One screen: its pages and acts, each under a verb of the permission table. There is no other way to add a route."""

import re
from collections.abc import Callable
from typing import TypeVar

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from web.asking import allowed
from web.form_size import Measured

F = TypeVar("F", bound=Callable[..., object])
_NAMED = re.compile(r"\{[^}]*\}")


class Form(BaseModel):
    """What a form of ours may hold; anything else in it is refused. mark, code: read before (asking.py)."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)
    mark: str = ""
    code: str = ""


class Screen:
    """The routes of one file. verbs: path and method -> the verb it is under."""

    def __init__(self) -> None:
        self.router = APIRouter(include_in_schema=False, route_class=Measured)
        self.verbs: dict[tuple[str, str], str] = {}

    def page(self, path: str, verb: str) -> Callable[[F], F]:
        """A page that only shows."""
        return self._under("GET", path, verb)

    def act(self, path: str, verb: str) -> Callable[[F], F]:
        """What a form does."""
        return self._under("POST", path, verb)

    def _under(self, method: str, path: str, verb: str) -> Callable[[F], F]:
        self.verbs[method, path] = verb
        add: Callable[[F], F] = self.router.api_route(
            path, methods=[method], response_model=None, dependencies=[Depends(allowed(verb))]
        )
        return add


def shape(path: str) -> str:
    """A path without what its parts are called: /posts/{number} and /posts/{ref} are one page."""
    return _NAMED.sub("{}", path)
