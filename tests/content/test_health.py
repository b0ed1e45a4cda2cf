"""Health is read from the rows alone: what it says holds when every program is dead; on both databases."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, func, select, update

from content import health
from content.alarms import alarms
from content.checks.rules import RULES
from content.circuit import Circuit
from content.errors import Refusal
from content.health import Health, Some
from content.lifecycle import Action, Post
from content.message import Wording
from content.organisation import Account, Heartbeat, JournalMark, Organisation
from content.pace import Pace
from content.record import Head, Record, Step, seal, write
from content.store import Store, now, wall
from tests import factory
from tests.factory import House


@pytest.fixture
def house(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def look(house: House, **more: object) -> Health:
    return health.look(house.store, **more)  # type: ignore[arg-type]


def codes(house: House) -> set[str]:
    return {alarm.code for alarm in alarms(look(house))}


def put(session: Session, post: Post, **values: object) -> None:
    session.execute(update(Post).where(col(Post.id) == post.id).values(**values))


def aged(session: Session, post: Post, seconds: float) -> None:
    put(session, post, changed_at=now(session) - timedelta(seconds=seconds))


def test_a_quiet_house_has_nothing_waiting(house: House) -> None:
    found = look(house)
    assert (found.kind, found.armed, found.due, found.uncertain, found.seal_lag) == (
        "rehearsal", False, Some(), Some(), 0.0,
    )  # fmt: skip
    assert found.programs == ()


def test_a_due_post_that_nobody_claims_is_as_old_as_its_instant(house: House) -> None:
    with house.store.write() as session:
        factory.cleared_post(session, house, opens=timedelta(minutes=-10))
        factory.move_on(session, timedelta(seconds=90))
    found = look(house)
    assert found.due.number == 1
    assert found.due.oldest == pytest.approx(90, abs=5)
    assert "release.late" in {alarm.code for alarm in alarms(found) if alarm.level == "critical"}


def test_a_post_put_aside_counts_from_when_it_may_be_claimed_again(house: House) -> None:
    with house.store.write() as session:
        post = factory.cleared_post(session, house)
        factory.move_on(session, timedelta(hours=1))
        put(session, post, retry_at=now(session) + timedelta(seconds=5))
    assert look(house).due == Some()
    with house.store.write() as session:
        factory.move_on(session, timedelta(seconds=20))
    assert look(house).due.oldest == pytest.approx(15, abs=5)


def test_a_post_that_is_not_due_yet_is_in_the_plan_only(house: House) -> None:
    with house.store.write() as session:
        factory.cleared_post(session, house, opens=timedelta(hours=1))
    assert (look(house).due, look(house).scheduled) == (Some(), 1)


def test_a_lease_that_ended_is_seen_when_no_worker_lives(house: House) -> None:
    with house.store.write() as session:
        post = factory.cleared_post(session, house)
        factory.take(session, post, Action.CLAIM)
        put(session, post, lease_until=wall(session) - timedelta(seconds=45))
    assert look(house).lapsed.oldest == pytest.approx(45, abs=5)
    assert "lease.lapsed" in codes(house)


@pytest.mark.parametrize(
    ("state", "field", "code", "seconds"),
    [
        ("uncertain", "uncertain", "post.uncertain", 16 * 60),
        ("blocked", "blocked", "post.blocked", 16 * 60),
        ("recalling", "recalling", "recall.slow", 61),
        ("recall_impossible", "recall_impossible", "recall.impossible", 1),
        ("expired", "expired", "post.expired", 1),
        ("failed", "failed", "post.failed", 1),
    ],
)
def test_each_open_state_is_counted_with_its_oldest(
    house: House, state: str, field: str, code: str, seconds: int
) -> None:
    with house.store.write() as session:
        posts = [factory.brought(session, factory.cleared_post(session, house), state) for _ in range(2)]
        aged(session, posts[0], seconds)
    some = getattr(look(house), field)
    assert some.number == 2
    assert some.oldest == pytest.approx(seconds, abs=5)
    assert code in codes(house)


@pytest.mark.parametrize("state", ["expired", "failed"])
def test_what_lapsed_the_day_before_is_no_news(house: House, state: str) -> None:
    with house.store.write() as session:
        aged(session, factory.brought(session, factory.cleared_post(session, house), state), 25 * 3600)
    assert getattr(look(house), state) == Some()


def test_blocked_posts_are_told_by_code_and_never_by_words(house: House) -> None:
    notes = ("account.disabled: The account is switched off.", "account.disabled: again", "Amira said so", "")
    with house.store.write() as session:
        for note in notes:
            put(session, factory.brought(session, factory.cleared_post(session, house), "blocked"), note=note)
    found = look(house)
    assert found.blocked_by == (("account.disabled", 2), ("other", 2))
    assert "Amira" not in repr(found)


def test_a_post_out_twice_is_named_until_it_is_down(house: House) -> None:
    with house.store.write() as session:
        post = factory.brought(session, factory.cleared_post(session, house), "published")
        put(session, post, surplus=True)
    assert look(house).surplus_posts == (post.id,)
    assert "post.surplus" in codes(house)
    with house.store.write() as session:
        factory.brought(session, session.get_one(Post, post.id), "recalled")
    assert look(house).surplus_posts == ()


def test_unsealed_rows_are_as_old_as_the_oldest(house: House) -> None:
    with house.store.write() as session:
        factory.cleared_post(session, house)
        session.execute(text("UPDATE instance SET clock_offset = clock_offset + 61"))
    found = look(house)
    with house.store.read() as session:
        open_ = session.exec(select(Record.id).where(col(Record.seq).is_(None))).all()
    assert found.unsealed.number == len(open_)
    assert found.seal_lag == pytest.approx(61, abs=5)
    assert "record.unsealed" in codes(house)


def test_the_journal_is_behind_by_the_age_of_the_first_head_it_lacks(house: House) -> None:
    assert look(house).journal_behind is None
    with house.store.write() as session:
        session.add(JournalMark(id=1, seq=session.exec(select(func.max(Head.seq))).one()))
    assert look(house).journal_behind == 0.0
    with house.store.write() as session:
        factory.cleared_post(session, house)
        seal(session)
        session.execute(text("UPDATE instance SET clock_offset = clock_offset + 40"))
    assert look(house).journal_behind == pytest.approx(40, abs=5)


def test_a_post_whose_account_must_wait_is_kept_back_and_not_late(house: House) -> None:
    with house.store.write() as session:
        post = factory.cleared_post(session, house)
        factory.move_on(session, timedelta(minutes=2))
        session.add(Pace(account_id=post.account_id, next_at=now(session) + timedelta(minutes=5)))
    found = look(house)
    assert (found.due, found.kept_back) == (Some(), 1)
    with house.store.write() as session:
        factory.move_on(session, timedelta(minutes=6))
    assert (look(house).due.number, look(house).kept_back) == (1, 0)


def test_an_open_circuit_is_named_with_its_account(house: House) -> None:
    with house.store.write() as session:
        opened, until = now(session) - timedelta(minutes=2), now(session) + timedelta(minutes=1)
        site, telegram = (house.accounts[ref].id or 0 for ref in ("site", "telegram-ar"))
        session.add(Circuit(account_id=telegram, failures=5, until=until, opened_at=opened, code="telegram.401"))
        session.add(Circuit(account_id=site, failures=1))
    (shut,) = look(house).circuits
    assert (shut.account, shut.code) == ("telegram-ar", "telegram.401")
    assert shut.age == pytest.approx(120, abs=5)
    assert "account.circuit" in codes(house)


def test_the_last_backup_is_as_old_as_its_step(house: House) -> None:
    assert look(house).backup is None
    with house.store.write() as session:
        write(session, Step("person:1", "backup.make", "backup", "abc"))
        factory.move_on(session, timedelta(hours=3))
        write(session, Step("person:1", "backup.try", "backup", "abc"))
    assert look(house).backup == pytest.approx(3 * 3600, abs=5)


def test_programs_are_heard_by_the_clock_of_the_wall(house: House) -> None:
    with house.store.write() as session:
        session.add(Heartbeat(name="worker", at=wall(session) - timedelta(seconds=12), detail="here:1"))
        session.add(Heartbeat(name="beat", at=wall(session)))
        factory.move_on(session, timedelta(days=2))
    found = look(house)
    assert {one.name: round(one.age) for one in found.programs} == {"worker": 12, "beat": 0}
    assert "worker.silent" in codes(house)
    assert "beat.silent" not in codes(house)


def test_accounts_that_nobody_verified_lately_are_counted(house: House) -> None:
    assert look(house).unverified == 0
    with house.store.write() as session:
        session.execute(update(Account).where(col(Account.ref) == "site").values(identity_verified_at=None))
        old = now(session) - timedelta(days=91)
        session.execute(update(Account).where(col(Account.ref) == "telegram-ar").values(ownership_verified_at=old))
        session.execute(update(Account).where(col(Account.ref) == "bluesky-en").values(
            identity_verified_at=None, disabled_at=old))  # fmt: skip
    found = look(house)
    assert (found.unverified, found.accounts) == (2, 3)


def test_words_wait_to_be_formatted_and_to_be_checked_again(house: House) -> None:
    with house.store.write() as session:
        made = factory.version(session, house)
        factory.evaluation(session, made)
        session.execute(update(Wording).values(answered_at=None, queued_at=now(session) - timedelta(minutes=3)))
    found = look(house)
    assert found.to_format.oldest == pytest.approx(180, abs=5)
    with house.store.write() as session:
        session.execute(update(Organisation).values(material_epoch=Organisation.material_epoch + 1))
    assert look(house).unevaluated == 1
    with house.store.write() as session:
        seen = {"evaluated_epoch": Organisation.material_epoch, "evaluated_rules": RULES}
        session.execute(update(Organisation).values(**seen))
    assert look(house).unevaluated == 0
    with house.store.write() as session:
        session.execute(update(Organisation).values(evaluated_rules="older"))
    with house.store.write() as session:
        session.execute(update(Organisation).values(material_epoch=Organisation.material_epoch + 1))
    assert look(house).unevaluated == 1


def test_lateness_is_that_of_the_last_intents(house: House) -> None:
    with house.store.write() as session:
        for seconds in (0, 30):
            post = factory.cleared_post(session, house)
            factory.move_on(session, timedelta(seconds=seconds)) if seconds else None
            factory.brought(session, post, "published")
    late = look(house).lateness
    assert late.number == 2
    assert late.most == pytest.approx(30, abs=5)
    assert dict(late.within)[10.0] == 1
    assert look(house).intents >= 2


def test_figures_of_lateness() -> None:
    late = health.lateness([0.01] * 19 + [3.0])
    assert (late.number, late.p50, late.p95, late.most) == (20, 0.01, 3.0, 3.0)
    assert late.within[0] == (0.02, 19)


def test_nothing_can_be_written_while_health_is_read(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def sneak(session: Session, *_: object) -> dict[str, object]:
        session.execute(text("UPDATE instance SET stops = stops + 1"))
        return {}

    monkeypatch.setattr(health, "_read", sneak)
    with pytest.raises(SQLAlchemyError, match=r"read.?only"):
        look(house)
    with house.store.write() as session:
        session.execute(text("UPDATE instance SET stops = stops + 1"))


def test_a_database_that_hangs_is_away_in_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "look", lambda *_, **__: time.sleep(1))
    with pytest.raises(Refusal, match=r"database\.away"):
        health.ask(house.store, seconds=0.05)


def test_a_database_without_our_tables_is_not_away(blank_db: str) -> None:
    store = health.store_of(blank_db)
    if store.sqlite:
        Path(store.engine.url.database or "").touch()
    with pytest.raises(Refusal, match=r"schema\.differs"):
        health.ask(store)
    store.close()


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'none.db'}")
    with pytest.raises(Refusal, match=r"instance\.none"):
        health.ask(store)
    assert not (tmp_path / "none.db").exists()


def test_no_server_is_away_and_its_password_is_not_told() -> None:
    store = health.store_of("postgresql://someone:s3cret@127.0.0.1:1/none")
    with pytest.raises(Refusal, match=r"database\.away") as refused:
        health.ask(store)
    assert "s3cret" not in str(refused.value)
    store.close()
