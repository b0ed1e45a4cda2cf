"""What a page asks twice is asked once: answers that one reading session keeps for as long as it lasts.

A session keeps them only where it was told to (`keeping`): a page reads, is drawn and lets go, and all that it says is
of one instant. Whoever writes, and the way out above all, asks anew each time.
"""

from collections.abc import Callable, Hashable
from typing import TypeVar

from sqlalchemy import event
from sqlmodel import Session

T = TypeVar("T")
_KEPT, _ROWS = "once", "once.rows"


def keeping(session: Session) -> None:
    """From here on this session, which must only read, keeps what `once` found and every row that it has loaded."""
    rows: list[object] = []
    session.info[_KEPT], session.info[_ROWS] = {}, rows
    # A session forgets a row as soon as nobody holds it, and `get` would ask for it anew.
    event.listen(session, "loaded_as_persistent", lambda _, row: rows.append(row))


def once(session: Session, key: Hashable, ask: Callable[[], T]) -> T:
    """What `ask` answers; where the session keeps answers, the one it gave to this key before."""
    kept: dict[Hashable, T] | None = session.info.get(_KEPT)
    if kept is None:
        return ask()
    if key not in kept:
        kept[key] = ask()
    return kept[key]
