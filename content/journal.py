"""What is kept outside the database, so that a cut tail, a restore or a copy is seen: heads, stops, the epoch.

`heads.jsonl` and `stops.jsonl` only grow, each line synced to the disk. Both writers append whatever is missing,
so calling them again after a crash loses nothing and doubles nothing.
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from content.consent import ConsentEvent
from content.people import Person, PersonKey
from content.record import Head, canonical
from content.stop import Hold, Pause

HEADS, STOPS, EPOCH = "heads.jsonl", "stops.jsonl", "epoch"


@dataclass(frozen=True, slots=True)
class Exported:
    """The end of the chain as it stood when it was written down outside."""

    seq: int
    chain: str
    at: datetime


def export_heads(session: Session, folder: Path) -> int:
    """Writes down the heads sealed since the last time; returns how many."""
    known = max((head.seq for head in read_heads(folder)[-1:]), default=0)
    statement = select(Head).where(col(Head.seq) > known).order_by(col(Head.seq))
    lines = [{"seq": head.seq, "chain": head.chain, "at": _instant(head.at)} for head in session.exec(statement)]
    return _append(folder / HEADS, lines)


def read_heads(folder: Path) -> list[Exported]:
    """The exported heads, oldest first; none where nothing was exported."""
    return heads_in(folder / HEADS)


def heads_in(path: Path) -> list[Exported]:
    """The heads in one such file, which may have been copied elsewhere."""
    found = [Exported(row["seq"], row["chain"], datetime.fromisoformat(row["at"])) for row in _lines(path)]
    return sorted(found, key=lambda head: head.seq)


def write_stops(session: Session, folder: Path) -> int:
    """Writes down every committed withdrawal, narrowing, hold, pause and erasure not yet there; returns how many."""
    known = {row["stop"] for row in _lines(folder / STOPS)}
    return _append(folder / STOPS, [line for line in _stops(session) if line["stop"] not in known])


def read_stops(folder: Path) -> list[dict[str, Any]]:
    """The stops as written: `stop` is their name (consent:12, hold:3, pause:4, erased:7), without any free words."""
    return list(_lines(folder / STOPS))


def write_epoch(folder: Path, epoch: str) -> None:
    """Writes down which instance this journal belongs to; a copy or a restore differs and boots disarmed."""
    path = folder / EPOCH
    partial = path.with_suffix(".new")
    with partial.open("w", encoding="ascii") as file:
        file.write(epoch)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def read_epoch(folder: Path) -> str | None:
    """The instance's epoch, None where none was written."""
    path = folder / EPOCH
    return path.read_text("ascii").strip() if path.is_file() else None


def _stops(session: Session) -> Iterator[dict[str, Any]]:
    events = select(ConsentEvent).where(col(ConsentEvent.kind).in_(["withdraw", "narrow"]))
    for event in session.exec(events.order_by(col(ConsentEvent.id))):
        yield {"stop": f"consent:{event.id}", "at": _instant(event.at), "narrative": event.narrative_id} | _scope(event)
    for hold in session.exec(select(Hold).order_by(col(Hold.id))):
        yield {
            "stop": f"hold:{hold.id}", "at": _instant(hold.at), "narrative": hold.narrative_id,
            "starts_at": _instant(hold.starts_at), "ends_at": hold.ends_at and _instant(hold.ends_at),
            "territories": hold.territories, "take_down": hold.take_down,
        }  # fmt: skip
    for pause in session.exec(select(Pause).order_by(col(Pause.id))):
        yield {"stop": f"pause:{pause.id}", "at": _instant(pause.at), "scope": pause.scope, "value": pause.value,
               "languages": pause.languages}  # fmt: skip
    erased = select(Person.id).where(col(Person.id).not_in(select(PersonKey.person_id))).order_by(col(Person.id))
    for person in session.exec(erased):
        yield {"stop": f"erased:{person}"}


def _scope(event: ConsentEvent) -> dict[str, Any]:
    names = ("channels", "reach", "languages", "territories", "purposes", "uses")
    stated = {name: getattr(event, name) for name in names if getattr(event, name) is not None}
    dates = {name: _instant(value) for name in ("valid_until", "embargo_until") if (value := getattr(event, name))}
    return {"kind": event.kind, **stated, **dates}


def _append(path: Path, rows: Iterable[dict[str, Any]]) -> int:
    lines = [canonical(row) for row in rows]
    if not lines:
        return 0
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    torn = path.is_file() and not path.read_bytes().endswith(b"\n") and path.stat().st_size > 0
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, (("\n" if torn else "") + "\n".join(lines) + "\n").encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return len(lines)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
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


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
