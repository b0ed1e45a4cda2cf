"""Furnished databases kept for this run: building a house takes a while, copying one does not."""

import atexit
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from content.store import Store
from tests.postgres import in_memory

# Ends whoever is connected to a database, and waits for it: only then it can be copied.
LEAVE = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = {}"
_folder = Path(tempfile.mkdtemp(prefix="counterpoint-houses-", dir=in_memory()))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
_kept: dict[tuple[str, str], str] = {}  # (server or "sqlite", kind) -> where the copy is
_ready: dict[str, str] = {}  # of which kind of house a database is a copy already


def kept(server: str, wanted: str) -> str | None:
    """Where this kind of house is kept: a file for `sqlite`, a database's name for `postgresql`."""
    found = [
        copy for (where, kind), copy in _kept.items() if kind == wanted and (where == "sqlite") == (server == "sqlite")
    ]
    return found[0] if found else None


def mark(url: str, kind: str) -> str:
    """Of which kind of house this database is a copy already; "" where it is empty."""
    _ready[make_url(url).database or ""] = kind
    return url


def restore(store: Store, kind: str) -> bool:
    """Puts a kept database in the place of this store's. False where none is kept yet."""
    if _ready.get(make_url(store.url).database or "") == kind:
        return True
    found = _kept.get((_server(store), kind))
    if found is None:
        return False
    store.engine.dispose()
    if store.sqlite:
        _copy_file(Path(found), _path(store))
    else:
        name = make_url(store.url).database or ""
        _execute(store, "DROP DATABASE {} WITH (FORCE)", name)
        _execute(store, "CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, found)
    return True


def keep(store: Store, kind: str) -> None:
    """Keeps a copy of this store's database as it is now."""
    store.engine.dispose()
    if store.sqlite:
        copy = str(_folder / f"{kind}.db")
        with sqlite3.connect(_path(store)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        shutil.copyfile(_path(store), copy)
    else:
        copy = f"cp_{os.getpid()}_house_{kind}"
        _execute(store, "DROP DATABASE IF EXISTS {} WITH (FORCE)", copy)
        _execute(store, LEAVE, make_url(store.url).database or "", as_=sql.Literal)
        _execute(store, "CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", copy, make_url(store.url).database or "")
    _kept[_server(store), kind] = copy


def forget(url: str) -> None:
    """Drops the copies kept on this server."""
    store = Store(url)
    for key in [key for key in _kept if key[0] == _server(store)]:
        _execute(store, "DROP DATABASE IF EXISTS {} WITH (FORCE)", _kept.pop(key))


def _server(store: Store) -> str:
    url = make_url(store.url)
    return "sqlite" if store.sqlite else f"{url.host}:{url.port}:{url.query.get('host', '')}"


def _path(store: Store) -> Path:
    return Path(make_url(store.url).database or "")


def _copy_file(source: Path, target: Path) -> None:
    for tail in ("-wal", "-shm"):
        Path(f"{target}{tail}").unlink(missing_ok=True)
    shutil.copyfile(source, target)


def _execute(store: Store, statement: str, *names: str, as_: Callable[[str], sql.Composable] = sql.Identifier) -> None:
    plain = make_url(store.url).set(drivername="postgresql", database="postgres")
    with psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(as_, names)))  # type: ignore[arg-type]  # ours
