"""Proposing from the composer: a passage, a translation or a connector, which people clear before it may be used."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Form as Fields
from pydantic import Field
from starlette.responses import Response

from content.errors import Refusal, Refusals
from content.intake import proposing
from content.narrative import narrative_of
from web.asking import Ask, Asking
from web.screen import Form, Screen

screen = Screen()
_ROWS = 3  # claims that one form takes: a passage with more of them says too much at once


class ProposalForm(Form):
    """kind: account | stance | connector; name: of a connector; of: the passage it translates; then: where one was.

    claim, source, locator: a row for each figure or generalisation in a passage.
    """

    kind: str = "account"
    narrative: str
    language: str
    campaign: str = ""
    of: str = ""
    name: str = ""
    text: str = ""
    gloss: str = ""
    claim: list[str] = Field(default_factory=list)
    source: list[str] = Field(default_factory=list)
    locator: list[str] = Field(default_factory=list)

    @property
    def claims(self) -> list[dict[str, str]]:
        """The rows of which something is filled; a source alone is what the list shows first."""
        rows = zip(self.claim, self.source, self.locator, strict=False)
        return [{"text": text, "source": ref, "locator": where} for text, ref, where in rows if text or where]

    @property
    def then(self) -> dict[str, str]:
        """The composer's page one comes back to."""
        return {"campaign": self.campaign, "narrative": self.narrative, "language": self.language}


@screen.page("/compose/propose", "material.propose")
def write(
    ask: Asking, narrative: str = "", language: str = "", campaign: str = "", of: str = "", kind: str = "account"
) -> Response:
    """A form for the words; with the original beside it where they are a translation."""
    return _page(ask, ProposalForm(kind=kind, narrative=narrative, language=language, campaign=campaign, of=of))


@screen.act("/compose/propose", "material.propose")
def propose(ask: Asking, form: Annotated[ProposalForm, Fields()]) -> Response:
    try:
        made = _made(ask, form)
    except (Refusal, Refusals) as refused:
        return _page(ask, form, refused.refusals if isinstance(refused, Refusals) else [refused])
    if made is None:
        return _page(ask, form, hidden=True)
    return ask.go(f"/compose?{urlencode(form.then)}" if form.campaign else f"/narratives/{form.narrative}", "proposed")


def _made(ask: Ask, form: ProposalForm) -> proposing.Proposed | None:
    with ask.write() as (session, person):
        if form.kind == "connector":
            return proposing.propose_connector(session, person, form.name, form.language, form.text, gloss=form.gloss)
        return proposing.propose_passage(
            session, person, form.narrative, form.language, form.text, kind=form.kind, gloss=form.gloss,
            claims=form.claims,
        )  # fmt: skip


def _page(ask: Ask, form: ProposalForm, refused: list[Refusal] | None = None, *, hidden: bool = False) -> Response:
    with ask.read() as session:
        told = narrative_of(session, form.narrative)
        others = proposing.untranslated(session, form.narrative, form.language)
        source = proposing.original(session, form.narrative, form.of) if form.of else None
        cited = proposing.sources(session, form.narrative)
    return ask.show(
        "propose.html", 422 if refused or hidden else 200, section="compose", ask=ask, form=form, narrative=told,
        others=others, source=source, refusals=refused or [], hidden=hidden,
        sources=cited, rows=_ROWS,
    )  # fmt: skip
