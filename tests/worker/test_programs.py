"""The clock and the pulse: rows decide, and a broker that is away, dead or frozen delays nothing."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from content.organisation import Account, Heartbeat
from content.record import Head, Record, Step, write
from content.store import now
from tests import factory
from tests.worker.conftest import Desk
from worker import beat, looks, pulse, seal, verify
from worker.beat import Bell, Tick
from worker.node import Node
from worker.pulse import Beating
from worker.waiting import CAP, Waiting, waiting


def until(true: Callable[[], bool], seconds: float = 8.0) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


class Rings:
    """An app whose broker takes every ring."""

    def __init__(self, fails: bool = False) -> None:
        self.names: list[str] = []
        self.fails = fails
        self.told: dict[str, Any] = {}

    def send_task(self, name: str, **told: Any) -> None:
        if self.fails:
            raise OSError("no broker")
        self.names.append(name)
        self.told = told


def a_tick(desk: Desk, monkeypatch: pytest.MonkeyPatch, app: Any) -> Tick:
    monkeypatch.setattr(beat, "opened", lambda: (desk.store, desk.settings))
    made = Tick.__new__(Tick)
    made.app, made._bell, made._slow, made._alive = app, None, time.monotonic() + 1e9, float("-inf")
    return made


def test_nothing_due_means_a_quarter_of_a_second(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    app = Rings()
    desk.post(due=3600)
    assert a_tick(desk, monkeypatch, app).tick() == CAP
    assert "release_due" not in app.names


def test_the_clock_rings_a_moment_before_a_post_is_due(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    app = Rings()
    desk.post(due=0.8)
    assert 0 < a_tick(desk, monkeypatch, app).tick() <= CAP
    assert until(lambda: "release_due" in app.names)
    assert app.told["retry"] is False
    assert app.told["expires"] > 0


def test_the_clock_goes_on_without_a_broker(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.post()
    ticking = a_tick(desk, monkeypatch, Rings(fails=True))
    began = time.monotonic()
    for _ in range(3):
        assert 0 < ticking.tick() <= CAP
    assert time.monotonic() - began < 2


def test_the_clock_goes_on_without_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> Any:
        raise OSError("away")

    monkeypatch.setattr(beat, "opened", away)
    made = Tick.__new__(Tick)
    assert made.tick() == CAP


def test_a_bell_that_hangs_holds_up_no_tick() -> None:
    hang = threading.Event()
    bell = Bell(lambda name: hang.wait(5) and None)
    began = time.monotonic()
    for _ in range(5):
        bell.ask({"release_due"})
    assert time.monotonic() - began < 0.5
    hang.set()


def test_the_clock_leaves_a_sign_of_life(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    a_tick(desk, monkeypatch, Rings()).tick()
    with desk.store.read() as session:
        assert session.exec(select(Heartbeat.name)).all() == ["beat"]


def test_what_waits_is_told_in_one_read(desk: Desk) -> None:
    found = waiting(desk.store)
    assert found.due is None
    assert found.rest() == CAP
    desk.post(due=-1)
    found = waiting(desk.store)
    assert found.due is not None and found.due < 0
    assert found.work["release_due"]
    assert not found.work["recall"]


@pytest.mark.parametrize(("due", "rest"), [(None, CAP), (-5.0, CAP), (0.5, CAP), (1.1, 0.1), (60.0, CAP)])
def test_the_rest_ends_a_moment_before_a_post_is_due(due: float | None, rest: float) -> None:
    assert Waiting(due, {}).rest() == pytest.approx(rest)


@pytest.mark.parametrize(
    ("due", "work", "calm"),
    [(None, {}, True), (60.0, {}, True), (9.0, {}, False), (-5.0, {}, False), (None, {"recall": True}, False)],
)
def test_a_worker_looks_seldom_by_itself_only_while_nothing_waits_and_nothing_is_due_for_a_while(
    due: float | None, work: dict[str, bool], calm: bool
) -> None:
    assert Waiting(due, work).calm() is calm


@contextmanager
def beating(desk: Desk) -> Iterator[Beating]:
    running = Beating(desk.store, desk.settings, Node("pulse"), silence=0.2)
    running.start()
    try:
        yield running
    finally:
        running.stop()


def test_a_worker_that_hears_no_ring_looks_by_itself(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "HEARD", looks.Heard())
    monkeypatch.setattr(pulse, "HEARD", looks.HEARD)
    post = desk.post(due=0.5)
    with beating(desk):
        assert until(lambda: desk.state(post) == "published")
    assert len(desk.ledger()) == 1


def test_where_there_is_no_room_for_a_thread_the_pulse_goes_on_until_there_is(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "HEARD", looks.Heard())
    monkeypatch.setattr(pulse, "HEARD", looks.HEARD)
    send_due, tried = pulse.send_due, []

    def no_room(*given: Any) -> None:
        tried.append(given)
        if len(tried) < 3:
            raise RuntimeError("can't start new thread")
        send_due(*given)

    monkeypatch.setattr(pulse, "send_due", no_room)
    post = desk.post(due=-0.5)
    with beating(desk):
        assert until(lambda: desk.state(post) == "published")
    assert len(tried) >= 3


def test_a_stuck_call_ends_the_process(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[bool] = []
    monkeypatch.setattr(pulse, "end_this_process", lambda: ended.append(True))
    with beating(desk) as running:
        running.node.stuck()
        assert until(lambda: bool(ended))


def test_a_worker_is_ready_to_judge_before_it_first_does(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(looks, "warm", lambda: done.append("ready"))
    monkeypatch.setattr(looks.prepare, "look", lambda store, told: done.append("judges") or len(done))
    looks.ready.cache_clear()
    heard = looks.Heard()
    for name in ("release_due", "recall", "prepare", "prepare"):
        heard.run(name, desk.store, desk.settings)
    looks.ready.cache_clear()
    assert done == ["ready", "judges", "judges"]


def test_a_look_that_raises_ends_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = looks.Heard()
    monkeypatch.setattr(looks, "LOOKS", {"seal": lambda store, told: 1 // 0})
    assert heard.run("seal", desk.store, desk.settings) == 0
    assert heard.run("seal", desk.store, desk.settings) == 0


def test_the_record_is_sealed_and_its_end_written_down_outside(desk: Desk) -> None:
    with desk.store.write() as session:
        write(session, Step("worker:test", "post.cancel", "post", 1))
    assert seal.look(desk.store, desk.settings) == 1
    assert seal.look(desk.store, desk.settings) == 0
    with desk.store.read() as session:
        assert session.exec(select(Record).where(col(Record.seq).is_(None))).first() is None
        last = session.exec(select(Head).order_by(col(Head.seq).desc())).first()
    assert last is not None
    assert last.chain in (desk.settings.journal / "heads.jsonl").read_text()


def test_an_account_that_somebody_asks_about_is_looked_at(desk: Desk) -> None:
    def asked(session: Any) -> None:
        account = session.get_one(Account, desk.house.accounts["facebook-gb"].id)
        account.verify_wanted_at, account.identity_seen = now(session), None
        session.add(account)

    assert verify.look(desk.store, desk.settings, desk.node) == 0
    desk.change(asked)
    assert verify.look(desk.store, desk.settings, desk.node) == 1
    with desk.store.read() as session:
        account = session.get_one(Account, desk.house.accounts["facebook-gb"].id)
        assert account.identity_seen == account.remote_identity
        assert account.verify_wanted_at is None
        assert session.exec(select(Record).where(col(Record.action) == "account.verify")).all()


def test_a_rehearsal_asks_nobody_outside(desk: Desk) -> None:
    desk.account("hook", channel="webhook", verify_wanted_at=desk.house.accounts["site"].identity_verified_at)
    assert verify.look(desk.store, desk.settings, desk.node) == 0


# --- the programs themselves --------------------------------------------------------------------------------


def program(desk: Desk, module: str, broker: str) -> subprocess.Popen[bytes]:
    keys(desk.settings.keys)
    told = {
        **os.environ, "COUNTERPOINT_HOME": str(desk.settings.home), "DATABASE_URL": desk.store.url, "REDIS_URL": broker,
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-m", module], env=told, cwd=Path(__file__).parents[2], stdout=subprocess.DEVNULL
    )


def keys(folder: Path) -> None:
    from base64 import b64encode

    for name, value in (("record", "r"), ("terms", "t"), ("fields", "f")):
        (folder / f"{name}.key").write_bytes(b64encode(value.encode() * 32))
    (folder / "keeper.pub").write_bytes(b64encode(factory.KEYS.keeper_public))


def nobody() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


@pytest.mark.wide
def test_a_worker_publishes_on_time_though_its_broker_is_dead_and_ends_when_told(desk: Desk) -> None:
    with desk.store.write() as session:
        due = now(session).timestamp()
    running = program(desk, "worker", nobody())
    try:
        assert until(lambda: heart(desk, "worker"), 25)
        post = desk.post(due=1.5)
        due = desk.row(post).due_at.timestamp()
        assert until(lambda: desk.state(post) == "published", 8)
        assert desk.row(post).changed_at.timestamp() - due < 1.0
        running.send_signal(signal.SIGTERM)
        assert running.wait(20) == 0
    finally:
        running.kill()
        running.wait()


@pytest.mark.wide
def test_a_frozen_broker_delays_nothing(desk: Desk) -> None:
    if desk.store.sqlite:
        return  # once is enough: the broker knows no database
    with socket.create_server(("127.0.0.1", 0)) as listener:  # takes connections and never answers
        running = program(desk, "worker", f"redis://127.0.0.1:{listener.getsockname()[1]}/0")
        try:
            assert until(lambda: heart(desk, "worker"), 25)
            post = desk.post(due=0.5)
            assert until(lambda: desk.state(post) == "published", 8)
        finally:
            running.kill()
            running.wait()


@pytest.mark.wide
def test_beat_runs_and_ends_though_its_broker_is_dead(desk: Desk) -> None:
    running = program(desk, "worker.beat", nobody())
    try:
        assert until(lambda: heart(desk, "beat"), 25)
        desk.post()
        time.sleep(0.5)
        assert running.poll() is None
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 0
    finally:
        running.kill()
        running.wait()


def heart(desk: Desk, name: str) -> bool:
    with desk.store.read() as session:
        return session.get(Heartbeat, name) is not None
