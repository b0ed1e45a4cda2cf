"""`counterpoint migrate`: bring the database to the schema this program expects."""

import typer

from content.migrations import current, newest, upgrade
from content.settings import settings
from content.store import Store


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(migrate)


def migrate() -> None:
    """Apply every migration that is missing; safe to repeat."""
    told = settings()
    told.make_folders()
    before = _standing(told.database)
    upgrade(told.database)
    after = _standing(told.database)
    typer.echo(f"The schema stood at {before or 'nothing'} and stands at {after}; this program expects {newest()}.")


def _standing(url: str) -> str | None:
    store = Store(url)
    try:
        return current(store)
    finally:
        store.close()
