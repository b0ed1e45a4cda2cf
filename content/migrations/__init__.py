"""The schema's history. `upgrade(url)` brings a database to the newest version, on SQLite and PostgreSQL."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from content.store import Store

if TYPE_CHECKING:
    from alembic.config import Config

_VERSIONS = Path(__file__).parent / "versions"


def upgrade(url: str, revision: str = "head") -> None:
    """Applies every migration that is missing. Safe to repeat.

    A migration that does more than add says `least_program = "its own number"`: older programs stop at once.
    """
    from alembic import command  # costs ten megabytes and half a second, and only who migrates needs it

    store = Store(url)
    try:
        least = breaking(current(store) or "", revision)
        command.upgrade(_config(url), revision)
        if least:
            _raise_least(store, least)
    finally:
        store.close()


def breaking(database: str, revision: str = "head") -> str:
    """The oldest program that may work after the migrations from there on, '' where all of them only add."""
    from alembic.script import ScriptDirectory  # as in `upgrade`

    scripts = ScriptDirectory.from_config(_config("sqlite://"))
    steps = scripts.iterate_revisions(revision, database or "base")
    return max((str(getattr(step.module, "least_program", "")) for step in steps), default="")


def _raise_least(store: Store, least: str) -> None:
    with store.engine.begin() as connection:
        connection.execute(
            text("UPDATE instance SET least_program = :least WHERE least_program < :least"), {"least": least}
        )


def current(store: Store) -> str | None:
    """The revision this database stands at, None for an empty one."""
    with store.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return None if found is None else str(found)


@cache
def newest() -> str:
    """The revision this program expects: the last of its files, whose names begin with their numbers."""
    return max(path.name[:4] for path in _VERSIONS.glob("[0-9]*.py"))


@dataclass(frozen=True, slots=True)
class Fit:
    """How this program and a database go together. wrong: why they do not, '' where they do; todo: what to do then.

    Revisions only add, so a program works on any newer schema, but for one that names in `instance.least_program`
    the oldest program that may. A program never works on an older schema than its own.
    """

    program: str
    database: str
    least: str
    wrong: str = ""
    todo: str = ""


def fit(store: Store) -> Fit:
    """Whether this program may work on that database, as it stands now."""
    program, database = newest(), current(store) or ""
    least = _least(store) if database >= _MARKED else ""
    if not database:
        return Fit(program, database, least, "the database has no schema", "Run `counterpoint init`.")
    if database < program:
        wrong = f"the database stands at schema {database}, this program expects {program}"
        return Fit(program, database, least, wrong, "Run `counterpoint migrate` with this version.")
    if least > program:
        wrong = f"the database takes no program older than schema {least}, this one is of {program}"
        return Fit(program, database, least, wrong, "Install the version that migrated it.")
    return Fit(program, database, least)


_MARKED = "0004"  # the revision since which a database says which programs it takes


def _least(store: Store) -> str:
    with store.engine.connect() as connection:
        return str(connection.execute(text("SELECT least_program FROM instance")).scalar() or "")


def _config(url: str) -> "Config":
    from alembic.config import Config  # as in `upgrade`

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["url"] = url
    return config
