"""A desk over a small house: people sign in as in a browser, one client each."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pyotp
import pytest
from starlette.testclient import TestClient

from content import invitation, password, second_factor
from content import sign_in as sessions
from content.people import Person
from content.store import Store
from tests import factory
from tests.web.browser import PASSWORD, Browser
from web.app import build
from web.asking import SESSION
from web.headers import Headers

HERE = Path(__file__).parent


@cache
def _hashed() -> str:
    """Of everybody's password: a hash takes a third of a second, on purpose."""
    somebody = Person(ref="somebody", name="Somebody", token_hash="", created_at=datetime.now(UTC))
    return password.hashed(PASSWORD, somebody)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What a page says depends on the database seldom: on PostgreSQL the pages are opened with the wide tests."""
    for item in items:
        if item.path.is_relative_to(HERE) and "postgresql" in item.name:
            item.add_marker("wide")


@pytest.fixture
def house(db: str) -> Iterator[factory.House]:
    with factory.opened(db) as store:
        yield factory.house(store)


@cache
def _application() -> Headers:
    """One a process: what it works out at its first question takes longer than most tests."""
    return build(Store("sqlite://"), secure=True)


@pytest.fixture
def desk(house: factory.House) -> Headers:
    """The application on this test's store."""
    one = _application()
    one.app.state.store = house.store
    return one


@pytest.fixture
def sign_in(house: factory.House, desk: Headers) -> Callable[[str], Browser]:
    """Somebody's browser, signed in."""

    def of(ref: str) -> Browser:
        secret = second_factor.new_secret()
        with house.store.write() as session:
            token = invitation.invite(session, house.people[ref], house.people[ref]) or ""
        with house.store.write() as session:
            _, codes = invitation.accept(session, token, _hashed(), secret, pyotp.TOTP(secret).now())
            cookie = sessions.begin(session, house.id(ref))
        browser = Browser(TestClient(desk, base_url="https://desk.example", follow_redirects=False), list(codes))
        browser.client.cookies.set(SESSION, cookie, domain="desk.example")
        return browser

    return of


@pytest.fixture
def stranger(desk: Headers) -> TestClient:
    """A browser in which nobody is signed in."""
    return TestClient(desk, base_url="https://desk.example", follow_redirects=False)
