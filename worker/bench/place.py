"""Where a run lives: a database of its own that goes when the run ends, in a home that the command made."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from content.errors import Refusal
from content.settings import Settings
from content.settings import load as settings_of
from content.store import Store
from worker.bench.load import keyed


@contextmanager
def instance(home: Path, database: str, broker: str) -> Iterator[tuple[Store, Settings]]:
    """An empty instance in this home: SQLite inside it, or a new database on the server that `database` names."""
    with _database(database) as url:
        given = {"home": home, "redis_url": broker or None, "database_url": url or None}
        told = settings_of(**{name: value for name, value in given.items() if value})
        store = keyed(told)
        try:
            yield store, told
        finally:
            store.close()


@contextmanager
def _database(given: str) -> Iterator[str]:
    if not given or given.startswith("sqlite"):
        if given:
            raise Refusal("bench.sqlite", "SQLite is measured in a folder of its own.", "Leave --database out.")
        yield ""
        return
    url = make_url(Store(given).url)
    name = f"counterpoint_bench_{os.getpid()}"
    _say(given, f'CREATE DATABASE "{name}"')
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        _say(given, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _say(given: str, words: str) -> None:
    engine = create_engine(Store(given).url, isolation_level="AUTOCOMMIT", hide_parameters=True)
    try:
        with engine.connect() as connection:
            connection.execute(text(words))
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        raise Refusal(
            "bench.database",
            f"No database could be made or dropped there: {reason}",
            "Name a PostgreSQL server whose user may create databases.",
        ) from error
    finally:
        engine.dispose()
