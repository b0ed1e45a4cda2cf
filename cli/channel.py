"""`counterpoint channel`: the organisation's accounts, and asking that they be verified. It calls no channel."""

from datetime import datetime
from typing import Annotated, Any

import typer
from sqlmodel import col, select

from cli.printing import say_json, say_table
from cli.session import As, AsJson, acting, reading
from content import owning
from content.organisation import Account
from content.platform_check import compared
from content.store import now

Own = Annotated[
    bool, typer.Option("--own", help="Confirm that the account is the organisation's; two people, one after the other.")
]

Ref = Annotated[str, typer.Argument(help="The account's ref.")]


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    group = typer.Typer(help="Accounts on channels: list them, have them verified.", no_args_is_help=True)
    group.command("list")(list_)
    group.command("verify")(verify)
    group.command("compared")(compared_)
    group.command("poses")(poses)
    group.command("open")(open_)
    app.add_typer(group, name="channel")


def list_(as_json: AsJson = False) -> None:
    """Show every account, and whether its ownership and identity are verified."""
    with reading() as session:
        at = now(session)
        records = [_record(row, at) for row in session.exec(select(Account).order_by(col(Account.ref)))]
    if as_json:
        for record in records:
            say_json(record)
        return
    columns = ["ref", "channel", "format", "reach", "territories", "ownership", "identity"]
    say_table("Accounts", columns, [[_cell(record[name]) for name in columns] for record in records])


def verify(account: Ref, own: Own = False, name: As = "") -> None:
    """Ask the worker to look who answers there; with --own, confirm that the account is the organisation's."""
    with acting(name) as (session, person):
        row = owning.confirm(session, person, account) if own else owning.ask(session, person, account)
        said = _owned(row) if own else _ASKED
    typer.echo(f"{row.ref}: {said}")


def compared_(
    platforms: Annotated[list[str], typer.Argument(help="Formats, such as x or bluesky.")], name: As = ""
) -> None:
    """Say that you have just read what a platform demands, and that our profile of it still fits; holds for 90 days."""
    with acting(name) as (session, person):
        done = [compared(session, person, one).format for one in platforms]
    typer.echo(f"{len(done)} compared: {', '.join(done)}")


def poses(account: Ref, name: As = "") -> None:
    """Say that a profile pretends to be somebody: nothing is sent to it until two people say otherwise."""
    with acting(name) as (session, person):
        ref = owning.poses(session, person, account).ref
    typer.echo(f"{ref}: nothing is sent to it; `counterpoint channel open` by two people ends that.")


def open_(account: Ref, name: As = "") -> None:
    """Say that a profile says who runs it and who pays, and pretends to be nobody; two people, one after the other."""
    with acting(name) as (session, person):
        row = owning.opened(session, person, account)
        said = "one has said so; a second person must say it too." if row.persona else "it pretends to be nobody."
    typer.echo(f"{row.ref}: {said}")


_ASKED = "a worker will look who answers there; `counterpoint channel list` shows what it found."


def _owned(row: Account) -> str:
    """The first person's word waits for a second one."""
    if row.ownership_asked is not None:
        return "confirmed by one; a second person must confirm it too."
    return f"two people confirmed it; this holds {owning.OWNED_FOR.days} days."


def _record(row: Account, at: datetime) -> dict[str, Any]:
    return {
        "ref": row.ref,
        "channel": row.channel,
        "format": row.format,
        "handle": row.handle,
        "reach": row.reach,
        "territories": row.territories,
        "languages": row.languages,
        "disabled": row.disabled_at is not None,
        "ownership": owning.ownership(row, at),
        "identity": owning.identity(row, at),
        "poses": row.persona,
    }


def _cell(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)
