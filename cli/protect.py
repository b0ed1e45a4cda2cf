"""`counterpoint protect`: names and details that must never leave, entered once and never shown again."""

import sys
from base64 import b64decode
from pathlib import Path
from typing import Annotated

import typer

from cli.session import As, acting, opened
from content import keys, people, protected_term
from content.errors import Refusal
from content.narrative import narrative_of
from content.protected_term import protect as enter
from content.settings import settings
from content.store import now


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(protect)


def protect(
    narrative: Annotated[str, typer.Argument(help="The narrative's reference.")] = "",
    alarms: Annotated[bool, typer.Option("--alarms", help="Whose words met protected terms again and again.")] = False,
    reindex: Annotated[bool, typer.Option("--reindex", help="Hash all terms anew from their sealed copies.")] = False,
    new_key: Annotated[bool, typer.Option("--new-key", help="With --reindex: under a new key.")] = False,
    keeper_key: Annotated[
        Path | None,
        typer.Option("--keeper-key", help="The keeper's private half, for --reindex. Default: standard input."),
    ] = None,
    name: As = "",
) -> None:
    """Enter protected terms, from a hidden prompt or one a line on standard input.

    Only keyed hashes are stored, and a copy that the keeper alone can open. Nothing is echoed.
    --reindex is for a new program that reads terms better, and --new-key for a key that somebody may have seen.
    """
    if alarms:
        _say_alarms(name)
        return
    if reindex:
        _reindex(name, keeper_key, new_key)
        return
    if not narrative:
        raise typer.BadParameter("Name the narrative, --alarms or --reindex.", param_hint="NARRATIVE")
    with acting(name) as (session, person):
        found = narrative_of(session, narrative)
        terms = list(_typed() if sys.stdin.isatty() else _piped())
        for number, term in enumerate(terms, start=1):
            try:
                enter(session, person, found.organisation_id, found.id or 0, term)
            except Refusal as refusal:
                refusal.where = f"term {number}"
                raise
        if not terms:
            raise Refusal("protect.empty", "No term was given.", "Type one, or send one a line on standard input.")
    typer.echo(f"{len(terms)} protected for {narrative}")


def _reindex(name: str, keeper_key: Path | None, new_key: bool) -> None:
    """All or nothing. A new key is taken after the commit: whoever still has the old one blocks, and misses nothing."""
    private, folder = _private(keeper_key), settings().keys
    with acting(name) as (session, person):
        people.require(session, person, now(session), "protected.reindex")
        count = protected_term.reindex(session, person, private, keys.new_terms(folder) if new_key else b"")
    typer.echo(f"{count} protected anew")
    if new_key:
        keys.take_new_terms(folder)
        opened().close()
        opened.cache_clear()
        typer.echo("Restart the programs: until then they block. Then make a new kit: `counterpoint backup --keys`.")


def _private(file: Path | None) -> bytes:
    """The keeper's private half, from its file or as text from a hidden prompt or standard input; never echoed."""
    try:
        if file is not None:
            given = file.read_bytes()
        elif sys.stdin.isatty():
            given = typer.prompt("The keeper's private half", hide_input=True, err=True).encode()
        else:
            given = sys.stdin.buffer.read()
        return b64decode(given.strip(), validate=True)
    except OSError as error:
        raise Refusal("protect.private", f"The key cannot be read ({error.strerror}).", "Check its name.") from None
    except ValueError:
        raise Refusal("protect.private", "That is no key.", "Give the file that `init` wrote, unchanged.") from None


def _say_alarms(name: str) -> None:
    """For the keeper: who, and how often within 30 days; never which term."""
    with acting(name) as (session, person):
        found = protected_term.alarmed(session, person)
    for one in sorted(found, key=lambda one: one.ref):
        typer.echo(f"{one.ref}: {one.times} times within 30 days")
    if not found:
        typer.echo("Nobody's words met protected terms five times within 30 days.")


def _typed() -> list[str]:
    terms: list[str] = []
    while True:
        term = typer.prompt("Term (empty ends)", hide_input=True, default="", show_default=False, err=True).strip()
        if not term:
            return terms
        terms.append(term)


def _piped() -> list[str]:
    try:
        return [line.strip() for line in sys.stdin.buffer.read().decode("utf-8").splitlines() if line.strip()]
    except UnicodeDecodeError:
        raise Refusal("protect.encoding", "The input is no UTF-8.", "Save it as UTF-8.") from None
