"""Three hosts: one with the database and the broker, two with a worker and a beat each. A cable is cut in a burst.

The worker that is cut off can still reach the platforms: it must begin no call once its lease is over, and the other
takes over. Nothing is lost and nothing goes out twice.
"""

import base64
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from cli import broker
from cli.supervise import Program, spawn
from content.settings import load
from tests.channels.receiver import SECRET
from tests.faults import hooked
from tests.faults.counting import injected
from tests.faults.nursery import Forked, Nursery
from tests.faults.programs import kill
from tests.faults.wire_desk import Outside
from tests.faults.wire_hosts import HOSTS, HUB, WORLD, Hosts
from tests.faults.wire_server import SLOW, Server
from tests.faults.wire_worker import LEASE, house_on, own_postgres, sql

pytestmark = [pytest.mark.fault, pytest.mark.timeout(600)]
ACCOUNTS, TIMES = 6, 4  # so many posts as their product in the burst
CALL = 0.15  # seconds that the platform takes for an answer
ADDRESS = {"one": "10.78.0.2", "two": "10.78.0.3"}
PATIENCE = 30.0 * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))  # seconds


class Net:
    """The hosts with everything on them."""

    def __init__(self, hosts: Hosts, desk: Outside) -> None:
        self.hosts, self.desk = hosts, desk
        self.workers: dict[str, Forked] = {}

    def start(self, stack: ExitStack, host: str) -> None:
        """A worker and a beat there."""
        with self.hosts.on(host):
            nursery = Nursery()
        stack.callback(nursery.close)
        for name in ("beat", "worker"):
            self.workers[host] = nursery.start(
                name, self._environment(), self.desk.settings.home / f"{name}-{host}.log"
            )

    def _environment(self) -> dict[str, str]:
        told = load(
            home=self.desk.settings.home,
            database_url=f"postgresql://postgres@{HUB}:5432/house",
            redis_url=f"redis://{HUB}:6379/0",
            lease=int(LEASE),
            outbound_allow=(self.desk.server.pair,),
        )
        return told.environment() | {hooked.SCALED: "1"}

    def posts(self, times: int, due: float) -> list[int]:
        return [one for _ in range(times) for number in range(ACCOUNTS) for one in self._post(number, due)]

    def _post(self, number: int, due: float) -> list[int]:
        return self.desk.posts(1, f"hook-{number}", due=due)

    def wait(self, posts: list[int]) -> None:
        """Until they are all out."""
        until = time.monotonic() + PATIENCE
        while {*self.desk.states(posts)} != {"published"}:
            assert time.monotonic() < until, self.desk.all_states()
            time.sleep(0.05)

    def calls_by(self, host: str, since: float = 0.0) -> int:
        return sum(c.by == ADDRESS[host] and c.at > since for c in list(self.desk.server.ledger.calls))


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Net, ExitStack]]:
    with Hosts() as hosts, ExitStack() as stack:
        with hosts.on("hub"):
            running = stack.enter_context(own_postgres(more=(f"listen_addresses={HUB}", "port=5432")))
            server = stack.enter_context(Server(host=WORLD))
            _broker(stack, tmp_path)
        with (running.data / "pg_hba.conf").open("a", encoding="ascii") as file:
            file.write("host all all 10.77.0.0/24 trust\n")
        sql(running.url(), "SELECT pg_reload_conf()")
        desk = stack.enter_context(house_on(running, tmp_path / "home", server, monkeypatch))
        for number in range(ACCOUNTS):
            _account(desk, f"hook-{number}")
        yield Net(hosts, desk), stack


def _broker(stack: ExitStack, folder: Path) -> None:
    words = ("--bind", HUB, "--port", "6379", "--protected-mode", "no", "--save", "", "--dir", str(folder))
    stack.callback(kill, spawn(Program("broker", (str(broker.binary()), *words), log=folder / "broker.log")))


def _account(desk: Outside, ref: str) -> None:
    url = desk.server.url()
    desk.account(ref, "webhook", "site", remote_identity=url, identity_seen=url)
    secret = "whsec_" + base64.b64encode(SECRET).decode()
    (desk.settings.keys / "channels" / f"{ref}.secret").write_text(secret)


def test_network_a_cable_is_cut_in_a_burst_and_mended(net: tuple[Net, ExitStack]) -> None:
    three, stack = net
    three.desk.server.mood, three.desk.server.late = (lambda _number, _key: SLOW), CALL
    for host in HOSTS:
        three.start(stack, host)
    posts = three.posts(TIMES, due=1.0)
    until = time.monotonic() + PATIENCE
    while (busy := next((host for host in HOSTS if three.calls_by(host)), "")) == "":
        assert time.monotonic() < until, three.desk.all_states()
        time.sleep(0.005)
    three.hosts.cut(busy)
    cut = time.monotonic()
    injected("network.cut")
    three.wait(posts)
    time.sleep(max(0.0, cut + 2 * LEASE - time.monotonic()))
    assert three.calls_by(busy, since=cut + LEASE) == 0
    three.hosts.heal(busy)
    other = next(host for host in HOSTS if host != busy)
    kill(three.workers[other])
    three.wait(three.posts(1, due=0.0))  # by the one that was cut off
    assert three.calls_by(busy, since=cut + LEASE) > 0
    three.desk.compare()
