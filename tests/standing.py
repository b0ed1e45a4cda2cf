"""A database of PostgreSQL whose rows are put back after a test, instead of a new copy of it for each.

That takes a tenth of the time, and connections that stay open keep what they have read and planned. Whatever is more
than rows is not put back (a changed table, other statistics, somebody who is still connected): then it is copied anew.
"""

import time
from collections.abc import Collection, Iterable, Iterator

import psycopg
from psycopg import sql

OFTEN = 50  # then it is copied anew all the same: deleted rows stay in its files until somebody sweeps
LEAVING = 0.2  # seconds that a connection which was closed may take to be gone
_TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
_SEQUENCES = "SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace"
_CATALOGUE = ("class", "attribute", "trigger", "constraint", "index", "proc", "statistic", "db_role_setting")
# What was written has another xmin, and what was deleted is missed in the count.
_SHAPE = " UNION ALL ".join(
    f"SELECT count(*), sum(hashtextextended(xmin::text, 0)) FROM pg_catalog.pg_{table}" for table in _CATALOGUE
)
_OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND pid <> ALL(%s)"
)
_AT_WORK = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND state <> 'idle' UNION ALL SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class Standing:
    """One database as it is now. Its copies of the rows are this connection's own, and nobody else sees them."""

    def __init__(self, url: str) -> None:
        self._line = psycopg.connect(url, autocommit=True)
        self._left = OFTEN
        full = list(self._keep_rows())
        body = sql.SQL("; ").join([*self._rows_again(full), *self._sequences_again()])
        make = sql.SQL("CREATE FUNCTION pg_temp.put_back() RETURNS void LANGUAGE sql AS {}")
        self._line.execute(make.format(sql.Literal(body.as_string(self._line))))
        self._shape = self._line.execute(_SHAPE).fetchall()

    def put_back(self, own: Collection[int]) -> bool:
        """Whether it is again as it was; the backends `own` may stay, where they are idle."""
        self._left -= 1
        try:
            return self._left >= 0 and self._left_alone(own) and self._again()
        except psycopg.Error:  # it is gone, somebody holds a lock, or this user may not
            return False

    def close(self) -> None:
        self._line.close()

    def _left_alone(self, own: Collection[int]) -> bool:
        until = time.monotonic() + LEAVING
        while self._count(_OTHERS, list(own)):
            if time.monotonic() > until:
                return False
            time.sleep(0.005)
        return self._count(_AT_WORK) == 0 and self._line.execute(_SHAPE).fetchall() == self._shape

    def _count(self, question: str, *given: list[int]) -> int:
        return sum(number for (number,) in self._line.execute(question.encode(), given or None).fetchall())

    def _again(self) -> bool:
        with self._line.transaction():
            self._line.execute("SET LOCAL session_replication_role = replica; SET LOCAL lock_timeout = '1s'")
            self._line.execute("SELECT pg_temp.put_back()")
        return True

    def _names(self, question: str) -> list[str]:
        return [name for (name,) in self._line.execute(question.encode()).fetchall()]

    def _keep_rows(self) -> Iterator[str]:
        for name in self._names(_TABLES):
            if self._line.execute(_about("SELECT 1 FROM {} LIMIT 1", name)).rowcount:
                self._line.execute(_about("CREATE TEMPORARY TABLE {} AS TABLE {}", f"kept_{name}", name))
                yield name

    def _rows_again(self, full: Iterable[str]) -> Iterator[sql.Composed]:
        for name in self._names(_TABLES):
            yield _about("DELETE FROM {}", name)
        for name in full:
            yield _about("INSERT INTO {} SELECT * FROM {}", name, f"kept_{name}")

    def _sequences_again(self) -> Iterator[sql.Composed]:
        for name in self._names(_SEQUENCES):
            last, called = self._line.execute(_about("SELECT last_value, is_called FROM {}", name)).fetchone() or (1, 0)
            given = sql.SQL("SELECT setval({}, {}, {})")
            yield given.format(sql.Literal(f"public.{name}"), sql.Literal(last), sql.Literal(bool(called)))


def _about(words: str, *names: str) -> sql.Composed:
    return sql.SQL(words).format(*map(sql.Identifier, names))
