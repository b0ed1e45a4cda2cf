"""The broker is emptied, gone, full, read-only, frozen or half open: publishing goes on, and people can work."""

import signal
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from content import health
from content.alarms import alarms
from content.lifecycle import State
from content.verdict import verdict
from tests import factory
from tests.faults.burst import Shape
from tests.faults.programs import LEASE, REAL_TIME
from tests.faults.proxy import Proxy
from tests.faults.rings import ask
from tests.faults.run import Run, few

pytestmark = [pytest.mark.fault, pytest.mark.timeout(1800 if REAL_TIME else 300)]
SHAPE = Shape(narratives=6, ways=("site", "wall", "exact", "keyed"), begins=1.0, lasts=3.0)
OUTAGE = 5 * LEASE
QUICK = 2.0  # seconds in which pages and commands answer
PROMPT = 5.0  # seconds of lateness on a machine that has time for us: a second of silence, and the sending itself


def test_f08_a_broker_that_forgets_everything_delays_nothing(run: Run) -> None:
    run.start()
    for moment in run.moments(3):
        run.middle(moment)
        run.programs.flush()
    out_in_time(run)
    run.programs.flush()
    late = more(run)
    run.wait(lambda: run.states([late])[State.PUBLISHED] == 1, run.bound(), "a post after all was forgotten")


def test_f09_a_broker_killed_and_away_for_five_leases_delays_nothing(run: Run) -> None:
    run.start()
    run.middle(3)
    run.programs.kill_broker()
    away = time.monotonic()
    people_can_work(run)
    out_in_time(run)
    time.sleep(max(0.0, OUTAGE - (time.monotonic() - away)) if REAL_TIME else 0)
    run.programs.start_broker()
    late = more(run)
    run.wait(lambda: run.states([late])[State.PUBLISHED] == 1, run.bound(), "a post after the broker came back")


def test_f09_a_broker_that_was_never_there_delays_nothing(run: Run) -> None:
    run.start(broker=False)
    out_in_time(run)


FULL = (("maxmemory", "1"), ("maxmemory-policy", "noeviction"))
EVICTING = (("maxmemory", "2mb"), ("maxmemory-policy", "allkeys-lru"))
READ_ONLY = (("min-replicas-to-write", "3"),)


@pytest.mark.parametrize("how", [FULL, EVICTING, READ_ONLY], ids=["full", "evicting", "read-only"])
def test_f10_a_broker_that_takes_nothing_delays_nothing(run: Run, how: tuple[tuple[str, str], ...]) -> None:
    run.start()
    run.middle(3)
    for name, value in how:
        assert ask(run.told, "CONFIG", "SET", name, value).startswith(b"+OK")
    people_can_work(run)
    out_in_time(run)
    assert run.programs.workers[0].poll() is None, "the broker's errors ended the worker"


def test_f11_a_frozen_broker_delays_nothing(run: Run) -> None:
    run.start()
    run.middle(3)
    assert run.programs.server is not None
    run.programs.server.send_signal(signal.SIGSTOP)
    people_can_work(run)
    out_in_time(run)
    run.programs.server.send_signal(signal.SIGCONT)


@pytest.fixture
def line(run: Run) -> Iterator[Proxy]:
    """All programs reach the broker by this line."""
    with Proxy(run.told.socket) as proxy:
        told = run.told.model_copy(update={"redis_url": _secret(f"redis://127.0.0.1:{proxy.port}/0")})
        told = told.model_copy(update={"origins": {**run.told.origins, "redis_url": "given by the test"}})
        run.programs.told = told
        yield proxy
        run.programs.told = run.told


@pytest.mark.parametrize("mode", ["half-open", "freeze", "drop"])
def test_f11_a_line_to_the_broker_that_is_half_open_delays_nothing(run: Run, line: Proxy, mode: str) -> None:
    run.start()
    run.middle(3)
    line.turn(mode)
    people_can_work(run)
    out_in_time(run)
    line.turn("pass")


def _secret(url: str) -> object:
    from pydantic import SecretStr

    return SecretStr(url)


def out_in_time(run: Run) -> None:
    run.all_out()
    assert run.lateness() < PROMPT * max(1.0, few() / 10), f"{run.lateness():.1f} s late"


def people_can_work(run: Run) -> None:
    """What `status` asks, and an approval, each within two seconds; the broker is asked nothing."""
    took = {"status": _timed(lambda: alarms(health.ask(run.store))), "approval": _timed(lambda: approved(run))}
    print({name: f"{1000 * seconds:.0f} ms" for name, seconds in took.items()})
    assert max(took.values()) < QUICK * max(1.0, few() / 10), took


def approved(run: Run) -> None:
    """Bob clears words that nobody saw before."""
    with run.store.write() as session:
        words = factory.version(session, run.burst.house, text="Some words more.", accounts=("site-0",))
        seen = factory.evaluation(session, words)
        assert verdict(session, run.person("bob"), words.digest, "approve", seen=seen.id or 0) is not None


def more(run: Run) -> int:
    """One post more, due in a moment; its id."""
    with run.store.write() as session:
        house = run.burst.house
        words = factory.version(session, house, text="One more.", accounts=("site-0",), of=run.burst.narratives[0])
        cleared = factory.clearance(session, house, words)
        post = factory.post(session, house, cleared, account="site-0", due=cleared.valid_from + timedelta(seconds=1))
        return post.id or 0


def _timed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began
