"""The first page: what needs this person now, what goes out next, and how the house stands."""

from typing import Any

from starlette.responses import Response

from content import alarms, burden, health
from content.forecast import forecast_page
from content.migrations import newest
from content.store import now
from content.waiting import waiting_page
from web import polled
from web.asking import Asking
from web.screen import Screen

screen = Screen()
_DAYS, _SHOWN = 7, 10


@screen.page("/", "home.read")
def home(ask: Asking) -> Response:
    with ask.read() as session:
        at = now(session)
        waits = waiting_page(session, ask.who.person, limit=_SHOWN).items if ask.may("waiting.read") else ()
        coming = forecast_page(session, _DAYS, limit=_SHOWN).items
        day = burden.today(session, ask.who.person) if ask.may("waiting.read") else None
    tag = polled.tag(ask, waits, coming, day, [at > one.by for one in waits])
    if (unchanged := polled.same(ask, tag)) is not None:
        return unchanged
    found = health.look(ask.store, schema_expected=newest())
    stands = alarms.alarms(found)
    given: dict[str, Any] = {"waits": waits, "coming": coming, "health": found, "alarms": stands}
    given |= {"day": day, "tag": tag}
    return polled.tagged(ask.show("home.html", section="home", ask=ask, at=at, **given), tag)
