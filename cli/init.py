"""`counterpoint init`: founds an instance — database, keys, at least five named people — once."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from cli.session import token_file
from content import keys
from content.errors import Refusal
from content.journal import write_epoch
from content.migrations import upgrade
from content.organisation import establish
from content.people import Founder, found
from content.settings import Settings, settings
from content.store import Store

_SHAPE = "Write a list of {ref: alice, name: …, roles: [content, 'language:ar']}."


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("init")(init)


def init(
    people: Annotated[
        Path | None, typer.Option("--people", help="YAML: a list of {ref, name, roles} of the founding people.")
    ] = None,
    person: Annotated[
        list[str] | None, typer.Option("--person", help="One of them: 'alice=Alice Example:content,language:ar'.")
    ] = None,
    keeper_key: Annotated[
        Path | None,
        typer.Option("--keeper-key", help="Where the keeper's private half is written, once; outside the home folder."),
    ] = None,
    rehearsal: Annotated[
        bool, typer.Option("--rehearsal", help="A rehearsal: paper and a local site only; its clock can be moved.")
    ] = False,
    print_tokens: Annotated[
        bool, typer.Option("--print-tokens", help="Print each token once instead of writing it to home/tokens.")
    ] = False,
) -> None:
    """Found an instance: make the database and the keys, and name the founding people and their roles.

    At least five people, three of them content or safeguarding. Their roles hold at once; every later role takes
    two people and a day.
    """
    founders = [*(_from_file(people) if people else ()), *map(_from_words, person or ())]
    told = settings()
    private = (keeper_key or told.home.parent / f"{told.home.name}-keeper-private.key").absolute()
    if private.is_relative_to(told.home):
        raise Refusal(
            "init.keeper_key",
            "The keeper's private half must lie outside the home folder.",
            "Name another --keeper-key.",
        )
    told.make_folders()
    made = keys.load(told.keys) if (told.keys / "record.key").exists() else keys.create(told.keys, private)
    tokens = _founded(told, made, founders, "rehearsal" if rehearsal else "live")
    _hand_over(told, tokens, print_tokens)
    typer.echo(f"Founded. The keeper's private half is {private}: take it off this machine.")


def _founded(told: Settings, made: keys.Keys, founders: list[Founder], kind: str) -> dict[str, str]:
    upgrade(told.database)
    store = Store(told.database, made, media=told.media)
    try:
        with store.write() as session:
            instance = establish(session, kind)
            tokens = found(session, founders)
        write_epoch(told.journal, instance.epoch)
    finally:
        store.close()
    return tokens


def _hand_over(told: Settings, tokens: dict[str, str], print_tokens: bool) -> None:
    for ref, token in tokens.items():
        if print_tokens:
            typer.echo(f"{ref}\t{token}")
        else:
            keep_token(told.home, ref, token)
    if not print_tokens:
        typer.echo(f"Tokens are in {told.home / 'tokens'}, one file a person.")


def keep_token(home: Path, ref: str, token: str) -> None:
    """Writes a token where `--as` finds it on this machine; 0600."""
    path = token_file(home, ref)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(token + "\n")


def _from_file(path: Path) -> list[Founder]:
    try:
        rows = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Refusal("init.people", f"The file cannot be read ({type(error).__name__}).", _SHAPE, str(path)) from None
    if isinstance(rows, dict):
        rows = rows.get("people")
    if not isinstance(rows, list):
        raise Refusal("init.people", "The file holds no list of people.", _SHAPE, str(path))
    return [_from_row(row, f"{path}: person {number}") for number, row in enumerate(rows, start=1)]


def _from_row(row: Any, where: str) -> Founder:
    fits = isinstance(row, dict) and set(row) == {"ref", "name", "roles"} and isinstance(row["roles"], list)
    if not fits or not all(isinstance(word, str) for word in (row["ref"], row["name"], *row["roles"])):
        raise Refusal("init.people", "This entry does not have exactly ref, name and roles.", _SHAPE, where)
    return Founder(row["ref"], row["name"], tuple(row["roles"]))


def _from_words(words: str) -> Founder:
    ref, named, rest = words.partition("=")
    name, listed, roles = rest.partition(":")
    if not named or not listed:
        raise Refusal("init.people", "A --person cannot be read.", "Write 'alice=Alice Example:content,language:ar'.")
    return Founder(ref.strip(), name.strip(), tuple(role.strip() for role in roles.split(",") if role.strip()))
