"""`counterpoint helpline verify`: somebody called or wrote, and it answered."""

from typing import Annotated

import typer

from cli.session import As, acting
from content.block import verify_helpline


def register(app: typer.Typer) -> None:
    """Adds the `helpline` group."""
    group = typer.Typer(help="Helplines: who answers, and when somebody last tried.", no_args_is_help=True)
    group.callback()(_group)
    group.command()(verify)
    app.add_typer(group, name="helpline")


def verify(refs: Annotated[list[str], typer.Argument(help="The helplines' references.")], name: As = "") -> None:
    """Say that you have just called or written and it answered; this holds for 90 days."""
    with acting(name) as (session, person):
        for ref in refs:
            verify_helpline(session, person, ref)
    typer.echo(f"{len(refs)} verified: {', '.join(refs)}")


def _group() -> None:
    """Helplines: who answers, and when somebody last tried."""
