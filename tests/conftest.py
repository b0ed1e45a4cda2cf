"""What every test stands on: closed sockets, no settings of this machine, and the two databases."""

import ipaddress
import itertools
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from cli import broker
from cli.supervise import Supervisor
from content import settings as settings_module
from tests import snapshots
from tests.postgres import CannotStart, Postgres, in_memory

REQUIRE_POSTGRES = "COUNTERPOINT_REQUIRE_POSTGRES"  # turns "PostgreSQL could not start" into a failure
REQUIRE_ALL = "COUNTERPOINT_REQUIRE_ALL"  # turns every skipped test into a failure of the run
GIVEN_URL = os.environ.get("DATABASE_URL", "")
HOUSES = {"home", "house", "desk"}  # fixtures that build the rehearsal's house of tests/factory.py
_numbers = itertools.count(1)


# No deadline a single example: the machine is shared. `long` is for a night (.ci/long).
hypothesis.settings.register_profile("default", deadline=None)
hypothesis.settings.register_profile("long", deadline=None, max_examples=5000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


class NetworkClosed(RuntimeError):
    """A test tried to reach something that is neither loopback nor a unix socket."""


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        if isinstance(address, tuple) and not _loopback(str(address[0])):
            raise NetworkClosed(f"{event} to {address!r}: tests reach loopback and unix sockets only")
    elif event == "socket.getaddrinfo" and not _loopback(_text(arguments[0])):
        raise NetworkClosed(f"looking up {arguments[0]!r}: tests reach loopback and unix sockets only")


def _text(host: object) -> str:
    return host.decode() if isinstance(host, bytes) else str(host or "localhost")


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host in ("localhost", "")


def pytest_configure(config: pytest.Config) -> None:
    sys.addaudithook(_guard)
    if not hasattr(config, "workerinput") and os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        # Tests start programs by the hundred, and to compile all that one imports takes three times as long as to run
        # it: whoever wants no compiled files beside the sources gets them elsewhere, and gone when the tests are over.
        folder = tempfile.TemporaryDirectory(prefix="counterpoint-compiled-")
        config.add_cleanup(folder.cleanup)
        os.environ["PYTHONPYCACHEPREFIX"] = folder.name


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get(REQUIRE_ALL) and reporter and reporter.stats.get("skipped") and exitstatus == 0:
        reporter.write_line(f"{REQUIRE_ALL} is set and tests were skipped: that counts as failure.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Each test has an empty home of its own and none of our variables."""
    for name in list(os.environ):
        if name.startswith("COUNTERPOINT_") or name in ("DATABASE_URL", "REDIS_URL"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COUNTERPOINT_HOME", str(tmp_path / "home"))
    settings_module.settings.cache_clear()
    yield
    settings_module.settings.cache_clear()


class _Sqlite:
    """Databases as files; the migrated one is copied."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"

    def blank(self) -> str:
        return f"sqlite:///{self._folder / f'blank-{next(_numbers)}.db'}"

    name = "sqlite"

    def copy_of(self, kept: str, *, furnished: bool = True) -> str:
        copy = self._folder / "db.db"
        self.drop(f"sqlite:///{copy}")
        shutil.copyfile(kept, copy)
        return snapshots.mark(f"sqlite:///{copy}", furnished)

    def migrated(self) -> str:
        if not self._template.exists():
            partial = self._folder / "partial.db"
            _upgrade(f"sqlite:///{partial}")
            _fold_log(partial)
            partial.rename(self._template)
        return self.copy_of(str(self._template), furnished=False)

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

    def _named(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    def _execute(self, statement: sql.Composed) -> None:
        plain = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(statement)

    def _create(self, kind: str, template: str) -> str:
        # One name for them all: whoever keeps an engine by its address keeps the statements it has compiled.
        name = f"{self._mark}_db" if kind == "db" else f"{self._mark}_{kind}_{next(_numbers)}"
        words = "CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy"
        self._execute(sql.SQL(words).format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def blank(self) -> str:
        return self._named(self._create("blank", "template0"))

    name = "postgresql"

    def copy_of(self, kept: str, *, furnished: bool = True) -> str:
        self.drop(self._named(f"{self._mark}_db"))
        return snapshots.mark(self._named(self._create("db", kept)), furnished)

    def migrated(self) -> str:
        if not self._template:
            name = self._create("template", "template0")
            _upgrade(self._named(name))
            self._template = name
        return self.copy_of(self._template, furnished=False)

    def drop(self, url: str) -> None:
        name = make_url(url).database or ""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def close(self) -> None:
        snapshots.forget(self._url.render_as_string(hide_password=False))
        if self._template:
            self.drop(self._named(self._template))


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
        server = Postgres()
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
    houses = HOUSES & set(request.fixturenames) and "shell" not in request.fixturenames
    furnished = snapshots.kept(_databases.name) if houses else None
    url = _databases.copy_of(furnished) if furnished else _databases.migrated()
    yield url
    _databases.drop(url)


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
