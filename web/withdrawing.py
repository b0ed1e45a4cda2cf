"""Taking consent back, wholly or in part: first all that it will stop, then the act, then how far it has come."""

from typing import Annotated, Any

from fastapi import Form as Fields
from starlette.responses import Response

from content import deciding, journal, receding, stopping
from content.consent import REACHES
from content.errors import Refusal
from content.instant import ends
from content.narrative import narrative_of
from content.portrait import weighed
from content.settings import settings
from content.stopping import Stopped
from web import polled
from web.asking import Ask, Asking
from web.screen import Form, Screen

screen = Screen()


class WithdrawForm(Form):
    """scope: all | some; the lists are commas between words, as they are typed."""

    scope: str = "all"
    channels: str = ""
    languages: str = ""
    territories: str = ""
    reason: str = ""

    def named(self) -> dict[str, Any]:
        """What is taken back of each dimension; nothing for all of it. Refuses (`consent.unnamed`) a part of which
        nothing is named: it would be taken for all."""
        if self.scope == "all":
            return {}
        told = {name: words(getattr(self, name)) for name in ("channels", "languages", "territories")}
        if not any(told.values()):
            what = "Only a part is to be withdrawn, and none is named."
            raise Refusal("consent.unnamed", what, "Name channels, languages or territories, or choose everything.")
        return {name: some for name, some in told.items() if some}


class NarrowForm(Form):
    """What is still allowed; a field left empty changes nothing."""

    channels: str = ""
    languages: str = ""
    territories: str = ""
    purposes: str = ""
    uses: str = ""
    reach: str = ""
    until: str = ""
    embargo: str = ""
    reason: str = ""

    def stated(self) -> dict[str, Any]:
        """As columns of ConsentEvent. Raises Refusal `instant.unreadable`."""
        lists = ("channels", "languages", "territories", "purposes", "uses")
        told: dict[str, Any] = {name: words(getattr(self, name)) for name in lists}
        told |= {"reach": self.reach if self.reach in REACHES else ""}
        told |= {"valid_until": ends(self.until), "embargo_until": ends(self.embargo)}
        return {name: value for name, value in told.items() if value}


class DownForm(Form):
    """Where somebody looked, and what they saw."""

    post: int
    evidence: str = ""


def words(typed: str) -> list[str]:
    """What stands between commas, each once."""
    return sorted({word.strip() for word in typed.split(",") if word.strip()})


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
        done = stopping.withdraw(session, person, narrative_of(session, ref), reason=form.reason, **form.named())
    return _told(ask, ref, done, "withdrawn")


@screen.page("/narratives/{ref}/narrow", "consent.weigh")
def weigh_narrow(ask: Asking, ref: str) -> Response:
    return _weighed(ask, ref, NarrowForm())


@screen.act("/narratives/{ref}/narrow/preview", "consent.weigh")
def weigh_narrow_again(ask: Asking, ref: str, form: Annotated[NarrowForm, Fields()]) -> Response:
    """The same page for another choice; nothing is written."""
    return _weighed(ask, ref, form)


@screen.act("/narratives/{ref}/narrow", "consent.shrink")
def narrow(ask: Asking, ref: str, form: Annotated[NarrowForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        done = stopping.narrow(session, person, narrative_of(session, ref), reason=form.reason, **form.stated())
    return _told(ask, ref, done, "narrowed")


@screen.page("/narratives/{ref}/stopped/{event}", "consent.weigh")
def stopped(ask: Asking, ref: str, event: int) -> Response:
    """What became of everything that the act covers; it is shown again until nothing is left to do."""
    with ask.read() as session:
        found = narrative_of(session, ref)
        how = receding.progress(session, ask.who.person, found, event)
    tag = polled.tag(ask, how.event.id, how.taken)
    if (unchanged := polled.same(ask, tag)) is not None:
        return unchanged
    given: dict[str, Any] = {"narrative": found, "how": how, "code": ask.code_wanted("post.decide"), "tag": tag}
    return polled.tagged(ask.show("stopped.html", section="narratives", ask=ask, **given), tag)


@screen.act("/narratives/{ref}/stopped/{event}/down", "post.decide")
def down(ask: Asking, ref: str, event: int, form: Annotated[DownForm, Fields()]) -> Response:
    """What no program could take back is down: somebody looked."""
    with ask.write() as (session, person):
        narrative_of(session, ref)
        deciding.taken_down(session, person, form.post, form.evidence)
    return ask.go(f"/narratives/{ref}/stopped/{event}", "taken-down")


def _told(ask: Ask, ref: str, done: Stopped, said: str) -> Response:
    with ask.read() as session:
        journal.write_stops(session, settings().journal)
    return ask.go(f"/narratives/{ref}/stopped/{done.id}", said)


def _weighed(ask: Ask, ref: str, form: WithdrawForm | NarrowForm) -> Response:
    kind = "narrow" if isinstance(form, NarrowForm) else "withdraw"
    with ask.read() as session:
        found = narrative_of(session, ref)
        stated = form.stated() if isinstance(form, NarrowForm) else form.named()
        told = stopping.preview(session, found, kind=kind, **stated)
        covered = weighed(session, told)
    return ask.show(
        f"{kind}.html", section="narratives", ask=ask, narrative=found, told=told, covered=covered, form=form
    )
