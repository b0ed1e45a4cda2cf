"""Who answers replies: shifts count at the gate's facts, and what is planned without cover is named."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from content import moderation, people, shift
from content.checks.engine import FACTS, run
from content.checks.facts.load import Wanted, facts
from content.checks.finding import Finding
from content.errors import Refusal
from content.lifecycle import Post
from content.organisation import Organisation
from content.shift import Shift
from content.store import now
from content.zone import local_at
from tests import factory
from tests.factory import House


@pytest.fixture
def home(db: str) -> Iterator[House]:
    """A house in which nobody answers yet."""
    with factory.opened(db) as store:
        house = factory.house(store)
        with store.write() as session:
            for one in session.exec(select(Shift)):
                one.ended_at = now(session)
            session.add_all(_unsaid(session))
        yield house


def _unsaid(session: Session) -> list[Organisation]:
    found = list(session.exec(select(Organisation)))
    for one in found:
        one.reply_policy = one.escalation = None
    return found


def wanted(at: datetime, hours: float = 8, **changed: Any) -> shift.Wanted:
    start = local_at(at, "UTC")
    given: dict[str, Any] = {
        "person": "carol", "languages": ["en"], "day": f"{start:%Y-%m-%d}", "start": f"{start:%H:%M}",
        "end": f"{start + timedelta(hours=hours):%H:%M}", "trained": True,
    }  # fmt: skip
    return shift.Wanted(**(given | changed))


def codes(session: Session, post: Post) -> list[str]:
    """What the check says of a post by what the gate reads."""
    case = facts(session, [Wanted(0, post.leaf_id, post.due_at, post.id, post.due_at)])[0]
    return [one.code for one in run(FACTS["moderation-cover"], case) if isinstance(one, Finding)]


def a_post(session: Session, home: House, account: str = "bluesky-en", *, ahead: float = 24) -> Post:
    words = factory.version(session, home, accounts=(account,), closes=timedelta(days=30))
    cleared = factory.clearance(session, home, words, valid=timedelta(days=30))
    return factory.post(session, home, cleared, account=account, due=now(session) + timedelta(hours=ahead))


def test_a_post_is_covered_once_somebody_is_on_shift_and_no_longer_once_that_is_called_off(home: House) -> None:
    with home.store.write() as session:
        post = a_post(session, home)
        shift.add(session, home.people["bob"], wanted(post.due_at + timedelta(days=2), person="tom"))
        assert codes(session, post) == ["distress", "policy", "shift"]
        (made,) = shift.add(session, home.people["bob"], wanted(post.due_at - timedelta(minutes=30)))
        assert codes(session, post) == ["distress", "policy"]
        shift.end(session, home.people["bob"], made.id or 0)
        assert "shift" in codes(session, post)


def test_a_policy_and_whom_to_call_are_said_and_taken_back(home: House) -> None:
    with home.store.write() as session:
        post = a_post(session, home)
        bob = home.people["bob"]
        moderation.told(session, bob, reply_policy="https://house.example.org/replies", escalation="Dana")
        assert codes(session, post) == ["shift"]
        moderation.told(session, bob, escalation="")
        assert codes(session, post) == ["distress", "shift"]


def test_a_shift_in_another_language_or_of_another_organisation_or_of_who_left_covers_nothing(home: House) -> None:
    with home.store.write() as session:
        post = a_post(session, home)
        early = post.due_at - timedelta(minutes=30)
        shift.add(session, home.people["bob"], wanted(early, languages=["ar"]))
        assert "shift" in codes(session, post)
        (made,) = shift.add(session, home.people["bob"], wanted(early, person="tom"))
        assert "shift" not in codes(session, post)
        people.disable(session, home.people["dana"], home.people["tom"])
        assert "shift" in codes(session, post)
        other = factory.an_organisation(session, "elsewhere")
        session.add(Shift(**made.model_dump(exclude={"id", "organisation_id", "person_id"}),
                          organisation_id=other.id or 0, person_id=home.id("carol")))  # fmt: skip
        assert "shift" in codes(session, post)


def test_a_shift_that_comes_back_each_week_keeps_its_local_hour_when_the_clocks_change(home: House) -> None:
    with home.store.write() as session:
        first = now(session) + timedelta(days=1)
        weekly = wanted(first, start="18:00", end="02:00", zone="Europe/London", weeks=26, day=f"{first:%Y-%m-%d}")
        made = shift.add(session, home.people["bob"], weekly)
        assert len(made) == 26
        hours = {(f"{local_at(one.starts_at, one.zone):%H:%M}", one.ends_at - one.starts_at) for one in made}
        assert {start for start, _ in hours} == {"18:00"}
        assert {one.starts_at.hour for one in made} == {17, 18}, "half a year has both times"


def test_only_what_people_can_answer_to_is_named_as_uncovered(home: House) -> None:
    with home.store.write() as session:
        post = a_post(session, home)
        a_post(session, home, "site", ahead=30)
        late = a_post(session, home, ahead=15 * 24)
        found = moderation.cover(session, home.people["alice"])
        assert [(one.at, one.language, one.accounts) for one in found.gaps] == [(post.due_at, "en", ("bluesky-en",))]
        assert late.due_at > now(session) + moderation.AHEAD
        shift.add(session, home.people["bob"], wanted(post.due_at - timedelta(minutes=30)))
        found = moderation.cover(session, home.people["alice"])
        assert not found.gaps and not found.more
        assert [one.ref for one in found.shifts] == ["carol"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"trained": False}, "shift.trained"), ({"person": "nobody"}, "people.none"),
        ({"languages": []}, "shift.language"), ({"day": "soon"}, "window.start_unreadable"),
        ({"languages": ["xx"]}, "shift.language"), ({"weeks": 0}, "shift.weeks"), ({"weeks": 27}, "shift.weeks"),
        ({"day": "2020-01-01"}, "shift.past"), ({"day": "2099-01-01"}, "shift.far"),
        ({"zone": "Nowhere"}, "window.zone_unknown"), ({"start": "08:00", "end": "21:00"}, "shift.long"),
        ({"start": "08:00", "end": "08:00"}, "shift.long"),
    ],
)  # fmt: skip
def test_a_shift_that_makes_no_sense_is_refused(home: House, changed: dict[str, Any], code: str) -> None:
    with home.store.write() as session:
        with pytest.raises(Refusal) as refused:
            shift.add(session, home.people["bob"], wanted(now(session) + timedelta(days=2), **changed))
        assert refused.value.code == code


def test_the_same_person_has_one_shift_at_a_time_and_shifts_that_meet_are_two(home: House) -> None:
    with home.store.write() as session:
        bob, first = home.people["bob"], now(session) + timedelta(days=2)
        shift.add(session, bob, wanted(first, 4))
        shift.add(session, bob, wanted(first + timedelta(hours=4), 4))
        with pytest.raises(Refusal, match="at that time already"):
            shift.add(session, bob, wanted(first + timedelta(hours=2), 4))


@pytest.mark.parametrize(
    "address", ["http://house.example.org/replies", "https://elsewhere.example.com/replies", "house.example.org", "x"]
)
def test_a_policy_that_readers_could_not_open_is_refused(home: House, address: str) -> None:
    with home.store.write() as session, pytest.raises(Refusal) as refused:
        moderation.told(session, home.people["bob"], reply_policy=address)
    assert refused.value.code == "moderation.policy"


def test_whoever_may_not_changes_nothing(home: House) -> None:
    with home.store.write() as session:
        alice = home.people["alice"]
        for act in (
            lambda: shift.add(session, alice, wanted(now(session) + timedelta(days=2))),
            lambda: shift.end(session, alice, 1),
            lambda: moderation.told(session, alice, escalation="Dana"),
        ):
            with pytest.raises(Refusal) as refused:
                act()
            assert refused.value.code == "rights.role"


def test_a_shift_never_changes_and_never_goes(home: House) -> None:
    for statement in (
        "UPDATE shift SET person_id = 1", "UPDATE shift SET ends_at = starts_at", "UPDATE shift SET languages = '[]'",
        "UPDATE shift SET ended_at = NULL", "DELETE FROM shift",
    ):  # fmt: skip
        with pytest.raises(IntegrityError), home.store.write() as session:
            session.execute(text(statement))


def test_more_posts_cost_no_statement_more(home: House) -> None:
    def statements(session: Session, wanted_: list[Wanted]) -> int:
        asked = []
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", lambda *given: asked.append(given[2]))
        facts(session, wanted_)
        return len(asked)

    with home.store.write() as session:
        posts = [a_post(session, home, ahead=24 + number) for number in range(3)]
        shift.add(session, home.people["bob"], wanted(posts[0].due_at - timedelta(minutes=30)))
        every = [Wanted(number, one.leaf_id, one.due_at, one.id) for number, one in enumerate(posts)]
    with home.store.read() as session:
        one = statements(session, every[:1])
    with home.store.read() as session:
        assert statements(session, every) == one


def test_each_act_stands_in_the_record_without_the_words(home: House) -> None:
    with home.store.write() as session:
        bob = home.people["bob"]
        (made,) = shift.add(session, bob, wanted(now(session) + timedelta(days=2)))
        shift.end(session, bob, made.id or 0)
        moderation.told(session, bob, escalation="Dana, on her own line")
        rows = session.execute(text("SELECT action, detail FROM record ORDER BY id DESC LIMIT 3")).all()
    assert [row[0] for row in rows] == ["moderation.set", "shift.end", "shift.add"]
    assert "Dana" not in rows[0][1]
