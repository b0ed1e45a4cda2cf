"""`counterpoint moderation`: who answers replies, the published policy, and whom they call for somebody in distress."""

from typing import Annotated, Any

import typer

from cli.printing import say_json, say_table
from cli.session import As, AsJson, acting
from content import moderation, shift
from content.moderation import Gap
from content.shift import Standing
from content.zone import local_at

Number = Annotated[int, typer.Argument(help="The shift's number, as `moderation show` prints it.")]
_AT = "%a %d %b %H:%M"


def register(app: typer.Typer) -> None:
    """Adds the `moderation` group."""
    group = typer.Typer(help="Who answers those who reply to us.", no_args_is_help=True)
    group.callback()(_group)
    group.command("show")(show)
    group.command("set")(set_)
    group.command("add")(add)
    group.command("end")(end)
    app.add_typer(group, name="moderation")


def show(as_json: AsJson = False, name: As = "") -> None:
    """Show the policy, whom responders call, the shifts of two weeks, and planned hours that nobody covers."""
    with acting(name) as (session, person):
        found = moderation.cover(session, person)
    shifts = [_shift(one) for one in found.shifts]
    gaps = [_gap(one) for one in found.gaps]
    if as_json:
        said = {"reply_policy": found.reply_policy, "escalation": found.escalation}
        say_json(said | {"shifts": shifts, "gaps": gaps, "more": found.more or found.cut})
        return
    typer.echo(f"reply policy: {found.reply_policy or 'none is recorded'}")
    typer.echo(f"in distress:  {found.escalation or 'nobody is named'}")
    say_table("Shifts", [*_SHIFT], [[str(one[column]) for column in _SHIFT] for one in shifts])
    say_table("Nobody answers", [*_GAP], [[str(one[column]) for column in _GAP] for one in gaps])
    if found.more or found.cut:
        typer.echo("There is more; the soonest are shown.")


def set_(
    policy: Annotated[
        str | None, typer.Option("--policy", help="Where the reply policy is published; a page of ours.")
    ] = None,
    call: Annotated[str | None, typer.Option("--call", help="Whom a responder calls for somebody in distress.")] = None,
    name: As = "",
) -> None:
    """Say where the reply policy is published, and whom a responder calls; an empty text takes one back."""
    with acting(name) as (session, person):
        moderation.told(session, person, reply_policy=policy, escalation=call)
    typer.echo("recorded")


def add(
    person: Annotated[str, typer.Argument(help="The short name of who takes the shift.")],
    language: Annotated[list[str], typer.Option("--language", help="In which they answer; repeat it.")],
    day: Annotated[str, typer.Option("--day", help="The day on which it begins: 2026-12-03.")],
    start: Annotated[str, typer.Option("--from", help="The local time: 18:00.")],
    until: Annotated[str, typer.Option("--until", help="The local time; before the start means the next day.")],
    zone: Annotated[str, typer.Option("--zone", help="The place of these times, such as Europe/London.")] = "UTC",
    weeks: Annotated[int, typer.Option("--weeks", help="How many weeks it comes back at the same time.")] = 1,
    trained: Annotated[bool, typer.Option("--trained", help="You know that they were trained for it.")] = False,
    name: As = "",
) -> None:
    """Enter a shift of somebody who was trained to answer replies."""
    with acting(name) as (session, actor):
        wanted = shift.Wanted(person, language, day, start, until, zone, weeks, trained)
        made = shift.add(session, actor, wanted)
        numbers = ", ".join(str(one.id) for one in made)
    typer.echo(f"shift {numbers} stands")


def end(number: Number, name: As = "") -> None:
    """Call a shift off: from now on it covers nothing."""
    with acting(name) as (session, person):
        shift.end(session, person, number)
    typer.echo(f"shift {number} is called off")


_SHIFT = ("shift", "person", "languages", "from", "until", "zone")
_GAP = ("at", "language", "accounts")


def _shift(one: Standing) -> dict[str, Any]:
    start, end = (local_at(at, one.shift.zone) for at in (one.shift.starts_at, one.shift.ends_at))
    return {
        "shift": one.shift.id, "person": one.ref, "languages": " ".join(one.shift.languages),
        "from": f"{start:{_AT}}", "until": f"{end:{_AT}}", "zone": one.shift.zone,
    }  # fmt: skip


def _gap(one: Gap) -> dict[str, Any]:
    return {"at": f"{one.at:{_AT}} UTC", "language": one.language, "accounts": " ".join(one.accounts)}


def _group() -> None:
    """Who answers replies."""
