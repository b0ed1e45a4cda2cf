"""Signing in and out, taking up an invitation, and the interface's language."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi import Form as Fields
from starlette.responses import Response

from content import invitation, password, second_factor, sign_in
from content.errors import Refusal
from content.organisation import the_instance
from content.people import Person
from web.asking import COOKIE, LANGUAGE, SESSION, Asking, Visit, Visiting, from_here
from web.device import device
from web.drawing import code_picture
from web.form_size import Measured
from web.language import LANGUAGES
from web.screen import Form, Screen

screen = Screen()
# for whoever is not signed in yet
router = APIRouter(include_in_schema=False, dependencies=[Depends(from_here)], route_class=Measured)


class SignInForm(Form):
    name: str
    password: str
    then: str = "/"


class InvitationForm(Form):
    password: str
    secret: str


class LanguageForm(Form):
    language: str
    then: str = "/"


@router.get("/sign-in")
def ask_to_sign_in(visit: Visiting, then: str = "/") -> Response:
    return visit.show("sign_in.html", then=ours(then), name="", wrong=None)


@router.post("/sign-in", response_model=None)
def enter(visit: Visiting, form: Annotated[SignInForm, Fields()]) -> Response:
    """One answer, whichever of the three was wrong."""
    try:
        said = visit.request.headers.get("user-agent", "")
        token = sign_in.enter(visit.store, form.name, form.password, form.code, _address(visit), device(said))
    except Refusal as slow:
        return visit.show("sign_in.html", 429, then=ours(form.then), name=form.name, wrong=slow)
    if token is None:
        wrong = Refusal("sign_in.wrong", "Name, password and code do not belong together.", "Check each, try again.")
        return visit.show("sign_in.html", 403, then=ours(form.then), name=form.name, wrong=wrong)
    answer = visit.go(ours(form.then))
    answer.set_cookie(SESSION, token, max_age=int(sign_in.LONGEST.total_seconds()), **COOKIE)
    return answer


@router.get("/as/{token}")
def look_in(visit: Visiting, token: str) -> Response:
    """Into a rehearsal with a session that its demo has just made; nowhere else is one taken from an address."""
    with visit.store.read() as session:
        rehearsal = the_instance(session).kind == "rehearsal"
    if not rehearsal or sign_in.signed_in(visit.store, token) is None:
        raise Refusal("page.none", "There is nothing at this address.", "Go to the start page.")
    answer = visit.go("/")
    answer.set_cookie(SESSION, token, **COOKIE)
    return answer


@screen.act("/sign-out", "home.read")
def leave(ask: Asking, form: Annotated[Form, Fields()]) -> Response:
    sign_in.leave(ask.store, ask.who)
    answer = ask.go("/sign-in")
    answer.delete_cookie(SESSION, **COOKIE)
    return answer


@router.get("/invitation/{token}")
def ask_to_enrol(visit: Visiting, token: str) -> Response:
    return _enrolment(visit, token, second_factor.new_secret())


@router.post("/invitation/{token}", response_model=None)
def enrol(visit: Visiting, token: str, form: Annotated[InvitationForm, Fields()]) -> Response:
    """The recovery codes are shown once, here."""
    person, about = _invited(visit, token)
    try:
        hashed = password.hashed(form.password, person, about)
        with visit.store.write() as session:
            _, codes = invitation.accept(session, token, hashed, form.secret, form.code)
    except Refusal as wrong:
        if wrong.code in ("invitation.over", "form.unread"):
            raise
        return _enrolment(visit, token, form.secret, wrong)
    with visit.store.write() as session:
        sign_in.end_all(session, person.id or 0)
    return visit.show("enrolled.html", person=person, codes=codes)


@router.post("/language", response_model=None)
def choose_language(visit: Visiting, form: Annotated[LanguageForm, Fields()]) -> Response:
    answer = visit.go(ours(form.then))
    if form.language in LANGUAGES:
        answer.set_cookie(LANGUAGE, form.language, max_age=31_536_000, **COOKIE)
    return answer


def ours(then: str) -> str:
    """The address if it is a page of ours, else the start page: nobody is sent elsewhere."""
    fits = then.startswith("/") and not then.startswith("//") and "\\" not in then and then.isprintable()
    return then if fits else "/"


def _enrolment(visit: Visit, token: str, secret: str, wrong: Refusal | None = None) -> Response:
    person, about = _invited(visit, token)
    picture = code_picture(second_factor.address(secret, person, about))
    return visit.show(
        "invitation.html", 422 if wrong else 200, person=person, secret=secret, picture=picture, wrong=wrong,
        shortest=password.SHORTEST,
    )  # fmt: skip


def _invited(visit: Visit, token: str) -> tuple[Person, str]:
    with visit.store.read() as session:
        person = invitation.invited(session, token)
        if person is None:
            raise Refusal("invitation.over", "This invitation was used or is over.", "Ask for a new one.")
        return person, invitation.about(session)


def _address(visit: Visit) -> str:
    return visit.request.client.host if visit.request.client else ""
