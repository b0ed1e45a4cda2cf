"""Posts that passed, failed or stand blocked, many at once: spread anew, planned by hand, or taken out of the plan."""

from typing import Annotated

from fastapi import Form as Fields
from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from content import replanning
from content.errors import Refusal
from content.replanning import Again
from web.asking import Ask, Asking
from web.screen import Form, Screen
from web.toasts import Undo

screen = Screen()
Numbers = Annotated[list[int], Query()]
Times = Annotated[list[str], Query()]


class PlanForm(Form):
    """post, at: the posts, and beside each its local time; one without a time stays where it is."""

    post: list[int] = Field(default_factory=list)
    at: list[str] = Field(default_factory=list)

    @property
    def wanted(self) -> dict[int, str]:
        return {number: time for number, time in zip(self.post, self.at, strict=False) if time}


class DropForm(Form):
    post: list[int] = Field(default_factory=list)


class UndoForm(Form):
    """posts: the numbers of the posts that were made, 12,13."""

    posts: str = ""


@screen.page("/replan", "post.plan")
def look(
    ask: Asking, post: Numbers = [], at: Times = [], how: str = "hours", start: str = ""  # noqa: B006  # FastAPI copies them
) -> Response:  # fmt: skip
    """What it would do, post by post, before anything is done."""
    wanted = PlanForm(post=post, at=at).wanted
    if not post:
        return _show(ask, (), how, start)
    try:
        with ask.write() as (session, person):
            if wanted:
                return _show(ask, replanning.look(session, person, wanted), how, start)
            return _show(ask, replanning.spread(session, person, post, how, start), how, start)
    except Refusal as refused:
        return _show(ask, (), how, start, refused, post)


@screen.act("/replan", "post.plan")
def plan(ask: Asking, form: Annotated[PlanForm, Fields()]) -> Response:
    try:
        with ask.write() as (session, person):
            done = replanning.plan(session, person, form.wanted)
    except Refusal as refused:
        if refused.code != "again.refused":
            raise
        with ask.write() as (session, person):
            return _show(ask, replanning.look(session, person, form.wanted), "hours", "", refused)
    made = [str(one.made) for one in done if one.made != one.post]
    undo = Undo("/replan/undo", {"posts": ",".join(made)}) if len(made) == len(done) else None
    return ask.go("/calendar?view=list", "replanned", {"n": str(len(done))}, undo)


@screen.act("/replan/drop", "post.plan")
def drop(ask: Asking, form: Annotated[DropForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        number = replanning.drop(session, person, form.post)
    return ask.go("/posts?state=blocked", "dropped", {"n": str(number)})


@screen.act("/replan/undo", "post.plan")
def undo(ask: Asking, form: Annotated[UndoForm, Fields()]) -> Response:
    """Takes back what was made: the posts that went before stay as they were."""
    numbers = [int(one) for one in form.posts.split(",") if one.isdecimal()]
    with ask.write() as (session, person):
        replanning.drop(session, person, numbers)
    return ask.go("/posts?state=expired", "replan-undone")


def _show(
    ask: Ask, found: list[Again] | tuple[()], how: str, start: str, refused: Refusal | None = None,
    chosen: list[int] | None = None,
) -> Response:  # fmt: skip
    going = sum(one.refusal is None for one in found)
    return ask.show(
        "replan.html", 422 if refused else 200, section="home", ask=ask, found=found, how=how, start=start,
        going=going, refused=refused, chosen=chosen or [one.post for one in found],
    )  # fmt: skip
