"""Stops: what they cover, what they do at once, and who may lift them."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from content import consent, stopping
from content.errors import Refusal
from content.lifecycle import Action, Post, move, where
from content.message import Used, Version
from content.narrative import Quote
from content.organisation import the_instance
from content.record import Record
from content.stop import Recall
from content.store import Level, Scope, lock, now
from tests import factory
from tests.factory import House

PENDING = ("scheduled", "claimed", "blocked")
LIVE = ("published", "uncertain")


def _refused(code: str):
    return pytest.raises(Refusal, check=lambda refusal: refusal.code == code)


@pytest.fixture
def house(db: str):
    with factory.opened(db) as store:
        yield factory.house(store)


def _post(session: Session, house: House, state: str = "scheduled", account: str = "site", **more) -> Post:
    more = {"of": house.narrative} | more
    return factory.brought(session, factory.cleared_post(session, house, account=account, **more), state)


def test_a_withdrawal_cancels_what_is_to_go_and_recalls_what_is_live(house: House) -> None:
    with house.store.write() as session:
        waiting = [_post(session, house, state) for state in PENDING]
        live = [_post(session, house, state) for state in LIVE]
        other = _post(session, house, of=house.finding)
        done = stopping.withdraw(session, house.people["kim"], house.narrative)
        assert factory.states(session, *waiting) == ["cancelled"] * 3
        assert factory.states(session, *live) == ["recalling"] * 2
        assert factory.states(session, other) == ["scheduled"]
    assert (len(done.cancelled), len(done.recalled), done.running) == (3, 2, ())


def test_the_preview_counts_exactly_what_the_withdrawal_then_does_and_writes_nothing(house: House) -> None:
    with house.store.write() as session:
        for state in (*PENDING, *LIVE, "publishing"):
            _post(session, house, state, account="facebook-gb")
        before = session.exec(select(Record.id)).all()
        shown = stopping.preview(session, house.narrative, territories=["GB"])
        assert session.exec(select(Record.id)).all() == before
        done = stopping.withdraw(session, house.people["kim"], house.narrative, territories=["GB"])
    assert (shown.cancelled, shown.recalled, shown.running) == (done.cancelled, done.recalled, done.running)
    assert [len(ids) for ids in (shown.cancelled, shown.recalled, shown.running)] == [3, 2, 1]


def test_a_withdrawal_of_one_channel_stops_that_channel_and_its_captions_only(house: House) -> None:
    with house.store.write() as session:
        site, telegram = _post(session, house), _post(session, house, account="telegram-ar")
        stopping.withdraw(session, house.people["kim"], house.narrative, channels=["telegram"])
        assert factory.states(session, site, telegram) == ["scheduled", "cancelled"]


def test_a_withdrawal_of_one_language_stops_that_language_only(house: House) -> None:
    with house.store.write() as session:
        english = _post(session, house, "published")
        arabic = _post(session, house, "published", language="ar")
        stopping.withdraw(session, house.people["kim"], house.narrative, languages=["ar"])
        assert factory.states(session, english, arabic) == ["published", "recalling"]


def test_a_withdrawal_of_a_territory_stops_worldwide_accounts_too(house: House) -> None:
    with house.store.write() as session:
        abroad = factory.a_campaign(session, house.organisation, house.people["alice"], "vienna", territories=["AT"])
        house.accounts["facebook-at"] = factory.account(
            session, house.organisation, "facebook-at", territories=["AT"], form="facebook"
        )
        fenced = _post(session, house, account="facebook-at", campaign=abroad)
        worldwide = _post(session, house, campaign=abroad)
        stopping.withdraw(session, house.people["kim"], house.narrative, territories=["GB"])
        assert factory.states(session, fenced, worldwide) == ["scheduled", "cancelled"]


def test_a_narrowing_stops_what_lies_outside_and_nothing_else(house: House) -> None:
    with house.store.write() as session:
        site, facebook = _post(session, house, "published"), _post(session, house, account="facebook-gb")
        stopping.narrow(session, house.people["dana"], house.narrative, channels=["facebook"], reach="fenced")
        assert factory.states(session, site, facebook) == ["recalling", "scheduled"]


def test_a_narrowing_of_uses_stops_every_use_it_leaves_out(house: House) -> None:
    with house.store.write() as session:
        translated, text = _post(session, house, "published"), _post(session, house)
        quote = Quote(narrative_id=house.narrative.id or 0, ref="Q2", text="fighting", language="en",
                      original_language="ar", is_translation=True, source_ref="press")  # fmt: skip
        session.add(quote)
        session.flush()
        version = session.exec(select(Version).where(Version.digest == translated.digest)).one()
        session.add(Used(version_id=version.id or 0, kind="quote", ref="N-1/Q2", number=1, material_id=quote.id or 0))
        stopping.narrow(session, house.people["dana"], house.narrative, uses=["text", "verbatim"])
        assert factory.states(session, translated, text) == ["recalling", "scheduled"]


@pytest.mark.parametrize(
    ("what", "word"),
    [("channels", "Facebook"), ("channels", "twitter"), ("languages", "English"), ("territories", "UK")],
)
def test_a_withdrawal_of_what_does_not_exist_is_refused_rather_than_stopping_nothing(
    house: House, what: str, word: str
) -> None:
    named: dict[str, Any] = {what: [word]}
    with _refused("consent.unknown"), house.store.write() as session:
        stopping.withdraw(session, house.people["kim"], house.narrative, **named)
    with _refused("consent.unknown"), house.store.read() as session:
        stopping.preview(session, house.narrative, **named)


def test_a_narrowing_says_what_is_still_allowed(house: House) -> None:
    with _refused("consent.nothing"), house.store.write() as session:
        stopping.narrow(session, house.people["dana"], house.narrative)


def test_what_was_on_the_wire_is_recalled_once_it_is_out(house: House) -> None:
    with house.store.write() as session:
        running = _post(session, house, "publishing")
        done = stopping.withdraw(session, house.people["kim"], house.narrative)
        assert done.running == (running.id,)
        assert stopping.recall_covered(session) == 0
        factory.brought(session, factory.as_stored(session, running)[0], "published")
        assert stopping.recall_covered(session) == 1
        assert factory.states(session, running) == ["recalling"]
        assert stopping.recall_covered(session) == 0
        assert session.exec(select(Recall)).one().cause == "withdrawal"


def test_what_a_new_grant_allowed_is_not_recalled_for_the_old_withdrawal(house: House) -> None:
    with house.store.write() as session:
        stopping.withdraw(session, house.people["kim"], house.narrative)
        factory.consented(session, house, house.narrative)
        again = _post(session, house, "published")
        assert stopping.recall_covered(session) == 0
        assert factory.states(session, again) == ["published"]


def test_a_hold_leaves_posts_scheduled_and_live_copies_up(house: House) -> None:
    with house.store.write() as session:
        waiting, live = _post(session, house), _post(session, house, "published")
        stopping.hold(session, house.people["kim"], house.narrative, "trial")
        assert factory.states(session, waiting, live) == ["scheduled", "published"]


def test_a_take_down_hold_recalls_live_copies(house: House) -> None:
    with house.store.write() as session:
        live = _post(session, house, "published")
        stopping.hold(session, house.people["kim"], house.narrative, "reprisal", take_down=True)
        assert factory.states(session, live) == ["recalling"]


def test_a_take_down_hold_of_everywhere_recalls_fenced_copies_too(house: House) -> None:
    with house.store.write() as session:
        live = _post(session, house, "published", account="facebook-gb")
        stopping.hold(session, house.people["kim"], house.narrative, "trial", territories=["*"], take_down=True)
        assert factory.states(session, live) == ["recalling"]


def test_a_take_down_hold_that_begins_later_recalls_when_it_begins(house: House) -> None:
    with house.store.write() as session:
        live = _post(session, house, "published")
        begins = now(session) + timedelta(hours=1)
        stopping.hold(session, house.people["kim"], house.narrative, "trial", starts_at=begins, take_down=True)
        assert stopping.recall_covered(session) == 0
        factory.move_on(session, timedelta(hours=2))
        assert stopping.recall_covered(session) == 1
        assert factory.states(session, live) == ["recalling"]


def test_a_lifted_hold_recalls_nothing_more_and_who_set_it_cannot_lift_it(house: House) -> None:
    with house.store.write() as session:
        done = stopping.hold(session, house.people["kim"], house.narrative, "trial", take_down=True)
        with _refused("rights.own"):
            stopping.lift_hold(session, house.people["kim"], done.id)
        stopping.lift_hold(session, house.people["dana"], done.id)
        _post(session, house, "published")
        assert stopping.recall_covered(session) == 0


def test_every_stop_raises_the_counter_that_is_read_between_two_calls(house: House) -> None:
    with house.store.write() as session:
        before = the_instance(session).stops
        stopping.hold(session, house.people["kim"], house.narrative, "trial")
        stopping.pause(session, house.people["alice"], "all")
        stopping.narrow(session, house.people["kim"], house.narrative, channels=["site"])
        stopping.withdraw(session, house.people["kim"], house.narrative)
        session.expire_all()
        assert the_instance(session).stops == before + 4


def test_only_keeper_and_safeguarding_withdraw_and_hold(house: House) -> None:
    for ref in ("alice", "bob", "lena"):
        with house.store.write() as session:
            with _refused("rights.role"):
                stopping.withdraw(session, house.people[ref], house.narrative)
            with _refused("rights.role"):
                stopping.hold(session, house.people[ref], house.narrative, "trial")


def test_anyone_may_pause_and_a_territorys_pause_knows_its_languages(house: House) -> None:
    with house.store.write() as session:
        factory.a_campaign(session, house.organisation, house.people["alice"], "two", languages=["ar", "en"])
        done = stopping.pause(session, house.people["alice"], "territory", "GB", "something happened")
        found = session.get_one(stopping.Pause, done.id)
        assert found.languages == ["ar", "en"]
        assert "happened" not in found.reason


@pytest.mark.parametrize(
    ("scope", "value"),
    [("territory", "Britain"), ("language", "EN"), ("theme", "weather"), ("account", "nobody"), ("message", "M-404")],
)
def test_a_pause_of_what_does_not_exist_is_refused_rather_than_stopping_nothing(
    house: House, scope: str, value: str
) -> None:
    with _refused("pause.value"), house.store.write() as session:
        stopping.pause(session, house.people["alice"], scope, value)


def test_a_wide_pause_takes_two_people_one_of_safeguarding(house: House) -> None:
    with house.store.write() as session:
        key = stopping.pause(session, house.people["alice"], "all").id
        assert stopping.resume(session, house.people["bob"], key).lifted_at is None
        with _refused("pause.same"):
            stopping.resume(session, house.people["bob"], key)
        with _refused("rights.role"):
            stopping.resume(session, house.people["carol"], key)
        assert stopping.resume(session, house.people["dana"], key).lifted_at is not None
        with _refused("pause.none"):
            stopping.resume(session, house.people["sam"], key)


def test_an_author_lifts_nothing(house: House) -> None:
    with house.store.write() as session:
        key = stopping.pause(session, house.people["alice"], "all").id
        with _refused("rights.role"):
            stopping.resume(session, house.people["alice"], key)


def test_an_authors_pause_of_their_own_unsent_message_takes_one_reviewer(house: House) -> None:
    with house.store.write() as session:
        _post(session, house, ref="M-own")
        key = stopping.pause(session, house.people["alice"], "message", "M-own").id
        assert stopping.resume(session, house.people["bob"], key).lifted_at is not None


def test_once_it_was_sent_or_where_another_wrote_it_two_must_agree(house: House) -> None:
    with house.store.write() as session:
        _post(session, house, "published", ref="M-sent")
        _post(session, house, ref="M-anothers")
        sent = stopping.pause(session, house.people["alice"], "message", "M-sent").id
        another = stopping.pause(session, house.people["tom"], "message", "M-anothers").id
        for key in (sent, another):
            assert stopping.resume(session, house.people["bob"], key).lifted_at is None


def test_any_one_reviewer_recalls_a_live_post_and_nothing_else(house: House) -> None:
    with house.store.write() as session:
        live, waiting = _post(session, house, "published"), _post(session, house)
        with _refused("rights.role"):
            stopping.recall(session, house.people["alice"], live.id or 0, "")
        with _refused("recall.not_live"):
            stopping.recall(session, house.people["bob"], waiting.id or 0, "")
        stopping.recall(session, house.people["bob"], live.id or 0, "a typo")
        assert factory.states(session, live) == ["recalling"]
        assert "typo" not in session.exec(select(Recall)).one().reason


def test_each_stop_stands_in_the_record(house: House) -> None:
    with house.store.write() as session:
        _post(session, house)
        _post(session, house, "published")
        stopping.withdraw(session, house.people["kim"], house.narrative)
        stopping.pause(session, house.people["alice"], "all")
        said = [row.action for row in session.exec(select(Record).order_by(Record.id))][-4:]
    assert said == ["consent.withdraw", "post.cancel", "post.recall", "pause.set"]


def test_a_withdrawal_waits_for_an_intent_that_holds_the_narrative_and_then_sees_it(house: House) -> None:
    """PostgreSQL: the shared lock of the intent. SQLite: one writer at a time."""
    with house.store.write() as session:
        post = _post(session, house, "claimed")
    done: list[stopping.Stopped] = []

    def withdraw() -> None:
        with house.store.write() as session:
            done.append(stopping.withdraw(session, house.people["kim"], house.narrative))

    thread = threading.Thread(target=withdraw)
    with house.store.write() as session:
        lock(session, [Scope(Level.NARRATIVE, house.narrative.id or 0)], exclusive=False)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        moved = move(session, where(factory.as_stored(session, post)), Action.BEGIN, at=now(session))
        assert moved == [post.id]
    thread.join(20)
    assert done[0].running == (post.id,)


def test_the_scope_in_force_is_closed_by_the_same_step(house: House) -> None:
    with house.store.write() as session:
        stopping.withdraw(session, house.people["kim"], house.narrative)
        found = consent.scopes(session, [house.narrative.id or 0], now(session))[house.narrative.id or 0]
    assert found.withdrawn is True


def test_a_post_put_back_after_a_withdrawal_is_cancelled_by_the_next_look(house: House) -> None:
    with house.store.write() as session:
        stopping.withdraw(session, house.people["kim"], house.narrative)
    with house.store.write() as session:
        post = factory.cleared_post(session, house, of=house.narrative)
    with house.store.write() as session:
        assert stopping.recall_covered(session) == 1
        assert session.get_one(Post, post.id).state == "cancelled"


def test_a_new_grant_s_posts_are_not_touched_by_the_old_withdrawal(house: House) -> None:
    with house.store.write() as session:
        stopping.withdraw(session, house.people["kim"], house.narrative)
    with house.store.write() as session:
        factory.consented(session, house, house.narrative)
        post = factory.cleared_post(session, house, of=house.narrative)
    with house.store.write() as session:
        assert stopping.recall_covered(session) == 0
        assert session.get_one(Post, post.id).state == "scheduled"
