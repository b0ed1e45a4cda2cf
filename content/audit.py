"""Verifying the record: every MAC, every link of the chain, the exported heads, and whether rows and record agree."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from content import agreeing
from content.errors import Refusal
from content.journal import Exported
from content.keys import Keys
from content.problem import Problem
from content.record import START, Record, canonical, link, mac_of
from content.store import Store

FORMAT = "counterpoint/record/1"
_FIELDS = ("id", "at", "rehearsal", "actor", "action", "subject", "subject_id", "detail", "mac", "seq", "chain")


@dataclass(frozen=True, slots=True)
class Audited:
    """What was looked at and what is wrong. keyed: False where MACs could not be checked without the key."""

    rows: int
    sealed: int
    keyed: bool
    heads: int
    problems: tuple[Problem, ...]


def verify(store: Store, heads: Sequence[Exported]) -> Audited:
    """Verifies the record in this database against itself, the rows it speaks of, and the heads exported outside.

    All at one instant, which is after the heads were read: beside a worker that writes, rows and record still agree.
    """
    with store.snapshot() as session:
        return verified(session, heads)


def verified(session: Session, heads: Sequence[Exported]) -> Audited:
    """The same, of what this session sees."""
    keys: Keys | None = session.info.get("keys")
    rows = [
        _plain(row) for row in session.exec(select(Record).order_by(col(Record.id)).execution_options(yield_per=1000))
    ]
    found = _chained(rows, heads, keys.record if keys else None)
    problems = (*found.problems, *agreeing.problems(session, rows))
    return Audited(found.rows, found.sealed, found.keyed, found.heads, problems)


def verify_file(path: Path, heads: Sequence[Exported], key: bytes | None = None) -> Audited:
    """Verifies an exported record offline: the chain and the heads, and the MACs where the record key is given."""
    return _chained(list(_exported(path)), heads, key)


def export(session: Session) -> bytes:
    """The sealed record as JSON lines, in the order of the chain: the same bytes each time."""
    statement = select(Record).where(col(Record.seq).is_not(None)).order_by(col(Record.seq))
    return lines(session.exec(statement))


def lines(rows: Iterable[Record]) -> bytes:
    """Rows of the record as an export has them."""
    return b"".join([_HEADER, *map(_line, rows)])


def exported(store: Store, slice_: int = 1000) -> Iterator[bytes]:
    """The same bytes, a piece at a time and each in a transaction of its own: a slow reader holds up nobody.

    What is sealed never changes; what was sealed after the first piece is left for the next export.
    """
    yield _HEADER
    reached = 0
    with store.read() as session:
        last = session.exec(select(func.max(col(Record.seq)))).one() or 0
    while reached < last:
        with store.read() as session:
            statement = select(Record).where(col(Record.seq) > reached, col(Record.seq) <= last)
            rows = session.exec(statement.order_by(col(Record.seq)).limit(slice_)).all()
            piece = b"".join(map(_line, rows))
        if not rows:
            return
        yield piece
        reached = rows[-1].seq or last


def verify_newest(store: Store, number: int) -> Audited:
    """The newest rows alone: each one's MAC, and that they follow from each other and from the row before them.

    sealed: of those looked at. Neither the rows before nor what the record speaks of are looked at.
    """
    with store.snapshot() as session:
        chained = select(Record).where(col(Record.seq).is_not(None)).order_by(col(Record.seq).desc()).limit(number)
        sealed = [_plain(row) for row in reversed(session.exec(chained).all())]
        loose = select(Record).where(col(Record.seq).is_(None)).order_by(col(Record.id)).limit(number)
        rows = [*sealed, *map(_plain, session.exec(loose))]
        keys: Keys | None = session.info.get("keys")
        before = _before(session, sealed)
    problems = [*_macs(rows, keys.record if keys else None), *_links(sealed, *before)]
    return Audited(len(rows), len(sealed), keys is not None, 0, tuple(problems))


def _before(session: Session, sealed: Sequence[Mapping[str, Any]]) -> tuple[int, str]:
    """The number and the chain of the row before these."""
    first = int(sealed[0]["seq"]) if sealed else 1
    found = session.exec(select(Record.chain).where(col(Record.seq) == first - 1)).first() if first > 1 else START
    return first - 1, found or ""


def _chained(rows: Sequence[Mapping[str, Any]], heads: Sequence[Exported], key: bytes | None) -> Audited:
    sealed = sorted((row for row in rows if row["seq"] is not None), key=lambda row: int(row["seq"]))
    problems: list[Problem] = []
    for look in (_macs(rows, key), _links(sealed), _heads(sealed, heads)):
        problems += look
    return Audited(len(rows), len(sealed), key is not None, len(heads), tuple(problems))


def _macs(rows: Iterable[Mapping[str, Any]], key: bytes | None) -> Iterator[Problem]:
    for row in rows if key else ():
        assert key is not None
        if mac_of(row, key) != row["mac"]:
            yield Problem(
                "record.changed", f"record row {row['id']}", "Its MAC does not fit its words: it was changed."
            )


def _links(sealed: Sequence[Mapping[str, Any]], before: int = 0, chain: str = START) -> Iterator[Problem]:
    """The first broken link; what comes after hangs on it and proves nothing. before, chain: of the row before them."""
    for number, row in enumerate(sealed, start=before + 1):
        chain = link(chain, row["mac"])
        if row["seq"] != number:
            yield Problem("chain.gap", f"record row {row['id']}", f"Link {number} is missing before it.")
            return
        if row["chain"] != chain:
            yield Problem(
                "chain.broken", f"record row {row['id']}", f"Link {number} does not follow from the one before."
            )
            return


def _heads(sealed: Sequence[Mapping[str, Any]], heads: Iterable[Exported]) -> Iterator[Problem]:
    by_number = {row["seq"]: row["chain"] for row in sealed}
    for head in heads:
        where = f"head {head.seq} exported at {head.at.isoformat()}"
        if head.seq not in by_number:
            yield Problem("head.cut", where, "The chain is shorter than it was: its end was cut off.")
            return
        if by_number[head.seq] != head.chain:
            yield Problem("head.other", where, "The chain is another one than was exported then.")
            return


_HEADER = (canonical({"format": FORMAT}) + "\n").encode()


def _line(row: Record) -> bytes:
    return (canonical(_plain(row) | {"at": row.at.isoformat()}) + "\n").encode()


def _plain(row: Record) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _FIELDS}


def _exported(path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            row = json.loads(line)
            if number == 1:
                _refuse_other(row, path)
                continue
            yield {name: row[name] for name in _FIELDS} | {"at": datetime.fromisoformat(row["at"])}
        except (ValueError, KeyError, TypeError):
            raise Refusal(
                "audit.unreadable", "This line is no record row.", "Export the record again.", f"{path}:{number}"
            ) from None


def _refuse_other(row: object, path: Path) -> None:
    if row != {"format": FORMAT}:
        raise Refusal("audit.format", "This is no exported record.", "Use `counterpoint audit export`.", str(path))
