"""Who answers those who reply: shifts, hours without any, the published policy, and whom a responder calls."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import Form as Fields
from starlette.responses import Response

from content import moderation, shift
from content.agenda import home_zone
from content.errors import Refusal
from content.organisation import the_organisation
from content.record_search import known
from content.store import now
from content.zone import local_at
from web.asking import Ask, Asking
from web.screen import Form, Screen

screen = Screen()
_OURS = ("shift", "window", "people", "moderation")


class ShiftForm(Form):
    """day: 2026-12-03; start, end: local times there; trained: that the person was, ticked."""

    person: str
    languages: tuple[str, ...] = ()
    day: str
    start: str
    end: str
    zone: str
    weeks: int = 1
    trained: bool = False


class PolicyForm(Form):
    """What of it is left empty is taken back."""

    policy: str = ""
    call: str = ""


@screen.page("/replies", "moderation.read")
def replies(ask: Asking) -> Response:
    return _shown(ask)


@screen.act("/replies/shifts", "moderation.change")
def add(ask: Asking, form: Annotated[ShiftForm, Fields()]) -> Response:
    try:
        with ask.write() as (session, person):
            shift.add(session, person, shift.Wanted(**form.model_dump(exclude={"mark", "code"})))
    except Refusal as refused:
        return _again(ask, refused, form=form)
    return ask.go("/replies", "shift-added")


@screen.act("/replies/shifts/{number}/end", "moderation.change")
def end(ask: Asking, number: int, form: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, person):
        shift.end(session, person, number)
    return ask.go("/replies", "shift-ended")


@screen.act("/replies/policy", "moderation.change")
def policy(ask: Asking, form: Annotated[PolicyForm, Fields()]) -> Response:
    try:
        with ask.write() as (session, person):
            moderation.told(session, person, reply_policy=form.policy, escalation=form.call)
    except Refusal as refused:
        return _again(ask, refused, said=form)
    return ask.go("/replies", "replies-said")


def _again(ask: Ask, refused: Refusal, form: ShiftForm | None = None, said: PolicyForm | None = None) -> Response:
    if refused.code.partition(".")[0] not in _OURS:
        raise refused
    return _shown(ask, form, said, refused)


def _shown(
    ask: Ask, form: ShiftForm | None = None, said: PolicyForm | None = None, refused: Refusal | None = None
) -> Response:
    with ask.read() as session:
        found = moderation.cover(session, ask.who.person)
        here, at = home_zone(session, ""), now(session)
        languages, people = the_organisation(session).languages, known(session)
    tomorrow = local_at(at, here).date() + timedelta(days=1)
    return ask.show(
        "replies.html", 422 if refused else 200, section="settings", ask=ask, cover=found, here=here, people=people,
        languages=languages, refused=refused, form=form or _empty(ask, tomorrow, here), wrong_shift=form is not None,
        writing=said or PolicyForm(policy=found.reply_policy, call=found.escalation), wrong_policy=said is not None,
    )  # fmt: skip


def _empty(ask: Ask, day: date, zone: str) -> ShiftForm:
    return ShiftForm(person=ask.who.person.ref, day=f"{day}", start="18:00", end="00:00", zone=zone)
