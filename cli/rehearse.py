"""`counterpoint rehearse`: moves a rehearsal's clock forward, visibly and on the record."""

import re
from typing import Annotated

import typer

from cli.session import As, acting
from content.errors import Refusal
from content.organisation import move_clock
from content.record import by
from content.store import now

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_STEP = re.compile(r"\+?(\d{1,6})([smhd])")


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(rehearse)


def rehearse(step: Annotated[str, typer.Argument(help="How far: +12h, +30m, +2d.")], name: As = "") -> None:
    """Move the clock of a rehearsal forward. A live instance has no such clock."""
    found = _STEP.fullmatch(step.strip())
    if found is None:
        raise Refusal("rehearse.step", f"“{step}” is no step of time.", "Give +12h, +30m or +2d.")
    with acting(name) as (session, person):
        move_clock(session, int(found[1]) * _UNITS[found[2]], by(person.id))
        at = now(session)
    typer.echo(f"REHEARSAL: it is now {at:%Y-%m-%d %H:%M:%S} UTC")
