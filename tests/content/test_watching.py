"""What people say to the watch: closing an appeal, answering a stranger; who may, once, and what stays of it."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from content import health, people, watching
from content.alarms import alarms
from content.errors import Refusal
from content.needs import needs
from content.pack import of_post
from content.store import now
from content.stranger import Stranger
from content.watch import Appeal, Piece, saw, take_in
from tests import factory
from tests.factory import House


@pytest.fixture
def home(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def an_appeal(session: Session, house: House) -> Appeal:
    """Of a post that stood after an hour and was changed since."""
    post = factory.brought(session, factory.cleared_post(session, house, account="bluesky-en"), "published").id or 0
    take_in(session, now(session))
    for result in ("stands", "changed", "changed"):
        factory.move_on(session, timedelta(hours=1))
        counts = {"likes": 3} if result == "stands" else {}
        saw(session, post, [Piece(0, result, counts=counts)], "worker:test", "bluesky", now(session))
    return session.exec(select(Appeal)).one()


def a_stranger(session: Session, house: House, *, raised: bool = True) -> Stranger:
    at = now(session)
    made = Stranger(account_id=house.accounts["bluesky-en"].id or 0, remote_id="x", url="https://social.example.org/x",
                    posted_at=at, seen_at=at, raised_at=at if raised else None)  # fmt: skip
    session.add(made)
    session.flush()
    return made


def test_an_appeal_is_closed_by_who_may_once_and_with_an_answer(home: House) -> None:
    with home.store.write() as session:
        made = an_appeal(session, home)
        for who, number, note, expected in (
            ("alice", made.id, "They put it back.", "rights.role"),
            ("bob", made.id, " ", "appeal.note"),
            ("bob", made.id, "x" * 2001, "appeal.note"),
            ("bob", 99999, "They put it back.", "appeal.none"),
        ):
            with pytest.raises(Refusal) as refused:
                watching.close_appeal(session, home.people[who], number or 0, note)
            assert refused.value.code == expected
        watching.close_appeal(session, home.people["bob"], made.id or 0, "They put it back.")
        with pytest.raises(Refusal) as again:
            watching.close_appeal(session, home.people["carol"], made.id or 0, "Another word.")
        assert again.value.code == "appeal.closed"
        (closed,) = watching.appeals(session, ended=True)
    assert (closed.closed_by, closed.note, watching_open(home)) == ("bob", "They put it back.", 0)


def watching_open(home: House) -> int:
    with home.store.read() as session:
        return len(watching.appeals(session))


def test_what_the_platform_answered_goes_with_who_wrote_it(home: House) -> None:
    with home.store.write() as session:
        made = an_appeal(session, home)
        watching.close_appeal(session, home.people["bob"], made.id or 0, "They put it back.")
        people.erase(session, home.people["kim"], home.people["bob"])
    with home.store.read() as session:
        assert watching.appeals(session, ended=True)[0].note == ""


def test_a_stranger_is_answered_by_who_may_and_only_once_it_was_raised(home: House) -> None:
    with home.store.write() as session:
        early = a_stranger(session, home, raised=False)
        with pytest.raises(Refusal) as unseen:
            watching.answer_stranger(session, home.people["bob"], early.id or 0, "ours")
        early.raised_at = now(session)
        session.add(early)
        session.flush()
        codes = [unseen.value.code]
        for who, answer in (("alice", "ours"), ("bob", "perhaps")):
            with pytest.raises(Refusal) as refused:
                watching.answer_stranger(session, home.people[who], early.id or 0, answer)
            codes.append(refused.value.code)
        watching.answer_stranger(session, home.people["bob"], early.id or 0, "ours")
        with pytest.raises(Refusal) as again:
            watching.answer_stranger(session, home.people["carol"], early.id or 0, "not_ours")
    assert [*codes, again.value.code] == ["stranger.none", "rights.role", "stranger.answer", "stranger.answered"]


def test_an_unanswered_stranger_is_a_critical_alarm_and_an_open_appeal_a_warning(home: House) -> None:
    def stand() -> dict[str, str]:
        found = alarms(health.look(home.store))
        return {one.code: one.level for one in found if one.code in ("account.stranger", "post.vanished")}

    with home.store.write() as session:
        strange, appeal = a_stranger(session, home), an_appeal(session, home)
    assert stand() == {"account.stranger": "critical", "post.vanished": "warn"}
    with home.store.write() as session:
        watching.answer_stranger(session, home.people["bob"], strange.id or 0, "not_ours")
        watching.close_appeal(session, home.people["bob"], appeal.id or 0, "They put it back.")
    assert stand() == {}


def test_both_need_whoever_answers_them_and_nobody_else(home: House) -> None:
    def kinds(session: Session, who: str) -> set[str]:
        return {one.kind for one in needs(session, home.people[who]).items} & {"stranger", "appeal"}

    with home.store.write() as session:
        strange = a_stranger(session, home)
        an_appeal(session, home)
        assert (kinds(session, "bob"), kinds(session, "alice")) == ({"stranger", "appeal"}, set())
        watching.answer_stranger(session, home.people["bob"], strange.id or 0, "ours")
        assert kinds(session, "bob") == {"appeal"}


def test_a_post_tells_what_was_seen_last_when_it_last_stood_and_what_was_counted(home: House) -> None:
    with home.store.write() as session:
        made = an_appeal(session, home)
        found = watching.looked(session, made.post_id)
        assert found is not None and found.stood is not None
        assert [one.result for one in found.seen] == ["changed"]
        assert found.stood < found.seen[0].at
        assert [(one.name, one.value, one.source) for one in found.counts] == [("likes", 3, "bluesky")]


def test_the_evidence_says_when_it_stood(home: House) -> None:
    with home.store.write() as session:
        made = an_appeal(session, home)
        pack = of_post(session, home.people["carol"], made.post_id)
    held = zipfile.ZipFile(io.BytesIO(pack.data))
    told = json.loads(held.read(f"posts/{made.post_id}.json"))
    assert [one["result"] for one in told["looked_at"]] == ["stands", "changed", "changed"]


@pytest.mark.parametrize(
    "statement",
    ["UPDATE sighting SET result = 'stands'", "DELETE FROM sighting", 'UPDATE tally SET "value" = 9',
     "DELETE FROM appeal", "UPDATE appeal SET kind = 'vanished'", "DELETE FROM stranger",
     "UPDATE stranger SET url = ''", "DELETE FROM watch"],
)  # fmt: skip
def test_what_was_seen_never_changes_and_never_goes(home: House, statement: str) -> None:
    with home.store.write() as session:
        an_appeal(session, home)
        a_stranger(session, home)
    with pytest.raises(IntegrityError), home.store.write() as session:
        session.execute(text(statement))


@pytest.mark.parametrize("table", ["appeal", "stranger"])
def test_an_answer_is_given_once(home: House, table: str) -> None:
    with home.store.write() as session:
        strange, appeal = a_stranger(session, home), an_appeal(session, home)
        watching.answer_stranger(session, home.people["bob"], strange.id or 0, "not_ours")
        watching.close_appeal(session, home.people["bob"], appeal.id or 0, "They put it back.")
    change = {"appeal": "closed_by = 1, closed_at = NULL", "stranger": "answer = 'ours'"}[table]
    with pytest.raises(IntegrityError), home.store.write() as session:
        session.execute(text(f"UPDATE {table} SET {change}"))
