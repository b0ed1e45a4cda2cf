"""What a storm does to one instance, drawn by its seed: moods of the platform, deaths, silences, stops."""

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session, col, select

from content import stopping, verdict
from content.errors import Refusal
from content.lifecycle import Post
from content.narrative import Narrative
from content.record import Record
from content.review import Clearance
from tests.faults.counting import injected
from tests.faults.nursery import Forked
from tests.faults.programs import Process, kill
from tests.faults.rings import forge
from tests.faults.run import Run
from tests.faults.server import KINDS

SPOILED = {"publish": 2}  # faults for one verb and key, else 1, so that everything comes to an end
POINTS = (
    "before_claim", "after_claim", "before_begin", "after_begin", "before_call", "during_call", "after_call",
    "before_confirm", "after_confirm", "before_lose_track", "after_lose_track", "before_defer", "after_defer",
    "before_find", "after_find", "before_seal", "after_seal", "before_recall", "after_recall", "before_take_back",
    "after_take_back", "before_confirm_recall", "after_confirm_recall", "before_release_lease", "after_release_lease",
    "before_stand_down", "after_stand_down", "before_retry_same_key", "after_retry_same_key",
)  # fmt: skip
COMMON = POINTS[:9]  # passed in every run; the others only when something went wrong before


class Moods:
    """Answers of the platform: ill-tempered, but not for ever about one key."""

    def __init__(self, seed: random.Random, share: float) -> None:
        self._seed, self._share = seed, share
        self._spoiled: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def __call__(self, verb: str, kind: str, key: str) -> str:
        with self._lock:
            if self._spoiled[verb, key] >= SPOILED.get(verb, 1) or self._seed.random() > self._share:
                return ""
            self._spoiled[verb, key] += 1
            return "hang" if self._seed.random() < 0.01 else self._seed.choice(KINDS)


@dataclass(slots=True)
class Stop:
    """A stop as the record has it. covers: posts; lifted: the record row of its end."""

    kind: str
    id: int
    row: int
    covers: list[int]
    took: float
    lifted: int | None = None


@dataclass(slots=True)
class Weather:
    """Everything but the platform's moods. `blow()` is called again and again until the storm is over."""

    run: Run
    seed: random.Random
    workers: int
    beats: int
    stops: list[Stop] = field(default_factory=list)
    _asleep: set[int] = field(default_factory=set)
    _over: threading.Event = field(default_factory=threading.Event)
    _broker_due: float | None = None

    def rise(self) -> None:
        """Starts the programs, each with something in store."""
        self.run.programs.start_broker()
        threading.Thread(target=self._watch_over, daemon=True).start()
        for _ in range(self.workers):
            self.run.programs.start_worker(self._hook())
        for _ in range(self.beats):
            self.run.programs.start_beat()

    def blow(self) -> None:
        """One fault, and whatever became due since: what was frozen wakes, what died is born again."""
        self._nurse(healthy=False)
        deeds: tuple[tuple[int, Callable[[], object]], ...] = (
            (3, self._kill),
            (4, self._freeze),
            (2, self._kill_beat),
            (6, self._forge),
            (5, self._flush),
            (1, self._lose_broker),
            (2, self._freeze_broker),
            (0 if self.run.sqlite else 5, self._cut_connections),
            (5, self._stop),
        )
        self.seed.choices([deed for _, deed in deeds], [weight for weight, _ in deeds])[0]()

    def clear_up(self) -> None:
        """The storm is over: all wake, stops that end by people are lifted, one healthy worker at least is there."""
        self._over.set()
        while self._asleep:
            time.sleep(0.05)
        self._broker_back()
        for worker in list(self.run.programs.workers):
            kill(worker)
        self.run.programs.workers.clear()
        for _ in range(self.workers):
            self.run.programs.start_worker()
        for stop in self.stops:
            self._lift(stop)

    def tend(self) -> None:
        """After the storm: what ended by itself is started again."""
        self._nurse(healthy=True)

    def _nurse(self, *, healthy: bool) -> None:
        now = time.monotonic()
        if self._broker_due is not None and now >= self._broker_due:
            self._broker_back()
        for worker in list(self.run.programs.workers):
            if worker.poll() is not None:
                self.run.programs.workers.remove(worker)
                self.run.programs.start_worker("" if healthy else self._hook())
        for beat in list(self.run.programs.beats):
            if beat.poll() is not None:
                self.run.programs.beats.remove(beat)
                self.run.programs.start_beat()

    def _hook(self) -> str:
        """One or two things that will happen to a worker at named points."""
        found = []
        for _ in range(self.seed.randint(1, 3)):
            point = self.seed.choice(COMMON if self.seed.random() < 0.6 else POINTS)
            nth = self.seed.randint(1, 12 if point in COMMON else 3)
            what = self.seed.choice(("kill", "kill", "kill", "stop", "raise", "sleep:0.2", "sleep:1.6"))
            found.append(f"{point}:{nth}:{what}")
        return ",".join(found)

    # --- deeds --------------------------------------------------------------------------------------------------

    def _kill(self) -> None:
        worker = self.seed.choice(self.run.programs.workers)
        self.run.programs.restart_worker(worker, self._hook())
        injected("kill")

    def _freeze(self) -> None:
        worker = self.seed.choice(self.run.programs.workers)
        if worker.pid not in self._asleep:
            self._freeze_one(worker, self.seed.uniform(0.05, 3.0))
            injected("freeze")

    def _freeze_one(self, process: Process, seconds: float) -> None:
        """A thread of its own wakes it: this one may come to wait for what the sleeper holds."""
        self._asleep.add(process.pid)
        process.send_signal(signal.SIGSTOP)
        threading.Timer(seconds, self._go_on, (process,)).start()

    def _watch_over(self) -> None:
        """Wakes who froze of itself; beside the deeds, since on SQLite they wait for what a sleeper was writing."""
        naps = random.Random(self.workers)
        while not self._over.wait(0.1):
            for worker in list(self.run.programs.workers):
                if _frozen(worker) and worker.pid not in self._asleep:
                    self._freeze_one(worker, naps.uniform(0.1, 3.5))

    def _go_on(self, process: Process) -> None:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGCONT)
        self._asleep.discard(process.pid)

    def _kill_beat(self) -> None:
        if self.run.programs.beats:
            self.run.programs.restart_beat(self.seed.choice(self.run.programs.beats))
            injected("kill_beat")

    def _forge(self) -> None:
        if forge(self.run.told, self.seed):
            injected("forged_ring")

    def _flush(self) -> None:
        try:
            self.run.programs.flush()
            injected("flush")
        except OSError:
            pass  # it is away or frozen

    def _lose_broker(self) -> None:
        self.run.programs.kill_broker()
        self._broker_due = time.monotonic() + self.seed.uniform(0.2, 2.0)
        injected("kill_broker")

    def _broker_back(self) -> None:
        self._broker_due = None
        if self.run.programs.server is not None and self.run.programs.server.poll() is not None:
            self.run.programs.start_broker()

    def _freeze_broker(self) -> None:
        server = self.run.programs.server
        if server is not None and server.poll() is None:
            self._freeze_one(server, self.seed.uniform(0.2, 2.0))
            injected("freeze_broker")

    def _cut_connections(self) -> None:
        words = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> 'storm'"
        )
        with self.run.store.read() as session:
            injected("cut_connection", int(session.execute(text(words)).scalar() or 0))

    def _stop(self) -> None:
        """One of the stops, on one narrative; a withdrawal and a revocation are for good."""
        kind = self.seed.choice(("pause", "hold", "withdraw", "revoke"))
        taken = {stop.id for stop in self.stops if stop.kind in ("withdraw", "revoke")}
        standing = sum(stop.kind in ("withdraw", "revoke") for stop in self.stops)
        if taken and standing > len(self.run.burst.narratives) // 5:
            kind = "pause"
        narrative = self.seed.choice(self.run.burst.narratives)
        try:
            self.stops.append(self._set(kind, narrative))
            injected(f"stop:{kind}")
        except Refusal:
            pass  # it stands already

    def _set(self, kind: str, narrative: Narrative) -> Stop:
        began = time.monotonic()
        person = self.run.person
        with self.run.store.write() as session:
            match kind:
                case "pause":
                    fact = stopping.pause(session, person("tom"), "narrative", narrative.ref).id
                case "hold":
                    fact = stopping.hold(session, person("kim"), session.get_one(Narrative, narrative.id), "other").id
                case "withdraw":
                    fact = stopping.withdraw(session, person("kim"), session.get_one(Narrative, narrative.id)).id
                case _:
                    clearance = select(Clearance.id).join(Post, col(Post.clearance_id) == col(Clearance.id))
                    found = session.exec(clearance.where(Post.narrative_id == narrative.id)).first()
                    verdict.revoke(session, person("bob"), found or 0, "A second thought.")
                    fact = found or 0
        took = time.monotonic() - began
        with self.run.store.read() as session:
            covers = session.exec(select(Post.id).where(Post.narrative_id == narrative.id)).all()
            return Stop(kind, fact, _row(session, ROWS[kind], fact), [one or 0 for one in covers], took)

    def _lift(self, stop: Stop) -> None:
        people = {"pause": ("bob", "dana"), "hold": ("dana",)}.get(stop.kind, ())
        for ref in people:
            with self.run.store.write() as session:
                if stop.kind == "pause":
                    stopping.resume(session, self.run.person(ref), stop.id)
                else:
                    stopping.lift_hold(session, self.run.person(ref), stop.id)
        if people:
            with self.run.store.read() as session:
                stop.lifted = _row(session, f"{stop.kind}.lift", stop.id)


ROWS = {"pause": "pause.set", "hold": "hold.set", "withdraw": "consent.withdraw", "revoke": "clearance.revoke"}


def _row(session: Session, action: str, fact: int) -> int:
    return session.exec(select(Record.id).where(Record.action == action, Record.subject_id == str(fact))).one() or 0


def _frozen(worker: Forked) -> bool:
    try:
        return Path(f"/proc/{worker.pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] == "T"
    except (FileNotFoundError, ProcessLookupError):
        return False
