"""Taking back: backwards, until each part has an answer, and also what came out in spite of a stop."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import Session, select

from content import stopping
from content.lifecycle import Part, Post, State
from content.narrative import Narrative
from content.organisation import Instance
from content.outcome import Advisory, Gone, Impossible, Retry, Sent, SentPart, Stands, TooLate, Vanished
from content.stop import Recall
from content.store import now, wall
from tests import factory
from tests.worker.conftest import Desk
from tests.worker.scripted import Scripted
from worker import dispatch, held, recall


@pytest.fixture
def way(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    made = Scripted()
    for module in (dispatch, recall):
        monkeypatch.setattr(module, "channels", lambda _: {"paper": made})
    return made


def look(desk: Desk) -> int:
    return recall.look(desk.store, desk.settings, desk.node)


def out(desk: Desk, **words: Any) -> int:
    post = desk.post(**words)
    dispatch.look(desk.store, desk.settings, desk.node)
    assert desk.state(post) == "published"
    return post


def recalling(desk: Desk, **words: Any) -> int:
    post = out(desk, **words)
    desk.change(lambda session: stopping.recall(session, desk.house.people["carol"], post, "a mistake"))
    assert desk.state(post) == "recalling"
    return post


def waiting_there(desk: Desk, **words: Any) -> int:
    """A post that is to be taken back, whatever its account's caps say of how many go out."""
    post = desk.post(**words)
    desk.change(lambda session: factory.brought(session, session.get_one(Post, post), "recalling"))
    return post


def the_recall(desk: Desk) -> Recall:
    with desk.store.read() as session:
        return session.exec(select(Recall)).one()


def test_what_is_recalled_is_gone_from_the_wall(desk: Desk) -> None:
    post = recalling(desk)
    assert list((desk.settings.home / "paper" / "out").iterdir())
    assert look(desk) == 1
    assert (desk.state(post), look(desk)) == ("recalled", 0)
    assert not list((desk.settings.home / "paper" / "out").iterdir())
    assert desk.parts(post)[0].recalled_at is not None
    assert the_recall(desk).ended_at is not None


def test_what_is_recalled_is_gone_from_the_site(desk: Desk) -> None:
    post = recalling(desk, account="site")
    assert list((desk.settings.site / "site" / "entries").iterdir())
    look(desk)
    assert desk.state(post) == "recalled"
    assert not list((desk.settings.site / "site" / "entries").iterdir())


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Gone(), "recalled"),
        (TooLate(), "recall_impossible"),
        (Impossible(), "recall_impossible"),
        (Advisory("asked"), "recalling"),
        (Retry(timedelta(minutes=1), "rate"), "recalling"),
        (OSError("away"), "recalling"),
    ],
)
def test_each_answer_has_its_own_end(desk: Desk, way: Scripted, answer: Any, state: str) -> None:
    post = recalling(desk)
    way.recalls = [answer]
    look(desk)
    assert (desk.state(post), desk.row(post).fence) == (state, None)


def test_what_only_readers_can_forget_counts_as_impossible_after_a_day(desk: Desk, way: Scripted) -> None:
    post = recalling(desk)
    way.recalls = [Advisory("asked"), Advisory("asked")]
    look(desk)
    desk.change(lambda session: session.execute(update(Instance).values(clock_offset=25 * 3600)))
    look(desk)
    assert desk.state(post) == "recall_impossible"


def test_what_failed_is_asked_again_but_not_at_once(desk: Desk, way: Scripted) -> None:
    post = recalling(desk)
    way.recalls = [OSError("away")]
    look(desk)
    look(desk)
    assert len(way.recalled) == 1
    desk.change(lambda session: session.execute(update(Instance).values(clock_offset=60)))
    look(desk)
    assert desk.state(post) == "recalled"


def test_a_withdrawal_while_the_call_is_under_way_is_recalled_at_once(desk: Desk, way: Scripted) -> None:
    post = desk.post(of=desk.house.narrative)

    def withdrawn() -> Sent:
        def work(session: Session) -> None:
            told = session.get_one(Narrative, desk.house.narrative.id)
            stopping.withdraw(session, desk.house.people["kim"], told)

        desk.change(work)
        return Sent((SentPart(0, "r0"),))

    way.publishes = [withdrawn]
    dispatch.look(desk.store, desk.settings, desk.node)
    look(desk)
    assert desk.state(post) == "recalled"
    assert desk.history(post)[-3:] == ["confirm", "recall", "confirm_recall"]


def test_a_rehearsal_or_a_copy_takes_nothing_back_outside(desk: Desk, way: Scripted) -> None:
    webhook = Scripted(name="webhook")
    post = recalling(desk)
    ref = desk.account("hook", channel="webhook")
    copy = recall.copy_of(desk.store, desk.row(post))
    assert ref == "hook"
    assert not recall.may_call(recall.instance_of(desk.store), "webhook")
    assert recall.may_call(recall.instance_of(desk.store), copy.account.channel)
    assert webhook.recalled == []


def test_what_is_said_to_be_gone_is_looked_at_once_more(desk: Desk, way: Scripted) -> None:
    post = recalling(desk)
    way.seen = [Stands()]
    look(desk)
    assert (desk.state(post), desk.row(post).note) == ("recalling", "recall.still_there")
    assert desk.parts(post)[0].recalled_at is None
    way.seen = [Vanished()]
    desk.change(lambda session: session.execute(update(Instance).values(clock_offset=60)))
    look(desk)
    assert desk.state(post) == "recalled"
    assert the_recall(desk).evidence == {"code": "recall.gone", "proof": "seen"}


def test_that_it_is_gone_was_only_told_where_nobody_can_look(desk: Desk, way: Scripted) -> None:
    recalling(desk)
    look(desk)
    assert the_recall(desk).evidence["proof"] == "told"


def test_what_puts_somebody_most_at_risk_goes_first(desk: Desk, way: Scripted) -> None:
    low, high = waiting_there(desk, tier=1), waiting_there(desk, tier=3)
    with desk.store.read() as session:
        waiting = session.execute(held._waiting(State.RECALLING, now(session), wall(session))).all()
    assert [row.id for row in waiting] == [high, low]


def test_a_busy_platform_is_left_alone_for_all_of_the_account_and_for_no_other(desk: Desk, way: Scripted) -> None:
    first, same, other = waiting_there(desk), waiting_there(desk), waiting_there(desk, account="site")
    way.recalls = [Retry(timedelta(minutes=30), "wall.429")]
    held_one, lease = held.hold(desk.store, State.RECALLING, limit=1)
    assert [one.id for one in held_one] == [first] and lease
    recall._recall(desk.store, {"paper": way, "site": way}, desk.node, held_one[0])
    with desk.store.read() as session:
        waiting = session.execute(held._waiting(State.RECALLING, now(session), wall(session))).all()
    assert [row.id for row in waiting] == [other]
    assert desk.row(same).retry_at is not None


@pytest.mark.parametrize("answer", [TooLate(), Impossible("barred")])
def test_what_no_program_can_take_down_is_said_to_people_though_it_is_seen_to_stand(
    desk: Desk, way: Scripted, answer: Any
) -> None:
    post = recalling(desk)
    way.recalls, way.seen = [answer], [Stands()]
    look(desk)
    assert desk.state(post) == "recall_impossible"


def test_a_piece_that_is_seen_again_once_it_counted_as_gone_is_asked_for_again(desk: Desk, way: Scripted) -> None:
    post = recalling(desk)
    desk.change(lambda session: session.execute(update(Part).values(recalled_at=now(session))))
    way.seen = [Stands(), Vanished()]
    look(desk)
    assert (way.recalled, desk.state(post)) == ([0], "recalling")
    desk.change(lambda session: session.execute(update(Instance).values(clock_offset=60)))
    look(desk)
    assert desk.state(post) == "recalled"
