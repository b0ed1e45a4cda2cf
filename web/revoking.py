"""Taking a clearance back: first all that it will stop and all that it will not, then the act, with its reason."""

from typing import Annotated, Any

from fastapi import Form as Fields
from starlette.responses import Response

from content import journal, revoking
from content import verdict as verdicts
from content.errors import Refusal
from content.settings import settings
from web.asking import Ask, Asking
from web.choosing import Chosen, query
from web.noting import note
from web.refusing import status_of
from web.review import EACH_TIME
from web.screen import Form, Screen

screen = Screen()
_TYPED = {"verdict.reason", "code.wanted", "code.wrong"}  # what the form itself can put right


class RevokeForm(Form):
    """clearance: the one that the page weighed."""

    clearance: int
    reason: str = ""


@screen.page("/review/{digest}/revoke", "clearance.revoke")
def weigh(ask: Asking, digest: str, choice: Chosen) -> Response:
    return _weighed(ask, digest, query(choice))


@screen.act("/review/{digest}/revoke", "clearance.revoke")
def revoke(ask: Asking, digest: str, choice: Chosen, form: Annotated[RevokeForm, Fields()]) -> Response:
    """What had not begun is blocked; the words can be read again where they stood."""
    try:
        _take_back(ask, digest, form)
    except Refusal as refused:
        if refused.code not in _TYPED:
            raise
        note(ask.request, refused)
        return _weighed(ask, digest, query(choice), form.reason, refused)
    with ask.read() as session:
        journal.write_stops(session, settings().journal)
    return ask.go(f"/review/{digest}{query(choice)}#title", "clearance-revoked")


def _take_back(ask: Ask, digest: str, form: RevokeForm) -> None:
    with ask.read() as session:
        found = revoking.weigh(session, ask.who.person, digest)
    if form.clearance != found.clearance:
        raise Refusal("form.other", "This form was made for other words.", "Open the words again, and answer there.")
    if found.tier >= EACH_TIME:
        ask.insist(form.code)
    with ask.write() as (session, person):
        verdicts.revoke(session, person, form.clearance, form.reason)


def _weighed(ask: Ask, digest: str, kept: str, reason: str = "", refused: Refusal | None = None) -> Response:
    with ask.read() as session:
        found = revoking.weigh(session, ask.who.person, digest)
    given: dict[str, Any] = {"told": found, "reason": reason, "refusals": [refused] if refused else [], "query": kept}
    given |= {"each": found.tier >= EACH_TIME, "code": ask.code_wanted("clearance.revoke")}
    return ask.show("review_revoke.html", status_of(refused) if refused else 200, section="review", ask=ask, **given)
