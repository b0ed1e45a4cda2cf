"""Who has which words in hand: one at a time, for a while, and nobody is kept from answering."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import select

from content import burden, taking, verdict
from content.errors import Refusal
from content.message import Version
from content.people import erase
from content.record import Record
from content.review import Evaluation
from content.store import now
from tests import factory
from tests.factory import House


@pytest.fixture
def house(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def queued(house: House) -> tuple[Version, Evaluation]:
    with house.store.write() as session:
        version = factory.version(session, house)
        return version, factory.evaluation(session, version)


def holder(house: House, digest: str) -> str:
    with house.store.read() as session:
        found = taking.held(session, {digest}, now(session))
    return found[digest].name if found else ""


def take(house: House, ref: str, digest: str, *, over: bool = False) -> None:
    with house.store.write() as session:
        taking.take(session, house.people[ref], digest, over=over)


def test_the_second_to_take_is_told_who_has_it_and_may_take_it_over(house: House) -> None:
    version, _ = queued(house)
    take(house, "bob", version.digest)
    with pytest.raises(Refusal, match="Bob Content has these words in hand"):
        take(house, "carol", version.digest)
    take(house, "carol", version.digest, over=True)
    assert holder(house, version.digest) == "Carol Content"


def test_what_is_taken_is_free_again_after_twenty_minutes(house: House) -> None:
    version, _ = queued(house)
    take(house, "bob", version.digest)
    with house.store.write() as session:
        factory.move_on(session, taking.HELD)
    assert holder(house, version.digest) == ""
    take(house, "carol", version.digest)
    assert holder(house, version.digest) == "Carol Content"


def test_whoever_did_not_take_the_words_may_judge_them_all_the_same(house: House) -> None:
    version, seen = queued(house)
    take(house, "carol", version.digest)
    with house.store.write() as session:
        verdict.verdict(session, house.people["bob"], version.digest, "approve", seen=seen.id or 0)
    assert holder(house, version.digest) == "Carol Content"


def test_whoever_has_answered_has_nothing_in_hand(house: House) -> None:
    version, seen = queued(house)
    take(house, "bob", version.digest)
    with house.store.write() as session:
        verdict.verdict(session, house.people["bob"], version.digest, "approve", seen=seen.id or 0)
    assert holder(house, version.digest) == ""


def test_words_are_handed_to_a_colleague_in_one_step(house: House) -> None:
    version, _ = queued(house)
    take(house, "bob", version.digest)
    with house.store.write() as session:
        taking.hand(session, house.people["bob"], version.digest, house.people["dana"])
    assert holder(house, version.digest) == "Dana Safeguarding"
    with house.store.write() as session, pytest.raises(Refusal, match="do not have"):
        taking.hand(session, house.people["bob"], version.digest, house.people["carol"])


@pytest.mark.parametrize("ref", ["alice", "tom", "bob"])
def test_words_are_handed_to_nobody_who_may_not_judge_them(house: House, ref: str) -> None:
    version, _ = queued(house)
    take(house, "bob", version.digest)
    with house.store.write() as session, pytest.raises(Refusal):
        taking.hand(session, house.people["bob"], version.digest, house.people[ref])


def test_whoever_wrote_them_takes_no_words_and_no_author_does(house: House) -> None:
    with house.store.write() as session:
        own = factory.version(session, house, author="bob")
    with pytest.raises(Refusal, match="someone else judges it"):
        take(house, "bob", own.digest)
    with pytest.raises(Refusal, match="This takes somebody"):
        take(house, "alice", own.digest)


def test_what_is_put_back_is_free_and_all_of_it_stands_in_the_record(house: House) -> None:
    version, _ = queued(house)
    take(house, "bob", version.digest)
    with house.store.write() as session:
        taking.leave(session, house.people["bob"], version.digest)
    assert holder(house, version.digest) == ""
    with house.store.read() as session:
        told = session.exec(select(Record.action).where(Record.subject_id == version.digest)).all()
    assert {"review.take", "review.leave"} <= {*told}


def test_a_day_is_four_numbers_and_long_absences_count_as_half_an_hour(house: House) -> None:
    version, _ = queued(house)
    with house.store.write() as session:
        burden.kept(session, house.people["bob"], version, timedelta(seconds=61))
        burden.kept(session, house.people["bob"], version, timedelta(hours=9))
        burden.kept(session, house.people["carol"], version, timedelta(seconds=-5))
    with house.store.read() as session:
        assert burden.today(session, house.people["bob"]) == burden.Day("Bob Content", 2, 32, 0, 930)
        assert burden.everybodys(session, house.people["dana"]) == [
            burden.Day("Bob Content", 2, 32, 0, 930),
            burden.Day("Carol Content", 1, 0, 0),
        ]
        with pytest.raises(Refusal):
            burden.everybodys(session, house.people["bob"])


def test_what_is_hard_to_read_is_counted_as_people_tagged_it(house: House) -> None:
    with house.store.write() as session:
        version = factory.version(session, house)
        passage = house.passages["p2"]
        factory.clearing(
            session,
            "passage",
            passage.id or 0,
            passage.entered_by,
            house.people["sam"],
            "safeguarding",
            {"intensity": 2},
        )
        assert burden.hard_among(session, [version.digest, "another"]) == {version.digest}
        burden.kept(session, house.people["bob"], version, timedelta(seconds=5))
    with house.store.read() as session:
        assert burden.today(session, house.people["bob"]).hard == 1


def test_how_long_somebody_read_is_forgotten_after_a_month(house: House) -> None:
    version, _ = queued(house)
    with house.store.write() as session:
        burden.kept(session, house.people["bob"], version, timedelta(seconds=5))
        factory.move_on(session, burden.KEPT + timedelta(minutes=1))
        burden.kept(session, house.people["carol"], version, timedelta(seconds=5))
        assert [row.reviewer_id for row in session.exec(select(burden.Reading))] == [house.id("carol")]


def test_a_private_note_is_sealed_and_goes_with_whoever_wrote_it(house: House) -> None:
    version, seen = queued(house)
    with house.store.write() as session:
        verdict.verdict(
            session,
            house.people["bob"],
            version.digest,
            "send_back",
            reason="Too long.",
            note="See me.",
            seen=seen.id or 0,
        )
        given = session.exec(select(verdict.Verdict)).one()
        assert "See me." not in given.private_note
        assert (
            verdict.people.read_words(session, given.reviewer_id, given.private_note, verdict.NOTE, given.at)
            == "See me."
        )
        erase(session, house.people["dana"], house.people["bob"])
        assert verdict.people.read_words(session, given.reviewer_id, given.private_note, verdict.NOTE, given.at) == ""
