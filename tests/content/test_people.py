"""People, their roles and their keys."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from content import people
from content.errors import Refusal
from content.organisation import establish, move_clock
from content.people import Founder, Person
from content.store import Store, now
from tests import factory


def _refused(code: str):
    return pytest.raises(Refusal, check=lambda refusal: refusal.code == code)


@pytest.fixture
def house(db: str):
    with factory.opened(db) as store:
        yield factory.house(store)


def test_an_instance_is_founded_by_five_people_of_whom_three_judge(db: str) -> None:
    with factory.opened(db) as store, _refused("people.few"), store.write() as session:
        establish(session, "live")
        people.found(session, factory.FOUNDERS[:4])


def test_two_judges_are_too_few_however_many_others_there_are(db: str) -> None:
    founders = [Founder(f"p{n}", "Somebody", ("content" if n < 2 else "author",)) for n in range(7)]
    with factory.opened(db) as store, _refused("people.few"), store.write() as session:
        establish(session, "live")
        people.found(session, founders)


def test_people_are_founded_once(house: factory.House) -> None:
    with _refused("people.founded"), house.store.write() as session:
        people.found(session, factory.FOUNDERS)


def test_a_founding_role_holds_at_once(house: factory.House) -> None:
    with house.store.read() as session:
        assert people.roles(session, house.id("farid"), now(session)) == {"religious", "language:ar"}


def test_a_token_names_its_person_and_no_other_answer_tells_which_part_was_wrong(house: factory.House) -> None:
    with house.store.read() as session:
        assert people.identify(session, "alice", house.tokens["alice"]).ref == "alice"
        answers = []
        for ref, token in (("alice", house.tokens["bob"]), ("nobody", house.tokens["bob"]), ("alice", "")):
            with _refused("rights.unknown") as refused:
                people.identify(session, ref, token)
            answers.append(str(refused.value))
    assert len(set(answers)) == 1


def test_a_token_is_stored_as_a_hash_alone(house: factory.House) -> None:
    with house.store.read() as session:
        stored = session.connection().execute(text("SELECT token_hash FROM person")).scalars().all()
    assert not set(stored) & set(house.tokens.values())


def test_a_role_takes_two_people_one_of_safeguarding_and_a_day(house: factory.House) -> None:
    with house.store.write() as session:
        given = people.grant(session, house.people["bob"], house.people["alice"], "legal")
        people.confirm(session, house.people["dana"], given.id or 0)
        assert "legal" not in people.roles(session, house.id("alice"), now(session))
        move_clock(session, 86_399, "person:1")
        assert "legal" not in people.roles(session, house.id("alice"), now(session))
        move_clock(session, 3600, "person:1")
        assert "legal" in people.roles(session, house.id("alice"), now(session))


def test_two_content_reviewers_cannot_make_a_third(house: factory.House) -> None:
    with _refused("rights.role"), house.store.write() as session:
        given = people.grant(session, house.people["bob"], house.people["alice"], "content")
        people.confirm(session, house.people["carol"], given.id or 0)


def test_an_author_gives_nobody_a_role(house: factory.House) -> None:
    with _refused("rights.role"), house.store.write() as session:
        people.grant(session, house.people["alice"], house.people["tom"], "content")


def test_nobody_gives_or_confirms_a_role_to_themselves(house: factory.House) -> None:
    with _refused("rights.self"), house.store.write() as session:
        people.grant(session, house.people["dana"], house.people["dana"], "legal")
    with house.store.write() as session:
        given = people.grant(session, house.people["dana"], house.people["bob"], "legal")
    for ref in ("dana", "bob"):
        with _refused("rights.self"), house.store.write() as session:
            people.confirm(session, house.people[ref], given.id or 0)


def test_a_role_taken_back_is_gone_at_once(house: factory.House) -> None:
    with house.store.write() as session:
        held = session.exec(people.select(people.RoleGrant).where(people.RoleGrant.person_id == house.id("bob"))).one()
        people.revoke(session, house.people["kim"], held.id or 0)
        assert people.roles(session, house.id("bob"), now(session)) == frozenset()


def test_the_granter_of_a_role_is_remembered_for_the_quorum(house: factory.House) -> None:
    with house.store.write() as session:
        given = people.grant(session, house.people["bob"], house.people["alice"], "legal")
        people.confirm(session, house.people["dana"], given.id or 0)
        found = people.granters(session, [house.id("alice"), house.id("carol")])
    assert found == {house.id("alice"): {house.id("bob"), house.id("dana")}, house.id("carol"): frozenset()}


def test_free_words_are_unreadable_once_their_writer_is_erased(house: factory.House) -> None:
    with house.store.write() as session:
        at = now(session)
        sealed = people.seal_words(session, house.id("bob"), "a private reason", "pause", at)
        assert "private" not in sealed
        assert people.read_words(session, house.id("bob"), sealed, "pause", at) == "a private reason"
        people.erase(session, house.people["dana"], session.get_one(Person, house.id("bob")))
        assert people.read_words(session, house.id("bob"), sealed, "pause", at) == ""
        assert session.get_one(Person, house.id("bob")).name == ""
    with house.store.read() as session, _refused("rights.unknown"):
        people.identify(session, "bob", house.tokens["bob"])


def test_words_moved_to_another_row_do_not_open(house: factory.House) -> None:
    with house.store.write() as session, _refused("words.changed"):
        at = now(session)
        sealed = people.seal_words(session, house.id("bob"), "a private reason", "pause", at)
        people.read_words(session, house.id("bob"), sealed, "pause", at + timedelta(seconds=1))


def test_a_language_role_names_its_language(house: factory.House) -> None:
    for role in ("language", "content:ar", "wizard", "language:arabic"):
        with _refused("role.unknown"), house.store.write() as session:
            people.grant(session, house.people["dana"], house.people["alice"], role)


def test_only_a_rehearsals_clock_moves_and_only_forward(db: str) -> None:
    store = Store(db, factory.KEYS)
    with store.write() as session:
        factory.founded(session, "live")
    with _refused("instance.live"), store.write() as session:
        move_clock(session, 10, "person:1")
    store.close()


def test_nobody_has_the_name_of_somebody_else_even_if_both_are_entered_at_once(house: factory.House) -> None:
    """The database says so: two transactions that look for the name first both find it free."""
    with pytest.raises(IntegrityError), house.store.write() as session:
        session.add(Person(ref="alice", name="Another", token_hash="", created_at=now(session)))
        session.flush()
