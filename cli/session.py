"""What a command works with: the store of this installation, and the person who acts."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session

from content import keys, people
from content.errors import Refusal
from content.migrations import fit
from content.page import MOST
from content.people import Person
from content.settings import settings
from content.store import Store

As = Annotated[str, typer.Option("--as", help="Who acts: the short name given at `init`. Default: COUNTERPOINT_AS.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, one record a line.")]

Limit = Annotated[int, typer.Option("--limit", min=1, max=MOST, help="How many on a page.")]
After = Annotated[str, typer.Option("--after", help="The next page: what the page before printed at its end.")]


@cache
def opened() -> Store:
    """The store of this installation with its keys. Refuses a database that is missing or of another version."""
    told = settings()
    store = Store(told.database, keys.load(told.keys), media=told.media)
    found = fit(store)
    if not found.database:
        raise Refusal("instance.none", "There is no Counterpoint instance here yet.", "Run `counterpoint init` first.")
    if found.wrong:
        raise Refusal("instance.version", f"Nothing was done: {found.wrong}.", found.todo)
    return store


@contextmanager
def acting(name: str) -> Iterator[tuple[Session, Person]]:
    """A writing session and the person who acts in it; one commit at the end, or nothing."""
    ref = name or os.environ.get("COUNTERPOINT_AS", "")
    if not ref:
        raise Refusal("rights.nobody", "Nobody is named as acting.", "Add `--as NAME`, or set COUNTERPOINT_AS.")
    with opened().write() as session:
        yield session, people.identify(session, ref, token_of(ref))


@contextmanager
def reading() -> Iterator[Session]:
    """A session that only reads."""
    with opened().read() as session:
        yield session


def token_of(ref: str) -> str:
    """The local token of this name: COUNTERPOINT_TOKEN, else the file in home/tokens that `init` wrote."""
    given = os.environ.get("COUNTERPOINT_TOKEN")
    if given:
        return given
    path = token_file(settings().home, ref)
    return path.read_text("utf-8").strip() if path.is_file() else ""


def token_file(home: Path, ref: str) -> Path:
    """Where a token is kept for work on one machine; 0600."""
    if not ref.replace("-", "").replace("_", "").isalnum():
        raise Refusal("rights.unknown", "Nobody is known under that name and token.", "Check `--as` and the token.")
    return home / "tokens" / ref
