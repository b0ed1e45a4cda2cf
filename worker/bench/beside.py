"""`bench peers`: the same burst through the product and through other schedulers, in turn, round after round.

JSON: {bench, database, machine, pending, due, workers, class, rounds [{system: {enqueue_per_s, rate_per_s,
lateness_ms {first p50 p95 p99 max mean}, early, lost, doubled, memory_mb, skipped}}], settled_per_s, missing [], void
[], goals}. rate: lines in the ledger from the due instant to the last one; lost: no line when the wait was over;
settled_per_s: the product's rate until its last outcome was written down. Printed as measured, favourable or not.
"""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import make_url

from content.errors import Refusal
from content.people import Person
from content.settings import Settings
from content.store import Store
from worker.bench import burst
from worker.bench.channel import Line, lines
from worker.bench.figures import at_least, machine, plain, short, spread
from worker.bench.load import load
from worker.bench.place import instance
from worker.bench.plan import Size
from worker.bench.programs import Programs, programs

LATER = 24 * 3600.0  # seconds until what is pending would fall due
GUESS = 100.0  # jobs a second that a peer is taken to accept before it has shown
START = 20.0  # seconds for a peer that can only be started when its jobs are in
SETTLE = 3.0  # seconds for programs to start, and after a burst in which a doubled job would show


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command was told."""

    home: Path
    database: str
    broker: str
    size: Size
    workers: int
    kind: str
    systems: Sequence[str]


@dataclass(frozen=True, slots=True)
class Peer:
    """Another scheduler: its program, the package it needs, and whether its workers may start before the jobs are in.

    one: it may run as a single process only.
    """

    module: str
    package: str
    one: bool = False
    early: bool = True
    postgresql: bool = False


PEERS: Mapping[str, Peer] = {
    "celery": Peer("worker.bench.peers.celery_eta", "celery"),
    "apscheduler": Peer("worker.bench.peers.apscheduler_jobs", "apscheduler", one=True, early=False),
    "procrastinate": Peer("worker.bench.peers.procrastinate_jobs", "procrastinate", postgresql=True),
}
PRODUCT = "counterpoint"


@dataclass(slots=True)
class Beside:
    """What the rounds share. pace: jobs a second that each peer has accepted."""

    wanted: Wanted
    store: Store
    told: Settings
    people: Mapping[str, Person]
    pace: dict[str, float] = field(default_factory=dict)

    def ledger(self, name: str) -> Path:
        return self.told.home / f"{name}.jsonl"

    def environment(self, name: str) -> dict[str, str]:
        plain_url = make_url(self.store.url).set(drivername="postgresql").render_as_string(hide_password=False)
        own = self.store.url if not self.store.sqlite else f"sqlite:///{self.told.home / f'{name}.db'}"
        place = plain_url if name == "procrastinate" else own
        return {"BENCH_BROKER": self.told.broker, "BENCH_STORE": place, "BENCH_LEDGER": str(self.ledger(name))}


def measure(wanted: Wanted) -> dict[str, Any]:
    """Refuses with `bench.peers` where the extra is not installed."""
    _installed(wanted.systems)
    with instance(wanted.home, wanted.database, wanted.broker) as (store, told):
        beside = Beside(wanted, store, told, load(store, told, wanted.size))
        chosen = [name for name in wanted.systems if not (PEERS[name].postgresql and store.sqlite)]
        for name in chosen:
            _enqueue(beside, name, 1_000_000, wanted.size.pending, time.time() + LATER)
        rounds = [_round(beside, chosen, number) for number in range(wanted.size.rounds)]
        database = store.engine.dialect.name
    settled = [one.pop("settled_per_s") for one in rounds]
    size = wanted.size
    return {
        "bench": "peers", "database": database, "machine": machine(), "pending": size.pending, "due": size.due,
        "workers": wanted.workers, "class": wanted.kind, "rounds": rounds, "settled_per_s": settled,
        "missing": [name for name in wanted.systems if name not in chosen],
        "void": [why for one in rounds for why in one[PRODUCT].pop("void")], "goals": plain(_goals(rounds)),
    }  # fmt: skip


def _installed(systems: Sequence[str]) -> None:
    missing = [PEERS[name].package for name in systems if find_spec(PEERS[name].package) is None]
    if missing:
        raise Refusal(
            "bench.peers",
            f"Not installed: {', '.join(missing)}.",
            "Install the optional extra: `uv sync --extra bench`, or `pip install 'counterpoint[bench]'`.",
        )


def _round(beside: Beside, chosen: Sequence[str], number: int) -> dict[str, Any]:
    """The product first, then the others: one at a time, so that nobody disturbs the next."""
    found, settled = _product(beside, number)
    return {PRODUCT: found, "settled_per_s": settled} | {name: _peer(beside, name, number) for name in chosen}


def _product(beside: Beside, number: int) -> tuple[dict[str, Any], float | None]:
    wanted, size = beside.wanted, beside.wanted.size
    ledger, posts = beside.ledger(PRODUCT), size.burst(number)
    with programs(beside.told) as running:
        for place in range(wanted.workers):
            running.start(f"worker-{place}", "worker.bench.node", str(ledger), wanted.kind, "0")
        running.start("beat", "worker.beat")
        time.sleep(SETTLE)
        running.ready()
        due = burst.set_due(beside.store, beside.people, size, posts, burst.ahead_of(size.due))
        patience = 30 + burst.ahead_of(size.due) + size.due * 0.1
        burst.wait(lambda: burst.all_ended(beside.store, size, posts), patience)
        told = burst.outcome(beside.store, size, posts, due, ledger)
        memory = running.memory()
    ours = [line for line in lines(ledger) if line.post in posts]
    same = ("lateness_ms", "early", "lost", "doubled", "void")
    rate = _rate(ours, due.timestamp())
    return {"rate_per_s": rate, **{name: told[name] for name in same}, "memory_mb": memory}, told["rate_per_s"]


def _peer(beside: Beside, name: str, number: int) -> dict[str, Any]:
    peer, count = PEERS[name], beside.wanted.size.due
    first = 1 + number * count
    with programs(beside.told) as running:
        if peer.early:
            _start(beside, running, name)
        due = time.time() + (5 if peer.early else START) + 1.5 * count / beside.pace.get(name, GUESS)
        took = _enqueue(beside, name, first, count, due)
        if not peer.early:
            _start(beside, running, name)
        posts = range(first, first + count)
        burst.wait(lambda: len(_of(beside, name, posts)) >= count, due - time.time() + 30 + count * 0.1)
        time.sleep(SETTLE)
        memory = running.memory()
    sent = _of(beside, name, posts)
    late = [line.at - due for line in sent]
    times = Counter(line.post for line in sent)
    return {
        "enqueue_per_s": short(count / took), "rate_per_s": _rate(sent, due), "lateness_ms": spread(late, 1000),
        "early": sum(one < 0 for one in late), "lost": count - len(times),
        "doubled": sum(each > 1 for each in times.values()), "memory_mb": memory,
    }  # fmt: skip


def _start(beside: Beside, running: Programs, name: str) -> None:
    peer = PEERS[name]
    for place in range(1 if peer.one else beside.wanted.workers):
        running.start(f"{name}-{place}", peer.module, "work", environment=beside.environment(name))
    time.sleep(SETTLE)
    if peer.early:
        running.ready()


def _enqueue(beside: Beside, name: str, first: int, count: int, at: float) -> float:
    """Seconds that the peer took to accept so many jobs for that instant."""
    if not count:
        return 0.0
    words = (sys.executable, "-P", "-m", PEERS[name].module, "enqueue", str(first), str(count), str(at))
    environment = {**os.environ, **beside.environment(name)}
    done = subprocess.run(words, env=environment, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["nothing was said"])[-1]
        raise Refusal("bench.peer", f"{name} took no jobs: {last}", "Look at what it needs, or leave it out.")
    took = float(done.stdout)
    beside.pace[name] = count / max(took, 1e-6)
    return took


def _of(beside: Beside, name: str, posts: range) -> list[Line]:
    return [line for line in lines(beside.ledger(name)) if line.post in posts]


def _rate(sent: Sequence[Line], due: float) -> float | None:
    last = max((line.at for line in sent), default=due)
    return short(len(sent) / (last - due)) if last > due else None


def _goals(rounds: Sequence[Mapping[str, Any]]) -> list[Any]:
    pairs = [(one[PRODUCT]["rate_per_s"], one.get("celery", {}).get("rate_per_s")) for one in rounds]
    ratios = [ours / theirs for ours, theirs in pairs if ours and theirs]
    return [at_least("1 rate ÷ Celery ETA's", 3, short(median(ratios)))] if ratios else []
