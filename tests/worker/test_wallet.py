"""Credentials at the instant of a call, and tokens that go with them."""

import base64
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from content import credential, keys
from content.outcome import Destination
from tests import factory
from tests.channels.receiver import SECRET
from tests.content.test_credential import person
from worker.outbound import NotSent
from worker.wallet import Given, Kept, Secrets


@pytest.fixture
def house(db: str) -> Iterator[factory.House]:
    with factory.opened(db) as store:
        yield factory.house(store)


HOOK = Destination("hook", "webhook", "site", "https://hooks.example.org/in", {})


def test_a_token_is_made_once_and_anew_when_the_credentials_change() -> None:
    made: list[Secrets] = []

    def make(told: Secrets) -> int:
        made.append(told)
        return len(made)

    wallet = Given({"hook": [{"token": "one"}]})
    assert [wallet.token(HOOK, make) for _ in range(3)] == [1, 1, 1]
    wallet.known["hook"].insert(0, {"token": "two"})
    assert wallet.token(HOOK, make) == 2
    wallet.forget(HOOK)
    assert wallet.token(HOOK, make) == 3
    assert made[-1] == {"token": "two"}


def test_without_credentials_no_call_is_made() -> None:
    with pytest.raises(NotSent, match=r"credential\.none"):
        Given().token(HOOK, lambda told: told)


def test_they_are_read_from_the_database_anew_each_time(house: factory.House, tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    factory.key_files(tmp_path / "keys")
    with house.store.write() as session:
        factory.account(session, house.organisation, "hook", channel="webhook")
    with closing(Kept(database=house.store.url, folder=tmp_path / "keys")) as wallet:
        changed(house, wallet)


def changed(house: factory.House, wallet: Kept) -> None:
    assert wallet.secrets(HOOK) == []
    for one in ("first", "second"):
        with house.store.write() as session:
            credential.give(session, person(session, house), "hook", {"secret": one})
        assert wallet.secrets(HOOK)[0] == {"secret": one}


def test_a_webhook_s_secret_may_stand_in_a_file(house: factory.House, tmp_path: Path) -> None:
    keys.create(tmp_path / "keys", tmp_path / "keeper")
    (tmp_path / "keys" / "channels").mkdir()
    told = "whsec_" + base64.b64encode(SECRET).decode()
    (tmp_path / "keys" / "channels" / "hook.secret").write_text(f"{told}\n")
    with closing(Kept(database=house.store.url, folder=tmp_path / "keys")) as wallet:
        assert wallet.secrets(HOOK) == [{"secret": told}]


def test_a_database_that_is_away_is_a_call_that_was_not_made(tmp_path: Path) -> None:
    keys.create(tmp_path / "keys", tmp_path / "keeper")
    wallet = Kept(database=f"sqlite:///{tmp_path}/none/none.db", folder=tmp_path / "keys")
    with pytest.raises(NotSent, match=r"credential\.away"):
        wallet.secrets(HOOK)
