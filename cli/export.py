"""`counterpoint export`: the evidence of a post, or of what a campaign has out, as a file to check offline."""

from pathlib import Path
from typing import Annotated

import typer

from cli.session import After, As, acting
from content import pack
from content.pack import Pack

Out = Annotated[Path, typer.Option("--out", help="The zip file to write.")]


def register(app: typer.Typer) -> None:
    """Adds the `export` group."""
    group = typer.Typer(help="Evidence to take home: what is out, who cleared it, the record.", no_args_is_help=True)
    group.callback()(_group)
    for command in (post, campaign):
        group.command()(command)
    app.add_typer(group, name="export")


def post(number: Annotated[int, typer.Argument(help="The post's number.")], out: Out, name: As = "") -> None:
    """Write the evidence of one post. That you took it is on the record."""
    with acting(name) as (session, person):
        made = pack.of_post(session, person, number)
    _write(made, out)


def campaign(
    ref: Annotated[str, typer.Argument(help="The campaign's reference.")], out: Out, after: After = "", name: As = ""
) -> None:
    """Write the evidence of what a campaign has out or had out, the newest first; `--after` goes on."""
    with acting(name) as (session, person):
        made = pack.of_campaign(session, person, ref, after)
    _write(made, out)
    if made.after:
        typer.echo(f"there is more: --after {made.after}")


def _write(made: Pack, out: Path) -> None:
    out.write_bytes(made.data)
    typer.echo(f"wrote {out}: {made.posts} post(s)")


def _group() -> None:
    """Evidence to take home."""
