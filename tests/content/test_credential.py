"""What lets us in at an account: given once, sealed, never shown, and nothing is sent until a worker has looked."""

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from content import credential
from content.credential import Credential
from content.errors import Refusal
from content.organisation import Account
from content.people import Person
from content.record import Record
from tests import factory

SECRET = "whsec_" + "Q2FuYXJ5" * 6
OTHER = "whsec_" + "T3RoZXJz" * 6


@pytest.fixture
def hook(db: str) -> Iterator[factory.House]:
    with factory.opened(db) as store:
        made = factory.house(store)
        with store.write() as session:
            factory.account(session, made.organisation, "hook", channel="webhook")
        yield made


def person(session: Session, house: factory.House, ref: str = "bob") -> Person:
    return session.exec(select(Person).where(Person.ref == ref)).one()


def give(house: factory.House, secret: str = SECRET, ref: str = "bob") -> None:
    with house.store.write() as session:
        credential.give(session, person(session, house, ref), "hook", {"secret": secret})


def standing(house: factory.House) -> list[dict[str, str]]:
    with house.store.read() as session:
        return credential.opened(session, "hook")


def test_a_worker_opens_what_was_given(hook: factory.House) -> None:
    give(hook)
    assert standing(hook) == [{"secret": SECRET}]


def test_no_row_holds_it_in_clear(hook: factory.House) -> None:
    give(hook)
    with hook.store.read() as session:
        rows = [row.sealed for row in session.exec(select(Credential))]
        steps = [
            json.dumps(row.detail) for row in session.exec(select(Record).where(Record.action == "account.credential"))
        ]
    assert len(rows) == len(steps) == 1
    assert all(SECRET[6:] not in told for told in (*rows, *steps))


def test_sealed_for_one_account_it_opens_for_no_other(hook: factory.House) -> None:
    give(hook)
    with hook.store.write() as session:
        factory.account(session, hook.organisation, "elsewhere", channel="webhook")
        other = session.exec(select(Account).where(Account.ref == "elsewhere")).one()
        session.execute(text("UPDATE credential SET account_id = :other"), {"other": other.id})
    with hook.store.read() as session:
        assert credential.opened(session, "elsewhere") == []


def test_two_stand_while_a_receiver_changes_over_and_a_third_ends_the_oldest(hook: factory.House) -> None:
    for one in (SECRET, OTHER, SECRET):
        give(hook, one)
    assert standing(hook) == [{"secret": SECRET}, {"secret": OTHER}]
    with hook.store.write() as session:
        credential.end_older(session, person(session, hook), "hook")
    assert standing(hook) == [{"secret": SECRET}]


def test_what_has_ended_keeps_no_secret_even_sealed(hook: factory.House) -> None:
    give(hook)
    with hook.store.write() as session:
        credential.take_away(session, person(session, hook), "hook")
    with hook.store.read() as session:
        assert [row.sealed for row in session.exec(select(Credential))] == [""]
    assert standing(hook) == []


def test_who_answers_to_new_ones_is_asked_before_anything_is_sent(hook: factory.House) -> None:
    give(hook)
    with hook.store.read() as session:
        row = session.exec(select(Account).where(Account.ref == "hook")).one()
    assert row.identity_verified_at is None and row.identity_seen is None
    assert row.verify_wanted_at is not None


@pytest.mark.parametrize("told", [{}, {"secret": "  "}, {"secret": SECRET, "token": "x"}, {"password": "x"}])
def test_those_of_the_channel_are_given_and_no_others(hook: factory.House, told: dict[str, str]) -> None:
    with pytest.raises(Refusal, match=r"credential\.names"), hook.store.write() as session:
        credential.give(session, person(session, hook), "hook", told)


def test_paper_has_none(hook: factory.House) -> None:
    with pytest.raises(Refusal, match=r"credential\.none_needed"), hook.store.write() as session:
        credential.give(session, person(session, hook), "bluesky-en", {"token": "x"})


def test_an_author_gives_none(hook: factory.House) -> None:
    with pytest.raises(Refusal, match=r"rights\.role"):
        give(hook, ref="alice")


def test_ending_what_is_not_there_is_said(hook: factory.House) -> None:
    with pytest.raises(Refusal, match=r"credential\.none"), hook.store.write() as session:
        credential.take_away(session, person(session, hook), "hook")
    give(hook)
    with pytest.raises(Refusal, match=r"credential\.single"), hook.store.write() as session:
        credential.end_older(session, person(session, hook), "hook")


def test_the_database_keeps_no_standing_one_without_its_secret(hook: factory.House) -> None:
    give(hook)
    with pytest.raises(Exception, match=r"(?i)sealed"), hook.store.write() as session:
        session.execute(text("UPDATE credential SET sealed = ''"))
