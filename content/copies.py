"""A copy: what a channel is given of one post - the stored bytes, where they go, what was already confirmed."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlmodel import Session, col, select

from content.campaign import Campaign
from content.digest import leaf_digest
from content.lifecycle import Part, Post
from content.message import Leaf, LeafPart
from content.organisation import Account, the_instance
from content.outcome import Destination, KeyedPart, SentPart

RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


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
    direction: Literal["ltr", "rtl"]
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


def copies(session: Session, posts: Sequence[Post]) -> dict[int, Copy]:
    """The copy of each post by its id, in a constant number of queries."""
    leaves = _rows(session, Leaf, {post.leaf_id for post in posts})
    accounts = _rows(session, Account, {post.account_id for post in posts})
    campaigns = _rows(session, Campaign, {post.campaign_id for post in posts})
    texts = _texts(session, set(leaves))
    sent = _sent(session, {post.id or 0 for post in posts})
    rehearsal = the_instance(session).kind == "rehearsal"
    return {
        post.id or 0: _copy(
            post,
            leaves[post.leaf_id],
            accounts[post.account_id],
            title=campaigns[post.campaign_id].name,
            texts=texts[post.leaf_id],
            sent=sent[post.id or 0],
            rehearsal=rehearsal,
        )
        for post in posts
    }


def _copy(
    post: Post,
    leaf: Leaf,
    account: Account,
    *,
    title: str,
    texts: Sequence[LeafPart],
    sent: Sequence[Part],
    rehearsal: bool,
) -> Copy:
    words = [part.text for part in texts]
    return Copy(
        post_id=post.id or 0,
        digest=post.digest,
        leaf=leaf.digest,
        words=leaf_digest(words, leaf.account_identity, leaf.format, leaf.links, leaf.card, []),
        language=post.language,
        direction="rtl" if post.language in RIGHT_TO_LEFT else "ltr",
        due_at=post.due_at,
        title=title,
        context="",
        parts=tuple(_keyed(post, leaf, account, part, {p.index: p.key for p in sent}) for part in texts),
        confirmed=tuple(SentPart(p.index, p.remote_id or "", p.url or "") for p in sent if p.confirmed_at),
        links=tuple(leaf.links),
        card=leaf.card,
        account=_destination(account),
        rehearsal=rehearsal,
    )


def _destination(account: Account) -> Destination:
    return Destination(account.ref, account.channel, account.format, account.remote_identity, account.settings)


def _keyed(post: Post, leaf: Leaf, account: Account, part: LeafPart, kept: Mapping[int, str]) -> KeyedPart:
    """Under the key written down at its first intent; a later program may make keys otherwise."""
    made = part_key(post.digest, leaf.digest, account.remote_identity, post.occurrence, part.index)
    key = kept.get(part.index, made)
    return KeyedPart(part.index, key, part.text)


def _rows(session: Session, table: Any, ids: set[int]) -> dict[int, Any]:
    statement = select(table).where(table.id.in_(ids)).execution_options(populate_existing=True)
    return {row.id: row for row in session.exec(statement)}


def _texts(session: Session, leaves: set[int]) -> dict[int, list[LeafPart]]:
    found: dict[int, list[LeafPart]] = defaultdict(list)
    statement = select(LeafPart).where(col(LeafPart.leaf_id).in_(leaves)).order_by(col(LeafPart.index))
    for part in session.exec(statement):
        found[part.leaf_id].append(part)
    return found


def _sent(session: Session, posts: set[int]) -> dict[int, list[Part]]:
    found: dict[int, list[Part]] = defaultdict(list)
    for part in session.exec(select(Part).where(col(Part.post_id).in_(posts)).order_by(col(Part.index))):
        found[part.post_id].append(part)
    return found
