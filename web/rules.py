"""Rules: those that judge the words, those adopted, what a new version changes, and adopting it by two people."""

from typing import Annotated, Any

from fastapi import Form as Fields
from starlette.responses import Response

from content import adopting, rulebook, trial
from content.checks import shipped
from content.checks.rules import FACTS, PROTECTS, RULES, WORDS
from content.errors import Refusal
from content.organisation import the_organisation
from content.staff import names
from web.asking import Asking
from web.screen import Form, Screen

screen = Screen()
SHOWN = 50  # changes of a trial that the page lists


class RulesForm(Form):
    """rules: the identity that the page showed."""

    rules: str


@screen.page("/rules", "rules.read")
def rules(ask: Asking, after: str = "") -> Response:
    with ask.read() as session:
        organisation = the_organisation(session)
        waiting = adopting.proposed(session, organisation)
        found: dict[str, Any] = {
            "adopted": organisation.rules,
            "changes": rulebook.changes(session, organisation),
            "history": rulebook.history_page(session, organisation, after),
            "by": names(session, [waiting.proposed_by])[waiting.proposed_by] if waiting else "",
            "tried": trial.last(session, ask.who.person) if ask.may("rules.change") else None,
        }
    held = {"words": WORDS, "facts": FACTS, "limits": shipped.shipped()["limits"], "protects": PROTECTS}
    return ask.show(
        "rules.html", section="rules", ask=ask, most=SHOWN, program=RULES, unchanged=shipped.unchanged(), **found,
        **held,
    )  # fmt: skip


@screen.act("/rules/propose", "rules.change")
def propose(ask: Asking, form: Annotated[RulesForm, Fields()]) -> Response:
    _same(form)
    with ask.write() as (session, person):
        adopting.propose(session, person)
    return ask.go("/rules", "rules-proposed")


@screen.act("/rules/confirm", "rules.change")
def confirm(ask: Asking, form: Annotated[RulesForm, Fields()]) -> Response:
    _same(form)
    with ask.write() as (session, person):
        adopting.confirm(session, person)
    return ask.go("/rules", "rules-adopted")


def _same(form: RulesForm) -> None:
    """Refuses where the program was replaced between the page and its form."""
    if form.rules != RULES:
        raise Refusal("form.other", "This form was made for other rules.", "Open the page again, and look at them.")
