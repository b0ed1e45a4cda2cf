"""What is to be posted and taken down by hand: a page for a phone, one task at a time - copy, open, paste, next."""

from pathlib import PurePath
from typing import Annotated

from fastapi import Form as Fields
from starlette.responses import FileResponse, Response

from content import by_hand, people, postings
from content.errors import Refusal
from content.postings import LISTS
from content.store import now
from web.asking import Ask, Asking
from web.screen import Form, Screen

screen = Screen()
MOST = 10  # pieces of one post


class TakeForm(Form):
    over: bool = False


class HandForm(Form):
    to: str


class PostedForm(Form):
    """Where each piece stands, in their order; empty where it is not out yet."""

    url: list[str]


class SeenForm(Form):
    """so: whether it is there, or for a recall, whether it is gone."""

    so: bool


@screen.page("/postings", "posting.read")
def listed(ask: Asking, which: str = "mine", after: str = "") -> Response:
    with ask.read() as session:
        found = postings.postings_page(session, ask.who.person, which, after)
        soon = postings.coming(session, now(session))
    return ask.show("postings.html", section="postings", ask=ask, page=found, which=which, lists=LISTS, soon=soon)


@screen.page("/postings/{number}", "posting.read")
def one(ask: Asking, number: int) -> Response:
    with ask.read() as session:
        found = postings.task_sheet(session, ask.who.person, number)
        colleagues = postings.colleagues(session, ask.who.person) if "hand" in found.acts else []
    return ask.show(
        "posting.html", section="postings", ask=ask, sheet=found, task=found.task, colleagues=colleagues,
        code=ask.code_wanted("posting.confirm"),
    )  # fmt: skip


@screen.page("/postings/{number}/files/{sha256}", "posting.read")
def file(ask: Asking, number: int, sha256: str) -> Response:
    """One file to be posted, under the name that tells nothing; the gate is asked as for the words."""
    with ask.read() as session:
        told, one = postings.handed_file(session, ask.who.person, number, sha256)
    return FileResponse(one.path, media_type=told.type, filename=told.name)


@screen.page("/postings/{number}/captions/{sha256}", "posting.read")
def captions(ask: Asking, number: int, sha256: str) -> Response:
    """What is said in a film or sound, as a file that platforms take."""
    with ask.read() as session:
        told, one = postings.handed_file(session, ask.who.person, number, sha256)
    if not one.captions:
        raise Refusal("posting.file", "There is no such file to be posted now.", "Open the task again.")
    named = f'attachment; filename="{PurePath(told.name).stem}.vtt"'
    return Response(one.captions, media_type="text/vtt", headers={"content-disposition": named})


@screen.act("/postings/{number}/take", "posting.take")
def take(ask: Asking, number: int, form: Annotated[TakeForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        by_hand.take(session, person, number, over=form.over)
    return ask.go(f"/postings/{number}")


@screen.act("/postings/{number}/hand", "posting.take")
def hand(ask: Asking, number: int, form: Annotated[HandForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        by_hand.hand(session, person, number, people.by_ref(session, form.to))
    return ask.go("/postings", "handed")


@screen.act("/postings/{number}/posted", "posting.done")
def posted(ask: Asking, number: int, form: Annotated[PostedForm, Fields()]) -> Response:
    """What was given is kept; when every piece has its address, the next task."""
    given = {index: url for index, url in enumerate(form.url[:MOST]) if url}
    with ask.write() as (session, person):
        whole = by_hand.posted(session, person, number, given) == "done"
    return _next(ask, "posted") if whole else ask.go(f"/postings/{number}", "posted-more")


@screen.act("/postings/{number}/unposted", "posting.done")
def unposted(ask: Asking, number: int, form: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, person):
        by_hand.unposted(session, person, number)
    return _next(ask, "unposted")


@screen.act("/postings/{number}/deleted", "posting.deleted")
def deleted(ask: Asking, number: int, form: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, person):
        by_hand.deleted(session, person, number)
    return _next(ask, "deleted")


@screen.act("/postings/{number}/confirm", "posting.confirm")
def confirm(ask: Asking, number: int, form: Annotated[SeenForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        by_hand.confirm(session, person, number, so=form.so)
    return ask.go("/postings", "seen-there" if form.so else "seen-not")


def _next(ask: Ask, said: str) -> Response:
    """To what this person does next, or back to the list."""
    with ask.read() as session:
        found = postings.next_of(session, ask.who.person)
    return ask.go(f"/postings/{found}" if found else "/postings", said)
