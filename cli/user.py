"""`counterpoint user`: people and their roles. Names are never printed; the short name is enough."""

from dataclasses import asdict
from typing import Annotated

import typer
from sqlmodel import col, select

from cli.init import keep_token
from cli.printing import say_json, say_table
from cli.session import As, AsJson, acting, reading
from content import absence, deputy, invitation, journal, notice, sign_in
from content import people as rights
from content.people import Person, RoleGrant
from content.settings import settings
from content.suspending import suspend

Who = Annotated[str, typer.Argument(help="The person's short name.")]
Role = Annotated[str, typer.Argument(help="content, safeguarding, legal, religious, language:ar, keeper, author …")]
Grant = Annotated[int, typer.Argument(help="The grant's number, as `user list` prints it.")]

Named = Annotated[int, typer.Argument(help="The deputy's number, as `user deputies` prints it.")]


def register(app: typer.Typer) -> None:
    """Adds the `user` group."""
    group = typer.Typer(help="People and their roles.", no_args_is_help=True)
    group.command("list")(listed)
    for command in (add, grant, confirm, revoke, invite, disable, erase, away, back, notices):
        group.command()(command)
    group.command("deputy")(name_deputy)
    group.command()(confirm_deputy)
    group.command()(end_deputy)
    group.command()(deputies)
    app.add_typer(group, name="user")


def listed(as_json: AsJson = False) -> None:
    """List people with their roles, and grants that wait for a second person or their day."""
    with reading() as session:
        statement = select(Person, RoleGrant).join(RoleGrant, col(RoleGrant.person_id) == col(Person.id), isouter=True)
        rows = session.exec(statement.order_by(col(Person.id), col(RoleGrant.id))).all()
        records = [_record(*row) for row in rows if getattr(row[1], "revoked_at", None) is None]
    if as_json:
        for record in records:
            say_json(record)
        return
    columns = ["grant", "person", "role", "since", "state"]
    say_table("People", columns, [[str(record[name] or "-") for name in columns] for record in records])


def add(who: Who, name: As = "") -> None:
    """Enter somebody without any role; asks for the full name, and writes their token to home/tokens."""
    full = typer.prompt("Full name", err=True)
    with acting(name) as (session, person):
        _, token = rights.add(session, person, who, full)
    keep_token(settings().home, who, token)
    typer.echo(f"{who} is entered; the token is in {settings().home / 'tokens' / who}. Give them a role next.")


def grant(who: Who, role: Role, name: As = "") -> None:
    """Give a role: the first of two people, one of them safeguarding."""
    with acting(name) as (session, person):
        given = rights.grant(session, person, rights.by_ref(session, who), role)
    typer.echo(f"grant {given.id}: {who} as {role}, a second person must confirm it (`user confirm {given.id}`)")


def confirm(number: Grant, name: As = "") -> None:
    """Confirm a role somebody else gave; it counts a day later."""
    with acting(name) as (session, person):
        given = rights.confirm(session, person, number)
    typer.echo(f"grant {number} counts from {given.valid_from:%Y-%m-%d %H:%M} UTC")


def revoke(number: Grant, name: As = "") -> None:
    """Take a role back at once, and with it every clearance that rests on it."""
    with acting(name) as (session, person):
        taken = suspend(session, person, number)
    also = f"; so are {len(taken)} clearances that rested on it" if taken else ""
    typer.echo(f"grant {number} is taken back{also}")


def invite(who: Who, name: As = "") -> None:
    """Invite somebody to the desk: a token, used once within two days; whoever holds a role is invited by two."""
    with acting(name) as (session, person):
        token = invitation.invite(session, person, rights.by_ref(session, who))
    if token is None:
        typer.echo(f"{who} is invited once a second person says `user invite {who}` too")
    else:
        typer.echo(f"For {who} alone, within two days: open the desk at /invitation/{token}")


def disable(who: Who, name: As = "") -> None:
    """Switch somebody off at once: no token, password or session of theirs counts any more."""
    with acting(name) as (session, person):
        whom = rights.by_ref(session, who)
        rights.disable(session, person, whom)
        sign_in.end_all(session, whom.id or 0)
    with reading() as session:
        journal.write_stops(session, settings().journal)
    typer.echo(f"{who} is switched off")


def erase(who: Who, name: As = "") -> None:
    """Erase a person: the name, and everything they wrote in free words. The record still verifies."""
    with acting(name) as (session, person):
        rights.erase(session, person, rights.by_ref(session, who))
    with reading() as session:
        journal.write_stops(session, settings().journal)
    typer.echo(f"{who} is erased")


def away(
    who: Who,
    first: Annotated[str, typer.Option("--from", help="The first day away: 2026-12-01, in UTC.")],
    last: Annotated[str, typer.Option("--until", help="The last one.")],
    deputy: Annotated[str, typer.Option("--deputy", help="The short name of who stands in.")],
    name: As = "",
) -> None:
    """Say that somebody is away, and who stands in: new posts by hand and notices go there, and no right does."""
    with acting(name) as (session, person):
        absence.leave(session, person, rights.by_ref(session, who), rights.by_ref(session, deputy), first, last)
    typer.echo(f"{who} is away from {first} to {last}; {deputy} stands in")


def back(who: Who, name: As = "") -> None:
    """Say that somebody is back, or does not leave after all."""
    with acting(name) as (session, person):
        number = absence.back(session, person, rights.by_ref(session, who))
    typer.echo(f"{who} is here: {number} ended")


def name_deputy(
    who: Who,
    last: Annotated[str, typer.Option("--until", help="The last day, in UTC: 2026-12-01; three months at most.")],
    name: As = "",
) -> None:
    """Name who stands in for safeguarding where a pause is lifted, and for nothing else: the first of two people."""
    with acting(name) as (session, person):
        made = deputy.name(session, person, rights.by_ref(session, who), last)
    typer.echo(
        f"deputy {made.id}: {who} until {last}, a second person must confirm it (`user confirm-deputy {made.id}`)"
    )


def confirm_deputy(number: Named, name: As = "") -> None:
    """Confirm a deputy of safeguarding whom somebody else named; it counts a day later."""
    with acting(name) as (session, person):
        found = deputy.confirm(session, person, number)
    typer.echo(f"deputy {number} counts from {found.valid_from:%Y-%m-%d %H:%M} UTC")


def end_deputy(number: Named, name: As = "") -> None:
    """End at once that somebody stands in for safeguarding: whoever named, confirmed or is named."""
    with acting(name) as (session, person):
        deputy.end(session, person, number)
    typer.echo(f"deputy {number} is ended")


def deputies(as_json: AsJson = False) -> None:
    """List who stands in for safeguarding where pauses are lifted, or is to, and until when."""
    with reading() as session:
        found = deputy.standing(session)
    if as_json:
        for one in found:
            say_json(asdict(one))
        return
    rows = [[str(one.number), one.person, one.by, one.second or "-", one.state, f"{one.last}"] for one in found]
    say_table("Deputies of safeguarding", ["deputy", "person", "named by", "confirmed by", "state", "last day"], rows)


def notices(
    how: Annotated[str, typer.Argument(help=f"One of {', '.join(notice.HOWS)}.")],
    keep: Annotated[bool, typer.Option("--keep", help="The address given before; else you are asked for one.")] = False,
    name: As = "",
) -> None:
    """Say how you are told that something needs you: a number and the desk's address by mail, never what it is."""
    address = "" if keep or how == "none" else typer.prompt("Your mail address", err=True)
    with acting(name) as (session, person):
        notice.choose(session, person, how, address)
    typer.echo(f"notices: {how.replace('_', ' ')}")


def _record(person: Person, given: RoleGrant | None) -> dict[str, object]:
    role = f"{given.role}:{given.language}" if given and given.language else given.role if given else None
    state = "off" if person.disabled_at else "no role" if given is None else _state(given)
    return {"grant": given.id if given else None, "person": person.ref, "role": role, "state": state,
            "since": given.valid_from if given else None}  # fmt: skip


def _state(given: RoleGrant) -> str:
    if given.founding:
        return "founding"
    return "confirmed" if given.confirmed_at else "wants a second person"
