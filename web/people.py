"""People: who holds which role since when, what waits for a second person, and every act that gives or takes rights."""

from typing import Annotated, Any

from fastapi import Form as Fields
from starlette.responses import Response

from content import absence, deputy, invitation, journal, sign_in, staff, suspending
from content import people as rights
from content.offered import languages_used
from content.people import ROLES
from content.settings import settings
from web.asking import Asking
from web.screen import Form, Screen

screen = Screen()


class NewForm(Form):
    ref: str
    name: str


class RoleForm(Form):
    role: str
    language: str = ""

    @property
    def whole(self) -> str:
        """As the table of roles writes it: content, or language:ar."""
        return f"language:{self.language}" if self.role == "language" else self.role


class AwayForm(Form):
    """first, last: days, 2026-12-01; deputy: a short name."""

    first: str
    last: str
    deputy: str


class DeputyForm(Form):
    """last: a day, 2026-12-01."""

    last: str


@screen.page("/people", "people.read")
def people(ask: Asking, after: str = "") -> Response:
    with ask.read() as session:
        found, waits = staff.members_page(session, after), staff.open_grants(session)
        named = deputy.standing(session)
    return ask.show("people.html", section="people", ask=ask, page=found, waits=waits, deputies=named)


@screen.act("/people", "person.add")
def add(ask: Asking, form: Annotated[NewForm, Fields()]) -> Response:
    """Their token for the command line is shown to nobody: the desk is entered by an invitation."""
    with ask.write() as (session, person):
        rights.add(session, person, form.ref, form.name)
    return ask.go(f"/people/{form.ref}", "person-added")


@screen.page("/people/{ref}", "people.read")
def person(ask: Asking, ref: str) -> Response:
    with ask.read() as session:
        found = staff.member(session, ref)
        languages, others = languages_used(session), staff.others(session, ref)
    given: dict[str, Any] = {"roles": ROLES, "languages": languages, "others": others}
    return ask.show("person.html", section="people", ask=ask, member=found, **given)


@screen.act("/people/{ref}/away", "absence.set")
def away(ask: Asking, ref: str, form: Annotated[AwayForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        who, deputy = rights.by_ref(session, ref), rights.by_ref(session, form.deputy)
        absence.leave(session, person, who, deputy, form.first, form.last)
    return ask.go(f"/people/{ref}", "away")


@screen.act("/people/{ref}/back", "absence.set")
def back(ask: Asking, ref: str, form: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, person):
        absence.back(session, person, rights.by_ref(session, ref))
    return ask.go(f"/people/{ref}", "back")


@screen.act("/people/{ref}/deputy", "deputy.name")
def name_deputy(ask: Asking, ref: str, form: Annotated[DeputyForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        deputy.name(session, person, rights.by_ref(session, ref), form.last)
    return ask.go(f"/people/{ref}", "deputy-named")


@screen.act("/deputies/{number}/confirm", "deputy.confirm")
def confirm_deputy(ask: Asking, number: int, form: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, person):
        deputy.confirm(session, person, number)
    return ask.go("/people", "deputy-confirmed")


@screen.act("/deputies/{number}/end", "deputy.end")
def end_deputy(ask: Asking, number: int, form: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, person):
        deputy.end(session, person, number)
    return ask.go("/people", "deputy-ended")


@screen.act("/people/{ref}/invite", "person.invite")
def invite(ask: Asking, ref: str, form: Annotated[Form, Fields()]) -> Response:
    """The link is shown once, on this page: nobody can ask for it again."""
    with ask.write() as (session, person):
        token = invitation.invite(session, person, rights.by_ref(session, ref))
    if token is None:
        return ask.go(f"/people/{ref}", "invited-first")
    link = ask.whole(f"/invitation/{token}")
    return ask.show("person_invited.html", section="people", ask=ask, ref=ref, link=link)


@screen.act("/people/{ref}/grant", "role.grant")
def grant(ask: Asking, ref: str, form: Annotated[RoleForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        rights.grant(session, person, rights.by_ref(session, ref), form.whole)
    return ask.go(f"/people/{ref}", "granted")


@screen.act("/grants/{number}/confirm", "role.confirm")
def confirm(ask: Asking, number: int, form: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, person):
        rights.confirm(session, person, number)
    return ask.go("/people", "grant-confirmed")


@screen.page("/grants/{number}/revoke", "role.revoke")
def weigh(ask: Asking, number: int) -> Response:
    """What goes with the role, before it goes."""
    with ask.read() as session:
        found, resting = staff.grant(session, number), suspending.resting(session, number)
    return ask.show("role_revoke.html", section="people", ask=ask, grant=found, resting=resting)


@screen.act("/grants/{number}/revoke", "role.revoke")
def revoke(ask: Asking, number: int, form: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, person):
        suspending.suspend(session, person, number)
    return ask.go("/people", "role-revoked")


@screen.page("/people/{ref}/off", "person.disable")
def weigh_off(ask: Asking, ref: str) -> Response:
    with ask.read() as session:
        found = staff.member(session, ref)
    return ask.show("person_off.html", section="people", ask=ask, member=found)


@screen.act("/people/{ref}/off", "person.disable")
def off(ask: Asking, ref: str, form: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, person):
        whom = rights.by_ref(session, ref)
        rights.disable(session, person, whom)
        sign_in.end_all(session, whom.id or 0)
    with ask.read() as session:
        journal.write_stops(session, settings().journal)
    return ask.go(f"/people/{ref}", "switched-off")
