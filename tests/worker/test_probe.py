"""The probe answers from the rows, whoever is dead, and is hurt by no number of askers; over loopback."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path

import pytest

from content import health
from content.errors import Refusal
from content.migrations import newest
from content.organisation import Heartbeat
from content.settings import Settings, load
from content.store import Store, wall
from tests import factory
from tests.factory import House
from worker import probe
from worker.probe import Probe, Reader


@pytest.fixture
def house(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


@dataclass
class Asked:
    """A probe on a free port, and a way to ask it."""

    reader: Reader
    port: int

    def get(self, path: str, method: str = "GET") -> tuple[int, str, dict[str, str]]:
        line = HTTPConnection("127.0.0.1", self.port, timeout=10)
        line.request(method, path)
        answer = line.getresponse()
        found = answer.status, answer.read().decode(), dict(answer.getheaders())
        line.close()
        return found


Serve = Callable[[Settings], Asked]


@pytest.fixture
def serve() -> Iterator[Serve]:
    open_: list[tuple[Probe, Reader]] = []

    def start(told: Settings) -> Asked:
        reader = Reader(told, newest())
        server = Probe(("127.0.0.1", 0), reader)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        open_.append((server, reader))
        return Asked(reader, server.server_address[1])

    yield start
    for server, reader in open_:
        server.shutdown()
        server.server_close()
        reader.close()


@pytest.fixture
def asked(house: House, db: str, serve: Serve) -> Asked:
    return serve(load(database_url=db))


def awake(house: House) -> None:
    with house.store.write() as session:
        for name in ("worker", "beat"):
            session.merge(Heartbeat(name=name, at=wall(session), detail="here:1"))


def test_it_lives_and_is_ready(asked: Asked) -> None:
    assert asked.get("/live")[:2] == (200, "alive\n")
    assert asked.get("/ready")[:2] == (200, "ready\n")


def test_health_is_503_while_every_worker_is_dead(asked: Asked, house: House) -> None:
    status, body, headers = asked.get("/health")
    told = json.loads(body)
    assert (status, told["status"]) == (503, "critical")
    assert "worker.silent" in {alarm["code"] for alarm in told["alarms"]}
    assert headers["Content-Type"] == "application/json"
    awake(house)
    time.sleep(probe.FRESH)
    status, body, _ = asked.get("/health")
    assert status == 200, body
    assert json.loads(body)["health"]["kind"] == "rehearsal"


def test_a_late_post_shows_in_metrics(asked: Asked, house: House) -> None:
    awake(house)
    with house.store.write() as session:
        factory.cleared_post(session, house)
        factory.move_on(session, timedelta(minutes=5))
    status, body, headers = asked.get("/metrics")
    assert (status, headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    lines = body.splitlines()
    assert "counterpoint_up 1.0" in lines
    assert 'counterpoint_posts{state="due"} 1.0' in lines
    assert 'counterpoint_alarm{code="release.late",level="critical"} 1.0' in lines


def test_a_storm_asks_the_database_once_a_second(asked: Asked) -> None:
    began = time.monotonic()
    threads = [threading.Thread(target=lambda: [asked.get("/metrics") for _ in range(10)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked.reader.reads <= 2 + (time.monotonic() - began) / probe.FRESH


def test_a_client_too_many_is_turned_away(asked: Asked) -> None:
    asked.get("/live")
    silent = [socket.create_connection(("127.0.0.1", asked.port)) for _ in range(probe.AT_ONCE)]
    time.sleep(0.2)
    with pytest.raises(OSError):  # a closed line has several names
        asked.get("/live")
    for line in silent:
        line.close()
    time.sleep(0.2)
    assert asked.get("/live")[0] == 200


def test_another_address_is_not_found_and_nothing_can_be_changed(asked: Asked) -> None:
    assert asked.get("/")[0] == 404
    assert asked.get("/metrics?all=1")[0] == 200
    assert asked.get("/health", "POST")[0] == 501
    assert asked.get("/live", "HEAD")[:2] == (200, "")


@pytest.mark.parametrize("_databases", ["sqlite"], indirect=True)  # none is asked: what asks it hangs
def test_a_database_that_hangs_is_away_in_two_seconds(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    free = threading.Event()

    def hang(*_: object, **__: object) -> None:
        free.wait(20)
        raise Refusal("database.away", "It came back too late.")

    monkeypatch.setattr(health, "ask", hang)
    began = time.monotonic()
    answers = [asked.get(path) for path in ("/ready", "/health")]
    assert time.monotonic() - began < 6
    assert [status for status, *_ in answers] == [503, 503]
    assert json.loads(answers[1][1])["alarms"][0]["code"] == "database.away"
    assert asked.get("/live")[0] == 200
    free.set()


def test_no_more_than_a_few_readers_are_left_behind(house: House, db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    free = threading.Event()
    begun: list[Store] = []

    def hang(store: Store, **_: object) -> None:
        begun.append(store)
        free.wait(20)
        raise Refusal("database.away", "It came back too late.")

    monkeypatch.setattr(health, "ask", hang)
    monkeypatch.setattr(probe, "STUCK", 0.01)
    reader = Reader(load(database_url=db), newest())
    for _ in range(20):
        assert reader.answer(0.02).alarms[0].code == "database.away"
    assert len(begun) == probe.LEFT + 1
    free.set()
    reader.close()


def test_a_database_that_is_not_there_is_said_in_metrics_too(serve: Serve, tmp_path: Path) -> None:
    nothing = serve(load(database_url=f"sqlite:///{tmp_path / 'none.db'}"))
    status, body, _ = nothing.get("/metrics")
    assert (status, "counterpoint_up 0.0" in body) == (200, True)
    assert nothing.get("/ready")[0] == 503
    assert not (tmp_path / "none.db").exists()


def test_no_answer_holds_a_secret(serve: Serve) -> None:
    told = load(database_url="postgresql://someone:s3cret@127.0.0.1:1/none")
    away = serve(told)
    assert all("s3cret" not in away.get(path)[1] for path in probe.PAGES)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_it_listens_on_loopback_unless_told_twice(host: str) -> None:
    with pytest.raises(Refusal, match=r"probe\.open"):
        probe.checked(host, elsewhere=False)
    assert probe.checked(host, elsewhere=True) == host
    assert probe.checked("localhost", elsewhere=False) == "127.0.0.1"
    with pytest.raises(Refusal, match=r"probe\.host"):
        probe.checked("example.org", elsewhere=True)
