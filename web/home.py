"""The first page: what needs this person now, what goes out next, and how the house stands."""

from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from content import alarms, burden, health
from content.briefed import balance_of_all
from content.forecast import forecast_page
from content.migrations import newest
from content.needs import Need, needs
from content.store import now
from web import polled
from web.asking import Ask, Asking
from web.posts import LISTS
from web.screen import Screen, shape

screen = Screen()
_DAYS, _SHOWN = 7, 10
_LOOKED = 20  # words that wait, for those
# kind of need -> the page where it is met; `{ref}` is the need's own, `{what}` what its title names
_PAGES = {
    **dict.fromkeys(LISTS, "/posts/{ref}"),
    "review": "/review/{ref}", "renew": "/review",
    **dict.fromkeys(("sent_back", "refused", "window"), "/messages/{what}"),
    "consent": "/narratives/{ref}", "pause": "/pauses", "go": "/go",
    "helpline": "/helplines", "link": "/links", "hashtag": "/campaigns/{ref}", "platform": "/platforms",
    **dict.fromkeys(("role", "deputy", "invitation"), "/people"),
    "account": "/accounts", "rules": "/rules", "arm": "/arming",
    "term": "/term-alarms", "posting_soon": "/postings", **dict.fromkeys(("stranger", "appeal"), "/watched"),
    **dict.fromkeys(("posting", "takedown", "posting_seen"), "/postings/{ref}"),
}  # fmt: skip


@screen.page("/", "home.read")
def home(ask: Asking) -> Response:
    with ask.read() as session:
        at = now(session)
        needed = needs(session, ask.who.person)
        balanced = balance_of_all(session, at)
        coming = forecast_page(session, _DAYS, limit=_SHOWN, look=_LOOKED).items[:_SHOWN]
        day = burden.today(session, ask.who.person) if ask.may("waiting.read") else None
        tag = polled.tag(ask, needed.items, sorted(needed.more), coming, day, balanced, at.date())
        if (unchanged := polled.same(ask, tag)) is not None:
            return unchanged
        found = health.look_within(session, schema_expected=newest())
    today = [one for one in needed.items if one.by is None or one.by.date() <= at.date()]
    later = [one for one in needed.items if one not in today]
    groups = [(name, [(one, _page(ask, one)) for one in some]) for name, some in (("today", today), ("later", later))]
    given: dict[str, Any] = {"groups": groups, "needed": needed, "coming": coming, "health": found, "lists": LISTS}
    given |= {"alarms": alarms.alarms(found), "day": day, "balanced": balanced, "tag": tag}
    return polled.tagged(ask.show("home.html", section="home", ask=ask, at=at, **given), tag)


def _page(ask: Ask, need: Need) -> str:
    """Where it is met; empty where no page of this desk does it."""
    where = _PAGES[need.kind]
    served = shape(where) in ask.request.app.state.pages
    return where.format(ref=quote(need.ref), what=quote(need.what)) if served else ""
