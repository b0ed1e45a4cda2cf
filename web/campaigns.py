"""Campaigns: the brief, the balance of the four narratives, what goes next, what is out and where."""

from starlette.responses import Response

from content.briefed import brief, campaigns_page, published_page
from web.asking import Asking
from web.screen import Screen

screen = Screen()


@screen.page("/campaigns", "plan.read")
def campaigns(ask: Asking, after: str = "") -> Response:
    with ask.read() as session:
        found = campaigns_page(session, ask.who.person, after)
    return ask.show("campaigns.html", section="campaigns", ask=ask, page=found)


@screen.page("/campaigns/{ref}", "plan.read")
def campaign(ask: Asking, ref: str, after: str = "") -> Response:
    with ask.read() as session:
        found = brief(session, ask.who.person, ref)
        out = published_page(session, ask.who.person, ref, after)
    return ask.show("campaign.html", section="campaigns", ask=ask, brief=found, campaign=found.campaign, out=out)
