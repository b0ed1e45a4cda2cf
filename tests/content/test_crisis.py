"""A crisis: set at once by one, it stops what is shown there at the gate, until two people lift it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from content import crisis, gate, journal, noted, planned, replaying
from content.campaign import SensitiveDay
from content.checks.facts.account_authentic import IDENTITY_FOR
from content.crisis import Crisis
from content.errors import Refusal
from content.gate import Stood
from content.lifecycle import Post
from content.message import Version
from content.organisation import Instance
from content.record import seal
from content.store import now
from tests import factory
from tests.factory import House


@pytest.fixture
def home(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def a_post(session: Session, house: House, account: str = "facebook-gb") -> Post:
    return factory.cleared_post(session, house, account=account)


def judged(session: Session, post: Post) -> str:
    """By which code the gate stops it now; "goes" where it does not."""
    seal(session)
    found = gate.judge(session, [post], now(session))[post.id or 0]
    return f"{found.how} {found.code}" if isinstance(found, Stood) else "goes"


STOPPED = "wait calendar-sensitive"


def test_what_is_shown_there_waits_at_once_and_goes_once_two_people_lifted_it(home: House) -> None:
    with home.store.write() as session:
        post = a_post(session, home)
        assert judged(session, post) == "goes"
        day = crisis.declare(session, home.people["alice"], "GB", "An attack in a city", reason="Seen on the news.")
        assert judged(session, post) == STOPPED
        crisis.lift(session, home.people["bob"], day.id or 0)
        assert judged(session, post) == STOPPED
        crisis.lift(session, home.people["dana"], day.id or 0)
        assert judged(session, post) == "goes"


@pytest.mark.parametrize(
    ("territory", "account", "answer"),
    [
        ("*", "site", STOPPED), ("FR", "facebook-gb", "goes"), ("FR", "telegram-ar", STOPPED), ("FR", "site", STOPPED),
    ],
)  # fmt: skip
def test_a_crisis_reaches_what_is_seen_there(home: House, territory: str, account: str, answer: str) -> None:
    with home.store.write() as session:
        post = a_post(session, home, account)
        crisis.declare(session, home.people["alice"], territory, "An attack")
        assert judged(session, post) == answer


def test_words_are_judged_while_it_stands_and_wait_at_the_gate_for_its_end(home: House) -> None:
    with home.store.write() as session:
        post = a_post(session, home)
        version = session.exec(select(Version).where(Version.digest == post.digest)).one()
        crisis.declare(session, home.people["alice"], "GB", "An attack")
        answers = planned.answers(session, version, post.tier, now(session))
        assert "calendar-sensitive" not in {one.check for one in answers} and judged(session, post) == STOPPED


def test_a_crisis_of_another_organisation_stops_nothing_here(home: House) -> None:
    with home.store.write() as session:
        other = factory.an_organisation(session, "elsewhere")
        at = now(session)
        session.add(SensitiveDay(organisation_id=other.id or 0, territory="GB", starts_at=at, name="Theirs",
                                 ends_at=at + timedelta(days=9), kind="crisis"))  # fmt: skip
        assert judged(session, a_post(session, home)) == "goes"
        assert crisis.standing(session) == []


def test_a_crisis_with_an_end_ends_then(home: House) -> None:
    with home.store.write() as session:
        post = a_post(session, home)
        until = now(session) + timedelta(minutes=30)
        crisis.declare(session, home.people["alice"], "GB", "An attack", until=until)
        assert judged(session, post) == STOPPED
        factory.move_on(session, timedelta(minutes=31))
        assert timedelta(minutes=31) < IDENTITY_FOR
        assert judged(session, post) == "goes"


def test_one_of_the_two_is_of_safeguarding_and_they_are_two(home: House) -> None:
    with home.store.write() as session:
        day = crisis.declare(session, home.people["dana"], "GB", "An attack")
        for who, code in (("alice", "rights.role"), ("bob", ""), ("bob", "crisis.same"), ("carol", "rights.role")):
            if not code:
                crisis.lift(session, home.people[who], day.id or 0)
                continue
            with pytest.raises(Refusal) as refused:
                crisis.lift(session, home.people[who], day.id or 0)
            assert refused.value.code == code
        assert [one.asked for one in crisis.standing(session)] == [True]
        assert crisis.lift(session, home.people["dana"], day.id or 0).lifted_at is not None
        with pytest.raises(Refusal, match="is standing"):
            crisis.lift(session, home.people["dana"], day.id or 0)


@pytest.mark.parametrize(
    ("territory", "name", "hours", "code"),
    [
        ("UK", "x", 1, "crisis.territory"), ("gb", "x", 1, "crisis.territory"), ("GB", " ", 1, "crisis.name"),
        ("GB", "x" * 81, 1, "crisis.name"), ("GB", "x", -1, "crisis.until"),
    ],
)  # fmt: skip
def test_a_crisis_that_would_stop_nothing_is_refused(
    home: House, territory: str, name: str, hours: int, code: str
) -> None:
    with home.store.write() as session, pytest.raises(Refusal) as refused:
        until = now(session) + timedelta(hours=hours)
        crisis.declare(session, home.people["alice"], territory, name, until=until)
    assert refused.value.code == code


def test_the_database_lets_no_crisis_go_without_two_and_changes_none(home: House) -> None:
    with home.store.write() as session:
        day = crisis.declare(session, home.people["alice"], "GB", "An attack").id
        crisis.lift(session, home.people["bob"], day or 0)
    for statement in (
        update(SensitiveDay).where(col(SensitiveDay.id) == day).values(lifted_at=SensitiveDay.starts_at),
        update(SensitiveDay).where(col(SensitiveDay.id) == day).values(ends_at=SensitiveDay.starts_at),
        update(SensitiveDay).where(col(SensitiveDay.id) == day).values(kind="holiday"),
        update(SensitiveDay).where(col(SensitiveDay.id) == day).values(territory="FR"),
        update(Crisis).values(lifted_second=home.id("bob")),
        update(Crisis).values(lifted_at=Crisis.at), text("DELETE FROM crisis"), text("DELETE FROM sensitive_day"),
    ):  # fmt: skip
        with pytest.raises(IntegrityError), home.store.write() as session:
            session.execute(statement)
    with pytest.raises(IntegrityError), home.store.write() as session:  # two of content, none of safeguarding
        session.execute(update(Crisis).values(lifted_second=home.id("carol"), lifted_at=Crisis.at))
        session.execute(update(SensitiveDay).values(lifted_at=SensitiveDay.starts_at))


def test_who_lifted_it_stays_as_it_was(home: House) -> None:
    with home.store.write() as session:
        day = crisis.declare(session, home.people["alice"], "GB", "An attack").id or 0
        for who in ("bob", "dana"):
            crisis.lift(session, home.people[who], day)
    for changed in ("lifted_first", "lifted_second"):
        with pytest.raises(IntegrityError), home.store.write() as session:
            session.execute(update(Crisis).values({changed: home.id("carol")}))


def test_setting_it_raises_the_counter_of_stops_and_each_act_stands_in_the_record(home: House) -> None:
    with home.store.write() as session:
        before = session.exec(select(Instance.stops)).one()
        day = crisis.declare(session, home.people["alice"], "GB", "An attack", reason="Words of mine")
        crisis.lift(session, home.people["bob"], day.id or 0)
        crisis.lift(session, home.people["dana"], day.id or 0)
        assert session.exec(select(Instance.stops)).one() == before + 1
        rows = session.execute(text("SELECT action, detail FROM record ORDER BY id DESC LIMIT 3")).all()
        assert [row[0] for row in rows] == ["crisis.lift", "crisis.lift_asked", "crisis.set"]
        assert not any("attack" in row[1] or "Words" in row[1] for row in rows)
        assert session.exec(select(Crisis)).one().reason not in ("", "Words of mine")


def test_a_crisis_lost_with_a_restore_is_put_back_by_what_is_told_outside(home: House, tmp_path: Path) -> None:
    with home.store.write() as session:
        crisis.declare(session, home.people["alice"], "GB", "An attack")
        told = [line for line, _ in noted.stops(session)]
        assert "attack" not in str(told)
    with home.store.read() as session:
        assert journal.write_stops(session, tmp_path) == len(told)
    crises = [line for line in told if line.get("kind") == "crisis"]
    with home.store.write() as session:
        done = replaying.replay(session, crises, now(session))
        assert done.made == 0, "it stands already"
        lost = [line | {"stop": "crisis:lost", "territory": "FR"} for line in crises]
        assert replaying.replay(session, lost, now(session)).made == 1
        assert [one.territory for one in crisis.standing(session)] == ["GB", "FR"]
