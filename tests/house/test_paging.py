"""A page is found by its place in an index: nobody counts past the rows before it."""

import re

from tests.house.committed import paths, text

PROGRAMS = ("content/", "cli/", "web/", "worker/")
# `.offset(` of a statement, OFFSET in SQL, and a slice of one: SQLAlchemy makes an OFFSET of `statement.slice(…)`.
COUNTED = re.compile(r"\.(?:offset|slice)\([^)]|\b(?:OFFSET|offset)\s+(?::\w|%\(|\?|\{|\d)")
OTHERS = ("stage.offset()",)  # how far a rehearsal's clock stands ahead


def test_no_statement_counts_past_rows() -> None:
    files = [path for path in paths() if path.startswith(PROGRAMS) and path.endswith(".py")]
    lines = ((path, number, line) for path in files for number, line in enumerate(text(path).splitlines(), 1))
    found = [f"{path}:{number}" for path, number, line in lines if COUNTED.search(line) and not _clock(line)]
    assert len(files) > 200
    assert found == []


def test_it_would_be_seen() -> None:
    words = ("rows.offset(50)", "LIMIT 50 OFFSET 100", "f'LIMIT {n} OFFSET {page * n}'", "select(Post).slice(5, 9)")
    assert all(COUNTED.search(one) for one in words)


def _clock(line: str) -> bool:
    return any(one in line for one in OTHERS)
