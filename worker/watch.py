"""Looks again at what is out: each post in its turn, and what stands on each account that can be listed.

One account after the other, the longest not looked at first, a few posts of each: no account holds up another, and a
platform that asks for patience is left alone. What is not ended (this process may be) has its turn again in minutes.
"""

import logging
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import assert_never

from sqlmodel import Session

from content.copies import Copy, copies
from content.gate import OPEN_WHILE_DISARMED
from content.lifecycle import Post
from content.organisation import Account
from content.outcome import Listed, Retry, SentPart, Stands, Undecidable, Vanished
from content.patience import Overrun, within
from content.settings import Settings
from content.store import Store, now
from content.stranger import HOURLY, again, listed, since
from content.watch import (
    Piece,
    WatchedAccount,
    accounts_due,
    claim,
    failed,
    rest,
    saw,
    take_in,
    take_in_accounts,
    waits,
)
from worker.channels import Channel, channels
from worker.held import destination_of, instance_of, may_call
from worker.node import DEADLINE, Node, this_node, ticks

log = logging.getLogger("counterpoint.watch")
LIMIT = 10  # posts of one account in one look
LONG = 60.0  # seconds a look may begin something new
LEAST = timedelta(minutes=1)  # of patience, whatever a platform asks for
SELDOM = timedelta(days=1)  # an account that cannot be listed is asked again after so long: its channel may learn
BY_HAND = "The address was given by a person: nobody can be asked by it."


def look(store: Store, settings: Settings, node: Node | None = None) -> int:
    """Takes in what was confirmed, and looks at what has its turn; returns how many posts and accounts were seen."""
    node, ways, begun = node or this_node(), channels(settings), ticks()
    _take_in(store)
    seen = 0
    for account in _due(store):
        if node.ending.is_set() or ticks() - begun > LONG:
            break
        seen += _account(store, ways.get(account.channel), account, node)
    return seen


def _take_in(store: Store) -> None:
    with store.read() as session:
        if not waits(session):
            return
    with store.write() as session:
        at = now(session)
        take_in_accounts(session, at)
        take_in(session, at)


def _due(store: Store) -> Sequence[Account]:
    """A rehearsal or a disarmed instance asks nobody outside."""
    instance = instance_of(store)
    own: Collection[str] | None = None if may_call(instance, "") else OPEN_WHILE_DISARMED
    with store.read() as session:
        return accounts_due(session, now(session), own)


def _account(store: Store, way: Channel | None, account: Account, node: Node) -> int:
    """An account that breaks its look stops no other."""
    if way is None:
        return 0
    try:
        with store.write() as session:
            taken = [one.post_id for one in claim(session, account.id or 0, now(session), LIMIT)]
        seen = 0
        for post in taken:
            if node.ending.is_set() or not _post(store, way, account, post, node):
                return seen
            seen += 1
        return seen + _list(store, way, account, node)
    except Exception as error:
        log.warning("watch.failed: %s, account %s", type(error).__name__, account.id)
        return 0


# --- one post -----------------------------------------------------------------------------------------------


def _post(store: Store, way: Channel, account: Account, post: int, node: Node) -> bool:
    """False where its account must be left alone for now."""
    try:
        with store.read() as session:
            copy = copies(session, [session.get_one(Post, post)])[post]
        seen = within(DEADLINE.total_seconds(), lambda: _pieces(way, copy))
        with store.write() as session:
            if isinstance(seen, Retry):
                rest(session, account.id or 0, now(session) + max(seen.after, LEAST))
            else:
                saw(session, post, seen, f"worker:{node.name}", way.name, now(session))
        return not isinstance(seen, Retry)
    except Exception as error:
        log.warning("watch.failed: %s, post %s", type(error).__name__, post)
        return _put_off(store, account, post, hangs=isinstance(error, Overrun))


def _put_off(store: Store, account: Account, post: int, hangs: bool) -> bool:
    """One that fails is tried again later; where calls hang, each would leave a thread behind: all of them rest."""
    with store.write() as session:
        at = now(session)
        failed(session, post, at)
        if hangs:
            rest(session, account.id or 0, at + LEAST * 10)
    return not hangs


def _pieces(way: Channel, copy: Copy) -> list[Piece] | Retry:
    """What is seen of each piece that was confirmed."""
    parts, found = {part.index: part for part in copy.parts}, list[Piece]()
    for sent in copy.confirmed:
        one = _piece(way, copy, sent) if sent.index in parts else None
        if isinstance(one, Retry):
            return one
        found += [one] if one else []
    return found


def _piece(way: Channel, copy: Copy, sent: SentPart) -> Piece | Retry:
    if _by_hand(sent):
        return Piece(sent.index, "unclear", BY_HAND)
    part = next(one for one in copy.parts if one.index == sent.index)
    match way.stands(copy, part, sent.remote_id):
        case Stands(changed):
            return Piece(sent.index, "changed" if changed else "stands", "", _counted(way, copy, sent))
        case Vanished(detail):
            return Piece(sent.index, "vanished", detail)
        case Undecidable(detail):
            return Piece(sent.index, "unclear", detail)
        case Retry() as later:
            return later
        case other:
            assert_never(other)


def _by_hand(sent: SentPart) -> bool:
    """Whether all that is known of it is an address that somebody pasted: a platform may know it by another name."""
    return sent.remote_id == sent.url and sent.url.startswith("https://")


def _counted(way: Channel, copy: Copy, sent: SentPart) -> dict[str, int]:
    """That a platform counts nothing now makes no look fail."""
    try:
        part = next(one for one in copy.parts if one.index == sent.index)
        return dict(way.metrics(copy, part, sent.remote_id))
    except Exception as error:
        log.info("metrics.failed: %s, post %s", type(error).__name__, copy.post_id)
        return {}


# --- one account --------------------------------------------------------------------------------------------


def _list(store: Store, way: Channel, account: Account, node: Node) -> int:
    """1 where the account was listed."""
    with store.read() as session:
        at, watched = now(session), session.get_one(WatchedAccount, account.id)
    if watched.list_at > at:
        return 0
    found = _ask(way, account, since(watched, at))
    with store.write() as session:
        return _kept(session, account, found, node)


def _ask(way: Channel, account: Account, begin: datetime) -> Sequence[Listed] | Undecidable | Retry:
    try:
        return within(DEADLINE.total_seconds(), lambda: way.listed(destination_of(account), begin))
    except Exception as error:
        log.warning("list.failed: %s, account %s", type(error).__name__, account.id)
        return Retry(HOURLY, f"list.failed: {type(error).__name__}")


def _kept(session: Session, account: Account, found: Sequence[Listed] | Undecidable | Retry, node: Node) -> int:
    """Another hour passes before it is listed anew, whatever came of it: a list costs a platform more than a post."""
    at = now(session)
    match found:
        case Retry(after):
            again(session, account, at + max(after, HOURLY))
        case Undecidable():
            again(session, account, at + SELDOM)
        case _:
            listed(session, account, found, f"worker:{node.name}", at)
            return 1
    return 0
