"""New rules stop at once and let go only once two people adopted them; on both databases."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import col, select

from content import adopting, people
from content.checks import shipped
from content.checks.rules import RULES
from content.errors import Refusal
from content.message import Version
from content.organisation import Adoption, the_organisation
from content.people import RoleGrant
from content.record import Record, Step, write
from content.review import Evaluation
from content.store import now
from tests import factory
from tests.content.test_release import a_post, begun, stood
from tests.factory import House

OLD = "2026-01-01.1+0123456789ab"


@pytest.fixture
def upgraded(db: str) -> Iterator[House]:
    """A house whose people adopted older rules than this program's."""
    with factory.opened(db) as store:
        made = factory.house(store)
        with store.write() as session:
            by, at = {"proposed_by": made.people["bob"].id, "confirmed_by": made.people["dana"].id}, now(session)
            session.add(Adoption(organisation_id=1, rules=OLD, proposed_at=at, confirmed_at=at, **by))
            session.flush()
            session.execute(text("UPDATE organisation SET rules = :old"), {"old": OLD})
        yield made


@pytest.fixture
def home(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def looked(house: House, *, blocks: int = 0, rules: str = RULES, **needs: Any) -> None:
    """The program has judged the newest words by these rules."""
    with house.store.write() as session:
        digest = session.exec(select(Version.digest).order_by(col(Version.id).desc())).first() or ""
        epoch = the_organisation(session).material_epoch
        made = Evaluation(
            digest=digest, rules=rules, epoch=epoch, tier=1, blocks=blocks, answers=[], at=now(session), **needs
        )
        session.add(made)
        session.flush()
        write(session, Step("worker:test", "evaluation.make", "version", digest, {"evaluation": made.id}))


def say(house: House, who: str, word: Any) -> Adoption:
    with house.store.write() as session:
        return word(session, house.people[who])


def adopted(house: House) -> str:
    with house.store.read() as session:
        return adopting.adopted(session)


def raise_epoch(house: House) -> None:
    with house.store.write() as session:
        session.execute(text("UPDATE organisation SET material_epoch = material_epoch + 1"))


# --- two people ---------------------------------------------------------------------------------------------------


def test_a_fresh_instance_adopted_the_shipped_rules_when_it_was_founded(home: House) -> None:
    assert adopted(home) == RULES
    with pytest.raises(Refusal, match=r"rules\.done"):
        say(home, "dana", adopting.propose)


def test_it_takes_two_people_to_adopt(upgraded: House) -> None:
    say(upgraded, "bob", adopting.propose)
    assert adopted(upgraded) == OLD
    with pytest.raises(Refusal, match=r"rules\.second"):
        say(upgraded, "bob", adopting.confirm)
    with pytest.raises(Refusal, match=r"rules\.proposed"):
        say(upgraded, "sam", adopting.propose)
    say(upgraded, "dana", adopting.confirm)
    assert adopted(upgraded) == RULES
    with upgraded.store.read() as session:
        steps = session.exec(select(Record.action).where(Record.subject == "adoption").order_by(col(Record.id))).all()
    assert steps == ["rules.propose", "rules.adopt"]


def test_what_somebody_proposed_who_may_not_any_more_is_proposed_anew(upgraded: House) -> None:
    say(upgraded, "bob", adopting.propose)
    with upgraded.store.write() as session:
        people.disable(session, upgraded.people["sam"], upgraded.people["bob"])
    with pytest.raises(Refusal, match=r"rules\.none"):
        say(upgraded, "dana", adopting.confirm)
    say(upgraded, "kim", adopting.propose)
    say(upgraded, "dana", adopting.confirm)
    assert adopted(upgraded) == RULES


def test_nothing_is_confirmed_that_nobody_proposed(upgraded: House) -> None:
    with pytest.raises(Refusal, match=r"rules\.none"):
        say(upgraded, "dana", adopting.confirm)


def test_an_author_has_no_say_in_the_rules(upgraded: House) -> None:
    for word in (adopting.propose, adopting.confirm):
        with pytest.raises(Refusal, match=r"rights\.role"):
            say(upgraded, "alice", word)


def test_one_of_the_two_is_from_safeguarding(upgraded: House) -> None:
    say(upgraded, "bob", adopting.propose)
    with upgraded.store.write() as session:
        held = session.exec(select(RoleGrant).where(RoleGrant.role == "safeguarding")).all()
        for one in held:
            one.revoked_at = now(session)
            session.add(one)
    with pytest.raises(Refusal, match="safeguarding"):
        say(upgraded, "kim", adopting.confirm)
    assert adopted(upgraded) == OLD


def test_the_database_lets_nobody_adopt_alone(upgraded: House) -> None:
    say(upgraded, "bob", adopting.propose)
    for statement in (
        f"UPDATE organisation SET rules = '{RULES}'",
        "UPDATE adoption SET confirmed_by = proposed_by, confirmed_at = proposed_at",
        "UPDATE adoption SET rules = 'others'",
    ):
        with pytest.raises(DatabaseError), upgraded.store.write() as session:
            session.connection().execute(text(statement))
    assert adopted(upgraded) == OLD


def test_lists_that_changed_under_their_version_are_not_adopted(
    upgraded: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipped, "unchanged", lambda: False)
    with pytest.raises(Refusal, match=r"rules\.changed"):
        say(upgraded, "dana", adopting.propose)


# --- what goes out meanwhile --------------------------------------------------------------------------------------


def test_what_both_rules_let_pass_goes_out(upgraded: House) -> None:
    post = a_post(upgraded)
    looked(upgraded)
    assert [one.post_id for one in begun(upgraded.store, post).releases] == [post]


def test_an_evaluation_of_the_old_rules_alone_never_counts_as_current(upgraded: House) -> None:
    assert stood(upgraded.store, a_post(upgraded)).code == "evaluation.none"


def test_what_the_new_rules_stop_is_stopped_at_once(upgraded: House) -> None:
    post = a_post(upgraded)
    looked(upgraded, blocks=1)
    assert stood(upgraded.store, post).code == "evaluation.blocks"


def test_a_need_that_is_new_is_asked_for_at_once(upgraded: House) -> None:
    post = a_post(upgraded)
    looked(upgraded, needs_religious=True)
    assert stood(upgraded.store, post).code == "evaluation.needs"


def test_what_only_the_new_rules_judged_waits_for_two_people(upgraded: House) -> None:
    post = a_post(upgraded)
    raise_epoch(upgraded)  # the old rules' program is gone: nobody judges the new material by them
    looked(upgraded)
    assert stood(upgraded.store, post).code == "rules.not_adopted"


def test_what_the_old_rules_stop_stays_until_two_people_freed_it(upgraded: House) -> None:
    post = a_post(upgraded)
    raise_epoch(upgraded)
    looked(upgraded, blocks=1, rules=OLD)
    looked(upgraded)
    assert stood(upgraded.store, post).code == "rules.not_adopted"


def test_once_adopted_it_goes_out(upgraded: House) -> None:
    post = a_post(upgraded)
    raise_epoch(upgraded)
    looked(upgraded)
    say(upgraded, "dana", adopting.propose)
    say(upgraded, "bob", adopting.confirm)
    assert [one.post_id for one in begun(upgraded.store, post).releases] == [post]
