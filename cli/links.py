"""`counterpoint link`: the addresses that our words lead to, who opened each and when, and the copies kept."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cli.printing import say_json, say_more, say_table
from cli.session import After, As, AsJson, Limit, acting, reading
from content.errors import Refusal
from content.link_check import KEEP, Watched, copy_of, links_page, looked
from content.page import LIMIT

Url = Annotated[str, typer.Argument(help="The address, as it stands in the words.")]
Copy = Annotated[Path | None, typer.Option("--copy", help="The page as you saved it; its beginning is kept here.")]
Kept = Annotated[str, typer.Option("--kept", help="Where you keep a copy, in a few words, instead.")]
Gone = Annotated[bool, typer.Option("--gone", help="It is gone, or leads to another page.")]
Out = Annotated[Path, typer.Argument(help="The file to write.")]


def register(app: typer.Typer) -> None:
    """Adds the `link` group."""
    group = typer.Typer(help="The addresses that our words lead to: are they still the pages that are meant?",
                        no_args_is_help=True)  # fmt: skip
    group.callback()(_group)
    group.command("looked")(looked_)
    group.command("list")(list_)
    group.command("copy")(copy)
    app.add_typer(group, name="link")


def looked_(url: Url, copy: Copy = None, kept: Kept = "", gone: Gone = False, name: As = "") -> None:
    """Say what you saw when you opened an address just now; a page that is there holds for a week, with its copy."""
    body = _read(copy) if copy else b""
    with acting(name) as (session, person):
        check = looked(session, person, url, good=not gone, copy=body, kept=kept)
        said = "opened, and a copy is kept" if check.answer == "good" else "gone: what leads there waits"
    typer.echo(f"{url}: {said}")


def list_(limit: Limit = LIMIT, after: After = "", as_json: AsJson = False) -> None:
    """Every address, when it was last opened, by whom, and what answered."""
    with reading() as session:
        page = links_page(session, after, limit)
    if as_json:
        for one in page.items:
            say_json(asdict(one))
    else:
        say_table("Links", ["address", "answer", "opened", "by", "counts"], [_row(one) for one in page.items])
    say_more(page.after)


def copy(url: Url, out: Out) -> None:
    """Write the copy that is kept of a page into a file, byte for byte as it was seen."""
    with reading() as session:
        body = copy_of(session, url)
    out.write_bytes(body)
    typer.echo(f"{out}: {len(body)} bytes")


def _row(one: Watched) -> list[str]:
    when = f"{one.at:%Y-%m-%d %H:%M}" if one.at else "never"
    return [one.url, one.answer or "-", when, one.by or ("a worker" if one.at else "-"), "yes" if one.fresh else "no"]


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(KEEP)
    except OSError as error:
        raise Refusal("link.file", f"{path} cannot be read ({type(error).__name__}).", "Look at its name.") from None


def _group() -> None:
    """The addresses that our words lead to."""
