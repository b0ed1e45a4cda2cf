"""`counterpoint rules`: which rules judge the words, and adopting those of a new version by two people."""

import typer

from cli.printing import say_json
from cli.session import As, AsJson, acting, reading
from content import adopting
from content.checks import shipped
from content.checks.rules import FACTS, RULES, WORDS
from content.organisation import the_organisation
from content.people import Person


def register(app: typer.Typer) -> None:
    """Adds the `rules` group."""
    group = typer.Typer(help="The rules by which words are judged.", no_args_is_help=True)
    for command in (show, propose, confirm):
        group.command()(command)
    app.add_typer(group, name="rules")


def show(as_json: AsJson = False) -> None:
    """Show the rules of this program, those adopted, and who proposed what waits for a second person."""
    with reading() as session:
        organisation = the_organisation(session)
        waiting = adopting.proposed(session, organisation)
        by = session.get_one(Person, waiting.proposed_by).ref if waiting else None
        found = {"program": RULES, "adopted": organisation.rules, "unchanged": shipped.unchanged(),
                 "proposed_by": by, "words": len(WORDS), "facts": len(FACTS)}  # fmt: skip
    if as_json:
        say_json(found)
        return
    typer.echo(f"program   {RULES}  ({len(WORDS)} checks on words, {len(FACTS)} on facts)")
    typer.echo(f"adopted   {found['adopted']}")
    typer.echo(_next(found["adopted"] == RULES, by))


def _next(adopted: bool, proposed_by: str | None) -> str:
    if adopted:
        return "Nothing waits."
    if proposed_by is None:
        return "Nobody has proposed the program's rules; see `check --shadow`, then `counterpoint rules propose`."
    return f"{proposed_by} proposed the program's rules; another person confirms them: `counterpoint rules confirm`."


def propose(name: As = "") -> None:
    """Propose that this program's rules be adopted: the first of two people."""
    with acting(name) as (session, person):
        made = adopting.propose(session, person)
    typer.echo(f"{made.rules} is proposed; another person must confirm it (`counterpoint rules confirm`)")


def confirm(name: As = "") -> None:
    """Adopt the rules that somebody else proposed; one of the two is from safeguarding."""
    with acting(name) as (session, person):
        made = adopting.confirm(session, person)
    typer.echo(f"{made.rules} is adopted")
