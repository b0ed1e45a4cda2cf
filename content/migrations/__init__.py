"""The schema's history. `upgrade(url)` brings a database to the newest version, on SQLite and PostgreSQL."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from content.store import Store


def upgrade(url: str, revision: str = "head") -> None:
    """Applies every migration that is missing. Safe to repeat."""
    command.upgrade(_config(url), revision)


def current(store: Store) -> str | None:
    """The revision this database stands at, None for an empty one."""
    with store.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """The revision this program expects."""
    return ScriptDirectory.from_config(_config("sqlite://")).get_current_head()


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["url"] = url
    return config
