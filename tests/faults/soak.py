"""Hours of ordinary work in minutes: a steady trickle of posts, now and then a stop and a recall; nothing may grow.

    python -m tests.faults.soak --minutes 5 --database both

The real programs run on a real database: workers (two; one on SQLite), beat, broker and probe. Resident memory, open
files and threads of each and the database's connections are read every two seconds. The rule, for each series: the
first fifth is warm-up; the median of the last fifth is at most that of the second fifth, with room for memory of 5 %
and 3 MB, and of 2 for everything else. Then the invariants of every fault run hold. Prints JSON; exit code 1 if not.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from statistics import median
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import psycopg
from pydantic import SecretStr
from sqlalchemy import make_url, text
from sqlmodel import Session, col, func, select

from cli import broker
from cli.supervise import Supervisor, python
from content import stopping
from content.health import look
from content.journal import write_epoch
from content.lifecycle import Post, State
from content.migrations import upgrade
from content.organisation import the_instance
from content.record import Step, write
from content.settings import Settings
from content.store import Store, now
from tests.faults import invariants
from tests.faults.burst import Burst, Shape, burst
from tests.faults.programs import SEED, settled
from tests.postgres import Postgres, in_memory

EVERY = 2.0  # seconds between two samples
ROOM = {"rss_mb": (0.05, 3.0), "files": (0.0, 2.0), "threads": (0.0, 2.0), "connections": (0.0, 2.0)}
PORT = 18079
SITE = 0.02  # how often the site, for each time a wall: its month would hold thousands of entries else
LEASE = 30  # as in production
SETTLE = 240.0  # seconds on a busy machine: for the programs to start, and after the last post until all must be well
SHAPE = Shape(narratives=100, ways=("site", "wall"), begins=8, lasts=4)
OWN = {"id", "state", "step", "action", "retry_at", "lease_until", "fence", "lapses", "note", "surplus"}
OVER = {State.PUBLISHED, State.RECALLED, State.CANCELLED, State.EXPIRED}


@dataclass(slots=True)
class Series:
    """What was read of one process or of the database, in order."""

    values: dict[str, list[float]] = field(default_factory=dict)

    def add(self, **read: float) -> None:
        for name, value in read.items():
            self.values.setdefault(name, []).append(value)

    def judged(self) -> dict[str, dict[str, Any]]:
        """For each figure its medians and whether it is flat."""
        return {name: _judged(name, values) for name, values in self.values.items()}


def _judged(name: str, values: Sequence[float]) -> dict[str, Any]:
    fifth = max(1, len(values) // 5)
    second, last = median(values[fifth : 2 * fifth] or values), median(values[-fifth:])
    share, most = ROOM[name]
    flat = last <= second * (1 + share) + most
    return {"second": round(second, 1), "last": round(last, 1), "most": round(max(values), 1), "flat": flat}


@dataclass(slots=True)
class Soak:
    """One run on one database."""

    burst: Burst
    told: Settings
    seed: Random
    rate: float
    port: int
    fed: int = 0
    scrapes: int = 0
    stops: Counter[str] = field(default_factory=Counter)
    series: dict[str, Series] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _standing: list[int] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return self.burst.store

    def run(self, programs: Mapping[str, subprocess.Popen[bytes]], seconds: float) -> None:
        """Feeds, disturbs, scrapes and samples until the time is over."""
        began = time.monotonic()
        turns = count(1)
        while (passed := time.monotonic() - began) < seconds and not _ended(programs):
            turn = next(turns)
            self._feed(round(self.rate * (passed + EVERY)) - self.fed)
            self._disturb(turn)
            self._scrape()
            self._sample(programs)
            time.sleep(max(0.0, turn * EVERY - (time.monotonic() - began)))

    def wake(self) -> None:
        """Waits until every program is up: what they take to start is no part of the series."""
        until = time.monotonic() + SETTLE
        while {one.name for one in look(self.store).programs} < {"worker", "beat"} or not self.scrapes:
            assert time.monotonic() < until, f"the programs did not start: {self.last_words()}"
            time.sleep(0.5)
            self._scrape()

    def last_words(self) -> dict[str, list[str]]:
        logs = sorted(self.told.home.glob("*.log"))
        return {path.stem: path.read_text("utf-8", "replace").splitlines()[-3:] for path in logs}

    def settle(self) -> dict[str, int]:
        """Waits until every post has ended; where they stand."""
        until = time.monotonic() + SETTLE
        while not self.states().keys() <= OVER and time.monotonic() < until:
            time.sleep(1)
        time.sleep(2)  # the record is sealed and written down
        return dict(self.states())

    def states(self) -> Counter[str]:
        with self.store.read() as session:
            rows = session.exec(select(Post.state, func.count()).group_by(col(Post.state)))
            return Counter({str(state): number for state, number in rows})

    def _feed(self, number: int) -> None:
        """So many more posts, due within the next seconds, each on a wall or now and then on the site."""
        with self.store.write() as session:
            old = list(session.exec(select(Post).where(col(Post.id).in_(self.burst.posts)).order_by(col(Post.id))))
            on_site = set(self.burst.on("site"))
            share = [SITE if post.id in on_site else 1.0 for post in old]
            for post in self.seed.choices(old, share, k=max(0, number)):
                self._another(session, post, now(session))
                self.fed += 1

    def _another(self, session: Session, old: Post, at: datetime) -> None:
        due = at + timedelta(seconds=self.seed.uniform(3, 6))
        same = {name: getattr(old, name) for name in Post.model_fields if name not in OWN}
        made = Post(**(same | {"occurrence": next(self._numbers), "due_at": due, "changed_at": at}))
        session.add(made)
        session.flush()
        detail = {"digest": made.digest, "due": due.isoformat()}
        write(session, Step("worker:test", "post.schedule", "post", made.id or 0, detail))

    def _disturb(self, turn: int) -> None:
        """Every twenty seconds a recall of what is out; every forty a pause of one narrative, lifted soon after."""
        if turn % 10 == 0:
            self._recall()
        if turn % 20 == 5:
            self._pause()
        if turn % 20 == 8:
            self._resume()

    def _recall(self) -> None:
        with self.store.write() as session:
            out = select(Post.id).where(Post.state == State.PUBLISHED).order_by(col(Post.id).desc()).limit(1)
            if (post := session.exec(out).first()) is not None:
                stopping.recall(session, self.burst.house.people["bob"], post, "soak")
                self.stops["recalls"] += 1

    def _pause(self) -> None:
        with self.store.write() as session:
            narrative = self.seed.choice(self.burst.narratives)
            made = stopping.pause(session, self.burst.house.people["bob"], "narrative", narrative.ref, "soak")
            self._standing.append(made.id)
            self.stops["pauses"] += 1

    def _resume(self) -> None:
        while self._standing:
            one = self._standing.pop()
            for ref in ("carol", "dana"):
                with self.store.write() as session:
                    stopping.resume(session, self.burst.house.people[ref], one)

    def _scrape(self) -> None:
        """As Prometheus does it; the first seconds the probe may still be starting."""
        with suppress(OSError):
            for path in ("live", "metrics", "health"):
                with suppress(HTTPError), urlopen(f"http://127.0.0.1:{self.port}/{path}", timeout=5) as answer:
                    answer.read()
            self.scrapes += 1

    def _sample(self, programs: Mapping[str, subprocess.Popen[bytes]]) -> None:
        for name, process in programs.items():
            self.series.setdefault(name, Series()).add(**_process(process.pid))
        if not self.store.sqlite:
            statement = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
            with self.store.read() as session:
                number = session.connection().execute(text(f"{statement} AND application_name <> 'soak'")).scalar_one()
            self.series.setdefault("database", Series()).add(connections=number)


def _ended(programs: Mapping[str, subprocess.Popen[bytes]]) -> list[str]:
    """Those that are gone: none may be."""
    return sorted(name for name, process in programs.items() if process.poll() is not None)


def _process(pid: int) -> dict[str, float]:
    """Resident megabytes, open files and threads; what SQLite has open is among the files."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    told = {name: value.split()[0] for name, _, value in (line.partition(":") for line in lines) if value.split()}
    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return {"rss_mb": int(told["VmRSS"]) / 1024, "threads": float(told["Threads"]), "files": float(files)}


def soaked(url: str, minutes: float, rate: float, port: int, bell: str = "") -> dict[str, Any]:
    """One run on a new, empty database; what was seen."""
    seed = Random(f"{SEED} soak")
    name = "sqlite" if url.startswith("sqlite") else "postgresql"
    with tempfile.TemporaryDirectory(prefix="cp-soak-", dir=in_memory()) as folder, ExitStack() as stack:
        upgrade(url)
        told = settled(Path(folder) / "home", url).model_copy(update={"lease": LEASE})
        if bell:
            told = told.model_copy(
                update={"redis_url": SecretStr(bell), "origins": told.origins | {"redis_url": "given"}}
            )
        made = stack.enter_context(burst(_ours(url), seed, SHAPE))
        with made.store.read() as session:
            write_epoch(told.journal, the_instance(session).epoch)
        soak = Soak(made, told, seed, rate, port)
        with Supervisor(grace=50) as supervisor:
            programs = _start(supervisor, told, port, workers=1 if made.store.sqlite else 2)
            soak.wake()
            soak.run(programs, minutes * 60)
            soak._resume()
            states = soak.settle()
            found = look(made.store)
            ended = _ended(programs)
        broker.tidy(told)
        problems = invariants.problems(made.store, told)
    judged = {one: series.judged() for one, series in soak.series.items()}
    growing = [f"{one} {figure}" for one, read in judged.items() for figure, it in read.items() if not it["flat"]]
    left = sorted(states.keys() - OVER)
    return {
        "database": name, "minutes": minutes, "posts": soak.fed + len(made.posts), "states": states,
        "stops": dict(soak.stops), "scrapes": soak.scrapes, "lateness": asdict(found.lateness), "series": judged,
        "blocked_by": dict(found.blocked_by), "growing": growing, "ended": ended, "left": left,
        "last_words": {name: soak.last_words()[name] for name in ended if name != "broker"},
        "disagreements": problems[:20], "passed": not (growing or ended or left or problems),
    }  # fmt: skip


def _ours(url: str) -> str:
    """The same database under a name, so that our own connections are not counted."""
    if url.startswith("sqlite"):
        return url
    named = make_url(url).update_query_dict({"application_name": "soak"})
    return named.render_as_string(hide_password=False)


def _start(supervisor: Supervisor, told: Settings, port: int, workers: int) -> dict[str, subprocess.Popen[bytes]]:
    environment, logs = told.environment(), told.home
    programs = {"broker": supervisor.start(broker.program(told))} if told.embedded_broker else {}
    for number in range(workers):
        one = python("worker", "worker", environment, logs / f"worker-{number}.log")
        programs[f"worker-{number}"] = supervisor.start(one)
    programs["beat"] = supervisor.start(python("beat", "worker.beat", environment, logs / "beat.log"))
    probe = python("probe", "worker.probe", environment, logs / "probe.log")
    programs["probe"] = supervisor.start(replace(probe, command=(*probe.command, "--port", str(port))))
    return programs


# --- on which database --------------------------------------------------------------------------------------


@contextmanager
def database(which: str) -> Iterator[str]:
    """The URL of a new database: `sqlite`, `postgresql` (a server of its own), or the one that is given."""
    if which == "sqlite":
        with tempfile.TemporaryDirectory(prefix="cp-soak-db-", dir=in_memory()) as folder:
            yield f"sqlite:///{folder}/soak.db"
    elif which == "postgresql":
        server = Postgres()
        try:
            plain = make_url(server.url()).set(drivername="postgresql").render_as_string(hide_password=False)
            with psycopg.connect(plain, autocommit=True) as connection:
                connection.execute("CREATE DATABASE soak")
            yield server.url("soak")
        finally:
            server.remove()
    else:
        yield which


def both(words: argparse.Namespace) -> int:
    """Both databases side by side, each in a process of its own; the exit code."""
    runs = []
    for place, which in enumerate(("sqlite", "postgresql")):
        options = ["--minutes", str(words.minutes), "--rate", str(words.rate), "--port", str(words.port + place)]
        options += ["--broker", words.broker] if words.broker else []
        runs.append(subprocess.Popen([sys.executable, "-m", "tests.faults.soak", "--database", which, *options]))
    return max(run.wait() for run in runs)


def main() -> int:
    """Reads the options, runs, prints one JSON object a database."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--rate", type=float, default=5, help="posts falling due in a second")
    parser.add_argument("--database", default="both", help="both, sqlite, postgresql, or the URL of an empty one")
    parser.add_argument("--broker", default="", help="URL of a broker that runs; the embedded one if not given")
    parser.add_argument("--port", type=int, default=PORT, help="of the probe; the next one too where both are run")
    words = parser.parse_args()
    if words.database == "both":
        return both(words)
    with database(words.database) as url:
        found = soaked(url, words.minutes, words.rate, words.port, words.broker)
    print(json.dumps(found, indent=1, sort_keys=True), flush=True)
    return 0 if found["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
