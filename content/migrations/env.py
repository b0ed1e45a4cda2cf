"""Alembic's entry: one connection, one transaction a migration, on the database that `upgrade` names."""

from alembic import context
from sqlmodel import SQLModel

from content.migrations import tables  # noqa: F401  # the import fills the metadata
from content.store import Store


def run() -> None:
    store = Store(context.config.attributes["url"])
    engine = store.engine.execution_options(counterpoint_write=True)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            render_as_batch=True,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    store.close()


run()
