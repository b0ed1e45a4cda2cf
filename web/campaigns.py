"""Campaigns: the brief, the balance of the four narratives, the posting plan, what goes next, what is out and where."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import Form as Fields
from starlette.responses import Response

from content import acknowledging, hashtag_check, pack, seasonal, slot
from content.briefed import brief, campaigns_page, published_page
from content.errors import Refusal
from web.asking import Ask, Asking
from web.packed import download
from web.screen import Form, Screen
from web.toasts import Undo

screen = Screen()
_WEEK = {name: date(2024, 1, number) for number, name in enumerate(slot.DAYS, 1)}  # 1 January 2024 was a Monday


class SlotForm(Form):
    """day: by its English name, as the list offers it; local: 18:00; zone: the campaign's own where left out."""

    language: str
    account: str
    day: str
    local: str
    zone: str = ""
    name: str = ""


class SeasonForm(Form):
    """Between begins and ends the slots that are meant have the time local, or none; what is left empty means all."""

    name: str
    begins: str
    ends: str
    local: str = ""
    language: str = ""
    account: str = ""
    day: str = ""
    was: str = ""


class EvidenceForm(Form):
    """after: where the pack before ended, as its pack.json says."""

    after: str = ""


class TagForm(Form):
    """answer: whether nobody has taken the hashtag over."""

    tag: str
    answer: Literal["good", "taken"]


class FineForm(Form):
    """day: of the calendar; reason: why it is fine for this campaign."""

    day: int
    reason: str = ""


@screen.page("/campaigns", "plan.read")
def campaigns(ask: Asking, after: str = "") -> Response:
    with ask.read() as session:
        found = campaigns_page(session, ask.who.person, after)
    return ask.show("campaigns.html", section="campaigns", ask=ask, page=found)


@screen.page("/campaigns/{ref}", "plan.read")
def campaign(ask: Asking, ref: str, after: str = "") -> Response:
    return _campaign(ask, ref, after)


@screen.act("/campaigns/{ref}/slots", "plan.change")
def add_slot(ask: Asking, ref: str, form: Annotated[SlotForm, Fields()]) -> Response:
    try:
        with ask.write() as (session, person):
            slot.add(session, person, slot.Wanted(ref, **form.model_dump(exclude={"mark", "code"})))
    except Refusal as refused:
        if refused.code.partition(".")[0] not in ("slot", "window"):
            raise
        return _campaign(ask, ref, form=form, refused=refused)
    return ask.go(f"/campaigns/{ref}#plan", "slot-added")


@screen.act("/campaigns/{ref}/slots/{number}/end", "plan.change")
def end_slot(ask: Asking, ref: str, number: int, form: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, person):
        ended = slot.wanted_again(session, slot.end(session, person, number))
    again = {name: value for name, value in asdict(ended).items() if name != "campaign"}
    where = f"/campaigns/{ended.campaign}"
    return ask.go(f"{where}#plan", "slot-ended", undo=Undo(f"{where}/slots", again))


@screen.act("/campaigns/{ref}/seasons", "plan.change")
def add_season(ask: Asking, ref: str, form: Annotated[SeasonForm, Fields()]) -> Response:
    try:
        with ask.write() as (session, person):
            seasonal.instead(session, person, seasonal.Instead(ref, **form.model_dump(exclude={"mark", "code"})))
    except Refusal as refused:
        if refused.code.partition(".")[0] not in ("season", "slot"):
            raise
        return _campaign(ask, ref, season_form=form, season_refused=refused)
    return ask.go(f"/campaigns/{ref}#seasons", "season-added")


@screen.act("/campaigns/{ref}/seasons/{number}/end", "plan.change")
def end_season(ask: Asking, ref: str, number: int, form: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, person):
        campaign, _ = seasonal.end(session, person, number)
    where = f"/campaigns/{campaign}"
    return ask.go(f"{where}#plan", "season-ended", undo=Undo(f"{where}/seasons/{number}/again", {}))


@screen.act("/campaigns/{ref}/seasons/{number}/again", "plan.change")
def season_again(ask: Asking, ref: str, number: int, form: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, person):
        seasonal.again(session, person, number)
    return ask.go(f"/campaigns/{ref}#seasons", "season-added")


@screen.act("/campaigns/{ref}/evidence", "evidence.take")
def evidence(ask: Asking, ref: str, form: Annotated[EvidenceForm, Fields()]) -> Response:
    """What the campaign has out, to take home; that it was taken is on the record."""
    with ask.write() as (session, person):
        made = pack.of_campaign(session, person, ref, form.after)
    return download(made)


def _campaign(
    ask: Ask, ref: str, after: str = "", form: SlotForm | None = None, refused: Refusal | None = None, **season: Any
) -> Response:
    with ask.read() as session:
        found = brief(session, ask.who.person, ref)
        out = published_page(session, ask.who.person, ref, after)
        standing = slot.plan(session, ask.who.person, ref)
        coming = slot.next_free(session, ref, "")
        other = seasonal.shown(session, ask.who.person, ref)
        tags = hashtag_check.tags_of(session, found.campaign)
        dates = acknowledging.days_of(session, found.campaign)
    return ask.show(
        "campaign.html", 422 if refused or season else 200, section="campaigns", ask=ask, brief=found,
        campaign=found.campaign, out=out, slots=standing, tags=tags, dates=dates, free=coming, days=_WEEK, form=form,
        refused=refused, seasons=other, **({"season_form": None, "season_refused": None} | season),
        take=ask.may("evidence.take"), take_code=ask.code_wanted("evidence.take"),
    )  # fmt: skip


@screen.act("/campaigns/{ref}/tags", "hashtag.check")
def look(ask: Asking, ref: str, form: Annotated[TagForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        hashtag_check.looked(session, person, ref, [form.tag], good=form.answer == "good")
    return ask.go(f"/campaigns/{quote(ref)}#tags-h", "tag-ours" if form.answer == "good" else "tag-taken")


@screen.act("/campaigns/{ref}/days", "day.acknowledge")
def fine(ask: Asking, ref: str, form: Annotated[FineForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        acknowledging.acknowledge(session, person, ref, form.day, form.reason)
    return ask.go(f"/campaigns/{quote(ref)}#days-h", "day-fine")
