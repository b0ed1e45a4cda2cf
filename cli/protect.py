"""`counterpoint protect`: names and details that must never leave, entered once and never shown again."""

import sys
from typing import Annotated

import typer

from cli.session import As, acting
from content import protected_term
from content.errors import Refusal
from content.narrative import narrative_of
from content.people import Person, require
from content.protected_term import protect as enter
from content.store import now


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(protect)


def protect(
    narrative: Annotated[str, typer.Argument(help="The narrative's reference.")] = "",
    alarms: Annotated[bool, typer.Option("--alarms", help="Whose words met protected terms again and again.")] = False,
    name: As = "",
) -> None:
    """Enter protected terms, from a hidden prompt or one a line on standard input.

    Only keyed hashes are stored, and a copy that the keeper alone can open. Nothing is echoed.
    """
    if alarms:
        _say_alarms(name)
        return
    if not narrative:
        raise typer.BadParameter("Name the narrative, or --alarms.", param_hint="NARRATIVE")
    with acting(name) as (session, person):
        found = narrative_of(session, narrative)
        terms = list(_typed() if sys.stdin.isatty() else _piped())
        for number, term in enumerate(terms, start=1):
            try:
                enter(session, person, found.organisation_id, found.id or 0, term)
            except Refusal as refusal:
                refusal.where = f"term {number}"
                raise
        if not terms:
            raise Refusal("protect.empty", "No term was given.", "Type one, or send one a line on standard input.")
    typer.echo(f"{len(terms)} protected for {narrative}")


def _say_alarms(name: str) -> None:
    """For the keeper: who, and how often within 30 days; never which term."""
    with acting(name) as (session, person):
        at = now(session)
        require(session, person, at, "keeper", "safeguarding")
        found = {session.get_one(Person, key).ref: count for key, count in protected_term.alarms(session, at).items()}
    for ref, count in sorted(found.items()):
        typer.echo(f"{ref}: {count} times within 30 days")
    if not found:
        typer.echo("Nobody's words met protected terms five times within 30 days.")


def _typed() -> list[str]:
    terms: list[str] = []
    while True:
        term = typer.prompt("Term (empty ends)", hide_input=True, default="", show_default=False, err=True).strip()
        if not term:
            return terms
        terms.append(term)


def _piped() -> list[str]:
    try:
        return [line.strip() for line in sys.stdin.buffer.read().decode("utf-8").splitlines() if line.strip()]
    except UnicodeDecodeError:
        raise Refusal("protect.encoding", "The input is no UTF-8.", "Save it as UTF-8.") from None
