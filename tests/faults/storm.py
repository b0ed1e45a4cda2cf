"""Many seeds, each a hundred faults and more over a burst of posts: `python -m tests.faults.storm --seeds 200`.

Each seed builds 160 posts, lets a real set of programs loose on them, hurts everything that can be hurt for some
seconds, lets the sky clear, waits for the end and compares the books. One JSON line a seed, the sum at the end; the
exit code is 1 if any promise was broken. What a broken seed leaves behind stays in the folder that its line names.
"""

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sqlmodel import col, select

from content.journal import write_epoch
from content.lifecycle import Post, State
from content.organisation import Account, the_instance
from content.record import Record
from tests.databases import _Postgresql, _Sqlite
from tests.faults import counting, invariants, ledger
from tests.faults.burst import Shape, burst
from tests.faults.nursery import Nursery
from tests.faults.programs import LEASE, Programs, settled
from tests.faults.run import FEW, Run, few
from tests.faults.server import Platform
from tests.faults.told import CAPS
from tests.faults.weather import Moods, Stop, Weather
from tests.postgres import Postgres, in_memory
from worker.caps import Look

SHAPE = Shape(narratives=32, ways=("site", "wall", "exact", "keyed", "once"), begins=0.5, lasts=4.0)
LASTS = 6.0  # seconds of bad weather
EVERY = 0.2  # seconds between two faults, on average
SHARE = 0.75  # of the platform's answers that are bad, after the storm too, but at most two for a verb and key
CALM = 40.0 + 5 * LEASE  # seconds after the storm in which all must have come to an end, if the machine has time
ENDS = {State.PUBLISHED, State.UNCERTAIN, State.CANCELLED, State.RECALLED, State.RECALL_IMPOSSIBLE, State.BLOCKED}
BROKE = "gate.failed: Planted"  # what nobody foresaw blocks its post until a person looks
STOPPED = ("stop.seen", "clearance.revoked", "consent")


@dataclass(slots=True)
class Told:
    """What one seed came to. lost: posts without a rightful end; doubled, uncleared: sentences; took: of stops, s."""

    seed: int
    database: str
    posts: int = 0
    injected: dict[str, int] = field(default_factory=dict)
    faults: int = 0
    lost: int = 0
    doubled: int = 0
    uncleared: int = 0
    intents_after_stop: int = 0
    other: int = 0
    uncertain: dict[str, int] = field(default_factory=dict)
    states: dict[str, int] = field(default_factory=dict)
    quarantined: int = 0
    slowest_stop_ms: int = 0
    calm: float = 0.0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    @property
    def broken(self) -> bool:
        return bool(self.wrong)


def main() -> int:
    asked = _asked()
    total: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    broken: list[int] = []
    with _databases(asked.database) as databases, _nursery() as nursery:
        for number in range(asked.first, asked.first + asked.seeds):
            told = storm(number, databases[number % len(databases)], nursery)
            print(json.dumps(asdict(told)), flush=True)
            total.update({name: value for name, value in asdict(told).items() if isinstance(value, int | float)})
            kinds.update(told.injected)
            broken += [number] if told.broken else []
    for name in ("seed", "slowest_stop_ms"):
        total.pop(name, None)
    print(json.dumps({"seeds": asked.seeds, "broken": broken, **total, "injected": dict(kinds)}))
    return 1 if broken else 0


def storm(number: int, databases: _Sqlite | _Postgresql, nursery: Nursery) -> Told:
    """One seed, from an empty folder to the end of its checks."""
    told, began = Told(number, databases.name), time.monotonic()
    seed = random.Random(f"storm {number}")
    home = Path(tempfile.mkdtemp(prefix=f"cp-storm-{number}-", dir=in_memory()))
    outer, os.environ[counting.VARIABLE] = os.environ.get(counting.VARIABLE, ""), str(home / "faults.jsonl")
    url = databases.migrated()
    try:
        with _run(url, home, seed, nursery) as run:
            _blow(run, seed, told)
    except Exception as error:
        told.wrong.append(f"the storm itself broke: {type(error).__name__}: {error}"[:2000])
    told.injected, os.environ[counting.VARIABLE] = dict(counting.counted(home / "faults.jsonl")), outer
    for kind, times in told.injected.items():
        counting.injected(kind, times)
    told.faults = sum(told.injected.values())
    told.seconds = round(time.monotonic() - began, 1)
    if not told.broken:
        shutil.rmtree(home, ignore_errors=True)
    else:
        told.wrong = [*told.wrong[:20], f"left in {home}"]
        _keep(url, home)
    databases.drop(url)
    return told


@contextmanager
def _run(url: str, home: Path, seed: random.Random, nursery: Nursery) -> Iterator[Run]:
    settings = settled(home, url)
    platform = Platform()
    with platform, burst(url, seed, SHAPE) as made, Programs(settings, nursery, platform.address) as programs:
        with made.store.read() as session:
            write_epoch(settings.journal, the_instance(session).epoch)
        yield Run(made, programs, settings, seed, platform)


def _blow(run: Run, seed: random.Random, told: Told) -> None:
    moods = Moods(random.Random(f"{seed.random()}"), SHARE)
    run.platform.mood = moods
    workers = 1 + seed.randrange(2 if run.sqlite else 3)
    weather = Weather(run, seed, workers, beats=1 + seed.randrange(2))
    weather.rise()
    until = time.monotonic() + LASTS
    while time.monotonic() < until:
        weather.blow()
        time.sleep(seed.uniform(0, 2 * EVERY))
    weather.clear_up()
    calm = time.monotonic()
    _wait(run, weather)
    told.calm = round(time.monotonic() - calm, 1)
    _judge(run, weather.stops, told)


def _wait(run: Run, weather: Weather) -> None:
    """Until nothing moves any more: every post at an end, and the record sealed."""
    until = time.monotonic() + CALM * few() / FEW
    while time.monotonic() < until and not (_over(run) and run._sealed()):
        weather.tend()
        time.sleep(0.1)


def _over(run: Run) -> bool:
    with run.store.read() as session:
        statement = select(Post.id).where(col(Post.state).not_in(ENDS) | col(Post.fence).is_not(None))
        asked = select(Post.id).where(Post.state == State.UNCERTAIN, ~col(Post.note).startswith("find.undecidable"))
        return session.exec(statement.limit(1)).first() is None and session.exec(asked.limit(1)).first() is None


def _judge(run: Run, stops: list[Stop], told: Told) -> None:
    with run.store.read() as session:
        rows = session.exec(select(Post, Account.channel).join(Account, col(Account.id) == col(Post.account_id))).all()
    told.posts = len(rows)
    told.states = dict(Counter(str(post.state) for post, _ in rows))
    told.uncertain = dict(Counter(channel for post, channel in rows if post.state == State.UNCERTAIN))
    told.slowest_stop_ms = round(1000 * max((stop.took for stop in stops), default=0))
    told.quarantined = sum(post.note.startswith("quarantine") for post, _ in rows)
    gone = {post for stop in stops if stop.kind in ("withdraw", "revoke") for post in stop.covers}
    broke = sum(post.note == BROKE for post, _ in rows) <= _broken_gates()
    lost = [f"lost: {_named(post, channel)}" for post, channel in rows if not _rightful(post, channel, gone, broke)]
    late = [f"begun after a stop: {one}" for stop in stops for one in _begun(run, stop)]
    found = [*invariants.problems(run.store, run.told, run.platform.ledger)]
    told.lost, told.intents_after_stop = len(lost), len(late)
    told.doubled = _doubled(run)
    told.uncleared = sum("cleared" in one or "intent" in one for one in found)
    told.other = len(found) - told.uncleared
    told.wrong += [*lost, *late, *found]


def _broken_gates() -> int:
    return counting.counted(Path(os.environ[counting.VARIABLE])).get("raise@before_begin", 0)


def _rightful(post: Post, channel: str, gone: set[int], broke: bool) -> bool:
    """Whether a post may stand where it stands when all is over. broke: the storm broke the gate that often itself."""
    match post.state:
        case State.PUBLISHED:
            return True
        case State.UNCERTAIN:
            return channel in CAPS and CAPS[channel].find is Look.NONE
        case State.BLOCKED:
            stopped = post.id in gone and post.note.startswith(STOPPED)
            return stopped or post.note.startswith("quarantine") or (broke and post.note == BROKE)
        case State.CANCELLED | State.RECALLED | State.RECALL_IMPOSSIBLE:
            return post.id in gone
    return False


def _named(post: Post, channel: str) -> str:
    return f"post {post.id} on {channel} is {post.state}, {post.note!r}, fence {post.fence}, retry at {post.retry_at}"


def _begun(run: Run, stop: Stop) -> list[str]:
    """Intents of covered posts written after the stop and before its end: row ids tell, both are made under locks."""
    with run.store.read() as session:
        statement = select(Record.subject_id, Record.id).where(
            col(Record.action).in_(["post.begin", "post.retry_same_key"]),
            col(Record.id) > stop.row,
            col(Record.subject_id).in_([str(one) for one in stop.covers]),
        )
        if stop.lifted is not None:
            statement = statement.where(col(Record.id) < stop.lifted)
        return [f"post {post} in row {row}, {stop.kind} in row {stop.row}" for post, row in session.exec(statement)]


def _doubled(run: Run) -> int:
    """How many pieces are out more than once, by the ledgers alone."""
    paper = Counter((line.post, line.part) for line in ledger.accepted(run.told))
    platform = Counter((one.post, one.part) for one in run.platform.ledger.entries)
    return sum(times > 1 for times in (*paper.values(), *platform.values()))


# --- where it happens ---------------------------------------------------------------------------------------


def _asked() -> argparse.Namespace:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--seeds", type=int, default=20)
    words.add_argument("--first", type=int, default=1, help="the number of the first seed")
    words.add_argument("--database", choices=("both", "sqlite", "postgresql"), default="both")
    return words.parse_args()


@contextmanager
def _databases(which: str) -> Iterator[list[_Sqlite | _Postgresql]]:
    """Where the seeds' databases come from; with `both` they take turns."""
    folder = Path(tempfile.mkdtemp(prefix="cp-storm-db-", dir=in_memory()))
    found: list[_Sqlite | _Postgresql] = [_Sqlite(folder)] if which != "postgresql" else []
    server = Postgres() if which != "sqlite" else None
    try:
        if server is not None:
            found.append(_Postgresql(server.url()))
        yield found
    finally:
        if server is not None:
            server.remove()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _nursery() -> Iterator[Nursery]:
    one = Nursery()
    try:
        yield one
    finally:
        one.close()


def _keep(url: str, home: Path) -> None:
    """A copy of what the rows said, to be looked at."""
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        for tail in ("", "-wal"):
            if (found := Path(f"{path}{tail}")).exists():
                shutil.copyfile(found, home / f"broken.db{tail}")


if __name__ == "__main__":
    sys.exit(main())
