"""The real servers, each booted once for all its tests. What cannot boot is a failure, not a skipped test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.booting import booted
from tests.share import takes

WATCHED = Path(__file__).with_name("test_watched.py")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Everything here needs a real server. Of the watch over them this share."""
    for item in items:
        if "tests/servers" in item.path.as_posix():
            item.add_marker(pytest.mark.servers)
    left = {one for one in items if one.path == WATCHED and not takes(one.nodeid)}
    if left:
        config.hook.pytest_deselected(items=[*left])
        items[:] = [one for one in items if one not in left]


@pytest.fixture(scope="session")
def pds() -> Iterator[str]:
    """A Bluesky PDS with its directory."""
    with booted("bluesky", "pds", "plc") as url:
        yield url


@pytest.fixture(scope="session")
def wordpress() -> Iterator[str]:
    """WordPress on MariaDB."""
    with booted("wordpress", "php", "mariadb") as url:
        yield url


@pytest.fixture(scope="session")
def synapse() -> Iterator[str]:
    """A Matrix home server."""
    with booted("synapse", "synapse") as url:
        yield url


@pytest.fixture(scope="session")
def mail() -> Iterator[str]:
    """OpenSMTPD, which delivers to Dovecot: the SMTP side's address."""
    with booted("mail", "smtpd", "dovecot") as url:
        yield url
