"""Arming: what is not ready yet, and two people who let this instance publish outside, each with a code."""

from typing import Annotated

from fastapi import Form as Fields
from starlette.responses import Response

from content import arming, readiness
from content.organisation import the_instance
from content.settings import settings
from content.staff import names
from web.asking import Asking
from web.screen import Form, Screen

screen = Screen()


@screen.page("/arming", "instance.arm")
def look(ask: Asking) -> Response:
    """What `doctor` finds, the broker aside, and who has said so first."""
    with ask.read() as session:
        instance = the_instance(session)
        found = readiness.unready(readiness.seen(session, settings()))
        first = names(session, [instance.arm_asked])[instance.arm_asked] if instance.arm_asked else ""
    return ask.show("arming.html", section="settings", ask=ask, instance=instance, found=found, first=first)


@screen.act("/arming", "instance.arm")
def arm(ask: Asking, form: Annotated[Form, Fields()]) -> Response:
    """One of two says so; refused while anything is not ready."""
    with ask.read() as session:
        readiness.refuse_unready(readiness.seen(session, settings()))
    with ask.write() as (session, person):
        armed = arming.arm(session, person)
    return ask.go("/arming", "armed" if armed else "armed-first")
