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
            if connection.dialect.name == "postgresql":  # two programs may migrate at once; SQLite has one writer
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(9, 2)")
            context.run_migrations()
    store.close()


run()
