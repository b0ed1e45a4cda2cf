"""`counterpoint plan`: the slots of a campaign's posting plan, and which of them are free next."""

from typing import Annotated

import typer

from cli.printing import say_table
from cli.session import As, acting
from content import slot
from content.slot import DAYS

Campaign = Annotated[str, typer.Argument(help="The campaign's reference.")]
Language = Annotated[str, typer.Option("--language", help="One of the campaign's languages, such as ar.")]

Number = Annotated[int, typer.Argument(help="The slot's number, as `plan show` prints it.")]


def register(app: typer.Typer) -> None:
    """Adds the `plan` group."""
    group = typer.Typer(help="The posting plan: times of the week at which messages go.", no_args_is_help=True)
    group.callback()(_group)
    for command in (show, add, end):
        group.command()(command)
    app.add_typer(group, name="plan")


def show(campaign: Campaign, name: As = "") -> None:
    """Show a campaign's slots, and the next times at which they are free."""
    with acting(name) as (session, person):
        standing = slot.plan(session, person, campaign)
        coming = slot.next_free(session, campaign, "", limit=20)
    rows = [
        [str(one.slot.id), one.slot.language, one.account, DAYS[one.slot.day],
         f"{one.slot.local} {one.slot.zone}", one.slot.name]
        for one in standing
    ]  # fmt: skip
    say_table("Plan", ["slot", "language", "account", "day", "time", "name"], rows)
    free = [[f"{one.local:%a %d %b %H:%M} {one.zone}", one.language, " ".join(one.accounts)] for one in coming]
    say_table("Free next", ["when", "language", "accounts"], free)


def add(
    campaign: Campaign,
    language: Language,
    account: Annotated[str, typer.Option("--account", help="One of the campaign's accounts.")],
    day: Annotated[str, typer.Option("--day", help="monday … sunday.")],
    at: Annotated[str, typer.Option("--at", help="The local time: 18:00.")],
    zone: Annotated[str, typer.Option("--zone", help="The audience's zone; the campaign's own where left out.")] = "",
    title: Annotated[str, typer.Option("--name", help="What the team calls it.")] = "",
    name: As = "",
) -> None:
    """Put a slot into a campaign's plan. It sends nothing: it is offered where a time is chosen."""
    with acting(name) as (session, person):
        made = slot.add(session, person, slot.Wanted(campaign, language, account, day, at, zone, title))
    typer.echo(f"slot {made.id} stands in the plan")


def end(number: Number, name: As = "") -> None:
    """Take a slot out of the plan; what was planned at its times stays."""
    with acting(name) as (session, person):
        slot.end(session, person, number)
    typer.echo(f"slot {number} is out of the plan")


def _group() -> None:
    """The posting plan of campaigns."""
