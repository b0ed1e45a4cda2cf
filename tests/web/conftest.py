"""A desk over a small house: people sign in as in a browser, one client each."""

from collections.abc import Callable, Iterator

import pyotp
import pytest
from starlette.testclient import TestClient

from content import invitation, password, second_factor
from tests import factory
from tests.web.browser import PASSWORD, Browser
from web.app import build


@pytest.fixture
def house(db: str) -> Iterator[factory.House]:
    with factory.opened(db) as store:
        yield factory.house(store)


@pytest.fixture
def sign_in(house: factory.House) -> Callable[[str], Browser]:
    """Somebody's browser, signed in."""
    app = build(house.store, secure=True)

    def of(ref: str) -> Browser:
        secret = second_factor.new_secret()
        with house.store.write() as session:
            token = invitation.invite(session, house.people[ref], house.people[ref]) or ""
        with house.store.write() as session:
            hashed = password.hashed(PASSWORD, house.people[ref])
            _, codes = invitation.accept(session, token, hashed, secret, pyotp.TOTP(secret).now())
        browser = Browser(TestClient(app, base_url="https://desk.example", follow_redirects=False), secret, list(codes))
        browser.sign_in(ref)
        return browser

    return of


@pytest.fixture
def stranger(house: factory.House) -> TestClient:
    """A browser in which nobody is signed in."""
    return TestClient(build(house.store, secure=True), base_url="https://desk.example", follow_redirects=False)
