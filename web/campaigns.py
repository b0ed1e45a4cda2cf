"""Campaigns: the brief, the balance of the four narratives, what goes next, what is out and where."""

from typing import Annotated, Literal

from fastapi import Form as Fields
from starlette.responses import Response

from content import hashtag_check
from content.briefed import brief, campaigns_page, published_page
from web.asking import Asking
from web.screen import Form, Screen

screen = Screen()


class TagForm(Form):
    """answer: whether nobody has taken the hashtag over."""

    tag: str
    answer: Literal["good", "taken"]


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
        tags = hashtag_check.tags_of(session, found.campaign)
    return ask.show(
        "campaign.html", section="campaigns", ask=ask, brief=found, campaign=found.campaign, out=out, tags=tags
    )


@screen.act("/campaigns/{ref}/tags", "hashtag.check")
def look(ask: Asking, ref: str, form: Annotated[TagForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        hashtag_check.looked(session, person, ref, [form.tag], good=form.answer == "good")
    return ask.go(f"/campaigns/{ref}#tags-h", "tag-ours" if form.answer == "good" else "tag-taken")
