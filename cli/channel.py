"""`counterpoint channel`: the organisation's accounts, and asking that they be verified. It calls no channel."""

from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
from sqlmodel import Session, col, select

from cli.printing import say_json, say_table
from cli.session import As, AsJson, acting, reading
from content import people
from content.errors import Refusal
from content.organisation import Account
from content.people import Person
from content.record import Step, by, write
from content.store import now

OWNED_FOR = timedelta(days=90)
SEEN_FOR = timedelta(hours=24)
Own = Annotated[
    bool, typer.Option("--own", help="Confirm that the account is the organisation's; two people, one after the other.")
]


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    group = typer.Typer(help="Accounts on channels: list them, have them verified.", no_args_is_help=True)
    group.command("list")(list_)
    group.command("verify")(verify)
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


def verify(account: Annotated[str, typer.Argument(help="The account's ref.")], own: Own = False, name: As = "") -> None:
    """Ask the worker to look who answers there; with --own, confirm that the account is the organisation's."""
    with acting(name) as (session, person):
        people.require(session, person, now(session), "account.ask")
        row = _account(session, account)
        said = _own(session, person, row) if own else _ask(session, person, row)
    typer.echo(said)


def _ask(session: Session, person: Person, row: Account) -> str:
    row.verify_wanted_at = now(session)
    _keep(session, person, row, "asked")
    return f"{row.ref}: a worker will look who answers there; `counterpoint channel list` shows what it found."


def _own(session: Session, person: Person, row: Account) -> str:
    """The first person's word waits for a second one; what was confirmed before holds until then."""
    if row.ownership_asked is None:
        row.ownership_asked = person.id
        _keep(session, person, row, "owned_first")
        return f"{row.ref}: confirmed by one; a second person must confirm it too."
    if row.ownership_asked == person.id:
        raise Refusal(
            "account.second", "You have confirmed this account already.", "Ask a second person to confirm it.", row.ref
        )
    row.ownership_first, row.ownership_second = row.ownership_asked, person.id
    row.ownership_asked, row.ownership_verified_at = None, now(session)
    _keep(session, person, row, "owned_second")
    return f"{row.ref}: two people confirmed it; this holds {OWNED_FOR.days} days."


def _keep(session: Session, person: Person, row: Account, how: str) -> None:
    session.add(row)
    session.flush()
    write(session, Step(by(person.id), "account.verify", "account", row.id or 0, {"how": how, "ref": row.ref}))


def _account(session: Session, ref: str) -> Account:
    found = session.exec(select(Account).where(Account.ref == ref).with_for_update()).first()
    if found is None:
        raise Refusal("account.none", f"There is no account {ref[:64]}.", "`counterpoint channel list` shows them.")
    return found


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
        "ownership": ownership(row, at),
        "identity": identity(row, at),
    }


def ownership(row: Account, at: datetime) -> str:
    """verified, one more (person is needed), old or none."""
    if row.ownership_second is not None and row.ownership_verified_at is not None:
        return "verified" if at - row.ownership_verified_at <= OWNED_FOR else "old"
    return "one more" if row.ownership_asked is not None else "none"


def identity(row: Account, at: datetime) -> str:
    """verified, asked, other (somebody else answers there), old or none."""
    if row.identity_seen is not None and row.identity_seen != row.remote_identity:
        return "other"
    if row.identity_verified_at is not None and at - row.identity_verified_at <= SEEN_FOR:
        return "verified"
    if row.verify_wanted_at is not None:
        return "asked"
    return "none" if row.identity_verified_at is None else "old"


def _cell(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)
