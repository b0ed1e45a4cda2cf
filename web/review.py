"""Review: what waits for this reviewer, and one screen with the exact words, their sources and the two answers."""

from typing import Annotated, Any

from fastapi import Form as Fields
from starlette.responses import Response

from content import sheet as sheets
from content import verdict as verdicts
from content.errors import Refusal
from content.sheet import Sheet
from content.waiting import waiting_page
from web.asking import Ask, Asking
from web.leaf import ShownLeaf, folded
from web.screen import Form, Screen

screen = Screen()
_EACH_TIME = 3  # from this tier on a verdict takes a code of its own
_ORDER = ("block", "not_evaluated", "specialist", "warn")


class VerdictForm(Form):
    """seen: the evaluation that the sheet showed; digest: the whole one, as the sheet had it."""

    seen: int
    digest: str
    reason: str = ""


@screen.page("/review", "waiting.read")
def queue(ask: Asking, after: str = "") -> Response:
    with ask.read() as session:
        found = waiting_page(session, ask.who.person, after)
    return ask.show("review_queue.html", section="review", ask=ask, page=found)


@screen.page("/review/{digest}", "sheet.read")
def read(ask: Asking, digest: str) -> Response:
    return _sheet(ask, digest)


@screen.page("/review/{digest}/send-back", "sheet.read")
def ask_why(ask: Asking, digest: str) -> Response:
    with ask.read() as session:
        found = sheets.sheet(session, ask.who.person, digest)
    return ask.show("review_send_back.html", section="review", ask=ask, sheet=found, code=_code_wanted(ask, found))


@screen.act("/review/{digest}/approve", "verdict.give")
def approve(ask: Asking, digest: str, form: Annotated[VerdictForm, Fields()]) -> Response:
    return _answer(ask, digest, form, "approve")


@screen.act("/review/{digest}/send-back", "verdict.give")
def send_back(ask: Asking, digest: str, form: Annotated[VerdictForm, Fields()]) -> Response:
    return _answer(ask, digest, form, "send_back")


def _answer(ask: Ask, digest: str, form: VerdictForm, answer: str) -> Response:
    """The next one that waits is shown after it."""
    with ask.read() as session:
        found = sheets.sheet(session, ask.who.person, digest)
    if form.digest != found.digest:
        raise Refusal("form.other", "This form was made for other words.", "Open the words again, and answer there.")
    if found.tier >= _EACH_TIME:
        ask.insist(form.code)
    with ask.write() as (session, person):
        made = verdicts.verdict(session, person, form.digest, answer, reason=form.reason, seen=form.seen)
    with ask.read() as session:
        following = waiting_page(session, ask.who.person, limit=1).items
    where = f"/review/{following[0].digest[:16]}" if following else "/review"
    return ask.go(where, "cleared" if made else "answered")


def _sheet(ask: Ask, digest: str) -> Response:
    with ask.read() as session:
        found = sheets.sheet(session, ask.who.person, digest)
    findings = sorted(found.answers, key=lambda one: _ORDER.index(one["severity"].partition(":")[0]))
    stops = sum(one["severity"] in ("block", "not_evaluated") for one in findings)
    return ask.show(
        "review.html", section="review", ask=ask, sheet=found, leaves=_leaves(found), findings=findings,
        stops=stops, consent=_consent(found), code=_code_wanted(ask, found),
    )  # fmt: skip


def _code_wanted(ask: Ask, found: Sheet) -> bool:
    return found.tier >= _EACH_TIME or ask.code_wanted("verdict.give")


def _leaves(found: Sheet) -> list[ShownLeaf]:
    return folded(
        ShownLeaf(
            leaf.account, leaf.length, leaf.limit, leaf.unit, leaf.links,
            tuple(zip(leaf.parts, leaf.spans, strict=True)),
        )
        for leaf in found.leaves
    )  # fmt: skip


def _consent(found: Sheet) -> list[tuple[str, Any]]:
    """What stands of the scope, in the order in which one asks; lists in one order."""
    if found.consent is None:
        return []
    names = ("basis", "uses", "channels", "reach", "languages", "territories", "purposes", "until", "reconfirm_by")
    told = ((name, getattr(found.consent, name)) for name in names)
    return [(name, sorted(value) if isinstance(value, frozenset) else value) for name, value in told if value]
