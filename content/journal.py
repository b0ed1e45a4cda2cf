"""What is kept outside the database, so that a cut tail, a restore or a copy is seen: heads, stops, posts, the epoch.

`heads.jsonl`: the ends of the chain. `stops.jsonl`: what stops, and what was lifted. `posts-DAY.jsonl`: what was begun
and how it went. Each only grows, and every writer appends whatever is missing: calling again after a crash loses
nothing and doubles nothing. A head is written after all that was sealed up to it, so the last head is the cursor.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from content import book, noted
from content.book import Book, alone
from content.errors import Refusal
from content.organisation import Instance, JournalMark
from content.record import Head, Record, canonical
from content.store import is_sqlite

HEADS, STOPS, EPOCH = "heads.jsonl", "stops.jsonl", "epoch"
KEPT = timedelta(days=60)  # of posts; a backup that is older says so when it is put back
THICK = 8 << 20  # bytes of heads, then only one an hour is kept of the older ones
SLICE = 5000  # record rows whose posts are read at once


class Behind(Exception):
    """The journal tells of more than this database, or of something else: it was put back from elsewhere."""


@dataclass(frozen=True, slots=True)
class Exported:
    """The end of the chain as it stood when it was written down outside."""

    seq: int
    chain: str
    at: datetime


# --- writing ------------------------------------------------------------------------------------------------


def export(session: Session, folder: Path) -> int:
    """Writes down all that was sealed since the last time; returns the number of the last link that is outside.

    Raises Refusal `journal.other` where the folder belongs to another instance (or to nobody, though one was kept
    before), and Behind where it knows more than this database.
    """
    with alone(folder):
        _refuse_other(session, folder)
        last = last_head(folder)
        if last is not None and not holds(session, last):
            raise Behind
        cursor = last.seq if last else 0
        for seq in _steps(session, cursor):
            if noted.stops_among(session, cursor, seq):
                _write_stops(session, folder)
            _write_posts(session, folder, cursor, seq)
            write_heads(session, folder, cursor, seq)
            cursor = seq
        return cursor


def write_stops(session: Session, folder: Path) -> int:
    """Writes down every committed stop, lifting and erasure not yet there; returns how many."""
    with alone(folder):
        return _write_stops(session, folder)


def mark(session: Session, seq: int) -> None:
    """Tells the database how far the journal reaches: what is not outside yet counts as not sealed."""
    found = session.get(JournalMark, 1)
    if found is None:
        session.add(JournalMark(id=1, seq=seq))
    elif seq > found.seq:
        found.seq = seq
        session.add(found)
    session.flush()


def write_epoch(folder: Path, epoch: str, place: str = "") -> None:
    """Writes down which instance this journal belongs to, and in which database it lives (`place_of`)."""
    book.replace(folder / EPOCH, f"{epoch}\n{place}\n" if place else epoch)


def place_of(session: Session) -> str:
    """Which database this is, as far as it can be told from a copy of it: a file's number, or a server's and an oid."""
    connection = session.connection()
    if is_sqlite(session):
        name = connection.engine.url.database
        return f"sqlite:{Path(name).stat().st_ino}" if name and Path(name).exists() else ""
    oid = connection.execute(text("SELECT oid FROM pg_database WHERE datname = current_database()")).scalar_one()
    may = "SELECT has_function_privilege('pg_control_system()', 'execute')"
    if not connection.execute(text(may)).scalar():
        return f"postgresql:{oid}"
    system = connection.execute(text("SELECT system_identifier FROM pg_control_system()")).scalar_one()
    return f"postgresql:{system}:{oid}"


# --- reading ------------------------------------------------------------------------------------------------


def read_epoch(folder: Path) -> str | None:
    """The instance's epoch, None where none was written."""
    found = _epoch(folder)
    return found[0] if found else None


def read_place(folder: Path) -> str:
    """Which database the journal belongs to; '' where nobody said."""
    return "".join(_epoch(folder)[1:2])


def family(epoch: str) -> str:
    """What every restore of one instance shares: the part before the point."""
    return epoch.partition(".")[0]


def last_head(folder: Path) -> Exported | None:
    """The last exported head, read from the end of the file."""
    row = book.tail(folder / HEADS)
    return _exported(row) if row else None


def read_heads(folder: Path) -> list[Exported]:
    """The exported heads, oldest first; none where nothing was exported."""
    return heads_in(folder / HEADS)


def heads_in(path: Path) -> list[Exported]:
    """The heads in one such file, which may have been copied elsewhere."""
    return sorted((_exported(row) for row in _whole(path)), key=lambda head: head.seq)


def stops_book(folder: Path, key: bytes | None) -> Book:
    """The stops with what is wrong with them; a tail that was cut is told by the last head."""
    found = book.read([folder / STOPS], key)
    if found.first > 1 and not found.damage:
        found = replace(found, damage=f"{STOPS}: it begins with line {found.first}; the lines before are missing.")
    return _not_cut(found, folder, "stops")


def posts_book(folder: Path, key: bytes | None) -> Book:
    """What was written of posts, oldest first, with what is wrong with it."""
    return _not_cut(book.read(segments(folder), key), folder, "posts")


def segments(folder: Path) -> list[Path]:
    """The files that hold posts, oldest first."""
    return sorted(folder.glob("posts-*.jsonl"))


def holds(session: Session, head: Exported) -> bool:
    """Whether this database's chain has that head."""
    return session.exec(select(Record.chain).where(Record.seq == head.seq)).first() == head.chain


def behind(session: Session, folder: Path) -> bool:
    """Whether the journal's last head is none of this database's."""
    last = last_head(folder)
    return last is not None and not holds(session, last)


def begin_anew(folder: Path, name: str) -> None:
    """Puts every book of a journal that cannot be relied on aside, under that name."""
    with alone(folder):
        aside = folder / name
        aside.mkdir(mode=0o700)
        for path in [folder / HEADS, folder / STOPS, *segments(folder)]:
            if path.exists():
                path.rename(aside / path.name)
        book.settle(folder)


def roll(session: Session, folder: Path) -> int:
    """Puts aside the heads that this database does not have, and goes on from the last that it has; returns how many.

    What was put aside stays in `heads-lost.jsonl`: it proves what stood in the steps that are gone.
    """
    with alone(folder):
        heads = read_heads(folder)
        kept = [head for head in heads if holds(session, head)]
        lost = [head for head in heads if head not in kept]
        if lost:
            book.add(folder / "heads-lost.jsonl", [_line(head) for head in lost])
            counts = _counts(folder)
            lines = [_line(head) for head in kept]
            if kept:
                lines[-1] = _line(kept[-1], **counts)
            book.replace(folder / HEADS, "".join(f"{line}\n" for line in lines))
        return len(lost)


# --- inside -------------------------------------------------------------------------------------------------


def _steps(session: Session, cursor: int) -> Iterator[int]:
    """The heads to stop at on the way to the newest, so that no step reads more than a slice and one seal."""
    reached = cursor
    heads = session.exec(select(Head.seq).where(col(Head.seq) > cursor).order_by(col(Head.seq))).all()
    for number, seq in enumerate(heads, start=1):
        if seq - reached >= SLICE or number == len(heads):
            reached = seq
            yield seq


def write_heads(session: Session, folder: Path, above: int, upto: int | None = None) -> int:
    """Writes down the ends of the chain in these steps; returns how many. What is told of posts comes before."""
    statement = select(Head).where(col(Head.seq) > above).order_by(col(Head.seq))
    if upto is not None:
        statement = statement.where(col(Head.seq) <= upto)
    found = [Exported(head.seq, head.chain, head.at) for head in session.exec(statement)]
    if not found:
        return 0
    _thin(folder)
    lines = [_line(head) for head in found[:-1]] + [_line(found[-1], **_counts(folder))]
    book.add(folder / HEADS, lines)
    return len(found)


def _write_stops(session: Session, folder: Path) -> int:
    written = book.read([folder / STOPS], None)
    rows = noted.missing_stops(session, written.rows)
    if rows:
        book.append(folder / STOPS, rows, _key(session), _last(folder / STOPS))
    return len(rows)


def _write_posts(session: Session, folder: Path, above: int, upto: int) -> None:
    rows = noted.posts(session, above, upto)
    if not rows:
        return
    today = folder / f"posts-{datetime.now(UTC):%Y-%m-%d}.jsonl"
    before = segments(folder)
    last = _last(before[-1]) if before else 0
    if today not in before:
        _prune(before)
    book.append(today, rows, _key(session), last)


def _prune(found: Sequence[Path]) -> None:
    oldest = f"posts-{datetime.now(UTC) - KEPT:%Y-%m-%d}.jsonl"
    for path in found[:-1]:  # the last one carries the numbers on
        if path.name < oldest:
            path.unlink()


def _thin(folder: Path) -> None:
    """Keeps each head of the last day, and the last one of each hour before it."""
    path = folder / HEADS
    if not path.is_file() or path.stat().st_size < THICK:
        return
    rows = list(_whole(path))
    recent = datetime.now(UTC) - timedelta(days=1)
    hours = {row["at"][:13]: number for number, row in enumerate(rows)}
    kept = [
        row
        for number, row in enumerate(rows)
        if hours[row["at"][:13]] == number or datetime.fromisoformat(row["at"]) > recent or number == len(rows) - 1
    ]
    if len(kept) < len(rows):
        book.replace(path, "".join(f"{canonical(row)}\n" for row in kept))


def _counts(folder: Path) -> dict[str, int]:
    """How many lines the other books have: a head proves that they were there."""
    found = segments(folder)
    return {"stops": _last(folder / STOPS), "posts": _last(found[-1]) if found else 0}


def _not_cut(found: Book, folder: Path, name: str) -> Book:
    head = book.tail(folder / HEADS)
    wanted = int(head.get(name, 0)) if head else 0
    if found.damage or found.last >= wanted:
        return found
    return replace(found, damage=f"{name}: {wanted} lines were written, {found.last} are left.")


def _refuse_other(session: Session, folder: Path) -> None:
    instance = session.get_one(Instance, 1, populate_existing=True)
    found = read_epoch(folder)
    kept = session.get(JournalMark, 1)
    if found == instance.epoch or (found is None and kept is None):
        return
    raise Refusal(
        "journal.other",
        f"The journal in {folder} is {'missing' if found is None else 'not the one of this instance'}.",
        "Set COUNTERPOINT_JOURNAL to the folder that this instance wrote, or see `counterpoint restore --in-place`.",
    )


def _epoch(folder: Path) -> list[str]:
    path = folder / EPOCH
    return path.read_text("ascii", errors="replace").split() if path.is_file() else []


def _last(path: Path) -> int:
    return int((book.tail(path) or {}).get("n", 0))


def _line(head: Exported, **counts: int) -> str:
    return canonical({"seq": head.seq, "chain": head.chain, "at": head.at.astimezone(UTC).isoformat(), **counts})


def _exported(row: dict[str, Any]) -> Exported:
    return Exported(row["seq"], row["chain"], datetime.fromisoformat(row["at"]))


def _whole(path: Path) -> Iterator[dict[str, Any]]:
    """The whole lines; one that a crash tore is passed over, for it is written again."""
    if not path.is_file():
        return
    for line in path.read_text("utf-8", errors="replace").splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            yield row


def _key(session: Session) -> bytes:
    key: bytes = session.info["keys"].record
    return key
