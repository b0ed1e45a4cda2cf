"""`counterpoint risk`: the keeper answers what the tier of a narrative depends on."""

from typing import Annotated

import typer
from sqlmodel import select

from cli.session import As, acting
from content import risk as risks
from content.errors import Refusal
from content.narrative import Narrative

Family = Annotated[bool | None, typer.Option(help="Whether the group or its helpers can reach a relative.")]
Minor = Annotated[bool | None, typer.Option(help="Whether the person was a child at the events.")]
Identifiable = Annotated[bool | None, typer.Option(help="Whether readers could tell who it is.")]
Proceedings = Annotated[bool | None, typer.Option(help="Whether a case of this person is open.")]
Degree = Annotated[str | None, typer.Option(help="low, medium or high.")]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("risk")(risk)


def risk(
    narrative: Annotated[str, typer.Argument(help="The narrative's reference, such as N-11.")],
    family_in_reach: Family = None,
    minor_at_events: Minor = None,
    identifiable: Identifiable = None,
    open_proceedings: Proceedings = None,
    reprisal_risk: Degree = None,
    legal_exposure: Degree = None,
    name: As = "",
) -> None:
    """Answer what a narrative's tier depends on. Unknown is never taken for safe: the checks ask until answered."""
    given = {
        "family_in_reach": family_in_reach,
        "minor_at_events": minor_at_events,
        "identifiable": identifiable,
        "open_proceedings": open_proceedings,
        "reprisal_risk": reprisal_risk,
        "legal_exposure": legal_exposure,
    }
    answers = {question: value for question, value in given.items() if value is not None}
    if not answers:
        raise Refusal("risk.nothing", "No answer was given.", "Give one, such as --no-family-in-reach.")
    with acting(name) as (session, person):
        found = session.exec(select(Narrative).where(Narrative.ref == narrative)).first()
        if found is None:
            raise Refusal("narrative.none", f"There is no narrative {narrative}.", "Import it first.")
        risks.answer(session, person, found, **answers)
    typer.echo(f"{narrative}: {', '.join(sorted(answers))} answered; the checks look again")
