"""Review: what waits for this reviewer; the exact words with what stands beside them; taking, answering, handing on."""

import logging
from datetime import datetime
from typing import Annotated, Any

from fastapi import Form as Fields
from sqlalchemy.exc import OperationalError
from sqlmodel import Session
from starlette.responses import Response

from content import burden, opening, people, revoking, taking
from content import sheet as sheets
from content import verdict as verdicts
from content.errors import Refusal, Refusals
from content.evidence import evidence
from content.message import version_of
from content.organisation import the_organisation
from content.page import Page
from content.sheet import Sheet
from content.store import now, wall
from content.waiting import Choice, Waiting, waiting_page
from web import opened, polled, reading
from web.asking import Ask, Asking, read_by_somebody
from web.choosing import AGES, Chosen, query
from web.noting import note
from web.refusing import status_of
from web.screen import Form, Screen

screen = Screen()
log = logging.getLogger("counterpoint.review")
EACH_TIME = 3  # from this tier on a verdict takes a code of its own


class VerdictForm(Form):
    """seen: the evaluation that the sheet showed; digest: the whole one, as the sheet had it; opened: when that was."""

    seen: int
    digest: str
    reason: str = ""
    note: str = ""
    opened: str = ""


class TakeForm(Form):
    """over: from a colleague who has it in hand."""

    over: bool = False


class HandForm(Form):
    to: str


@screen.page("/review", "waiting.read")
def queue(ask: Asking, choice: Chosen, after: str = "") -> Response:
    with ask.read() as session:
        at, found = now(session), waiting_page(session, ask.who.person, after, choice=choice)
        languages = the_organisation(session).languages
        day = burden.today(session, ask.who.person)
        hard = burden.hard_among(session, [one.digest for one in found.items])
    tag = polled.tag(ask, found, day, sorted(hard), [at > one.by for one in found.items])
    if (unchanged := polled.same(ask, tag)) is not None:
        return unchanged
    given: dict[str, Any] = {"page": found, "at": at, "choice": choice, "languages": languages, "day": day, "tag": tag}
    given |= {"roles": reading.roles(ask), "ages": AGES, "hard": hard}
    given |= {"query": query(choice), "more": query(choice, after=found.after)}
    return polled.tagged(ask.show("review_queue.html", section="review", ask=ask, **given), tag)


@screen.page("/review/day", "burden.read")
def day(ask: Asking) -> Response:
    """How much everybody has read today, for who looks after them: four numbers, never which items."""
    with ask.read() as session:
        found = burden.everybodys(session, ask.who.person)
    return ask.show("review_day.html", section="review", ask=ask, days=found)


@screen.page("/review/{digest}", "sheet.read")
def read(ask: Asking, digest: str, choice: Chosen) -> Response:
    shown, first = _shown(ask, digest, choice)
    if first is not None and read_by_somebody(ask.request):
        _opened(ask, *first)
    return shown


def _opened(ask: Ask, digest: str, at: datetime) -> None:
    """It only helps the reader later: a database that takes nothing now keeps nobody from reading."""
    try:
        with ask.store.write() as session:
            opening.keep(session, ask.who.person.id or 0, digest, at)
    except OperationalError as error:
        log.warning("opening.failed: %s", type(error).__name__)


@screen.page("/review/{digest}/send-back", "sheet.read")
def ask_why(ask: Asking, digest: str, choice: Chosen, opened: str = "") -> Response:
    return _why(ask, digest, choice, VerdictForm(seen=0, digest="", opened=opened))


@screen.act("/review/{digest}/approve", "verdict.give")
def approve(ask: Asking, digest: str, choice: Chosen, form: Annotated[VerdictForm, Fields()]) -> Response:
    return _answer(ask, digest, choice, form, "approve")


@screen.act("/review/{digest}/send-back", "verdict.give")
def send_back(ask: Asking, digest: str, choice: Chosen, form: Annotated[VerdictForm, Fields()]) -> Response:
    return _answer(ask, digest, choice, form, "send_back")


@screen.act("/review/{digest}/take", "review.take")
def take(ask: Asking, digest: str, choice: Chosen, form: Annotated[TakeForm, Fields()]) -> Response:
    try:
        with ask.write() as (session, person):
            taking.take(session, person, digest, over=form.over)
    except Refusal as refused:
        return _sheet(ask, digest, choice, refused)
    return ask.go(f"/review/{digest}{query(choice)}#title", "taken")


@screen.act("/review/{digest}/leave", "review.take")
def leave(ask: Asking, digest: str, choice: Chosen, form: Annotated[Form, Fields()]) -> Response:
    """Puts it back; the form holds its mark alone."""
    with ask.write() as (session, person):
        taking.leave(session, person, digest)
    return ask.go(f"/review/{digest}{query(choice)}#title", "put-back")


@screen.act("/review/{digest}/hand", "review.take")
def hand(ask: Asking, digest: str, choice: Chosen, form: Annotated[HandForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        taking.hand(session, person, digest, people.by_ref(session, form.to))
    return ask.go(f"/review/{digest}{query(choice)}#title", "handed")


def _answer(ask: Ask, digest: str, choice: Choice, form: VerdictForm, answer: str) -> Response:
    """The next one that waits is shown after it; where it was refused, what was typed, or the words as they stand."""
    try:
        cleared = _given(ask, digest, form, answer)
    except (Refusal, Refusals) as refused:
        note(ask.request, refused)
        if answer == "send_back" and isinstance(refused, Refusal) and refused.code in _TYPED:
            return _why(ask, digest, choice, form, refused)
        return _sheet(ask, digest, choice, refused)
    with ask.read() as session:
        following = waiting_page(session, ask.who.person, limit=1, choice=choice).items
    where = f"/review/{following[0].digest[:16]}" if following else "/review"
    return ask.go(f"{where}{query(choice)}#title", "cleared" if cleared else "answered")


_TYPED = {"verdict.reason", "code.wanted", "code.wrong"}  # what the form itself can put right


def _given(ask: Ask, digest: str, form: VerdictForm, answer: str) -> bool:
    """Whether this answer completes the quorum."""
    with ask.read() as session:
        found = sheets.sheet(session, ask.who.person, sheets.opened(session, ask.who.person, digest))
    if form.digest != found.digest:
        raise Refusal("form.other", "This form was made for other words.", "Open the words again, and answer there.")
    if found.tier >= EACH_TIME:
        ask.insist(form.code)
    with ask.write() as (session, person):
        took = opened.since(ask, found.digest, form.opened, wall(session))
        made = None
        if answer == "approve" and found.renewal:
            verdicts.renew(session, person, form.digest, seen=form.seen)
        else:
            made = verdicts.verdict(
                session, person, form.digest, answer, reason=form.reason, note=form.note, seen=form.seen
            )
        if took is not None:
            burden.kept(session, person, version_of(session, form.digest), took)
        opening.forget(session, now(session))
    return made is not None


def _sheet(ask: Ask, digest: str, choice: Choice, refused: Refusal | Refusals | None = None) -> Response:
    return _shown(ask, digest, choice, refused)[0]


def _shown(
    ask: Ask, digest: str, choice: Choice, refused: Refusal | Refusals | None = None
) -> tuple[Response, tuple[str, datetime] | None]:
    """The page, and which words this reader opens for the first time, and when."""
    with ask.read() as session:
        review = sheets.opened(session, ask.who.person, digest)
        found, around = sheets.sheet(session, ask.who.person, review), evidence(session, ask.who.person, review)
        mine = around.held is not None and around.held.person == ask.who.person.id  # who has it may hand it on
        at = now(session)
        colleagues = taking.colleagues(session, ask.who.person, review.version, at) if mine else []
        waits = _beside(session, ask, choice)
        stamp = opened.stamp(ask, found.digest, ask.who.at)
        cleared = revoking.standing(session, found.digest, at) is not None
    tag = polled.tag(ask, found.evaluation, around.stand, cleared, around.newest_digest, around.seats, around.held)
    if refused is None and (unchanged := polled.same(ask, tag)) is not None:
        return unchanged, None
    given = reading.shown(found, around) | {
        "code": _code_wanted(ask, found), "cleared": cleared, "colleagues": colleagues, "stamp": stamp, "tag": tag,
        "place": reading.neighbours(waits, found.digest),
        "query": query(choice), "why": query(choice, opened=stamp), "refusals": _listed(refused),
    }  # fmt: skip
    status = status_of(given["refusals"][0]) if given["refusals"] else 200
    page = polled.tagged(ask.show("review.html", status, section="review", ask=ask, **given), tag)
    return page, None if around.opened else (found.digest, at)


def _beside(session: Session, ask: Ask, choice: Choice) -> Page[Waiting]:
    """The list that the sheet was opened from, for its neighbours there."""
    if not ask.may("waiting.read"):
        return Page(())
    return waiting_page(session, ask.who.person, choice=choice, holders=False)


def _why(ask: Ask, digest: str, choice: Choice, form: VerdictForm, refused: Refusal | None = None) -> Response:
    """The page that asks for the reason; what was typed stands in it still."""
    with ask.read() as session:
        found = sheets.sheet(session, ask.who.person, sheets.opened(session, ask.who.person, digest))
    given: dict[str, Any] = {"sheet": found, "form": form, "refusals": _listed(refused), "query": query(choice)}
    given["code"] = _code_wanted(ask, found)
    status = status_of(refused) if refused else 200
    return ask.show("review_send_back.html", status, section="review", ask=ask, **given)


def _listed(refused: Refusal | Refusals | None) -> list[Refusal]:
    return refused.refusals if isinstance(refused, Refusals) else [refused] if refused else []


def _code_wanted(ask: Ask, found: Sheet) -> bool:
    return found.tier >= EACH_TIME or ask.code_wanted("verdict.give")
