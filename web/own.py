"""One's own page: password, app and recovery codes, the sessions that are open, and the interface's language."""

from typing import Annotated, Any

from fastapi import Form as Fields
from starlette.responses import Response

from content import access, invitation, notice, password, second_factor, staff
from content.errors import Refusal
from content.settings import settings
from web.asking import Ask, Asking
from web.drawing import code_picture
from web.language import LANGUAGES
from web.screen import Form, Screen

screen = Screen()


class PasswordForm(Form):
    """old, new: the passwords."""

    old: str
    new: str


class AppForm(Form):
    """secret: of the new app; fresh: the code that it shows now."""

    secret: str
    fresh: str


class NoticesForm(Form):
    """how: none, at_once or daily; address: empty keeps the one given before."""

    how: str
    address: str = ""


@screen.page("/me", "own.read")
def me(ask: Asking) -> Response:
    return _me(ask)


@screen.act("/me/password", "own.change")
def change_password(ask: Asking, form: Annotated[PasswordForm, Fields()]) -> Response:
    try:
        access.change_password(ask.store, ask.who, form.old, form.new)
    except Refusal as wrong:
        return _me(ask, wrong)
    return ask.go("/me", "password-changed")


@screen.page("/me/app", "own.read")
def ask_for_app(ask: Asking) -> Response:
    return _app(ask, second_factor.new_secret())


@screen.act("/me/app", "own.change")
def change_app(ask: Asking, form: Annotated[AppForm, Fields()]) -> Response:
    """The old app's code has been asked for with the form; the new app's shows that it works."""
    try:
        with ask.write() as (session, _):
            codes = access.change_app(session, ask.who, form.secret, form.fresh)
    except Refusal as wrong:
        if wrong.code != "code.wrong":
            raise
        return _app(ask, form.secret, wrong)
    return ask.show("me_codes.html", section="me", ask=ask, codes=codes)


@screen.act("/me/codes", "own.change")
def change_codes(ask: Asking, form: Annotated[Form, Fields()]) -> Response:
    """Shown once, here."""
    with ask.write() as (session, _):
        codes = access.change_codes(session, ask.who)
    return ask.show("me_codes.html", section="me", ask=ask, codes=codes)


@screen.act("/me/notices", "own.notices")
def change_notices(ask: Asking, form: Annotated[NoticesForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        notice.choose(session, person, form.how, form.address)
    return ask.go("/me", "notices")


@screen.act("/me/sessions", "own.end")
def end_others(ask: Asking, form: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, _):
        access.end_others(session, ask.who)
    return ask.go("/me", "sessions-ended")


@screen.act("/me/sessions/{session_mark}", "own.end")
def end_one(ask: Asking, session_mark: str, form: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, _):
        access.end_one(session, ask.who, session_mark)
    return ask.go("/me", "sessions-ended")


def _me(ask: Ask, wrong: Refusal | None = None) -> Response:
    with ask.read() as session:
        found = staff.member(session, ask.who.person.ref)
        others = staff.others(session, ask.who.person.ref)
        open_, told = access.sessions(session, ask.who), notice.chosen(session, ask.who.person)
    given: dict[str, Any] = {"languages": LANGUAGES, "shortest": password.SHORTEST, "wrong": wrong, "notices": told}
    given |= {"others": others, "relay": bool(settings().notice_relay.get_secret_value())}
    return ask.show("me.html", 422 if wrong else 200, section="me", ask=ask, member=found, sessions=open_, **given)


def _app(ask: Ask, secret: str, wrong: Refusal | None = None) -> Response:
    with ask.read() as session:
        about = invitation.about(session)
    picture = code_picture(second_factor.address(secret, ask.who.person, about))
    given: dict[str, Any] = {"secret": secret, "picture": picture, "wrong": wrong}
    return ask.show("me_app.html", 422 if wrong else 200, section="me", ask=ask, **given)
