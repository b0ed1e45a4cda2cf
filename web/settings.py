"""Settings, read only: what this installation was told and where that came from, the organisation, its helplines."""

import os
from typing import Annotated

from fastapi import Form as Fields
from starlette.responses import Response

from content import block
from content.organisation import the_instance, the_organisation
from content.settings import settings as told
from content.settings import unknown_variables
from content.zone import zone_version
from web.asking import Asking
from web.screen import Form, Screen

screen = Screen()


@screen.page("/settings", "settings.read")
def settings(ask: Asking) -> Response:
    with ask.read() as session:
        organisation, instance = the_organisation(session), the_instance(session)
        disclosures = block.newest_page(session, "disclosure").items
    return ask.show(
        "settings.html", section="settings", ask=ask, organisation=organisation, instance=instance, told=told().shown(),
        strangers=unknown_variables(os.environ), zones=zone_version(), disclosures=disclosures,
    )  # fmt: skip


@screen.page("/helplines", "settings.read")
def helplines(ask: Asking, after: str = "") -> Response:
    with ask.read() as session:
        found = block.helplines_page(session, after)
    return ask.show("helplines.html", section="settings", ask=ask, page=found)


@screen.act("/helplines/{ref}/verify", "helpline.verify")
def verify(ask: Asking, ref: str, form: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, person):
        block.verify_helpline(session, person, ref)
    return ask.go("/helplines", "helpline-verified")
