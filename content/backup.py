"""Backups: one file, a sheet beside it that says what it is, and the media that it speaks of in a folder of their own.

Made while everything runs, verified when written.

The keys are never in it. Without them nothing in it verifies and no sealed word can be read, so a kit of the keys,
sealed for the keeper, is kept elsewhere; and without the journal nobody knows what was stopped since.
"""

import hashlib
import hmac
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, make_url, text
from sqlalchemy.engine import Connection

from content import book, dump, media_copies
from content.errors import Refusal
from content.keys import Keys
from content.media_copies import File, Told
from content.store import Store

FORMAT = "counterpoint/backup/1"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a backup is: enough to know whether it is whole, and which keys, journal and program go with it.

    media: {files, bytes, missing}, None where none were kept with it.
    """

    format: str
    made_at: str
    engine: str  # sqlite | postgresql
    schema: str
    kind: str
    epoch: str
    seq: int  # of the last link of the chain in it
    chain: str
    rows: dict[str, int]
    keys: str  # fingerprint of the record key
    size: int = 0
    sha256: str = ""
    media: dict[str, Any] | None = None

    @property
    def missing(self) -> frozenset[str]:
        """The files of media that were missing when it was made."""
        return frozenset((self.media or {}).get("missing", ()))

    @property
    def mark(self) -> str:
        """What the record calls it."""
        return self.sha256[:16]


def make(store: Store, target: Path, *, media: Path | None = None) -> tuple[Path, Sheet]:
    """Writes a backup to a file that is not there yet, or into a folder, verifies it, and returns both.

    media: the folder of media, to be kept with it; None where the rows alone are.

    Raises Refusal `backup.exists`, `backup.program`, `backup.failed`, `backup.broken`.
    """
    if store.keys is None:
        raise ValueError("a backup needs a store with keys")
    at = datetime.now(UTC)
    path = (
        target / f"counterpoint-{at:%Y%m%dT%H%M%SZ}.{'db' if store.sqlite else 'dump'}" if target.is_dir() else target
    )
    if path.exists() or sheet_of(path).exists():
        raise Refusal("backup.exists", f"{path} is there already.", "Name another file; a backup is never overwritten.")
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    try:
        told, files = _sqlite(store, draft) if store.sqlite else _postgresql(store, draft)
        kept = media_copies.keep(files, media, media_copies.folder_of(path)) if media else None
        sheet = _sheet(told, draft, at, store.keys, kept)
        _verify(draft, sheet)
        book.replace(sheet_of(path), json.dumps(asdict(sheet), indent=1, sort_keys=True) + "\n")
        draft.rename(path)  # last: a file without its sheet is no backup, and a sheet without its file neither
        book.settle(path.parent)
    finally:
        draft.unlink(missing_ok=True)
    return path, sheet


def sheet_of(path: Path) -> Path:
    """Where a backup's sheet stands."""
    return path.with_name(f"{path.name}.json")


def read(path: Path) -> Sheet:
    """A backup's sheet, once the file was found to be what it says. Raises Refusal `backup.none`, `backup.broken`."""
    try:
        values = json.loads(sheet_of(path).read_text("utf-8"))
        values.setdefault("media", None)  # of a time when they were copied by hand
        sheet = Sheet(**{field.name: values[field.name] for field in fields(Sheet)})
    except FileNotFoundError:
        raise Refusal(
            "backup.none", f"{sheet_of(path)} is not there.", "Bring the backup and its .json together."
        ) from None
    except (ValueError, KeyError, TypeError):
        raise Refusal("backup.broken", f"{sheet_of(path)} is no sheet of a backup.", "Take another backup.") from None
    if sheet.format != FORMAT or not path.is_file():
        raise Refusal("backup.none", f"{path} is no backup of ours.", "Name the file beside its .json.")
    _verify(path, sheet)
    return sheet


def fitting(sheet: Sheet, store: Store, program: str) -> None:
    """Refuses a backup that these keys, this kind of database or this program cannot take."""
    if store.keys is None or sheet.keys != fingerprint(store.keys):
        raise Refusal(
            "backup.keys",
            "The keys here are not those of this backup.",
            "Put its keys back first: --keys, --keeper-key.",
        )
    if sheet.engine != ("sqlite" if store.sqlite else "postgresql"):
        raise Refusal("backup.engine", f"This is a backup of {sheet.engine}.", "Set DATABASE_URL to such a database.")
    if sheet.schema > program:
        raise Refusal(
            "backup.newer",
            f"The backup stands at schema {sheet.schema}, this program knows {program}.",
            "Restore it with the version that made it, or a newer one.",
        )


def put(store: Store, path: Path, *, replace: bool) -> Path | None:
    """Puts a backup into the store's database; returns where what stood there is kept.

    Raises Refusal `restore.full` where there is something and `replace` is not said.
    """
    aside = f"before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    full = not dump.empty(store)
    if full and not replace:
        raise Refusal(
            "restore.full", "The database is not empty.", "Say --replace; what stands there is kept beside it."
        )
    store.engine.dispose()
    if store.sqlite:
        return dump.sqlite_put(path, store.url, aside)
    with store.engine.connect() as connection:
        server = dump.server_version(connection)
    kept = make(store, path.with_name(f"{aside}.dump"))[0] if full else None
    if full:
        with store.engine.begin() as connection:
            dump.postgresql_empty(connection)
    dump.postgresql_put(path, store.url, server)
    return kept


def fingerprint(keys: Keys) -> str:
    """Tells these keys from others, and nothing about them."""
    return hmac.new(keys.record, b"counterpoint/backup/keys", hashlib.sha256).hexdigest()[:16]


@contextmanager
def scratch(store: Store, folder: Path) -> Iterator[Store]:
    """An empty database of the same kind, for trying a backup; it is gone afterwards."""
    if store.sqlite:
        made = Store(f"sqlite:///{folder / 'tried.db'}", store.keys)
        yield made
        made.close()
        return
    name = f"counterpoint_tried_{datetime.now(UTC):%Y%m%d%H%M%S%f}"
    _admin(store, f"CREATE DATABASE {name} TEMPLATE template0")
    url = make_url(store.url).set(database=name)
    made = Store(url.render_as_string(hide_password=False), store.keys)
    try:
        yield made
    finally:
        made.close()
        _admin(store, f"DROP DATABASE {name} WITH (FORCE)")


def _admin(store: Store, statement: str) -> None:
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(statement)


# --- what a database says of itself -------------------------------------------------------------------------


_Facts = tuple[dict[str, Any], tuple[File, ...]]  # for the sheet, and the files that the rows speak of


def _sqlite(store: Store, draft: Path) -> _Facts:
    dump.sqlite_copy(store, draft)
    draft.chmod(0o600)
    told = _of_sqlite(draft)
    with closing(sqlite3.connect(f"file:{draft}?mode=ro", uri=True)) as connection:
        return told, media_copies.listed(told["rows"], connection.execute)


def _of_sqlite(path: Path) -> dict[str, Any]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        ask = [f'SELECT count(*) FROM "{table}"' for table in tables]  # noqa: S608 # names of our own tables
        counts = [connection.execute(words).fetchone()[0] for words in ask]
        return _facts(
            "sqlite", dict(zip(tables, counts, strict=True)), lambda words: connection.execute(words).fetchone()
        )


def _postgresql(store: Store, draft: Path) -> _Facts:
    """Everything in one exported snapshot, so that the sheet and the dump tell of the same instant."""
    with store.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        told = _of_postgresql(connection)
        files = media_copies.listed(told["rows"], lambda words: connection.execute(text(words)))
        dump.postgresql_dump(store.url, snapshot, draft, dump.server_version(connection))
        connection.rollback()
    return told, files


def _of_postgresql(connection: Connection) -> dict[str, Any]:
    tables = inspect(connection).get_table_names()
    ask = [text(f'SELECT count(*) FROM "{table}"') for table in tables]  # noqa: S608 # names of our own tables
    counts = [connection.execute(words).scalar_one() for words in ask]
    return _facts(
        "postgresql", dict(zip(tables, counts, strict=True)), lambda words: connection.execute(text(words)).first()
    )


def _facts(engine: str, rows: dict[str, int], first: Any) -> dict[str, Any]:
    seq, chain = first("SELECT seq, chain FROM head ORDER BY seq DESC LIMIT 1") or (0, "")
    kind, epoch = first("SELECT kind, epoch FROM instance") or ("", "")
    schema = first("SELECT version_num FROM alembic_version")[0]
    return {"engine": engine, "rows": dict(sorted(rows.items())), "seq": seq, "chain": chain, "kind": kind,
            "epoch": epoch, "schema": schema}  # fmt: skip


def _sheet(told: dict[str, Any], path: Path, at: datetime, keys: Keys, kept: Told | None) -> Sheet:
    media = {"files": kept.files, "bytes": kept.bytes, "missing": list(kept.missing)} if kept else None
    return Sheet(
        format=FORMAT, made_at=at.isoformat(), keys=fingerprint(keys), size=path.stat().st_size, sha256=_sha256(path),
        media=media, **told,
    )  # fmt: skip


def _verify(path: Path, sheet: Sheet) -> None:
    """The bytes, the file's own soundness, and the end of the chain in it."""
    wrong = "" if _sha256(path) == sheet.sha256 else "its bytes are not those that were written"
    wrong = wrong or (dump.sqlite_sound(path) if sheet.engine == "sqlite" else dump.postgresql_sound(path))
    wrong = wrong or _wrong_end(path, sheet)
    if wrong:
        raise Refusal("backup.broken", f"{path.name} cannot be relied on: {wrong}.", "Take another backup.")


def _wrong_end(path: Path, sheet: Sheet) -> str:
    if sheet.engine == "sqlite":
        found = _of_sqlite(path)
        same = (found["seq"], found["chain"], found["rows"]) == (sheet.seq, sheet.chain, sheet.rows)
        return "" if same and _ends(path, sheet) else "the end of its record is not the one on the sheet"
    heads = [(int(row[0]), row[1]) for row in dump.postgresql_table(path, "head")]
    return "" if max(heads, default=(0, "")) == (sheet.seq, sheet.chain) else "the end of its record is another"


def _ends(path: Path, sheet: Sheet) -> bool:
    """Whether the record's own last link is the head."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        row = connection.execute("SELECT chain FROM record WHERE seq = ?", (sheet.seq,)).fetchone()
    return sheet.seq == 0 or (row is not None and row[0] == sheet.chain)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
