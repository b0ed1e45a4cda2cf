"""The keeper's answers about danger, on both databases."""

from collections.abc import Iterator

import pytest
from sqlmodel import Session, select

from content import risk
from content.errors import Refusal
from content.narrative import Narrative
from content.organisation import Organisation
from content.record import Record
from tests import factory
from tests.factory import House


@pytest.fixture
def home(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def narrative(session: Session, home: House) -> Narrative:
    return session.get_one(Narrative, home.narrative.id)


def test_the_keeper_s_answer_is_kept_and_every_result_is_made_again(home: House) -> None:
    with home.store.write() as session:
        before = session.exec(select(Organisation.material_epoch)).one()
        risk.answer(session, home.people["kim"], narrative(session, home), family_in_reach=True)
    with home.store.read() as session:
        assert narrative(session, home).family_in_reach is True
        assert session.exec(select(Organisation.material_epoch)).one() > before
        assert session.exec(select(Record).where(Record.action == "narrative.risk")).one()


def test_an_author_cannot_answer(home: House) -> None:
    with pytest.raises(Refusal, match=r"rights\.role"), home.store.write() as session:
        risk.answer(session, home.people["alice"], narrative(session, home), family_in_reach=False)
    with home.store.read() as session:
        assert session.exec(select(Record).where(Record.action == "narrative.risk")).first() is None


@pytest.mark.parametrize(("question", "value"), [("colour", True), ("reprisal_risk", "none"), ("identifiable", "no")])
def test_an_unknown_question_or_answer_is_refused(home: House, question: str, value: bool | str) -> None:
    with pytest.raises(Refusal, match=r"risk\."), home.store.write() as session:
        risk.answer(session, home.people["kim"], narrative(session, home), **{question: value})
