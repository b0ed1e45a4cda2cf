"""The deny list: rows of hashes that only grow, entered by one and lifted by another, and read by the checks."""

import json
from collections.abc import Iterator

import pytest
from sqlmodel import Session, select

from content import denied
from content.checks.known import denied_references
from content.denied import Denied
from content.errors import Refusal
from content.evaluation import current
from content.intake.denials import listed
from content.organisation import Organisation, raise_epoch
from content.people import Person
from content.protect import deny
from content.record import Record
from content.store import now
from tests import factory, shortcuts
from tests.content.test_evaluation import made, stopped
from tests.factory import KEYS, House


@pytest.fixture
def house(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def who(session: Session, house: House, name: str) -> Person:
    return session.get_one(Person, house.id(name))


def add(session: Session, house: House, *references: str, name: str = "kim") -> int:
    return denied.add(session, who(session, house, name), house.organisation.id or 0, references)


def test_only_hashes_are_stored_and_each_entry_stands_in_the_record(house: House) -> None:
    with house.store.write() as session:
        assert add(session, house, "#ZorbaVoice", "https://t.me/zorba_voice", "#zorba_voice") == 2
    with house.store.read() as session:
        rows = session.exec(select(Denied)).all()
        steps = session.exec(select(Record).where(Record.action == "denied.deny")).all()
    assert [(row.kind, row.by) for row in rows] == [("deny", house.id("kim"))] * 3
    assert {len(bytes.fromhex(row.hash)) for row in rows} == {16}
    assert not any(b"zorba" in bytes.fromhex(row.hash) for row in rows)
    assert "zorba" not in json.dumps([row.model_dump(mode="json") for row in (*rows, *steps)]).lower()
    assert [step.actor for step in steps] == [f"person:{house.id('kim')}"] * 2


def test_what_is_denied_is_found_in_words_and_nothing_else(house: House) -> None:
    with house.store.write() as session:
        add(session, house, "#ZorbaVoice")
        index = denied_references(session, house.organisation.id or 0)
    assert index is not None
    assert index.find("See #zorba_voice.") == [(4, 16)]
    assert index.find("See #lantern.") == []


def test_what_is_denied_voids_what_was_judged_before(house: House) -> None:
    with house.store.write() as session:
        version = made(session, house)
        shortcuts.evaluate(session, version, now(session))
        epoch = house.organisation.material_epoch
        for entered, raised in (("#ZorbaVoice", 1), ("#zorba_voice", 1), ("@zorba", 2)):
            add(session, house, entered)
            session.expire_all()
            assert session.get_one(Organisation, house.organisation.id).material_epoch == epoch + raised
        assert current(session, version.digest) is None


def test_words_that_point_at_what_is_denied_are_stopped(house: House) -> None:
    with house.store.write() as session:
        version = made(session, house)
        assert "amp-propaganda-ref" not in stopped(shortcuts.evaluate(session, version, now(session)))
        for one in deny(house.organisation.allowed_domains[0], KEYS.terms):  # as a row that no command writes
            session.add(Denied(organisation_id=house.organisation.id or 0, hash=one.hex(), kind="deny",
                               by=house.id("kim"), at=now(session)))  # fmt: skip
        raise_epoch(session, house.organisation.id or 0)
        assert "amp-propaganda-ref" in stopped(shortcuts.evaluate(session, version, now(session)))


def test_somebody_else_takes_it_off_again(house: House) -> None:
    key = house.organisation.id or 0
    with house.store.write() as session:
        add(session, house, "@zorba", name="kim")
        with pytest.raises(Refusal) as refused:
            denied.lift(session, who(session, house, "kim"), key, ["@zorba"])
        assert refused.value.code == "deny.alone"
        assert denied.lift(session, who(session, house, "dana"), key, ["@ZORBA", "#other"]) == 1
        assert denied.standing(session, key) == {}
        assert [row.kind for row in session.exec(select(Denied).order_by(Denied.id))] == ["deny", "lift"]  # type: ignore[arg-type]  # sqlmodel types columns as values
        assert add(session, house, "@zorba") == 1


def test_no_author_denies_anything_and_nobody_the_organisation_itself(house: House) -> None:
    with house.store.write() as session:
        own = house.organisation.allowed_domains[0]
        for name, reference, code in (("alice", "#zorba", "rights.role"), ("kim", own, "deny.own"),
                                      ("kim", "t.me", "deny.wide"), ("kim", "!", "deny.unread")):  # fmt: skip
            with pytest.raises(Refusal) as refused:
                add(session, house, reference, name=name)
            assert refused.value.code == code
            assert reference not in str(refused.value)


LISTS = {
    "lines": "#one\n\n  t.me/two \n",
    "JSON lines": '"#one"\n{"reference": "t.me/two", "seen": 3}\n',
    "a table": 'seen,Reference\n3,#one\n4," t.me/two"\n',
}


@pytest.mark.parametrize("text", LISTS.values(), ids=LISTS)
def test_a_list_is_read_in_each_of_its_forms(text: str) -> None:
    assert listed(text) == ["#one", "t.me/two"]


BAD_LISTS = [
    ("", "deny.none"),
    ("\n", "deny.none"),
    ('#one\n{"ref": "#zorba"}', "deny.line"),
    ('{"reference": 3}', "deny.line"),
    ("{", "deny.line"),
]


@pytest.mark.parametrize(("text", "code"), BAD_LISTS)
def test_what_is_no_list_is_refused_without_repeating_it(text: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        listed(text)
    assert refused.value.code == code
    assert "zorba" not in str(refused.value)
