"""What every list of the desk takes from the database: as many statements at twenty thousand rows as at five hundred,
no table of a million from end to end, and a page that a slow line carries."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from content.settings import load as settings_of
from content.store import Store
from worker.bench import crowd
from worker.bench.desk import BYTES, Desk
from worker.bench.load import keyed, load
from worker.bench.plan import Size
from worker.bench.rows import bulk
from worker.bench.screens import PAGES

pytestmark = [pytest.mark.wide, pytest.mark.timeout(900)]
UNITS, FEW, MANY = 120, 500, 19_500
# Statements that a page may take more of where it has more to show: what the gate asks once for all posts of a page,
# where there were none before. One for each row would be many more.
MORE = 14
# Tables that a million rows stand in. What is read whole of them is seen by the words of its plan.
LARGE = "post|waits|waits_at|record|version"
WHOLE = re.compile(rf"Seq Scan on (?:{LARGE})\b|SCAN (?:{LARGE})\b(?!.*USING)")
SMALL = re.compile(r"SCAN (?:record|version)$")  # walked in the order of its key until the limit: SQLite says SCAN


@pytest.fixture
def desk(blank_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr("worker.bench.desk.WARM", 0)
    told = settings_of(home=tmp_path / "home", database_url=blank_db)
    store = keyed(told)
    people = load(store, told, Size(UNITS - 2, 1, narratives=UNITS, accounts=UNITS))
    _crowd(store, crowd.Crowd(FEW, UNITS, len(people)))
    made = Desk(store, people, FEW, 1)
    yield made
    made.close()
    store.close()


def test_a_list_takes_as_much_of_a_large_table_as_of_a_small_one(desk: Desk) -> None:
    before = _asked(desk)
    _crowd(desk.store, crowd.Crowd(MANY, UNITS, 6, FEW))
    desk.look(FEW + MANY)
    with _heard(desk.store) as heard:
        after = _asked(desk)
    assert {name: (before[name], one) for name, one in after.items() if one > before.get(name, one) + MORE} == {}
    assert [f"{statement}\n{plan}" for statement, plan in _plans(desk.store, heard) if WHOLE.search(plan)] == []


def _crowd(store: Store, wanted: crowd.Crowd) -> None:
    with bulk(store, crowd.LISTED) as rows:
        crowd.fill(rows, wanted)


def _asked(desk: Desk) -> dict[str, int]:
    """How many statements each page takes, with what follows it; each is small enough for anybody's line."""
    found = {}
    for name in PAGES:
        for one, told in desk.page(name):
            assert told["bytes"] <= BYTES, one
            found[one] = told["statements"]
    return found


class _heard:  # read as a verb
    """Every SELECT with its values, each text once."""

    def __init__(self, store: Store) -> None:
        self.store, self.seen = store, dict[str, Any]()

    def __enter__(self) -> dict[str, Any]:
        event.listen(self.store.engine, "before_cursor_execute", self._note)
        return self.seen

    def __exit__(self, *_: object) -> None:
        event.remove(self.store.engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if statement.startswith("SELECT"):
            self.seen.setdefault(statement, values)


def _plans(store: Store, heard: dict[str, Any]) -> Iterator[tuple[str, str]]:
    words = "EXPLAIN QUERY PLAN " if store.sqlite else "EXPLAIN "
    with store.read() as session:
        for statement, values in heard.items():
            rows = session.connection().exec_driver_sql(words + statement, values)
            lines = [str(row[-1]) for row in rows]
            yield statement, "\n".join(line for line in lines if not SMALL.search(line))
