"""`hold`, `pause`, `resume` and `recall`: stops, and taking down what is live."""

from typing import Annotated, Any

import typer
from sqlmodel import Session, col, select

from cli.printing import say_json, say_table
from cli.session import As, AsJson, acting, reading
from content import journal, people, stopping
from content.instant import begins, ends
from content.narrative import Narrative, narrative_of
from content.people import Person
from content.settings import settings
from content.stop import Hold, Pause
from content.stopping import Stopped
from content.store import now

Reason = Annotated[str, typer.Option("--reason", help="Why, in your words; erasable.")]
Number = Annotated[int, typer.Argument(help="Its number, as printed when it was set.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (hold, pause, resume, recall):
        app.command()(command)


def hold(
    narrative: Annotated[str, typer.Argument(help="The narrative's reference.")] = "",
    kind: Annotated[
        str,
        typer.Option("--kind", help="reprisal, relocation, asylum, trial, family_in_area, medical, other."),
    ] = "other",
    start: Annotated[str, typer.Option("--from", help="UTC date or time; default: now.")] = "",
    until: Annotated[str, typer.Option("--until", help="UTC date or time; default: until it is lifted.")] = "",
    territory: Annotated[list[str] | None, typer.Option("--territory", help="Only there; repeat it.")] = None,
    take_down: Annotated[bool, typer.Option("--take-down", help="Recall live copies too.")] = False,
    reason: Reason = "",
    lift: Annotated[int | None, typer.Option("--lift", help="Lift the hold with this number instead.")] = None,
    listing: Annotated[bool, typer.Option("--list", help="List the holds that stand instead.")] = False,
    as_json: AsJson = False,
    name: As = "",
) -> None:
    """Stop a narrative for a time; keeper or safeguarding. Posts stay scheduled and expire by lateness."""
    if listing:
        _list(name, _holds, ["hold", "narrative", "kind", "from", "until", "territories", "take_down"], as_json)
    elif lift is not None:
        with acting(name) as (session, person):
            stopping.lift_hold(session, person, lift)
        typer.echo(f"hold {lift} is lifted")
    else:
        with acting(name) as (session, person):
            done = stopping.hold(
                session,
                person,
                narrative_of(session, narrative),
                kind,
                starts_at=begins(start),
                ends_at=ends(until),
                territories=territory or (),
                take_down=take_down,
                reason=reason,
            )
        told(done, as_json)


def pause(
    scope: Annotated[
        str, typer.Argument(help="message, campaign, narrative, theme, language, account, territory or all.")
    ] = "",
    value: Annotated[str, typer.Argument(help="Which: a reference, a language, a territory; nothing for all.")] = "",
    reason: Reason = "",
    listing: Annotated[bool, typer.Option("--list", help="List the pauses that stand instead.")] = False,
    as_json: AsJson = False,
    name: As = "",
) -> None:
    """Stop everything in a scope at once; anyone may. Posts stay scheduled and expire by lateness."""
    if listing:
        _list(name, _pauses, ["pause", "scope", "value", "since", "first"], as_json)
        return
    with acting(name) as (session, person):
        done = stopping.pause(session, person, scope, value, reason)
    told(done, as_json)


def resume(number: Number, name: As = "") -> None:
    """Lift a pause: two people, one of them safeguarding or its deputy; one reviewer for an author's own message."""
    with acting(name) as (session, person):
        found = stopping.resume(session, person, number)
    left = "is lifted" if found.lifted_at else "waits for a second person"
    typer.echo(f"pause {number} {left}")


def recall(
    post: Annotated[int, typer.Argument(help="The live post's number.")], reason: Reason = "", name: As = ""
) -> None:
    """Take a live post down; any one reviewer may, for taking down is always safe."""
    with acting(name) as (session, person):
        stopping.recall(session, person, post, reason)
    typer.echo(f"post {post} is being recalled")


def told(done: Stopped, as_json: bool = False) -> None:
    """Writes the stop down outside the database, and says what it did."""
    with reading() as session:
        journal.write_stops(session, settings().journal)
    if as_json:
        say_json({field: getattr(done, field) for field in done.__slots__})
    else:
        typer.echo(f"{done.kind} {done.id}: {numbers(done)}")


def numbers(done: Stopped) -> str:
    """How many posts it stops and recalls, in words."""
    running = f", {len(done.running)} on the wire (recalled as soon as they end)" if done.running else ""
    return f"{len(done.cancelled)} cancelled, {len(done.recalled)} recalled{running}"


def _list(name: str, read: Any, columns: list[str], as_json: bool) -> None:
    with acting(name) as (session, person):
        records = read(session, person)
    if as_json:
        for record in records:
            say_json(record)
    else:
        say_table("Standing", columns, [[str(record[column]) for column in columns] for record in records])


def _holds(session: Session, person: Person) -> list[dict[str, Any]]:
    people.require(session, person, now(session), "hold.read")
    statement = select(Hold, Narrative.ref).join(Narrative, col(Narrative.id) == col(Hold.narrative_id))
    return [
        {"hold": one.id, "narrative": ref, "kind": one.kind, "from": one.starts_at, "until": one.ends_at,
         "territories": one.territories, "take_down": one.take_down}
        for one, ref in session.exec(statement.where(col(Hold.lifted_at).is_(None)).order_by(col(Hold.id)))
    ]  # fmt: skip


def _pauses(session: Session, person: Person) -> list[dict[str, Any]]:
    statement = select(Pause).where(col(Pause.lifted_at).is_(None)).order_by(col(Pause.id))
    return [
        {
            "pause": one.id,
            "scope": one.scope,
            "value": one.value,
            "since": one.at,
            "first": one.lifted_first is not None,
        }
        for one in session.exec(statement)
    ]
