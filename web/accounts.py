"""Accounts: each profile of the organisation, whose it is, who answers there, how its circuit, pace and caps stand."""

from typing import Annotated

from fastapi import Form as Fields
from starlette.responses import Response

from content import accounts as profiles
from content import assigning, owning, people
from content import credential as credentials
from content.posting import MANUAL
from web.asking import Asking
from web.screen import Form, Screen

screen = Screen()


class OwnForm(Form):
    """identity: the one that the page showed; ours, open: what the person confirms in words, ticked."""

    identity: str
    ours: bool = False
    openly: bool = False


class CredentialForm(Form):
    """What lets us in: those of its channel are given, the others stay empty."""

    secret: str = ""
    user: str = ""
    password: str = ""
    token: str = ""
    key: str = ""


class PosterForm(Form):
    """poster: the short name of who posts there by hand, empty for nobody in particular."""

    poster: str = ""


class OpenForm(Form):
    """openly: what the person confirms in words, ticked."""

    openly: bool = False


@screen.page("/accounts", "account.read")
def accounts(ask: Asking, after: str = "") -> Response:
    with ask.read() as session:
        found = profiles.accounts_page(session, after)
    return ask.show("accounts.html", section="accounts", ask=ask, page=found)


@screen.page("/accounts/{ref}", "account.read")
def account(ask: Asking, ref: str) -> Response:
    with ask.read() as session:
        found = profiles.account(session, ref)
        by_hand = found.line.channel == MANUAL
        posters = assigning.posters(session) if by_hand and ask.may("account.poster") else ()
    return ask.show(
        "account.html", section="accounts", ask=ask, account=found, line=found.line, by_hand=by_hand, posters=posters
    )


@screen.act("/accounts/{ref}/verify", "account.ask")
def verify(ask: Asking, ref: str, form: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, person):
        owning.ask(session, person, ref)
    return ask.go(f"/accounts/{ref}", "account-asked")


@screen.act("/accounts/{ref}/own", "account.own")
def own(ask: Asking, ref: str, form: Annotated[OwnForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        row = owning.confirm(session, person, ref, form.identity, said=form.ours and form.openly)
    return ask.go(f"/accounts/{ref}", "owned-first" if row.ownership_asked else "owned")


@screen.act("/accounts/{ref}/poster", "account.poster")
def poster(ask: Asking, ref: str, form: Annotated[PosterForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        assigning.name_poster(session, person, ref, people.by_ref(session, form.poster) if form.poster else None)
    return ask.go(f"/accounts/{ref}", "poster")


@screen.act("/accounts/{ref}/credential", "account.credential")
def credential(ask: Asking, ref: str, form: Annotated[CredentialForm, Fields()]) -> Response:
    told = {"secret": form.secret, "user": form.user, "password": form.password, "token": form.token, "key": form.key}
    with ask.write() as (session, person):
        credentials.give(session, person, ref, {name: value for name, value in told.items() if value.strip()})
    return ask.go(f"/accounts/{ref}", "credential")


@screen.act("/accounts/{ref}/credential/older", "account.credential")
def older(ask: Asking, ref: str, form: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, person):
        credentials.end_older(session, person, ref)
    return ask.go(f"/accounts/{ref}", "credential-older")


@screen.act("/accounts/{ref}/credential/away", "account.credential")
def away(ask: Asking, ref: str, form: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, person):
        credentials.take_away(session, person, ref)
    return ask.go(f"/accounts/{ref}", "credential-away")


@screen.act("/accounts/{ref}/poses", "account.pose")
def poses(ask: Asking, ref: str, form: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, person):
        owning.poses(session, person, ref)
    return ask.go(f"/accounts/{ref}", "poses")


@screen.act("/accounts/{ref}/open", "account.open")
def openly(ask: Asking, ref: str, form: Annotated[OpenForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        row = owning.opened(session, person, ref, said=form.openly)
    return ask.go(f"/accounts/{ref}", "open-first" if row.persona else "open")
