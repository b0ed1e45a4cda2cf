"""Narratives: the testimony, its sources and consent; and taking it back, with all that this will stop shown first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Form as Fields
from sqlmodel import Session, col, select
from starlette.responses import Response

from content import consent, journal, stopping
from content.lifecycle import Post
from content.message import Message
from content.narrative import Passage, Source, narrative_of, narratives_page
from content.organisation import Account
from content.settings import settings
from content.stopping import Stopped
from content.store import now
from web.asking import Ask, Asking
from web.screen import Form, Screen

screen = Screen()
SHOWN = 200  # posts that a preview lists; its numbers count all


@dataclass(frozen=True, slots=True)
class Covered:
    """One post that a withdrawal stops or takes back. then: cancelled | recalled | running."""

    where: str
    message: str
    language: str
    state: str
    then: str


class WithdrawForm(Form):
    """scope: all | some; the lists are commas between words, as they are typed."""

    scope: str = "all"
    channels: str = ""
    languages: str = ""
    territories: str = ""
    reason: str = ""

    def named(self) -> dict[str, Any]:
        """What is taken back of each dimension; nothing for all of it."""
        told = {name: words(getattr(self, name)) for name in ("channels", "languages", "territories")}
        return {} if self.scope == "all" else {name: some for name, some in told.items() if some}


def words(typed: str) -> list[str]:
    """What stands between commas, each once."""
    return sorted({word.strip() for word in typed.split(",") if word.strip()})


@screen.page("/narratives", "narrative.read")
def narratives(ask: Asking, after: str = "") -> Response:
    with ask.read() as session:
        found = narratives_page(session, after)
    return ask.show("narratives.html", section="narratives", ask=ask, page=found)


@screen.page("/narratives/{ref}", "narrative.read")
def narrative(ask: Asking, ref: str) -> Response:
    with ask.read() as session:
        found = narrative_of(session, ref)
        key = found.id or 0
        passages = session.exec(select(Passage).where(Passage.narrative_id == key).order_by(col(Passage.id))).all()
        sources = session.exec(select(Source).where(Source.narrative_id == key).order_by(col(Source.id))).all()
        scope = consent.scopes(session, [key], now(session)).get(key)
    given: dict[str, Any] = {"passages": passages, "sources": sources, "scope": scope}
    return ask.show("narrative.html", section="narratives", ask=ask, narrative=found, **given)


@screen.page("/narratives/{ref}/withdraw", "consent.weigh")
def weigh(ask: Asking, ref: str) -> Response:
    return _weighed(ask, ref, WithdrawForm())


@screen.act("/narratives/{ref}/withdraw/preview", "consent.weigh")
def weigh_again(ask: Asking, ref: str, form: Annotated[WithdrawForm, Fields()]) -> Response:
    """The same page for another choice; nothing is written."""
    return _weighed(ask, ref, form)


@screen.act("/narratives/{ref}/withdraw", "consent.shrink")
def withdraw(ask: Asking, ref: str, form: Annotated[WithdrawForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        stopping.withdraw(session, person, narrative_of(session, ref), reason=form.reason, **form.named())
    with ask.read() as session:
        journal.write_stops(session, settings().journal)
    return ask.go(f"/narratives/{ref}", "withdrawn")


def _weighed(ask: Ask, ref: str, form: WithdrawForm) -> Response:
    with ask.read() as session:
        found = narrative_of(session, ref)
        told = stopping.preview(session, found, **form.named())
        covered = _covered(session, told)
    return ask.show(
        "withdraw.html", section="narratives", ask=ask, narrative=found, told=told, covered=covered, form=form
    )


def _covered(session: Session, told: Stopped) -> Sequence[Covered]:
    fates = {key: then for then in ("cancelled", "recalled", "running") for key in getattr(told, then)}
    statement = (
        select(Post, Account.name, Message.ref)
        .join(Account, col(Account.id) == col(Post.account_id))
        .join(Message, col(Message.id) == col(Post.message_id))
        .where(col(Post.id).in_(list(fates)[:SHOWN]))
        .order_by(col(Post.due_at), col(Post.id))
    )
    rows: Iterable[tuple[Post, str, str]] = session.exec(statement)
    return [Covered(name, ref, post.language, post.state, fates[post.id or 0]) for post, name, ref in rows]
