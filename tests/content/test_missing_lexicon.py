"""A language that lacks a lexicon cannot be published, and whoever wrote the words is told which; on both databases."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from content import evaluation, gate
from content.checks import engine
from content.checks.engine import Check
from content.checks.finding import Missing, unseen
from content.checks.words import composed
from content.checks.words.lexicons import lexicon, patterns
from content.message import Version
from content.organisation import raise_epoch
from content.record import Step, seal, write
from content.review import Evaluation
from content.store import now
from tests import factory, shortcuts
from tests.content.test_evaluation import made
from tests.content.test_release import insert
from tests.factory import House


@pytest.fixture
def home(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


@pytest.fixture
def post(home: House) -> int:
    """Of words that every check let pass."""
    return a_real_post(home)


@pytest.fixture(params=["scope", "claims"])
def lacking(post: int, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A lexicon, composed and plain, without English; the check that reads it is in the rules."""
    probe = Check("a-composed-check", {}, lambda case: composed.judge(case, "a-composed-check", "scope"))
    monkeypatch.setattr(engine, "WORDS", {**engine.WORDS, probe.id: probe})
    monkeypatch.delitem(lexicon(request.param)["languages"], "en")
    patterns.cache_clear()
    yield str(request.param)
    monkeypatch.undo()
    patterns.cache_clear()


def a_real_post(house: House) -> int:
    """A cleared post of words that were composed and judged as the worker does."""
    with house.store.write() as session:
        version = made(session, house, accounts=("facebook-gb",))
        assert shortcuts.evaluate(session, version, now(session)).blocks == 0
        cleared = factory.clearance(session, house, version, tier=1, valid_from=timedelta(hours=-1))
        leaf = factory.leaf_of(session, version, house.accounts["facebook-gb"])
        post = insert(session, house, cleared, leaf, timedelta(days=1, minutes=1))
        write(session, Step("worker:", "post.schedule", "post", post.id or 0, {"digest": version.digest}))
        seal(session)
        return post.id or 0


def stops(house: House, post: int) -> list[str]:
    """What the gate would say at the post's own instant."""
    with house.store.read() as session:
        return [one.code for one in gate.foresee(session, [post])[post]]


def judged_again(session: Session, house: House) -> Evaluation:
    """The newest words, by the checks as they are now."""
    raise_epoch(session, house.organisation.id or 0)
    version = session.exec(select(Version)).one()
    return shortcuts.evaluate(session, version, now(session))


def test_with_its_lexicons_the_language_is_published(home: House, post: int) -> None:
    with home.store.write() as session:
        assert judged_again(session, home).blocks == 0
    assert stops(home, post) == []


def test_without_one_the_gate_lets_nothing_out(home: House, post: int, lacking: str) -> None:
    with home.store.write() as session:
        found = judged_again(session, home)
        assert found.blocks == 1
        (shown,) = evaluation.for_authors(found.answers)
    assert shown["missing"] == f"lexicon.{lacking}.en"
    assert f"“{lacking}” has no words for the language “en”" in shown["reason"]
    assert "Use another one, or have the lexicon written first." in shown["reason"]
    assert stops(home, post) == ["evaluation.blocks"]


def test_other_data_is_asked_for_by_its_name() -> None:
    said = unseen(Missing("claim-uncited", "narrative.claims"))
    assert said == "claim-uncited could not look: narrative.claims is not recorded. Have it recorded first."
    assert "“operators” has no words for the language “tr”" in unseen(Missing("x", "lexicon.operators.tr.police"))
