"""`counterpoint status`: how this instance stands, in a few lines."""

from typing import Any

import typer
from sqlmodel import Session, col, func, select

from cli.printing import say_json
from cli.session import AsJson, reading
from content.lifecycle import Post, State
from content.message import Wording
from content.organisation import Heartbeat, the_instance
from content.record import Head, Record
from content.stop import Hold, Pause
from content.store import now, wall


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(status)


def status(as_json: AsJson = False) -> None:
    """Show the clock, the posts by state, what is stopped, the record and which programs are awake."""
    with reading() as session:
        found = _status(session)
    if as_json:
        say_json(found)
        return
    title = "REHEARSAL" if found["kind"] == "rehearsal" else "live"
    typer.echo(f"{title}, {'armed' if found['armed'] else 'disarmed'}, {found['now']:%Y-%m-%d %H:%M:%S} UTC")
    posts = ", ".join(f"{number} {state}" for state, number in found["posts"].items())
    typer.echo(f"posts: {posts or 'none'}; to be formatted: {found['to_format']}")
    typer.echo(f"stops: {found['pauses']} pauses, {found['holds']} holds")
    typer.echo(
        f"record: {found['sealed']} rows sealed, {found['unsealed']} not yet, oldest {found['seal_lag']:.1f} s ago"
    )
    awake = ", ".join(f"{name} {seconds:.0f} s ago" for name, seconds in found["programs"].items())
    typer.echo(f"programs: {awake or 'none has been heard of'}")


def _status(session: Session) -> dict[str, Any]:
    instance, at = the_instance(session), now(session)
    counted = dict(session.exec(select(Post.state, func.count()).group_by(col(Post.state))).all())
    oldest = session.exec(select(Record.at).where(col(Record.seq).is_(None)).order_by(col(Record.id)).limit(1)).first()
    sealed = session.exec(select(Head.seq).order_by(col(Head.seq).desc())).first()
    return {
        "kind": instance.kind,
        "armed": instance.armed,
        "now": at,
        "clock_offset": instance.clock_offset,
        "posts": {str(state): counted[state] for state in State if state in counted},
        "to_format": _count(session, Wording, col(Wording.answered_at).is_(None)),
        "pauses": _count(session, Pause, col(Pause.lifted_at).is_(None)),
        "holds": _count(session, Hold, col(Hold.lifted_at).is_(None)),
        "sealed": sealed or 0,
        "unsealed": _count(session, Record, col(Record.seq).is_(None)),
        "seal_lag": max(0.0, (at - oldest).total_seconds()) if oldest is not None else 0.0,
        "programs": {beat.name: (wall(session) - beat.at).total_seconds() for beat in session.exec(select(Heartbeat))},
    }


def _count(session: Session, table: Any, condition: Any) -> int:
    return session.exec(select(func.count()).select_from(table).where(condition)).one()
