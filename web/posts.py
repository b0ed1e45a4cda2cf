"""Posts that somebody must come to, and one post: its words, its story, and what people may say or do about it."""

from typing import Annotated

from fastapi import Form as Fields
from starlette.responses import Response

from content import deciding, pack, rescheduling, stopping
from content.tending import LISTED, SURPLUS, PostSheet, post_sheet, tended_page
from web import polled
from web.asking import Ask, Asking
from web.leaf import ShownLeaf
from web.packed import download
from web.screen import Form, Screen

screen = Screen()
LISTS = (*LISTED, SURPLUS)
# act of content.tending -> the verb it is under
VERBS = {
    "found": "post.decide", "give_up": "post.decide", "taken_down": "post.decide", "recall": "post.recall",
    "unblock": "post.unblock", "cancel": "post.plan",
}  # fmt: skip


class FoundForm(Form):
    url: str


class EvidenceForm(Form):
    evidence: str


class ReasonForm(Form):
    reason: str = ""


@screen.page("/posts", "message.read")
def posts(ask: Asking, state: str = "uncertain", after: str = "") -> Response:
    with ask.read() as session:
        found = tended_page(session, ask.who.person, state, after)
    tag = polled.tag(ask, found)
    if (unchanged := polled.same(ask, tag)) is not None:
        return unchanged
    answer = ask.show("posts.html", section="home", ask=ask, page=found, state=state, lists=LISTS, tag=tag)
    return polled.tagged(answer, tag)


@screen.page("/posts/{number}", "message.read")
def post(ask: Asking, number: int) -> Response:
    found = _sheet(ask, number)
    can = {act for act in found.acts if act in VERBS and ask.may(VERBS[act])}
    codes = {verb for verb in VERBS.values() if ask.code_wanted(verb)}
    said = ask.who.person.ref in found.asked
    return ask.show(
        "post.html", section="home", ask=ask, post=found, line=found.line, leaf=_leaf(found), can=can, codes=codes,
        said_so=said, take=ask.may("evidence.take"), take_code=ask.code_wanted("evidence.take"),
    )  # fmt: skip


@screen.act("/posts/{number}/found", "post.decide")
def found(ask: Asking, number: int, form: Annotated[FoundForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        surplus = deciding.found(session, person, number, form.url).surplus
    return ask.go(f"/posts/{number}", "found-surplus" if surplus else "found")


@screen.act("/posts/{number}/not-there", "post.decide")
def not_there(ask: Asking, number: int, form: Annotated[EvidenceForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        done = deciding.give_up(session, person, number, form.evidence)
    return ask.go(f"/posts/{number}", "given-up" if done else "given-up-first")


@screen.act("/posts/{number}/down", "post.decide")
def down(ask: Asking, number: int, form: Annotated[EvidenceForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        deciding.taken_down(session, person, number, form.evidence)
    return ask.go(f"/posts/{number}", "down")


@screen.act("/posts/{number}/unblock", "post.unblock")
def unblock(ask: Asking, number: int, form: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, person):
        rescheduling.unblock(session, person, number)
    return ask.go(f"/posts/{number}", "unblocked")


@screen.act("/posts/{number}/cancel", "post.plan")
def cancel(ask: Asking, number: int, form: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, person):
        rescheduling.cancel(session, person, number)
    return ask.go(f"/posts/{number}", "cancelled")


@screen.act("/posts/{number}/evidence", "evidence.take")
def evidence(ask: Asking, number: int, form: Annotated[Form, Fields()]) -> Response:
    """The pack of one post, to take home; that it was taken is on the record."""
    with ask.write() as (session, person):
        made = pack.of_post(session, person, number)
    return download(made)


@screen.page("/posts/{number}/recall", "post.recall")
def weigh(ask: Asking, number: int) -> Response:
    """What taking it down will do, before anything is done."""
    found = _sheet(ask, number)
    return ask.show("post_recall.html", section="home", ask=ask, post=found, line=found.line, leaf=_leaf(found))


@screen.act("/posts/{number}/recall", "post.recall")
def recall(ask: Asking, number: int, form: Annotated[ReasonForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        stopping.recall(session, person, number, form.reason)
    return ask.go(f"/posts/{number}", "recalling")


def _sheet(ask: Ask, number: int) -> PostSheet:
    with ask.read() as session:
        return post_sheet(session, ask.who.person, number)


def _leaf(found: PostSheet) -> ShownLeaf:
    return ShownLeaf(found.line.account, found.length, found.limit, found.unit, found.links, found.words)
