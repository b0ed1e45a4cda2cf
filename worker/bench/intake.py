"""`bench intake`: how fast words come in: queued, prepared, imported from a sheet, evaluated again under new material.

JSON: {bench, database, machine, units, load_s, reevaluate {done, seconds, cpu_s, per_s, whole_s}, queue {done,
seconds, per_s, floor_per_s, ratio}, prepare {done, seconds, cpu_s, per_s}, import {done, seconds, per_s, whole_s},
goals}. whole_s: what 100,000 would take at this pace; the floor is the same number of bare rows, in one statement,
into a table like the one that keeps what is queued.
"""

import csv
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, Table, insert
from sqlmodel import col, func, select

from content import message as messages
from content.errors import Refusal
from content.message import Order, Wording
from content.organisation import raise_epoch
from content.people import Person
from content.review import Evaluation
from content.settings import Settings
from content.store import Store
from worker import prepare
from worker.bench.figures import at_most, machine, plain, short
from worker.bench.floor import copied
from worker.bench.load import load
from worker.bench.material import TEMPLATE
from worker.bench.place import instance
from worker.bench.plan import Size

WHOLE = 100_000
_COMMAND = "from cli.main import main; main()"
_COLUMNS = ("ref", "campaign", "narrative", "language", "template", "passages", "stance", "accounts", "zone", "start")


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many messages are queued, how many of them are prepared, rows imported, clearances evaluated again."""

    home: Path
    database: str
    queue: int
    prepare: int
    rows: int
    clearances: int
    narratives: int
    accounts: int


def measure(wanted: Wanted) -> dict[str, Any]:
    """Each in turn in one database; what is asked for as 0 is left out."""
    size = Size(0, 1, narratives=max(wanted.narratives, wanted.clearances), accounts=wanted.accounts)
    with instance(wanted.home, wanted.database, "") as (store, told):
        began = time.perf_counter()
        people = load(store, told, size)
        figures: dict[str, Any] = {
            "bench": "intake", "database": store.engine.dialect.name, "machine": machine(), "units": size.units,
            "load_s": short(time.perf_counter() - began),
        }  # fmt: skip
        start = datetime.now(UTC) + timedelta(days=30)
        if wanted.clearances:
            figures["reevaluate"] = _reevaluate(store, told, wanted.clearances)
        if wanted.queue:
            figures["queue"] = _queue(store, people["author"], size, wanted.queue, start)
        if wanted.prepare:
            figures["prepare"] = _prepare(store, told, wanted.prepare)
        if wanted.rows:
            figures["import"] = _import(store, told, size, wanted.rows, start)
    return figures | {"goals": plain(_goals(figures))}


def _goals(figures: dict[str, Any]) -> list[Any]:
    found = []
    if "queue" in figures:
        pace = 10_000 / figures["queue"]["per_s"]
        found.append(at_most("5 queue 10,000 validated messages", 1, short(pace), "s"))
    if "import" in figures:
        found.append(at_most("5 import 100,000 rows", 30, figures["import"]["whole_s"], "s"))
    if "reevaluate" in figures:
        found.append(at_most("5 evaluate 100,000 clearances on one core", 300, figures["reevaluate"]["whole_s"], "s"))
    return found


def _reevaluate(store: Store, told: Settings, wanted: int) -> dict[str, Any]:
    """Material changes, and a worker's `prepare` looks until so many live clearances have been judged again.

    whole_s counts processor time: on one core.
    """
    with store.write() as session:
        raise_epoch(session, 1)

    def done() -> int:
        with store.read() as session:
            return session.exec(select(func.count()).where(col(Evaluation.epoch) == 2)).one()

    found = _until(lambda: prepare.look(store, told), done, wanted)
    return found | {"whole_s": short(WHOLE * found["cpu_s"] / found["done"])}


def _queue(store: Store, author: Person, size: Size, wanted: int, start: datetime) -> dict[str, Any]:
    """Valid orders, checked against campaign, narrative, accounts, times and material; one transaction, one commit."""
    orders = [_order(number, size, start) for number in range(wanted)]
    began = time.perf_counter()
    with store.write() as session:
        refused = [why for why in messages.queue_all(session, author, orders) if why]
    seconds = time.perf_counter() - began
    if refused:
        raise Refusal("bench.queue", f"{len(refused)} orders were refused, the first for: {refused[0][0]}", "", "")
    floor = _bare_rows(store, wanted)
    return {
        "done": wanted, "seconds": short(seconds), "per_s": short(wanted / seconds), "floor_per_s": short(floor),
        "ratio": short(wanted / seconds / floor),
    }  # fmt: skip


def _order(number: int, size: Size, start: datetime) -> Order:
    unit = 1 + number % size.units
    return Order(
        message=f"Q-{number}",
        campaign=f"campaign-{1 + unit % size.campaigns}",
        narrative=f"N-{unit}",
        language="en",
        choices={"template": TEMPLATE, "passages": ["p"], "stance": "s"},
        accounts=(f"account-{unit}",),
        plan={"start": f"{start:%Y-%m-%d %H:%M}", "zone": "UTC"},
    )


def _bare_rows(store: Store, wanted: int) -> float:
    """Rows a second that the database takes into a table of the same columns and indices, and nothing else."""
    with store.read() as session:
        like = session.exec(select(Wording).order_by(col(Wording.id)).limit(1)).one().model_dump(exclude={"id"})
    table = _wordings(store)
    rows = [like | {"message_id": number, "number": number} for number in range(wanted)]
    began = time.perf_counter()
    with store.write() as session:
        session.connection().execute(insert(table), rows)
    return wanted / (time.perf_counter() - began)


def _wordings(store: Store) -> Table:
    made = copied(Wording, MetaData(), "bench_wording")
    with store.write() as session:
        made.create(session.connection())
    return made


def _prepare(store: Store, told: Settings, wanted: int) -> dict[str, Any]:
    """Queued messages formatted, checked, stored with their results and recorded, as a worker does it."""

    def done() -> int:
        with store.read() as session:
            answered = select(func.count()).where(col(Wording.answered_at).is_not(None), col(Wording.id) > before)
            return session.exec(answered).one()

    with store.read() as session:
        before = session.exec(select(func.min(Wording.id)).where(col(Wording.answered_at).is_(None))).one() or 1
        before -= 1
    return _until(lambda: prepare.look(store, told), done, wanted)


def _until(work: Callable[[], int], done: Callable[[], int], wanted: int) -> dict[str, Any]:
    began, used = time.perf_counter(), time.process_time()
    while work() and done() < wanted:
        pass
    seconds, cpu, made = time.perf_counter() - began, time.process_time() - used, done()
    if not made:
        raise Refusal("bench.idle", "The worker's look did nothing.", "", "")
    return {"done": made, "seconds": short(seconds), "cpu_s": short(cpu), "per_s": short(made / seconds)}


def _import(store: Store, told: Settings, size: Size, wanted: int, start: datetime) -> dict[str, Any]:
    """`counterpoint import SHEET.csv` as a program of its own, from its start to its end."""
    sheet = told.home / "messages.csv"
    with sheet.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(_COLUMNS)
        for number in range(wanted):
            one = _order(number, size, start)
            rows.writerow((f"I-{number}", one.campaign, one.narrative, "en", TEMPLATE, "p", "s", one.accounts[0], "UTC",
                           one.plan["start"]))  # fmt: skip
    began = time.perf_counter()
    done = subprocess.run(
        (sys.executable, "-P", "-c", _COMMAND, "import", str(sheet), "--as", "author", "--json"),
        env={**os.environ, **told.environment()}, capture_output=True, text=True,
    )  # fmt: skip
    seconds = time.perf_counter() - began
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["nothing was said"])[-1]
        raise Refusal("bench.import", f"The import ended with code {done.returncode}: {last}", "", str(sheet))
    with store.read() as session:
        taken = session.exec(select(func.count()).where(col(messages.Message.ref).startswith("I-"))).one()
    return {
        "done": taken, "seconds": short(seconds), "per_s": short(taken / seconds),
        "whole_s": short(WHOLE * seconds / max(1, taken)),
    }  # fmt: skip
