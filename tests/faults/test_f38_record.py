"""F38: where the record cannot be written the action is refused, whoever takes it, and nothing is released."""

# ruff: noqa: F811  # fixtures are imported by their names

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from content import stopping
from content.record import Step, write
from content.store import Store, now
from tests.faults.counting import injected
from tests.faults.wire_desk import Outside, hurry, outside, server  # noqa: F401
from worker import dispatch

pytestmark = pytest.mark.fault
REFUSES = {
    True: ("CREATE TRIGGER no_record BEFORE INSERT ON record BEGIN SELECT RAISE(ABORT, 'no room'); END",),
    False: (
        "CREATE FUNCTION no_record() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room'; END $$",
        "CREATE TRIGGER no_record BEFORE INSERT ON record FOR EACH ROW EXECUTE FUNCTION no_record()",
    ),
}


def refuse(desk: Outside) -> None:
    """From now on no row enters the record."""
    injected("record.refused")
    for statement in REFUSES[desk.store.sqlite]:
        desk.change(lambda session, statement=statement: session.execute(text(statement)))


def relent(desk: Outside) -> None:
    on = "" if desk.store.sqlite else " ON record"
    desk.change(lambda session: session.execute(text(f"DROP TRIGGER no_record{on}")))


def test_f38_no_post_goes_while_its_intent_cannot_be_recorded(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch, 0.3)
    posts = outside.posts(2)
    refuse(outside)
    for _ in range(4):  # longer than the three leases after which a post is put aside
        outside.look_in_vain()
    assert outside.server.ledger.calls == []
    assert {*outside.states(posts)} <= {"scheduled", "claimed"}
    relent(outside)
    outside.until(lambda: {*outside.states(posts)} == {"published"})
    outside.compare()


def test_f38_people_s_deeds_are_refused_as_well(outside: Outside) -> None:
    refuse(outside)
    with pytest.raises(DBAPIError), outside.store.write() as session:
        stopping.pause(session, outside.house.people["dana"], "all")
    relent(outside)
    (post,) = outside.posts(1)
    outside.look()
    assert outside.state(post) == "published"  # the pause that could not be recorded was never set


def test_f38_without_the_keys_nothing_is_begun(outside: Outside) -> None:
    (post,) = outside.posts(1)
    keyless = Store(outside.store.url)
    try:
        dispatch.look(keyless, outside.settings, outside.node)
    finally:
        keyless.close()
    assert outside.server.ledger.calls == []
    assert outside.state(post) in ("scheduled", "claimed")


def test_f38_nothing_is_released_while_the_record_is_not_sealed(outside: Outside) -> None:
    (post,) = outside.posts(1)

    def an_old_row(session: Session) -> None:
        write(session, Step("init", "test.old", "instance", 1), at=now(session) - timedelta(seconds=61))

    outside.change(an_old_row)
    dispatch.look(outside.store, outside.settings, outside.node)
    assert (outside.state(post), outside.server.ledger.calls) == ("scheduled", [])
    assert outside.row(post).note.startswith("record.lag")
    outside.let_pass()
    outside.look(2)
    outside.let_pass()
    outside.look()
    assert outside.state(post) == "published"
    outside.compare()
