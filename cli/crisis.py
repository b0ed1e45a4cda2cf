"""`counterpoint crisis`: stop at once what would be shown in a territory; two people lift it."""

from typing import Annotated

import typer

from cli.printing import say_json, say_table
from cli.session import As, AsJson, acting, reading
from content import crisis, journal
from content.instant import ends
from content.settings import settings

Number = Annotated[int, typer.Argument(help="The crisis's number, as `crisis list` prints it.")]


def register(app: typer.Typer) -> None:
    """Adds the `crisis` group."""
    group = typer.Typer(help="A crisis in a territory: nothing goes out that is shown there.", no_args_is_help=True)
    group.callback()(_group)
    group.command("set")(set_)
    group.command("lift")(lift)
    group.command("list")(list_)
    app.add_typer(group, name="crisis")


def set_(
    territory: Annotated[str, typer.Argument(help="GB, or * for everywhere.")],
    title: Annotated[str, typer.Argument(help="What happened, in a few words; everybody here reads it.")],
    until: Annotated[str, typer.Option("--until", help="UTC date or time; default: until it is lifted.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why, in your words; erasable.")] = "",
    name: As = "",
) -> None:
    """Set a crisis at once; anybody may. Posts stay planned and wait."""
    with acting(name) as (session, person):
        number = crisis.declare(session, person, territory, title, until=ends(until), reason=reason).id
    with reading() as session:
        journal.write_stops(session, settings().journal)
    typer.echo(f"crisis {number} stands in {territory}")


def lift(number: Number, name: As = "") -> None:
    """Lift a crisis: two people, one of them safeguarding."""
    with acting(name) as (session, person):
        lifted = crisis.lift(session, person, number).lifted_at
    typer.echo(f"crisis {number} {'is lifted' if lifted else 'waits for a second person'}")


def list_(as_json: AsJson = False) -> None:
    """Show the crises that stand."""
    with reading() as session:
        found = crisis.standing(session)
    records = [
        {"crisis": one.id, "territory": one.territory, "name": one.name, "since": one.since, "until": one.ends,
         "by": one.by, "first": one.asked}
        for one in found
    ]  # fmt: skip
    if as_json:
        for record in records:
            say_json(record)
        return
    columns = ["crisis", "territory", "name", "since", "until", "by", "first"]
    say_table("Standing", columns, [[str(record[column] or "") for column in columns] for record in records])


def _group() -> None:
    """A crisis in a territory."""
