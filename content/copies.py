"""A copy: what a channel is given of one post - the stored bytes, where they go, what was already confirmed."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Select, select
from sqlmodel import Session, col

from content.campaign import Campaign
from content.digest import leaf_digest
from content.direction import Direction, direction
from content.encoding import path_of
from content.given import among
from content.lifecycle import Part
from content.medium import Medium, MediumFile
from content.message import Leaf, LeafPart, Message, Version
from content.organisation import Account, the_instance
from content.outcome import Attachment, Destination, KeyedPart, SentPart

_Row = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Copy:
    """Exactly what goes out, or went out, of one post (an outcome.Outgoing).

    `leaf` is the cleared leaf's digest, `words` the one recomputed from the stored bytes: they must agree.
    """

    post_id: int
    digest: str
    leaf: str
    words: str
    language: str
    direction: Direction
    due_at: datetime
    title: str  # the campaign's name: neutral, for lists
    context: str
    parts: tuple[KeyedPart, ...]
    confirmed: tuple[SentPart, ...]
    links: tuple[str, ...]
    card: Mapping[str, Any] | None
    account: Destination
    rehearsal: bool


def part_key(version: str, leaf: str, identity: str, occurrence: int, index: int) -> str:
    """The same through retries, restarts and restores: made from the version, its words, the account and which time.

    The version's digest is in it: another message that says the same on the same account is another post.
    """
    return hashlib.sha256(f"counterpoint/part/1|{version}|{leaf}|{identity}|{occurrence}|{index}".encode()).hexdigest()


def copies(
    session: Session,
    posts: Sequence[Any],
    leaves: Mapping[int, Any] | None = None,
    rehearsal: bool | None = None,
    *,
    sends: bool = True,
) -> dict[int, Copy]:
    """The copy of each post (or row of one) by its id, in a constant number of queries.

    leaves, rehearsal: what was read of them already, as the rows here name it. sends: False for whoever looks at the
    words alone, and sends none of them: what was begun and confirmed of them is not read.
    """
    session.flush()
    read = session.connection().execute
    wanted = {"leaves": {post.leaf_id for post in posts}}
    pieces: dict[int, list[_Row]] = defaultdict(list)
    for row in read(_PIECES, wanted).all():
        pieces[row.leaf_id].append(row)
    begun: dict[int, dict[int, _Row]] = defaultdict(dict)
    for row in read(_BEGUN, {"posts": {post.id or 0 for post in posts}}).all() if sends else ():
        begun[row.post_id][row.place] = row
    leaves = leaves or {row.leaf_id: row for row in read(_LEAVES, wanted)}
    files = _files(session, [entry["sha256"] for leaf in leaves.values() for entry in leaf.media])
    plays = the_instance(session).kind == "rehearsal" if rehearsal is None else rehearsal
    stored = {key: _stored(leaves[key], pieces[key]) for key in wanted["leaves"]}
    return {
        key: _copy(post, leaves[post.leaf_id], pieces[post.leaf_id], stored[post.leaf_id], begun[key], plays, files)
        for post in posts
        for key in (post.id or 0,)
    }


def _stored(leaf: Any, pieces: Sequence[_Row]) -> str:
    """The digest of a leaf as it is stored, whatever it says of itself."""
    words = [piece.text for piece in pieces]
    return leaf_digest(words, leaf.account_identity, leaf.leaf_format, leaf.links, leaf.card, leaf.media)


def _copy(
    post: Any,
    leaf: Any,
    pieces: Sequence[_Row],
    stored: str,
    begun: Mapping[int, _Row],
    rehearsal: bool,
    files: Mapping[str, Attachment],
) -> Copy:
    with_first = tuple(_attached(entry, files) for entry in leaf.media)
    return Copy(
        post_id=post.id or 0,
        digest=post.digest,
        leaf=leaf.leaf,
        words=stored,
        language=post.language,
        direction=direction(post.language),
        due_at=post.due_at,
        title=leaf.title,
        context="",
        parts=tuple(
            _keyed(post, leaf, piece, begun.get(piece.place), () if number else with_first)
            for number, piece in enumerate(pieces)
        ),
        confirmed=tuple(
            SentPart(place, one.remote_id or "", one.url or "") for place, one in begun.items() if one.confirmed_at
        ),
        links=tuple(leaf.links),
        card=leaf.card,
        account=Destination(leaf.ref, leaf.channel, leaf.format, leaf.remote_identity, leaf.settings, leaf.told),
        rehearsal=rehearsal,
    )


def _keyed(post: Any, leaf: Any, piece: _Row, begun: _Row | None, attachments: tuple[Attachment, ...]) -> KeyedPart:
    """Under the key written down at its first intent; a later program may make keys otherwise."""
    made = part_key(post.digest, leaf.leaf, leaf.remote_identity, post.occurrence, piece.place)
    return KeyedPart(piece.place, begun.key if begun else made, piece.text, attachments)


def _files(session: Session, sums: Sequence[str]) -> dict[str, Attachment]:
    """The files of these bytes, as far as rows speak of them; no statement where nothing is shown."""
    if not sums:
        return {}
    media = session.info["media"]
    return {
        row.sha256: Attachment(
            row.sha256, row.type, "", path_of(media, row.name), row.width, row.height, row.milliseconds / 1000
        )
        for row in session.connection().execute(_FILES, {"sums": {*sums}})
    }


def _attached(entry: Mapping[str, Any], files: Mapping[str, Attachment]) -> Attachment:
    """One medium as it was cleared. Where no row speaks of such bytes there is no file: whoever reads it is told."""
    found = files.get(entry["sha256"]) or Attachment(entry["sha256"], entry["type"], "", NOWHERE)
    told = {name: entry[name] for name in ("alt", "label", "note", "captions")}
    return replace(found, sha256=entry["sha256"], **told)


NOWHERE = Path("/nonexistent/medium")
# What lies where, by its bytes. sums: SHA-256.
_FILES: Select[*tuple[Any, ...]] = (
    select(
        col(MediumFile.sha256),
        col(MediumFile.name),
        col(MediumFile.type),
        col(MediumFile.width),
        col(MediumFile.height),
        col(Medium.milliseconds),
    )
    .join(Medium, col(Medium.id) == col(MediumFile.medium_id))
    .where(among(col(MediumFile.sha256), "sums", str))
)
# The words, piece by piece. leaves: ids. Not joined with what was begun: planned while that table is empty, the
# statement would read all of it for each piece ever after.
_PIECES: Select[*tuple[Any, ...]] = (
    select(col(LeafPart.leaf_id), col(LeafPart.index).label("place"), col(LeafPart.text))
    .where(among(col(LeafPart.leaf_id), "leaves"))
    .order_by(col(LeafPart.index))
)
# What was begun of each post. posts: ids.
_BEGUN: Select[*tuple[Any, ...]] = (
    select(
        col(Part.post_id),
        col(Part.index).label("place"),
        col(Part.key),
        col(Part.remote_id),
        col(Part.url),
        col(Part.confirmed_at),
    )
    .where(among(col(Part.post_id), "posts"))
    .order_by(col(Part.index))
)
# Where each goes, and what it is made of. leaves: ids.
_LEAVES: Select[*tuple[Any, ...]] = (
    select(
        col(Leaf.id).label("leaf_id"),
        col(Leaf.digest).label("leaf"),
        col(Leaf.account_identity),
        col(Leaf.format).label("leaf_format"),
        col(Leaf.links),
        col(Leaf.card),
        col(Leaf.media),
        col(Campaign.name).label("title"),
        col(Account.ref),
        col(Account.channel),
        col(Account.format),
        col(Account.remote_identity),
        col(Account.settings),
        col(Account.told),
    )
    .join(Version, col(Version.id) == col(Leaf.version_id))
    .join(Message, col(Message.id) == col(Version.message_id))
    .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
    .join(Account, col(Account.id) == col(Leaf.account_id))
    .where(among(col(Leaf.id), "leaves"))
)
