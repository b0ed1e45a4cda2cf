"""The two databases that tests run on, and the embedded broker: migrated once, furnished once, then copied."""

import itertools
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from cli import broker
from cli.supervise import Supervisor
from content import settings as settings_module
from tests import snapshots
from tests.factory import let_go, ours
from tests.postgres import CannotStart, Postgres, in_memory
from tests.standing import Standing

REQUIRE_POSTGRES = "COUNTERPOINT_REQUIRE_POSTGRES"  # turns "PostgreSQL could not start" into a failure
GIVEN_URL = os.environ.get("DATABASE_URL", "")
# What a fixture builds in its database; of several the first, for the others begin with it or build anew.
KINDS = {
    "sampled": "sample",
    "shell": "founded",
    "files": "files",
    **dict.fromkeys(("crew", "live", "stand"), "live"),
    **dict.fromkeys(("home", "house", "desk"), "rehearsal"),
}
_numbers = itertools.count(1)


class _Sqlite:
    """Databases as files; the migrated one is copied."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"

    def blank(self) -> str:
        return f"sqlite:///{self._folder / f'blank-{next(_numbers)}.db'}"

    name = "sqlite"

    def copy_of(self, kept: str, kind: str) -> str:
        copy = self._folder / "db.db"
        self.drop(f"sqlite:///{copy}")
        shutil.copyfile(kept, copy)
        return snapshots.mark(f"sqlite:///{copy}", kind)

    def migrated(self) -> str:
        if not self._template.exists():
            partial = self._folder / "partial.db"
            _upgrade(f"sqlite:///{partial}")
            _fold_log(partial)
            partial.rename(self._template)
        return self.copy_of(str(self._template), "")

    def done(self, url: str) -> None:
        self.drop(url)

    def drop(self, url: str) -> None:
        path = make_url(url).database or ""
        for tail in ("", "-wal", "-shm"):
            Path(path + tail).unlink(missing_ok=True)


class _Postgresql:
    """Databases of one server; the migrated one is a template that the server clones."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url).set(drivername="postgresql+psycopg")
        self._template = ""
        self._mark = f"cp_{os.getpid()}"
        self._line: psycopg.Connection | None = None
        self._standing: dict[str, Standing] = {}  # by what they are copies of

    def _named(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    def _plain(self, name: str | None = None) -> str:
        url = self._url.set(drivername="postgresql", database=name or self._url.database)
        return url.render_as_string(hide_password=False)

    def _execute(self, statement: sql.Composed) -> None:
        if self._line is None or self._line.closed:
            self._line = psycopg.connect(self._plain(), autocommit=True)
        self._line.execute(statement)

    def _create(self, kind: str, template: str, name: str = "") -> str:
        name = name or f"{self._mark}_{kind}_{next(_numbers)}"
        self._leave(template)
        words = "CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy"
        self._execute(sql.SQL(words).format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def _leave(self, name: str) -> None:
        """Ends all connections to a database: only then it can be copied."""
        self._execute(sql.SQL(snapshots.LEAVE).format(sql.Literal(name)))

    def blank(self) -> str:
        return self._named(self._create("blank", "template0"))

    name = "postgresql"

    def copy_of(self, kept: str, kind: str) -> str:
        # One name for all of a kind: whoever keeps an engine by its address keeps the statements it has compiled.
        name = f"{self._mark}_of_{kind or 'nothing'}"
        url = self._named(name)
        standing = self._standing.get(kept)
        if standing is None or not standing.put_back(ours(url)):
            self._copy(kept, name)
        return snapshots.mark(url, kind)

    def _copy(self, kept: str, name: str) -> None:
        if standing := self._standing.pop(kept, None):
            standing.close()
        let_go(self._named(name))
        self.drop(self._named(name))
        self._create("", kept, name)
        with suppress(psycopg.errors.InsufficientPrivilege):  # who may only create has a new one for each test
            self._standing[kept] = Standing(self._plain(name))

    def migrated(self) -> str:
        if not self._template:
            name = self._create("template", "template0")
            _upgrade(self._named(name))
            self._template = name
        return self.copy_of(self._template, "")

    def done(self, url: str) -> None:
        """A test is over: its copy stands until the next begins."""

    def drop(self, url: str) -> None:
        name = make_url(url).database or ""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def close(self) -> None:
        for standing in self._standing.values():
            standing.close()
        for url in (self._named(f"{self._mark}_of_{kind}") for kind in ("nothing", *KINDS.values())):
            let_go(url)
            self.drop(url)
        snapshots.forget(self._url.render_as_string(hide_password=False))
        if self._template:
            self.drop(self._named(self._template))
        if self._line is not None:
            self._line.close()


def _upgrade(url: str) -> None:
    from content.migrations import upgrade  # costs a second, and most tests need no database

    upgrade(url)


def _fold_log(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


@pytest.fixture(scope="session")
def _sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Sqlite]:
    folder = in_memory()
    if folder is None:
        yield _Sqlite(tmp_path_factory.mktemp("sqlite"))
        return
    with tempfile.TemporaryDirectory(prefix="cp-sqlite-", dir=folder) as made:
        yield _Sqlite(Path(made))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """URL of a server whose user may create databases: DATABASE_URL's, else one started for this session."""
    if GIVEN_URL.startswith("postgres"):
        yield GIVEN_URL
        return
    try:
        server = Postgres(more=("autovacuum=off",))  # who sweeps while a test measures makes it another test
    except CannotStart as error:
        if _required:
            pytest.fail(f"PostgreSQL is required and cannot start here: {error}", pytrace=False)
        pytest.skip(f"PostgreSQL cannot start here: {error}")
    yield server.url()
    server.remove()


_required = bool(os.environ.get(REQUIRE_POSTGRES))


@pytest.fixture(scope="session")
def _postgresql_databases(postgresql_server: str) -> Iterator[_Postgresql]:
    databases = _Postgresql(postgresql_server)
    yield databases
    databases.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def _databases(request: pytest.FixtureRequest) -> _Sqlite | _Postgresql:
    found: _Sqlite | _Postgresql = request.getfixturevalue(f"_{request.param}_databases")
    return found


@pytest.fixture
def db(request: pytest.FixtureRequest, _databases: _Sqlite | _Postgresql) -> Iterator[str]:
    """URL of a fresh, migrated database; the test runs once on SQLite and once on PostgreSQL.

    For a test that lives in a house a furnished one, once such a house has been built.
    """
    kinds = KINDS | getattr(request.module, "BUILDS", {})  # of a module whose fixture of that name is like no other
    kind = next((kind for name, kind in kinds.items() if name in request.fixturenames), "")
    furnished = snapshots.kept(_databases.name, kind)
    url = _databases.copy_of(furnished, kind) if furnished else _databases.migrated()
    yield url
    _databases.done(url)


@pytest.fixture
def sqlite_db(_sqlite_databases: _Sqlite) -> Iterator[str]:
    """As `db`, on SQLite alone: for a module whose subject does not depend on the database, which says so in `db`."""
    url = _sqlite_databases.migrated()
    yield url
    _sqlite_databases.drop(url)


@pytest.fixture
def blank_db(_databases: _Sqlite | _Postgresql) -> Iterator[str]:
    """URL of a fresh database without any table, on both."""
    url = _databases.blank()
    yield url
    _databases.drop(url)


@pytest.fixture
def bell(tmp_path: Path) -> Iterator[settings_module.Settings]:
    """Settings of a home whose embedded broker is running; `bell.broker` is its URL for Celery."""
    told = settings_module.load(home=tmp_path / "home")
    with Supervisor(grace=2) as supervisor:
        broker.start(supervisor, told)
        yield told
    broker.tidy(told)
