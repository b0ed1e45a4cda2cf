"""Who asks for a page and what they may: the session behind the cookie, the verb's roles, the form's own mark.

Nothing of a request is trusted before this: an act must come from a page of ours (its origin, and a mark that only such
a page could know), by somebody signed in, with a role that the verb takes and the proof it asks for.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlmodel import Session
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse, Response

from content import people, sign_in
from content.errors import Refusal, Refusals
from content.once import keeping
from content.people import Person
from content.permission import permission
from content.sign_in import SignedIn
from content.store import Store, wall
from web import toasts
from web.language import Language, chosen
from web.noting import note
from web.shown import page
from web.toasts import Toast, Undo

SESSION, LANGUAGE, SAID = "__Host-desk", "__Host-language", "__Host-said"
SAFE = ("GET", "HEAD")
_LAST = 2**31 - 1  # no row has a higher number
LOOKS = "x-desk-looks"  # a page that looks again by itself says so: nobody need sit in front of it
SUBJECTS = {"campaigns": "campaign", "narratives": "narrative", "messages": "message", "accounts": "account"}
COOKIE: dict[str, Any] = {"path": "/", "secure": True, "httponly": True, "samesite": "strict"}


class NotSignedIn(Exception):
    """Nobody is signed in here: the page to sign in is shown instead."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A request as far as it needs nobody: the store, the language, and what the page before said."""

    request: Request
    store: Store
    language: Language

    def show(self, template: str, status: int = 200, **given: Any) -> Response:
        """A page from its template."""
        told = self.request.cookies.get(SAID, "")
        toast = toasts.read(told)
        about = {"said": toast.sign, "said_of": toast.values, "undo": toast.undo}
        answer = HTMLResponse(page(template, self.language, {"visit": self, **about, **given}), status)
        if told:
            answer.delete_cookie(SAID, **COOKIE)
        return answer

    def go(
        self, where: str, said: str = "", said_of: Mapping[str, str] | None = None, undo: Undo | None = None
    ) -> Response:
        """To another page of ours, which says what was done (said.html) and offers to take it back."""
        answer = RedirectResponse(where, 303)
        if said:
            answer.set_cookie(SAID, toasts.written(Toast(said, said_of or {}, undo)), max_age=60, **COOKIE)
        return answer

    def whole(self, path: str) -> str:
        """An address of ours for a browser or program elsewhere; a proxy may have ended its TLS."""
        base = self.request.base_url
        scheme = "https" if self.request.app.state.secure else base.scheme
        return f"{scheme}://{base.netloc}{path}"

    @property
    def here(self) -> str:
        """The page's own address, for a form that comes back to it."""
        query = self.request.url.query
        return self.request.url.path + (f"?{query}" if query else "")


@dataclass(frozen=True, slots=True)
class Ask(Visit):
    """A request of somebody signed in. roles: in force now; token: of their session, never shown; proved: the form
    came with a code, and it was right."""

    who: SignedIn
    roles: frozenset[str]
    token: str
    rehearsal: bool
    proved: bool = False

    @property
    def mark(self) -> str:
        """The form's mark, another one each time it is shown: a compressed page gives nothing of it away."""
        plain, pad = _mark(self.token), secrets.token_bytes(32)
        return urlsafe_b64encode(pad + bytes(a ^ b for a, b in zip(pad, plain, strict=True))).decode()

    def may(self, verb: str) -> bool:
        """Whether one of the roles is enough for this verb; the verb itself looks again, and at its conditions."""
        return people.may(self.roles, verb)

    @property
    def subject(self) -> tuple[str, str]:
        """What this page is about, as a pause names it: its scope and its reference; empty where it is about nothing
        that can be paused."""
        kind, _, rest = self.request.url.path.removeprefix("/").partition("/")
        ref = str(self.request.path_params.get("ref", "")) if rest else ""
        return (SUBJECTS[kind], ref) if kind in SUBJECTS and ref else ("", "")

    def code_wanted(self, verb: str) -> bool:
        """Whether a form for this verb must ask for the second factor again."""
        return not sign_in.fresh(self.who, permission(verb).proof, self.who.at)

    def insist(self, code: str) -> None:
        """Takes a code of this form's own, where the verb asks for one only now and then. Refuses as `allowed`."""
        if not self.proved:
            _prove(self, code)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for one page, all of one instant: what is asked twice in it is asked once. A page that nothing was
        done for is of the instant at which it was asked for; after an act how things stand is asked anew."""
        with self.store.read() as session:
            keeping(session)
            if self.request.method in SAFE:
                people.found_before(session, self.who.person.id or 0, self.who.now, self.roles)
            yield session

    @contextmanager
    def write(self) -> Iterator[tuple[Session, Person]]:
        """A transaction in which this person acts; one commit at its end, or nothing."""
        try:
            with self.store.write() as session:
                yield session, session.get_one(Person, self.who.person.id)
        except (Refusal, Refusals) as refused:
            note(self.request, refused)  # here, for a page may catch it and show its form again
            raise


def read_by_somebody(request: Request) -> bool:
    """Whether this page is for somebody's eyes: not for one that looks again by itself, nor fetched ahead."""
    return LOOKS not in request.headers and "prefetch" not in request.headers.get("sec-purpose", "")


def visit(request: Request) -> Visit:
    """What a request is before anybody is known."""
    language = chosen(request.cookies.get(LANGUAGE), request.headers.get("accept-language", ""))
    return Visit(request, request.app.state.store, language)


Visiting = Annotated[Visit, Depends(visit)]


async def _form(request: Request) -> FormData:
    """The fields; how many bytes they may be is asked before (form_size.py)."""
    return FormData() if request.method in SAFE else await request.form()


def from_here(request: Request) -> None:
    """Refuses (`form.foreign`) an act that another site's page sent."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    ours = site in ("same-origin", "none") if site else origin in (None, str(request.base_url).rstrip("/"))
    if request.method not in SAFE and not ours:
        raise Refusal("form.foreign", "That came from another site's page.", "Open the desk itself and do it there.")


def allowed(verb: str) -> Callable[..., None]:
    """The dependency of every page and act under a verb; what it found stands in `request.state.ask`."""
    wanted = permission(verb)

    def look(request: Request, seen: Visiting, form: Annotated[FormData, Depends(_form)]) -> None:
        ask = _ask(request, seen)
        request.state.ask, request.state.person, request.state.verb = ask, ask.who.person.id, verb
        from_here(request)
        if not ask.may(verb):
            raise Refusal(
                "rights.role",
                f"This takes somebody who is {' or '.join(wanted.roles)}.",
                "Ask such a person: People shows who that is.",
            )
        _numbered(request)
        if request.method not in SAFE:
            _marked(ask, str(form.get("mark", "")))
            request.state.typed = form  # for the page that asks for its code again
            request.state.ask = _proved(ask, verb, str(form.get("code", "")))

    return look


def current(request: Request) -> Ask:
    """Who asks, as `allowed` found them."""
    found: Ask = request.state.ask
    return found


Asking = Annotated[Ask, Depends(current)]


def _ask(request: Request, seen: Visit) -> Ask:
    token = request.cookies.get(SESSION, "")
    who = sign_in.signed_in(seen.store, token, stepped=LOOKS not in request.headers) if token else None
    if who is None:
        raise NotSignedIn
    return Ask(request, seen.store, seen.language, who, who.roles, token, who.rehearsal)


def _numbered(request: Request) -> None:
    """Refuses (`page.none`) a number in an address that nothing can have: no database takes it."""
    given = (str(request.path_params.get(name, "0")) for name in ("number", "event"))
    if any(one.isdecimal() and int(one[:20]) > _LAST for one in given):
        raise Refusal("page.none", "There is nothing at this address.", "Go to the start page.")


def _marked(ask: Ask, given: str) -> None:
    try:
        raw = urlsafe_b64decode(given)
    except ValueError:
        raw = b""
    plain = bytes(a ^ b for a, b in zip(raw[:32], raw[32:], strict=False))
    if not hmac.compare_digest(plain, _mark(ask.token)):
        raise Refusal("form.old", "This form is from another session.", "Open the page again, and send it from there.")


def _mark(token: str) -> bytes:
    return hashlib.sha256(f"form|{token}".encode()).digest()


def _proved(ask: Ask, verb: str, code: str) -> Ask:
    """The same, with the proof that the verb asks for. Raises Refusal `code.wanted`, `code.wrong`."""
    if not ask.code_wanted(verb):
        return ask
    _prove(ask, code)
    with ask.store.read() as session:
        return replace(ask, who=replace(ask.who, proved_at=wall(session)), proved=True)


def _prove(ask: Ask, code: str) -> None:
    if not code.strip():
        raise Refusal("code.wanted", "This takes the code of your app.", "Enter the six digits it shows now.")
    if not sign_in.prove(ask.store, ask.who, code):
        raise Refusal("code.wrong", "That code is wrong or was used already.", "Wait for the app's next one.")
