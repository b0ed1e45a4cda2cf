"""What proposed rules would change for the words of the last days: shown, and written nowhere; on both databases."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from content.checks import engine, proposal
from content.checks.words.lexicons import lexicon, names
from content.composing import compose
from content.errors import Refusal
from content.limits import RULES_FILE
from content.message import Version, queue
from content.shadowing import Change, Shadow, shadow
from content.store import now
from tests import factory, shortcuts
from tests.content.checks import samples as s
from tests.content.test_evaluation import protect
from tests.factory import House

MORE = {"claims": {"en": {"wording": [r"\bfighting other\b"]}}}  # as the house's passage says
TERM = "id-protected-term"


@pytest.fixture
def house(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def judged(session: Session, house: House, **more: Any) -> Version:
    wording = queue(session, house.people["alice"], factory.order(session, **more))
    version = shortcuts.store_version(session, wording, compose(session, wording), now(session))
    shortcuts.evaluate(session, version, now(session))
    return version


def looked(house: House, told: dict[str, Any], days: int = 90) -> Shadow:
    with house.store.read() as session:
        return shadow(session, proposal.read(json.dumps(told)), now(session) - timedelta(days=days))


def rows(house: House) -> dict[str, int]:
    with house.store.read() as session:
        names = ("evaluation", "record", "term_hit", "post", "exposure", "message")
        return {name: session.connection().scalar(text(f"SELECT count(*) FROM {name}")) or 0 for name in names}


@pytest.fixture
def written(house: House) -> House:
    with house.store.write() as session:
        judged(session, house)
    return house


def test_rules_as_they_are_change_nothing(written: House) -> None:
    assert looked(written, {}) == Shadow(1, ())


def test_more_words_in_a_lexicon_block_what_says_them(written: House) -> None:
    before = rows(written)
    assert looked(written, {"lexicons": MORE}).changes == (Change("blocked", "M-1", "en", 1, ("claim-uncited",)),)
    assert rows(written) == before, "a look writes nothing"
    assert looked(written, {}).changes == (), "and leaves the rules of this process as they were"


def test_a_role_newly_asked_for_is_named(written: House) -> None:
    told = {"lexicons": MORE, "checks": {"claim-uncited": {"wording": "specialist:legal"}}}
    assert looked(written, told).changes == (Change("needs", "M-1", "en", 1, ("claim-uncited",), "legal"),)


def test_what_milder_rules_would_free_is_shown_without_what_was_met(house: House) -> None:
    with house.store.write() as session:
        protect(session, house, "fighting")
        judged(session, house)
    before = rows(house)
    off = looked(house, {"checks": {TERM: "off"}})
    assert off.changes == (Change("free", "M-1", "en", 1, (TERM,)),)
    asked = looked(house, {"checks": {TERM: {"": "specialist:safeguarding"}}})
    assert {(one.kind, one.role) for one in asked.changes} == {("free", ""), ("needs", "safeguarding")}
    assert "fighting" not in repr((off, asked))
    assert rows(house) == before, "and a protected term that was met is not counted once more"


def test_a_check_in_shadow_is_told_and_not_counted(house: House) -> None:
    with house.store.write() as session:
        protect(session, house, "fighting")
        judged(session, house)
    found = looked(house, {"checks": {TERM: "shadow"}})
    assert {(one.kind, one.checks) for one in found.changes} == {("free", (TERM,)), ("watched", (TERM,))}


def test_older_words_are_left_out(written: House) -> None:
    with written.store.read() as session:
        after = now(session) + timedelta(days=1)
        assert shadow(session, proposal.read("{}"), after) == Shadow(0, ())


# --- the file -----------------------------------------------------------------------------------------------------


def test_the_rules_themselves_are_such_a_file() -> None:
    told = proposal.read((RULES_FILE).read_text("utf-8"))
    with proposal.trying(told) as tried:
        assert list(tried.counted) == list(engine.WORDS)
        assert not tried.watched


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ("no json", "proposal.json"),
        ("[1]", "proposal.invalid"),
        ('{"checks": {"mockery-of-all": "off"}}', "proposal.check"),
        ('{"checks": {"link-safety": {"colour": "block"}}}', "proposal.check"),
        ('{"checks": {"link-safety": {"host": "perhaps"}}}', "proposal.invalid"),
        ('{"limits": {"nothing": 3}}', "proposal.limit"),
        ('{"lexicons": {"nothing": {"en": {"wording": ["a"]}}}}', "proposal.lexicon"),
        ('{"more": {}}', "proposal.invalid"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(told: str, code: str) -> None:
    with pytest.raises(Refusal, match=code.replace(".", r"\.")):
        proposal.read(told)


def test_other_limits_hold_only_while_they_are_tried() -> None:
    many = s.words("#LeavingISIS #LeavingISIS")
    with proposal.trying(proposal.read('{"limits": {"hashtag-hygiene.most": 1}}')) as tried:
        found = engine.judge_words(many, {"hashtag-hygiene": tried.counted["hashtag-hygiene"]})
    assert [getattr(one, "code", "") for one in found] == ["many"]
    assert engine.run(engine.WORDS["hashtag-hygiene"], many) == []


def test_classes_of_composed_lexicons_grow_and_shrink_again() -> None:
    before = lexicon("scope")["languages"]["en"]["classes"]["report"]
    told = '{"lexicons": {"scope": {"en": {"classes": {"report": ["rumour has it"]}}}}}'
    with proposal.trying(proposal.read(told)):
        assert lexicon("scope")["languages"]["en"]["classes"]["report"] == [*before, "rumour has it"]
    assert lexicon("scope")["languages"]["en"]["classes"]["report"] == before
    assert "scope" in names()
