"""What every test stands on: closed sockets and no settings of this machine. Its databases: tests/databases.py."""

import gc
import ipaddress
import itertools
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

REQUIRE_ALL = "COUNTERPOINT_REQUIRE_ALL"  # turns every skipped test into a failure of the run
# Modules of many tests whose half on PostgreSQL is the wide suite's: half a minute of the default one, for rows that
# are written one after the other.
WIDE_ON_POSTGRESQL = frozenset({
    "tests.cli.test_review", "tests.content.test_audit", "tests.content.test_deciding", "tests.content.test_filling",
    "tests.content.test_restoring", "tests.content.test_shadowing", "tests.content.test_showing",
    "tests.content.test_verdict", "tests.worker.test_by_hand", "tests.worker.test_notices", "tests.worker.test_watch",
})  # fmt: skip
_numbers = itertools.count(1)


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


def pytest_itemcollected(item: pytest.Item) -> None:
    given = getattr(item, "callspec", None)
    module = item.module.__name__ if isinstance(item, pytest.Function) else ""
    if module in WIDE_ON_POSTGRESQL and given and given.params.get("_databases") == "postgresql":
        item.add_marker(pytest.mark.wide)


def pytest_configure(config: pytest.Config) -> None:
    sys.addaudithook(_guard)
    if hasattr(config, "workerinput") or config.option.dist == "no":  # whoever only hands tests out needs none of this
        gc.disable()  # until all tests are read, of which nothing becomes garbage
        _load_profiles()
        config.pluginmanager.import_plugin("tests.databases")
    if not hasattr(config, "workerinput") and os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        # Tests start programs by the hundred, and to compile all that one imports takes three times as long as to run
        # it: whoever wants no compiled files beside the sources gets them elsewhere, and gone when the tests are over.
        folder = tempfile.TemporaryDirectory(prefix="counterpoint-compiled-")
        config.add_cleanup(folder.cleanup)
        os.environ["PYTHONPYCACHEPREFIX"] = folder.name


def pytest_xdist_auto_num_workers() -> int:
    """Three for two cores: some tests wait for a lock, a deadline or another process, and a core is free meanwhile."""
    return max(1, (os.cpu_count() or 1) * 3 // 2)


def _load_profiles() -> None:
    import hypothesis  # costs a while

    # No deadline a single example: the machine is shared. `long` is for a night (.ci/long).
    hypothesis.settings.register_profile("default", deadline=None)
    hypothesis.settings.register_profile("long", deadline=None, max_examples=5000)
    hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_collection_finish() -> None:
    """What was imported stays to the end: no search for garbage need go through it again and again."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    gc.enable()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get(REQUIRE_ALL) and reporter and reporter.stats.get("skipped") and exitstatus == 0:
        reporter.write_line(f"{REQUIRE_ALL} is set and tests were skipped: that counts as failure.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def _folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.getbasetemp()


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, _folders: Path) -> Path:
    """As pytest's own, which reads all the folders of the tests before it to find a free number."""
    name = re.sub(r"\W", "_", request.node.name)[:30]
    folder = _folders / f"{name}{next(_numbers)}"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, _folders: Path
) -> Iterator[None]:
    """Each test has an empty home of its own and none of our variables."""
    from content import settings as settings_module  # read by whoever runs tests, not by who hands them out

    for name in list(os.environ):
        if name.startswith("COUNTERPOINT_") or name in ("DATABASE_URL", "REDIS_URL"):
            monkeypatch.delenv(name)
    home = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else _folders / f"{next(_numbers)}"
    monkeypatch.setenv("COUNTERPOINT_HOME", str(home / "home"))  # made by whoever uses it
    settings_module.settings.cache_clear()
    yield
    settings_module.settings.cache_clear()
