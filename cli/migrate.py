"""`counterpoint migrate`: bring the database to the schema this program expects."""

from datetime import UTC, datetime
from pathlib import Path

import typer

from cli.running import refuse_running
from content import backup, keys
from content.errors import Refusal
from content.migrations import Fit, breaking, fit, newest, upgrade
from content.settings import Settings, settings
from content.store import Store


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(migrate)


def migrate() -> None:
    """Apply every migration that is missing; safe to repeat. A SQLite database is backed up first.

    Programs may go on meanwhile, older and newer ones beside each other: migrations add. One that does more refuses
    while any program runs, and older programs do nothing afterwards.
    """
    told = settings()
    told.make_folders()
    store = Store(told.database)
    try:
        before = fit(store)
        _refuse_newer(before)
        if before.database and before.database < before.program:
            _careful(store, told, before)
        upgrade(told.database)
        after = fit(store)
    finally:
        store.close()
    typer.echo(f"The schema stood at {before.database or 'nothing'} and stands at {after.database}; "
               f"this program expects {newest()}.")  # fmt: skip


def _refuse_newer(found: Fit) -> None:
    if found.database > found.program:
        raise Refusal(
            "migrate.newer",
            f"The database stands at schema {found.database}, this program knows {found.program}.",
            "Nothing was done. Use the version that migrated it; a schema never goes back, a backup does.",
        )


def _careful(store: Store, told: Settings, before: Fit) -> None:
    if least := breaking(before.database):
        refuse_running(store, "migrate.running", f"Schema {least} takes no older program.")
    if not store.sqlite:
        typer.echo("Take a backup first if this is earnest: `counterpoint backup`.", err=True)
        return
    keyed = Store(told.database, keys.load(told.keys))
    try:
        path, _ = backup.make(keyed, _name(told, before))
    finally:
        keyed.close()
    typer.echo(f"Backed up as {path}.")


def _name(told: Settings, before: Fit) -> Path:
    return told.home / "backups" / f"before-{newest()}-from-{before.database}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.db"
