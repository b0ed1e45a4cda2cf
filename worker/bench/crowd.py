"""Rows by the million for the desk's lists, each made by the database itself from one that stands there: no row passes
through this program. What is measured is lists: nobody sends these words, and an audit of this record would complain.
"""

from dataclasses import dataclass
from typing import Any

from sqlmodel import SQLModel

from content.lifecycle import Part, Post, PostHistory
from content.message import Involvement, Leaf, LeafPart, Message, Used, Version, Wording
from content.migrations import waits
from content.record import Record
from content.review import Evaluation
from content.waiting import Waits, WaitsAt
from worker.bench.rows import Bulk

LISTED = (
    Message, Involvement, Wording, Version, Leaf, LeafPart, Used, Evaluation, Waits, WaitsAt, Post, PostHistory, Part,
    Record,
)  # fmt: skip
FIRST = 10_000_000  # the ids of what is made here begin after this
TEXTS = 100  # pieces of standard text: an organisation has some dozens, however much it publishes
BETWEEN = 10_000  # record rows at most that the desk itself wrote between two crowds
YEAR = 365 * 24 * 3600
# Every twentieth post stands in one of these, in turn.
STRAYS = (
    "uncertain", "blocked", "recalling", "recall_impossible", "failed", "expired", "cancelled", "recalled",
)  # fmt: skip
STEPS = (
    "version.make", "evaluation.make", "post.schedule", "post.begin", "post.confirm", "pause.set", "verdict.approve",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Crowd:
    """many: posts, messages and record rows, each; units: messages, narratives and accounts that stand there already,
    each with one post of the same number; people: how many there are; done: rows of a crowd that came before."""

    many: int
    units: int
    people: int
    done: int = 0


def fill(rows: Bulk, crowd: Crowd) -> None:
    """Inserts them all."""
    made = _Making(rows, crowd)
    made.words()
    made.posts()
    made.record()
    made.few()


class _Making:
    def __init__(self, rows: Bulk, crowd: Crowd) -> None:
        self.rows, self.crowd, self.sqlite = rows, crowd, rows.store.sqlite
        self.unit, self.last = f"1 + s.n % {crowd.units}", FIRST + crowd.done

    def words(self) -> None:
        """Messages whose words wait for a reviewer; of one in forty no words were made."""
        many, key, digest = self.crowd.many, f"{FIRST} + s.n", _digest("s.n", "a")
        made = "s.n % 40 <> 7"
        why = '\'[{"code": "words.long", "message": "This is too long for its account.", "todo": "Shorten it."}]\''
        opens = self.later("o.rendered_at", f"{YEAR} / 12 + s.n")
        self.copy(Message, many, id=key, ref="'L-' || s.n", created_at=self.later("o.created_at", "s.n"))
        self.copy(Involvement, many, f"o.message_id = {self.unit} AND o.side = 'wrote'", message_id=key)
        self.copy(Wording, many, id=key, message_id=key,
                  refused=f"CASE WHEN {made} THEN o.refused ELSE {self.json(why)} END")  # fmt: skip
        new = {"id": key, "message_id": key, "wording_id": key, "digest": digest}
        until = self.later("o.rendered_at", f"{YEAR} + s.n")
        said = self.json(
            f"""'{{"not_before": "' || {self.local(opens)} || 'Z", "not_after": "' || {self.local(until)} ||"""
            f""" 'Z", "zone": "UTC", "local_start": "' || {self.local(opens)} || '", "rule": "", "count": 1}}'"""
        )
        self.copy(Version, many, where=made, **new, not_before=opens, not_after=until, window=said)
        self.copy(Leaf, many, where=made, id=key, version_id=key, digest=_digest("s.n", "b"))
        self.copy(LeafPart, many, f"o.leaf_id = {self.unit}", where=made, leaf_id=key)
        self.copy(Used, many, f"o.version_id = {self.unit} AND o.kind = 'passage'", where=made, version_id=key)
        self.copy(Evaluation, many, where=made, id=key, digest=digest)
        self.rows.run(
            "INSERT INTO waits (version_id, not_before, not_after, language)"  # noqa: S608  # our own names
            f" SELECT id, not_before, not_after, language FROM version WHERE id > {self.last}"
        )
        self.rows.run(f"{waits.FILL_ACCOUNTS} WHERE w.version_id > {self.last}")

    def posts(self) -> None:
        """Nine of twenty are to go within a year, nine went out within the last; the others stand wherever posts do."""
        many, turn = self.crowd.many, "s.n % 20"
        strays = " ".join(f"WHEN {place} THEN '{state}'" for place, state in enumerate(STRAYS))
        state = (
            f"CASE WHEN {turn} < 9 THEN 'scheduled' WHEN {turn} < 18 THEN 'published'"
            f" ELSE CASE (s.n / 20) % {len(STRAYS)} {strays} END END"
        )
        apart = f"s.n % {YEAR // 1000} * 1000 + s.n % 997"
        due = self.later("o.changed_at", f"CASE WHEN {turn} < 9 THEN {apart} ELSE -({apart}) END")
        opens, ends = self.later(due, "-86400"), self.later(due, "86400 * 14")
        self.copy(
            Post, many, valid_from=opens, not_before=opens, valid_until=ends, not_after=ends,
            id=f"{FIRST} + s.n", occurrence=f"{FIRST} + s.n", state=state, due_at=due, local=self.local(due),
            step=f"CASE WHEN {turn} < 9 THEN 0 ELSE 3 END",
            action=f"CASE WHEN {turn} < 9 THEN 'insert' ELSE 'confirm' END",
            tier=f"CASE WHEN {turn} = 3 THEN 3 ELSE 2 END",
            note=f"CASE WHEN {turn} < 18 THEN '' ELSE 'circuit.open: The account is resting.' END",
            changed_at=self.later("o.changed_at", "-(s.n % 864000)"),
        )  # fmt: skip
        post = f"SELECT id, due_at FROM post WHERE id > {self.last}"  # noqa: S608  # our own names
        self.rows.run(
            "INSERT INTO post_history (post_id, step, action, to_state, at)"  # noqa: S608  # our own names
            f" SELECT id, 0, 'insert', 'scheduled', due_at FROM ({post}) p"
        )
        self.rows.run(
            'INSERT INTO part (post_id, "index", key, remote_id, confirmed_at)'  # noqa: S608  # our own names
            f" SELECT id, 0, {_digest('id', 'c')}, 'bench:' || id, due_at FROM ({post} AND state = 'published') p"
        )

    def record(self) -> None:
        """Steps of programs and of people, a tenth each of the latter."""
        action = " ".join(f"WHEN {place} THEN '{step}'" for place, step in enumerate(STEPS))
        key = f"{FIRST + (BETWEEN if self.crowd.done else 0)} + s.n"
        person = f"'person:' || (1 + s.n / 10 % {self.crowd.people})"
        self.copy(
            Record, self.crowd.many, "o.id = 1", id=key, at=self.later("o.at", "s.n / 1000"),
            actor=f"CASE WHEN s.n % 10 = 0 THEN {person} ELSE 'worker:bench' END",
            action=f"CASE s.n % {len(STEPS)} {action} END", subject="'post'",
            subject_id=f"CAST({FIRST} + s.n AS text)", detail="'{}'", mac=_digest("s.n", "d"),
            chain=_digest("s.n", "e"), seq=key,
        )  # fmt: skip

    def few(self) -> None:
        """What there is less of: material that nobody has cleared, campaigns, people, pieces of standard text."""
        tenth, some = self.crowd.many // 10, self.crowd.many // 200
        key, last = f"{FIRST} + s.n", FIRST + self.crowd.done // 10
        self.copy(_table("passage"), tenth, id=key, ref="'b' || s.n", sha256=_digest("s.n", "f"))
        self.rows.run(
            "INSERT INTO uncleared (kind, material_id, entered_by, since, content, safeguarding)"  # noqa: S608  # our own names
            f" SELECT 'passage', id, entered_by, created_at, true, false FROM passage WHERE id > {last}"
        )
        self.copy(_table("campaign"), some, "o.id = 1", id=key, ref="'drive-' || s.n")
        self.copy(_table("person"), some, "o.id = 1", id=key, ref="'reader-' || s.n", name="'Reader ' || s.n",
                  token_hash=_digest("s.n", "0"))  # fmt: skip
        # As a worker says once it has been through: every version here has its evaluation.
        self.rows.run("UPDATE organisation SET evaluated_epoch = material_epoch, evaluated_rules = rules")
        self.copy(_table("block"), min(some, TEXTS), "o.id = 1", id=key, ref="'text-' || s.n")

    def copy(self, table: Any, many: int, on: str = "", where: str = "", **changes: str) -> None:
        """Inserts `many` rows like the row `o`, by default that of the unit whose turn it is; `changes` are SQL."""
        columns = [column.name for column in getattr(table, "__table__", table).columns]
        if "id" in columns and "id" not in changes:
            columns.remove("id")
        first = self.crowd.done * many // self.crowd.many + 1
        last = first + many - 1
        series = (
            f"WITH RECURSIVE t(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM t WHERE n < {last}) SELECT n FROM t"  # noqa: S608  # our own names
        )
        if not self.sqlite:
            series = f"SELECT CAST(n AS integer) AS n FROM generate_series({first}, {last}) AS t(n)"  # noqa: S608  # our own names
        name = getattr(table, "__tablename__", None) or table.name
        into = ", ".join(f'"{column}"' for column in columns)
        values = ", ".join(f"({changes[one]})" if one in changes else f'o."{one}"' for one in columns)
        self.rows.run(
            f'INSERT INTO "{name}" ({into}) SELECT {values} FROM ({series}) s'  # noqa: S608  # our own names
            f' JOIN "{name}" o ON {on or f"o.id = {self.unit}"}' + (f" WHERE {where}" if where else "")
        )

    def later(self, instant: str, seconds: str) -> str:
        if self.sqlite:
            return f"strftime('%Y-%m-%d %H:%M:%f', {instant}, ({seconds}) || ' seconds') || '000'"
        return f"{instant} + make_interval(secs => {seconds})"

    def local(self, instant: str) -> str:
        if self.sqlite:
            return f"replace(substr({instant}, 1, 19), ' ', 'T')"
        return f"to_char(({instant}) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS')"

    def json(self, words: str) -> str:
        return words if self.sqlite else f"CAST({words} AS json)"


def _table(name: str) -> Any:
    return SQLModel.metadata.tables[name]


def _digest(number: str, kind: str) -> str:
    """64 signs, another for each number and kind; their first sixteen tell them apart."""
    return f"'{kind}' || CAST(1000000000000 + {number} AS text) || '{'0' * 50}'"
