"""`counterpoint plan`: the slots of a campaign's posting plan, its seasons, and which are free next."""

from typing import Annotated

import typer

from cli.printing import say_table
from cli.session import As, acting
from content import seasonal, slot
from content.slot import DAYS

Campaign = Annotated[str, typer.Argument(help="The campaign's reference.")]
Language = Annotated[str, typer.Option("--language", help="One of the campaign's languages, such as ar.")]

Number = Annotated[int, typer.Argument(help="The slot's number, as `plan show` prints it.")]


def register(app: typer.Typer) -> None:
    """Adds the `plan` group."""
    group = typer.Typer(help="The posting plan: times of the week at which messages go.", no_args_is_help=True)
    group.callback()(_group)
    for command in (show, add, end, instead, usual):
        group.command()(command)
    app.add_typer(group, name="plan")


def show(campaign: Campaign, name: As = "") -> None:
    """Show a campaign's slots, its seasons, and the next times at which they are free."""
    with acting(name) as (session, person):
        standing = slot.plan(session, person, campaign)
        seasons = seasonal.shown(session, person, campaign)
        coming = slot.next_free(session, campaign, "", limit=20)
    rows = [
        [str(one.slot.id), one.slot.language, one.account, DAYS[one.slot.day],
         f"{one.slot.local} {one.slot.zone}", one.slot.name]
        for one in standing
    ]  # fmt: skip
    say_table("Plan", ["slot", "language", "account", "day", "time", "name"], rows)
    other = [
        [str(one.number), one.name, f"{one.begins} – {one.ends}", f"{change.was} → {change.local or 'none'}",
         " ".join(DAYS[day][:3] for day in change.days), " ".join(change.languages), " ".join(change.accounts)]
        for one in seasons for change in one.changes
    ]  # fmt: skip
    if other:
        say_table("Instead", ["season", "name", "days", "time", "on", "languages", "accounts"], other)
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


def instead(
    campaign: Campaign,
    called: Annotated[str, typer.Option("--name", help="What the season is called, such as Ramadan.")],
    begins: Annotated[str, typer.Option("--from", help="Its first day: 2027-02-08.")],
    ends: Annotated[str, typer.Option("--until", help="Its last day.")],
    at: Annotated[str, typer.Option("--at", help="The local time instead: 21:30.")] = "",
    rest: Annotated[bool, typer.Option("--none", help="No time instead: the slots rest.")] = False,
    was: Annotated[str, typer.Option("--was", help="Only slots of this usual time.")] = "",
    day: Annotated[str, typer.Option("--day", help="Only those of this day.")] = "",
    language: Annotated[str, typer.Option("--language", help="Only those in this language.")] = "",
    account: Annotated[str, typer.Option("--account", help="Only those on this account.")] = "",
    name: As = "",
) -> None:
    """Give slots another time between two days, or none: Ramadan, a summer. Slots that are put in later keep theirs."""
    if bool(at) == rest:
        raise typer.BadParameter("give either --at or --none")
    wanted = seasonal.Instead(campaign, called, begins, ends, at, language, account, day, was)
    with acting(name) as (session, person):
        made = seasonal.instead(session, person, wanted)
    typer.echo(f"season {made.id}, {made.name}, holds from {made.begins} to {made.ends}")


def usual(
    number: Annotated[int, typer.Argument(help="The season's number, as `plan show` prints it.")], name: As = ""
) -> None:
    """Take a season out of the plan: its slots have their usual times again."""
    with acting(name) as (session, person):
        seasonal.end(session, person, number)
    typer.echo(f"season {number} is out of the plan")


def _group() -> None:
    """The posting plan of campaigns."""
