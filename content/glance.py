"""A question asked between two calls, over a connection kept for that: a tenth of what a session costs."""

import threading
from typing import Any
from weakref import WeakKeyDictionary, ref

from sqlalchemy import Engine, event
from sqlalchemy.pool import PoolProxiedConnection

from content.store import Store


class _Bare:
    """One connection of an engine on which every statement stands alone; threads take turns."""

    def __init__(self, store: Store) -> None:
        self._engine, self._sqlite = ref(store.engine), store.sqlite
        self._lock = threading.Lock()
        self._connection: PoolProxiedConnection | None = None
        event.listen(store.engine, "engine_disposed", self._disposed)

    def ask(self, statement: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """A connection that broke is made anew, once: it may have stood idle while the database was restarted."""
        with self._lock:
            fresh = self._connection is None
            try:
                return self._ask(statement, values)
            except Exception:
                self._drop()
                if fresh:
                    raise
                return self._ask(statement, values)

    def _ask(self, statement: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        if self._connection is None:
            engine = self._engine()
            self._connection = engine.raw_connection() if engine else None
            if not self._sqlite:  # on SQLite a statement stands alone where nobody said BEGIN
                self._driver().autocommit = True
        cursor = self._driver().cursor()
        cursor.execute(statement if self._sqlite else statement.replace("?", "%s"), values)
        row: tuple[Any, ...] | None = cursor.fetchone()
        cursor.close()
        return row

    def _driver(self) -> Any:
        return self._connection.driver_connection if self._connection else None

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()

    def _disposed(self, _: Engine) -> None:
        with self._lock:
            self._drop()


_kept: WeakKeyDictionary[Engine, _Bare] = WeakKeyDictionary()


def glance(store: Store, statement: str, *values: Any) -> tuple[Any, ...] | None:
    """The first row, as committed now; values are written as `?`. Raises what the driver raises."""
    found = _kept.get(store.engine)
    if found is None:
        found = _kept[store.engine] = _Bare(store)
    return found.ask(statement, values)
