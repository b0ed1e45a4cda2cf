"""What a version is made of, by keys alone: its leaves and its material. A page asks for either several times."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from content.message import Leaf, Used, Version
from content.once import once


def leaf_ids(session: Session, version: Version) -> Sequence[int]:
    """Of its leaves, the first one first."""
    asked = {"version": version.id}
    return once(session, ("leaves", version.id), lambda: session.execute(_LEAVES, asked).scalars().all())


def used_by(session: Session, version: Version) -> Sequence[Any]:
    """(kind, ref, number, material_id) of each piece of material that it stands on."""
    asked = {"version": version.id}
    return once(session, ("used", version.id), lambda: session.execute(_USED, asked).all())


_OF: Any = bindparam("version")
_LEAVES: Any = select(col(Leaf.id)).where(col(Leaf.version_id) == _OF).order_by(col(Leaf.id))
_USED: Any = select(col(Used.kind), col(Used.ref), col(Used.number), col(Used.material_id)).where(
    col(Used.version_id) == _OF
)
