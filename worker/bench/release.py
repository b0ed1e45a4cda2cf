"""`bench release`: real workers and a real clock, a burst due at one instant, and the bare floor in between.

JSON: {bench, database, class, pending, due, finished, workers, call_ms, units, machine, load_s, enqueue_per_s,
tick_ms {first p50 p95 p99 max mean}, tick_ms_few {…}, start_up_s, idle {seconds, programs_percent,
database_percent}, memory_mb {program: MB}, rounds [{floor_per_s, rate_per_s, ratio, cpu_ms_a_post {programs,
database}, floor_cpu_ms_a_row {…}, lateness_ms {…}, posts, states {state: n}, early, lost, doubled, uncertain,
unrecorded, planted {kind: {planted, refused, sent}}, void []}], stops [{kind, commit_ms, intents_after}], ended [],
goals [{goal, wanted, found, holds}], void []}. Percent: of one core; tick_ms_few: with ten thousand pending; ended:
programs that went by themselves; with --stop a round has held_back for lost; null: could not be measured.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from content import schedule
from content.people import Person
from content.review import Clearance
from content.settings import Settings
from content.store import Store
from worker.bench import burst, stops
from worker.bench.channel import lines
from worker.bench.figures import QUIET_FLOOR, Goal, at_least, at_most, machine, plain, short, spread
from worker.bench.floor import Floor
from worker.bench.load import load
from worker.bench.place import instance
from worker.bench.plan import Size
from worker.bench.programs import Programs, cpu, programs, server_pids
from worker.waiting import Watch

TICKS = 300
LOOSE = 50  # clearances whose posts are made, to see how fast that is
UP = 60.0  # seconds until the first post must be out


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command was told. kind: exact (intents in batches) | once (one by one); call_ms: what a call takes."""

    home: Path
    database: str
    broker: str
    size: Size
    workers: int
    kind: str
    call_ms: float
    idle: float
    stop: bool


@dataclass(slots=True)
class Run:
    """What the parts of a run share."""

    wanted: Wanted
    store: Store
    told: Settings
    people: dict[str, Person]
    floor: Floor

    @property
    def ledger(self) -> Path:
        return self.told.home / "ledger.jsonl"


def measure(wanted: Wanted) -> dict[str, Any]:
    """Builds, runs, compares, takes everything away again."""
    with instance(wanted.home, wanted.database, wanted.broker) as (store, told):
        began = time.perf_counter()
        few: list[dict[str, float | None]] = []
        people = load(store, told, wanted.size, lambda: few.append(tick(store)))
        run = Run(wanted, store, told, people, Floor(store))
        loaded = short(time.perf_counter() - began)
        figures = _told(wanted, store) | {"load_s": loaded, "enqueue_per_s": enqueue(run), "tick_ms": tick(store)}
        figures["tick_ms_few"] = few[0]
        with programs(told) as beside:
            figures |= _running(run, beside)
    figures["void"] = [why for one in figures["rounds"] for why in one["void"]]
    return figures | {"goals": plain(goals(wanted, figures))}


def _told(wanted: Wanted, store: Store) -> dict[str, Any]:
    size = wanted.size
    return {
        "bench": "release", "database": store.engine.dialect.name, "class": wanted.kind, "pending": size.pending,
        "due": size.due, "finished": size.finished, "workers": wanted.workers, "call_ms": wanted.call_ms,
        "units": size.units, "machine": machine(),
    }  # fmt: skip


def enqueue(run: Run) -> float | None:
    """Posts a second that a worker's `prepare` makes from clearances: free time, locks, row, record; a commit each."""
    first = run.wanted.size.starter + 1
    began = time.perf_counter()
    made = 0
    for key in range(first, first + run.wanted.size.loose):
        with run.store.write() as session:
            made += len(schedule.post(session, session.get_one(Clearance, key)))
    return short(made / (time.perf_counter() - began)) if made else None


def tick(store: Store, times: int = TICKS) -> dict[str, float | None]:
    """What one look at what waits takes, in milliseconds: beat's tick and every worker's own."""
    found, watch = [], Watch(store)
    for _ in range(times):
        began = time.perf_counter()
        watch.ask()
        found.append(time.perf_counter() - began)
    watch.close()
    return spread(found, 1000)


def _running(run: Run, beside: Programs) -> dict[str, Any]:
    up = start(run, beside)
    idle = _idle(run, beside)
    rounds = [_round(run, beside, number) for number in range(run.wanted.size.rounds)]
    figures = {"start_up_s": up, "idle": idle, "memory_mb": beside.memory(), "rounds": rounds}
    return figures | {"stops": [one for round_ in rounds for one in round_.pop("stops")], "ended": beside.ended()}


def start(run: Run, beside: Programs) -> float | None:
    """Seconds from the start of the programs until a post that was due already is out."""
    starter = run.wanted.size.starter
    burst.set_due(run.store, run.people, run.wanted.size, range(starter, starter + 1), 0.2)
    time.sleep(0.2)
    began = time.time()
    call = (str(run.ledger), run.wanted.kind, str(run.wanted.call_ms))
    beside.start("worker-1", "worker.bench.node", *call)
    beside.start("beat", "worker.beat")
    burst.wait(lambda: bool(lines(run.ledger)), UP, 0.01)
    first = next((line.at - began for line in lines(run.ledger)), None)
    for number in range(2, run.wanted.workers + 1):
        beside.start(f"worker-{number}", "worker.bench.node", *call)
    beside.ready()
    return short(first)


def _idle(run: Run, beside: Programs) -> dict[str, float | None]:
    """How much of a core is used while nothing is due."""
    ours, theirs = beside.pids(), server_pids(run.store)
    before, seconds = (cpu(ours), cpu(theirs)), run.wanted.idle
    if not seconds:
        return {"seconds": 0, "programs_percent": None, "database_percent": None}
    time.sleep(seconds)
    used, served = cpu(ours) - before[0], cpu(theirs) - before[1]
    share = 100 / seconds
    return {
        "seconds": seconds,
        "programs_percent": short(used * share),
        "database_percent": short(served * share) if theirs else None,
    }


class _Used:
    """Processor time from here on, of these processes and of the database's own."""

    def __init__(self, run: Run, pids: Sequence[int]) -> None:
        self._ours, self._theirs = pids, server_pids(run.store)
        self._before = cpu(self._ours), cpu(self._theirs)

    def each(self, number: int) -> dict[str, float | None]:
        """Milliseconds for each of so many; how busy the machine is with other things changes little in it."""
        ours, theirs = cpu(self._ours) - self._before[0], cpu(self._theirs) - self._before[1]
        share = 1000 / max(1, number)
        return {"programs": short(ours * share), "database": short(theirs * share) if self._theirs else None}


def _round(run: Run, beside: Programs, number: int) -> dict[str, Any]:
    size = run.wanted.size
    posts = size.burst(number)
    clock = _Used(run, [os.getpid()])
    claimed, took = run.floor.measure(size.due)
    bare = clock.each(claimed)
    clock = _Used(run, beside.pids())
    due = burst.set_due(run.store, run.people, size, posts, burst.ahead_of(size.due))
    stopped = stops.during(run.store, run.told, run.people, size, posts, run.ledger) if run.wanted.stop else []
    patience = 30 + (due.timestamp() - time.time()) + size.due * (0.1 + run.wanted.call_ms / 1000)
    if not stopped:
        burst.wait(lambda: burst.all_ended(run.store, size, posts) or bool(beside.ended()), patience)
    figures = burst.outcome(run.store, size, posts, due, run.ledger)
    figures |= {"cpu_ms_a_post": clock.each(figures["posts"]), "floor_cpu_ms_a_row": bare}
    floor = claimed / took if took else None
    rate = figures["rate_per_s"]
    ratio = short(rate / floor) if rate and floor else None
    if stopped:
        figures["held_back"] = figures.pop("lost")
        figures["void"] = [why for why in figures["void"] if "went out" in why]  # a pause leaves the rest unasked
    return {"floor_per_s": short(floor), "ratio": ratio, **figures, "stops": stopped}


def goals(wanted: Wanted, figures: dict[str, Any]) -> list[Goal]:
    """The goals that this run can speak of, over the medians of its rounds."""
    rounds = figures["rounds"]
    floor = _middle(one["floor_per_s"] for one in rounds)
    slow = min(1.0, (floor or QUIET_FLOOR) / QUIET_FLOOR)
    late = {name: _middle(one["lateness_ms"][name] for one in rounds) for name in ("first", "p50", "p99")}
    if wanted.stop:
        return [at_most("8 a stop commits", 200, max((s["commit_ms"] for s in figures["stops"]), default=None), "ms"),
                at_most("8 intents after it", 0, sum(s["intents_after"] for s in figures["stops"]))]  # fmt: skip
    found = [at_most(f"2 {name}", 0, sum(one[name] for one in rounds)) for name in ("early", "lost", "doubled")]
    if figures["database"] == "sqlite":
        found += _sqlite_goals(wanted, rounds, late)
    else:
        found += _rate_goals(wanted, rounds) + _late_goals(wanted, late, slow)
    idle = figures["idle"]
    return [
        *found,
        at_most("3 tick p50", 1, figures["tick_ms"]["p50"], "ms"),
        at_most("3 tick ÷ tick at 10,000 pending", 2, short(figures["tick_ms"]["p50"] / figures["tick_ms_few"]["p50"])),
        at_most("3 start to first release", 2, figures["start_up_s"], "s"),
        at_most("3 idle, programs", 1, idle["programs_percent"], "% of a core"),
        at_most("3 idle, database", 1, idle["database_percent"], "% of a core"),
    ]


def _sqlite_goals(wanted: Wanted, rounds: list[dict[str, Any]], late: dict[str, float | None]) -> list[Goal]:
    least = 500 if wanted.kind == "exact" else 150
    found = [at_least("4 rate", least, _middle(one["rate_per_s"] for one in rounds), "posts/s")]
    return [*found, at_most("4 p99", 3000, late["p99"], "ms")] if wanted.size.due == 1000 else found


def _rate_goals(wanted: Wanted, rounds: list[dict[str, Any]]) -> list[Goal]:
    if wanted.size.due < 1000 or wanted.call_ms:
        return []  # too few to make a rate, or the channel's
    share = 0.05 if wanted.kind == "exact" else 0.02
    return [at_least("1 rate ÷ floor", share, _middle(one["ratio"] for one in rounds))]


def _late_goals(wanted: Wanted, late: dict[str, float | None], slow: float) -> list[Goal]:
    limits = {10_000: {"p50": 2000, "p99": 4000, "first": 20}, 100: {"p99": 100}, 1: {"p50": 15}}
    return [
        at_most(f"2 {name}, floor ÷ 65k/s allowed for", limit, short(late[name], slow), "ms")
        for name, limit in limits.get(wanted.size.due, {}).items()
    ]


def _middle(values: Any) -> float | None:
    known = [value for value in values if value is not None]
    return short(median(known)) if known else None
