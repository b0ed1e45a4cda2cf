"""What people say of posts whose outcome the programs cannot know: found after all, or given up by two."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from content import agreeing, deciding, people, stopping
from content.deciding import Decision
from content.errors import Refusal
from content.lifecycle import Action, Part, Post
from content.record import Record
from content.review import Clearance
from content.store import now
from tests import factory
from tests.factory import House

URL = "https://social.example.org/house/17"
BEGUN = ("publishing", "uncertain", "published", "recalling", "recalled", "recall_impossible")


def _refused(code: str):
    return pytest.raises(Refusal, check=lambda refusal: refusal.code == code)


@pytest.fixture
def house(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def _post(session: Session, house: House, state: str) -> Post:
    return factory.brought(session, factory.cleared_post(session, house), state)


def _expired(session: Session, house: House) -> Post:
    """Sent once, refused for a while by the channel, then too late."""
    one = _post(session, house, "publishing")
    factory.take(session, one, Action.DEFER)
    factory.take(session, one, Action.EXPIRE)
    return one


def _sibling(session: Session, house: House, of: Post, state: str) -> Post:
    again = factory.post(session, house, session.get_one(Clearance, of.clearance_id), due=of.due_at)
    return factory.brought(session, again, state)


def _found(session: Session, house: House, one: Post, who: str = "bob", url: str = URL) -> Post:
    return deciding.found(session, house.people[who], one.id or 0, url)


def _give_up(session: Session, house: House, one: Post, who: str, evidence: str = "I looked at the page.") -> bool:
    return deciding.give_up(session, house.people[who], one.id or 0, evidence)


def _recorded(session: Session, one: Post) -> list[str]:
    statement = select(Record.action).where(col(Record.subject) == "post", col(Record.subject_id) == str(one.id))
    return list(session.exec(statement.order_by(col(Record.id))))


def _disagreements(session: Session) -> list[str]:
    rows = session.exec(select(Record).order_by(col(Record.id)))
    return [problem.code for problem in agreeing.problems(session, [one.model_dump() for one in rows])]


# --- found --------------------------------------------------------------------------------------------------


def test_an_uncertain_post_that_somebody_found_is_published_at_that_address(house: House) -> None:
    with house.store.write() as session:
        one = _post(session, house, "uncertain")
        assert _found(session, house, one).state == "published"
        part = session.get_one(Part, (one.id, 0), populate_existing=True)
        assert (part.url, part.remote_id, part.confirmed_at is not None) == (URL, URL, True)
        assert _recorded(session, one)[-1] == "post.confirm"
        assert _disagreements(session) == []


def test_what_was_given_up_or_too_late_may_be_out_after_all(house: House) -> None:
    with house.store.write() as session:
        for one in (_post(session, house, "failed"), _expired(session, house)):
            after = _found(session, house, one, "kim")
            assert (after.state, after.surplus) == ("published", False)
            assert _recorded(session, one)[-1] == "post.found"
        assert _disagreements(session) == []


def test_a_part_known_to_be_out_keeps_its_own_address(house: House) -> None:
    with house.store.write() as session:
        one = _post(session, house, "uncertain")
        part = session.get_one(Part, (one.id, 0))
        part.remote_id, part.url, part.confirmed_at = "r", "https://social.example.org/1", now(session)
        session.add(part)
        session.flush()
        _found(session, house, one)
        assert session.get_one(Part, (one.id, 0), populate_existing=True).url == "https://social.example.org/1"


@pytest.mark.parametrize("state", ["scheduled", "claimed", "blocked"])
def test_the_same_words_not_yet_begun_again_are_cancelled_with_the_finding(house: House, state: str) -> None:
    with house.store.write() as session:
        one = _post(session, house, "failed")
        other = _sibling(session, house, one, state)
        assert _found(session, house, one).surplus is False
        assert factory.states(session, one, other) == ["published", "cancelled"]
        assert factory.as_stored(session, other)[0].fence is None
        assert _recorded(session, other)[-1] == "post.cancel"
        assert "post.surplus" not in _recorded(session, one)


@pytest.mark.parametrize("state", BEGUN)
def test_the_same_words_begun_again_make_the_found_post_surplus_to_be_recalled(house: House, state: str) -> None:
    with house.store.write() as session:
        one = _expired(session, house)
        other = _sibling(session, house, one, state)
        assert _found(session, house, one).surplus is True
        assert factory.states(session, one, other) == ["published", state]
        assert _recorded(session, one)[-2:] == ["post.found", "post.surplus"]
        stopping.recall(session, house.people["bob"], one.id or 0, "It is out twice.")
        assert factory.states(session, one, other) == ["recalling", state]
        assert _disagreements(session) == []


def test_a_lapsed_sibling_does_not_make_a_found_post_surplus(house: House) -> None:
    with house.store.write() as session:
        one = _post(session, house, "failed")
        _sibling(session, house, one, "failed")
        assert _found(session, house, one).surplus is False


def test_a_programs_lease_on_a_found_post_ends(house: House) -> None:
    with house.store.write() as session:
        one = _post(session, house, "uncertain")
        one.fence, one.lease_until = "worker", now(session) + timedelta(seconds=30)
        session.add(one)
        session.flush()
        after = _found(session, house, one)
        assert (after.fence, after.lease_until) == (None, None)


@pytest.mark.parametrize("state", ["scheduled", "publishing", "published", "recalling", "cancelled"])
def test_only_what_is_uncertain_or_lapsed_is_found(house: House, state: str) -> None:
    with house.store.write() as session:
        one = _post(session, house, state)
        with _refused("post.not_findable"):
            _found(session, house, one)


def test_what_was_never_sent_from_here_is_not_found(house: House) -> None:
    with house.store.write() as session:
        one = _post(session, house, "expired")
        with _refused("post.never_sent"):
            _found(session, house, one)


@pytest.mark.parametrize(
    "url",
    ["", "social.example.org/17", "http://social.example.org/17", "https://", "https://[", "ftp://a.example.org",
     "https://user:pass@social.example.org/17", "https://social.example.org/a b", "https://social.example.org/\n/17"],
)  # fmt: skip
def test_finding_takes_an_https_address(house: House, url: str) -> None:
    with house.store.write() as session:
        one = _post(session, house, "uncertain")
        with _refused("found.url"):
            _found(session, house, one, url=url)
        assert factory.states(session, one) == ["uncertain"]


def test_neither_is_said_by_an_author_or_of_a_post_that_is_not_there(house: House) -> None:
    with house.store.write() as session:
        one = _post(session, house, "uncertain")
        with _refused("rights.role"):
            _found(session, house, one, "alice")
        with _refused("rights.role"):
            _give_up(session, house, one, "alice")
        with _refused("post.unknown"):
            deciding.found(session, house.people["bob"], 404, URL)


# --- given up -----------------------------------------------------------------------------------------------


def test_giving_up_takes_two_people(house: House) -> None:
    with house.store.write() as session:
        one = _post(session, house, "uncertain")
        assert _give_up(session, house, one, "bob") is False
        assert factory.states(session, one) == ["uncertain"]
        with _refused("decision.twice"):
            _give_up(session, house, one, "bob")
        assert _give_up(session, house, one, "dana") is True
        assert factory.states(session, one) == ["failed"]
        assert _recorded(session, one)[-2:] == ["post.give_up_asked", "post.give_up"]
        assert _disagreements(session) == []


def test_a_word_given_before_the_post_was_tried_again_does_not_count(house: House) -> None:
    with house.store.write() as session:
        one = _post(session, house, "uncertain")
        assert _give_up(session, house, one, "bob") is False
        factory.take(session, one, Action.RETRY_SAME_KEY)
        factory.take(session, one, Action.LOSE_TRACK)
        assert _give_up(session, house, one, "dana") is False
        assert _give_up(session, house, one, "bob") is True
        assert _disagreements(session) == []


def test_the_evidence_is_asked_for_and_kept_unreadable_without_its_key(house: House) -> None:
    with house.store.write() as session:
        one = _post(session, house, "uncertain")
        with _refused("decision.evidence"):
            _give_up(session, house, one, "bob", " \n")
        _give_up(session, house, one, "bob", "Nothing on the page.")
        (kept,) = session.exec(select(Decision)).all()
        assert "page" not in kept.evidence
        plain = people.read_words(session, kept.person_id, kept.evidence, "decision", kept.at)
        assert plain == "Nothing on the page."


def test_only_an_uncertain_post_is_given_up(house: House) -> None:
    with house.store.write() as session:
        one = _post(session, house, "published")
        with _refused("post.not_uncertain"):
            _give_up(session, house, one, "bob")


@pytest.mark.parametrize("change", ["UPDATE decision SET person_id = 1", "DELETE FROM decision"])
def test_a_word_once_given_neither_changes_nor_goes(house: House, change: str) -> None:
    with house.store.write() as session:
        _give_up(session, house, _post(session, house, "uncertain"), "bob")
    with pytest.raises(DBAPIError, match="decision rows"), house.store.write() as session:
        session.execute(text(change))


def test_the_audit_names_a_word_that_is_on_no_record(house: House) -> None:
    with house.store.write() as session:
        one = _post(session, house, "uncertain")
        session.add(Decision(post_id=one.id or 0, step=one.step, person_id=1, evidence="", at=now(session)))
        session.flush()
        assert _disagreements(session) == ["row.unrecorded"]


# --- taken down ---------------------------------------------------------------------------------------------


def _taken_down(session: Session, house: House, one: Post, evidence: str = "The page is gone.") -> None:
    deciding.taken_down(session, house.people["bob"], one.id or 0, evidence)


def test_a_post_that_could_not_be_recalled_is_recalled_once_somebody_saw_that_it_is_down(house: House) -> None:
    with house.store.write() as session:
        one = _post(session, house, "recall_impossible")
        _taken_down(session, house, one)
        session.refresh(one)
        assert one.state == "recalled"
        assert session.get_one(Part, (one.id, 0), populate_existing=True).recalled_at is not None
        assert _recorded(session, one)[-1] == "post.confirm_recall"
        assert _disagreements(session) == []


def test_what_they_saw_is_kept_and_cannot_be_read_without_their_key(house: House) -> None:
    with house.store.write() as session:
        one = _post(session, house, "recall_impossible")
        _taken_down(session, house, one)
        kept = session.exec(select(Decision.evidence).where(Decision.post_id == one.id)).one()
        assert "page" not in kept


def test_that_it_is_down_takes_evidence(house: House) -> None:
    with house.store.write() as session:
        one = _post(session, house, "recall_impossible")
        with _refused("decision.evidence"):
            _taken_down(session, house, one, "  ")


@pytest.mark.parametrize("state", [state for state in BEGUN if state != "recall_impossible"])
def test_only_what_could_not_be_recalled_is_said_to_be_down(house: House, state: str) -> None:
    with house.store.write() as session:
        one = _post(session, house, state)
        with _refused("post.not_impossible"):
            _taken_down(session, house, one)
