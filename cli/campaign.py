"""`counterpoint campaign`: its hashtags and who looked at them, and the dates that ask it for care."""

from dataclasses import asdict
from typing import Annotated

import typer

from cli.printing import say_json, say_table
from cli.session import As, AsJson, acting, reading
from content import acknowledging
from content.hashtag_check import Tag, looked, tags_of_campaign

Campaign = Annotated[str, typer.Argument(help="The campaign's reference.")]
Tags = Annotated[list[str], typer.Argument(help="Hashtags as they are listed; in a shell in quotes: '#OpenTestimony'.")]
Taken = Annotated[bool, typer.Option("--taken", help="Others have taken it over: what uses it is stopped.")]


def register(app: typer.Typer) -> None:
    """Adds the `campaign` group."""
    group = typer.Typer(help="Campaigns: their hashtags, and the dates that ask for care.", no_args_is_help=True)
    group.callback()(_group)
    group.command("tags")(tags)
    group.command("looked")(looked_)
    group.command("days")(days)
    group.command("fine")(fine)
    app.add_typer(group, name="campaign")


def tags(campaign: Campaign, as_json: AsJson = False) -> None:
    """Show each hashtag that the campaign may use, and when somebody last looked who uses it."""
    with reading() as session:
        found = tags_of_campaign(session, campaign)
    if as_json:
        for one in found:
            say_json(asdict(one))
        return
    say_table("Hashtags", ["tag", "looked at", "by", "counts"], [_row(one) for one in found])


def looked_(campaign: Campaign, tags: Tags, taken: Taken = False, name: As = "") -> None:
    """Say that you have just looked who uses these hashtags, and that nobody has taken them over; holds for a week."""
    with acting(name) as (session, person):
        named = looked(session, person, campaign, tags, good=not taken)
    typer.echo(f"{', '.join(named)}: {'taken over; what uses it waits' if taken else 'looked at, and ours'}")


def days(campaign: Campaign, as_json: AsJson = False, name: As = "") -> None:
    """Show the dates of two months that ask this campaign for care, and who said why one is fine."""
    with acting(name) as (session, person):
        found = acknowledging.days(session, person, campaign)
    if as_json:
        for one in found:
            say_json(asdict(one))
        return
    rows = [
        [str(one.id), one.territory, f"{one.starts:%a %d %b}", one.name, one.by or "-", one.reason] for one in found
    ]
    say_table("Days", ["day", "territory", "from", "name", "fine by", "why"], rows)


def fine(
    campaign: Campaign,
    day: Annotated[int, typer.Argument(help="The day's number, as `campaign days` prints it.")],
    reason: Annotated[str, typer.Option("--reason", help="Why this campaign may run then, in your words; erasable.")],
    name: As = "",
) -> None:
    """Say why a sensitive date is fine for this campaign: it warns no more there. A crisis never is."""
    with acting(name) as (session, person):
        acknowledging.acknowledge(session, person, campaign, day, reason)
    typer.echo(f"day {day} is fine for {campaign}")


def _row(one: Tag) -> list[str]:
    when = f"{one.at:%Y-%m-%d %H:%M}" if one.at else "never"
    return [one.tag, when if one.good else f"{when}, taken over", one.by or "-", "yes" if one.fresh else "no"]


def _group() -> None:
    """Campaigns: their hashtags and days."""
