"""`bench desk`: every page of the desk that is a list, with as many rows behind it as asked for, and the composer's
preview; through the application itself, in this process, with a session of somebody who may see the page.

JSON: {bench, database, machine, rows, load_s, pages {name: {address, who, times, wall_ms {first p50 p95 p99 max mean},
cpu_ms {…}, bytes, statements}}, goals, missed}. wall_ms: from the request until its answer's last byte, the time of the
database included; cpu_ms: processor time of this process in it, without PostgreSQL's own; bytes: compressed, as sent;
statements: that the database was given for it. `name, on` is the page that the list's own link for more leads to,
`name, far on` one from the middle of all there is.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from content import draft
from content.people import Person
from content.store import Store
from worker.bench import crowd
from worker.bench.caller import Answer, Caller
from worker.bench.figures import Goal, at_most, machine, plain, short, spread
from worker.bench.load import load
from worker.bench.place import instance
from worker.bench.plan import Size
from worker.bench.rows import bulk
from worker.bench.screens import PAGES, far, further, named

UNITS = 5000  # narratives, accounts, and messages with a clearance
DRAFTS = 60  # of one author: more than a page
WARM = 8  # a connection plans a statement once it has run five times
ENOUGH = 6.0  # seconds spent on one page: a slow one is asked less often, five times at least
LIMIT, PREVIEW, BYTES = 50.0, 100.0, 200 * 1024


@dataclass(frozen=True, slots=True)
class Wanted:
    """rows: posts, messages and record rows, each; times: how often each page is asked for, at most."""

    home: Path
    database: str
    rows: int
    times: int


def measure(wanted: Wanted) -> dict[str, Any]:
    """Loads, then asks for each page as often as it takes to say p95."""
    with instance(wanted.home, wanted.database, "") as (store, told):
        began = time.perf_counter()
        people = load(store, told, Size(UNITS - 2, 1, narratives=UNITS, accounts=UNITS))
        with bulk(store, crowd.LISTED) as rows:
            crowd.fill(rows, crowd.Crowd(wanted.rows, UNITS, len(people)))
        loaded = short(time.perf_counter() - began)
        before = machine()
        desk = Desk(store, people, wanted.rows, wanted.times)
        found = dict(desk.asked())
        desk.close()
        database = store.engine.dialect.name
    reached = list(goals(found))
    return {
        "bench": "desk", "database": database, "machine": before, "rows": wanted.rows, "load_s": loaded,
        "pages": found, "goals": plain(reached), "missed": not all(one.holds for one in reached),
    }  # fmt: skip


def goals(found: Mapping[str, Mapping[str, Any]]) -> Iterator[Goal]:
    """What each page is held to."""
    for name, one in found.items():
        limit = PREVIEW if name == "preview" else LIMIT
        yield at_most(f"{name}, p95", limit, one["wall_ms"]["p95"], "ms")
    yield at_most("the largest page, compressed", BYTES, max(one["bytes"] for one in found.values()), "bytes")


class Desk:
    """The application over what was loaded, and a session of each person."""

    def __init__(self, store: Store, people: Mapping[str, Person], rows: int, times: int) -> None:
        self.store, self.times, self.caller = store, times, Caller(store)
        self._author = people["author"]
        self._drafts()
        self.cookies = {ref: self.caller.enter(person.id or 0) for ref, person in people.items()}
        self.look(rows)

    def look(self, rows: int) -> None:
        """Finds what its pages are about, and places in the middle of so many rows."""
        self.named, self.far = named(self.store, self._author, rows), far(self.store, rows)

    def close(self) -> None:
        self.caller.close()

    def asked(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each page, what its link for more leads to, one far on; then the preview."""
        for name in PAGES:
            yield from self.page(name)
        yield "preview", self.preview()

    def page(self, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """One of them, and those after it."""
        address = PAGES[name]
        for key, value in self.named.items():
            address = address.replace(key, value)
        who, text = self._who(name, address)
        yield name, self._timed(who, address)
        if more := further(address, text):
            yield f"{name}, on", self._timed(who, more)
        if name in self.far:
            yield f"{name}, far on", self._timed(who, self.far[name])

    def preview(self) -> dict[str, Any]:
        """A passage, a stance and five accounts that the campaign may use, as the form's script sends them."""
        cookie = self.cookies["author"]
        form = {
            "mark": self.caller.get("/compose?campaign=campaign-1&narrative=N-100&language=en", cookie).mark,
            "campaign": "campaign-1", "narrative": "N-100", "language": "en",
            "template": "infighting/plain", "shown": "infighting/plain",
            "passage": ["p"], "stance": "s", "message": "M-new", "helpline": "helpline-gb-en",
            "account": [f"account-{50 * number}" for number in range(1, 6)], "start": "2100-01-01 09:00", "zone": "UTC",
        }  # fmt: skip
        address = "/compose/preview"
        return {"address": address, "who": "author"} | self._times(lambda: self.caller.typed(address, cookie, form))

    def _drafts(self) -> None:
        with self.store.write() as session:
            for number in range(DRAFTS):
                draft.save(session, self._author, f"draft-of-the-bench-{number}", {"campaign": ["campaign-1"]})

    def _who(self, name: str, address: str) -> tuple[str, str]:
        """The first person whom the page lets in, and what it says."""
        codes = {}
        for who, cookie in self.cookies.items():
            answer = self.caller.get(address, cookie)
            if answer.status == 200:
                return who, answer.text
            codes[who] = answer.status
        raise RuntimeError(f"nobody was shown {name} ({address}): {codes}")

    def _timed(self, who: str, address: str) -> dict[str, Any]:
        told = self._times(lambda: self.caller.get(address, self.cookies[who]))
        return {"address": address, "who": who, **told}

    def _times(self, ask: Callable[[], Answer]) -> dict[str, Any]:
        answers, until = list[Answer](), time.monotonic() + ENOUGH
        while len(answers) < WARM + self.times:
            if len(answers) >= WARM + 5 and time.monotonic() > until:
                break
            answers.append(ask())
            if answers[-1].status != 200:
                raise RuntimeError(f"a page answered {answers[-1].status}: {answers[-1].text[:400]}")
        kept = answers[WARM:]
        return {
            "times": len(kept), "wall_ms": spread([one.wall for one in kept], 1000),
            "cpu_ms": spread([one.cpu for one in kept], 1000), "bytes": max(len(one.body) for one in kept),
            "statements": max(one.statements for one in kept),
        }  # fmt: skip
