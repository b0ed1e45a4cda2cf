"""A profile that pretends to be somebody: one person says so and nothing goes there, two say that it is mended."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from content import gate, owning
from content.errors import Refusal
from content.gate import Stood
from content.lifecycle import Post
from content.organisation import Account, Instance
from content.record import seal
from content.store import now
from tests import factory
from tests.factory import House


@pytest.fixture
def home(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def judged(session: Session, post: Post) -> str:
    seal(session)
    found = gate.judge(session, [post], now(session))[post.id or 0]
    return f"{found.how} {found.code}" if isinstance(found, Stood) else "goes"


def test_nothing_goes_there_until_two_people_say_that_it_is_mended(home: House) -> None:
    with home.store.write() as session:
        post = factory.cleared_post(session, home, account="facebook-gb")
        assert judged(session, post) == "goes"
        before = session.exec(select(Instance.stops)).one()
        owning.poses(session, home.people["bob"], "facebook-gb")
        assert session.exec(select(Instance.stops)).one() == before + 1
        assert judged(session, post) == "wait account-authentic"
        owning.opened(session, home.people["carol"], "facebook-gb")
        assert judged(session, post) == "wait account-authentic"
        owning.opened(session, home.people["dana"], "facebook-gb")
        assert judged(session, post) == "goes"
        rows = session.execute(text("SELECT action FROM record WHERE subject = 'account' ORDER BY id DESC LIMIT 3"))
        assert rows.scalars().all() == ["account.open", "account.open_asked", "account.pose"]


def test_confirming_whose_it_is_mends_nothing(home: House) -> None:
    with home.store.write() as session:
        post = factory.cleared_post(session, home, account="facebook-gb")
        owning.poses(session, home.people["bob"], "facebook-gb")
        for who in ("carol", "dana"):
            owning.confirm(session, home.people[who], "facebook-gb")
        assert judged(session, post) == "wait account-authentic"


def test_the_two_are_two_and_whoever_may_not_says_nothing(home: House) -> None:
    with home.store.write() as session:
        people = home.people
        for act, who, code in (
            (owning.poses, "alice", "rights.role"), (owning.poses, "bob", ""), (owning.poses, "bob", "account.poses"),
            (owning.opened, "alice", "rights.role"), (owning.opened, "bob", ""),
            (owning.opened, "bob", "account.second"), (owning.opened, "carol", ""),
            (owning.opened, "carol", "account.open"),
        ):  # fmt: skip
            if not code:
                act(session, people[who], "facebook-gb")
                continue
            with pytest.raises(Refusal) as refused:
                act(session, people[who], "facebook-gb")
            assert refused.value.code == code


def test_what_was_said_before_it_was_seen_again_counts_no_more(home: House) -> None:
    with home.store.write() as session:
        for who, act in (("bob", owning.poses), ("carol", owning.opened), ("dana", owning.opened),
                         ("bob", owning.poses), ("carol", owning.opened)):  # fmt: skip
            act(session, home.people[who], "facebook-gb")
        row = session.exec(select(Account).where(Account.ref == "facebook-gb")).one()
        assert row.persona and row.open_asked == home.id("carol")


def test_the_database_lets_no_profile_go_that_nobody_said_is_mended(home: House) -> None:
    with home.store.write() as session:
        owning.poses(session, home.people["bob"], "facebook-gb")
    with pytest.raises(IntegrityError), home.store.write() as session:
        session.execute(text("UPDATE account SET persona = NOT persona WHERE ref = 'facebook-gb'"))
