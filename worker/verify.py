"""Looks at accounts: whose remote identity do the credentials belong to, as the other side sees it now?"""

import hashlib
import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from content.gate import OPEN_WHILE_DISARMED
from content.lifecycle import WAITS, Post
from content.organisation import Account, Instance, the_instance
from content.patience import Overrun, within
from content.record import Step, write
from content.settings import Settings
from content.store import Store, now
from worker.channels import Channel, Verified, channels
from worker.held import destination_of
from worker.node import Node, this_node, ticks

log = logging.getLogger("counterpoint.verify")
OLD = timedelta(hours=20)  # of the 24 for which an answer counts
HOUR = timedelta(hours=1)
LIMIT = 20
PATIENCE = 300.0  # seconds before an account that failed is asked again by itself
_failed: dict[int, float] = {}


def look(store: Store, settings: Settings, node: Node | None = None) -> int:
    """Asks each account that somebody wants asked, or whose answer grows old; returns how many answered."""
    node = node or this_node()
    ways = channels(settings)
    with store.read() as session:
        accounts = list(session.exec(wanted(the_instance(session), now(session)).limit(LIMIT)))
    return sum(_verify(store, ways.get(account.channel), account, node) for account in accounts if _due(account))


def wanted(instance: Instance, at: datetime) -> Any:
    """Accounts to be asked. A rehearsal asks nobody outside; a disarmed instance only what a person asks for."""
    asked = col(Account.verify_wanted_at).is_not(None)
    old = col(Account.identity_verified_at) < at - OLD
    own = col(Account.channel).in_(OPEN_WHILE_DISARMED)
    statement = select(Account).where(col(Account.disabled_at).is_(None), or_(asked, old, _before_a_post(at)))
    if instance.kind == "rehearsal":
        return statement.where(own)
    return statement if instance.armed else statement.where(or_(asked, own))


def _before_a_post(at: datetime) -> ColumnElement[bool]:
    """Accounts with a post due within the hour, not looked at just now: there is still time to mend them."""
    mine = select(Post.id).where(Post.account_id == Account.id, col(Post.due_at).between(at, at + HOUR), WAITS)
    return mine.exists() & (col(Account.identity_verified_at) < at - HOUR / 2)


def _due(account: Account) -> bool:
    asked = account.verify_wanted_at is not None
    return asked or ticks() - _failed.get(account.id or 0, float("-inf")) > PATIENCE


def _verify(store: Store, way: Channel | None, account: Account, node: Node) -> bool:
    seen = _ask(way, account, node)
    if not isinstance(seen, Verified):
        _failed[account.id or 0] = ticks()
    try:
        with store.write() as session:
            _write_down(session, account, seen, node)
    except Exception as error:
        log.warning("verify.kept: %s, account %s", type(error).__name__, account.id)
        return False
    return isinstance(seen, Verified)


def _ask(way: Channel | None, account: Account, node: Node) -> Verified | str:
    """What the other side says, or the code of why nobody could be seen there."""
    if way is None:
        return "channel.unknown"
    try:
        answer = within(20.0, lambda: way.verify(destination_of(account)))
    except Overrun:
        node.stuck()
        return "verify.overrun"
    except Exception as error:
        log.warning("verify.failed: %s, account %s", type(error).__name__, account.id)
        return f"verify.failed: {type(error).__name__}"
    return answer if isinstance(answer, Verified) else answer.code


def _write_down(session: Session, account: Account, seen: Verified | str, node: Node) -> None:
    row, at = session.get_one(Account, account.id), now(session)
    if row.verify_wanted_at == account.verify_wanted_at:
        row.verify_wanted_at = None
    detail: dict[str, Any] = {"answered": isinstance(seen, Verified)}
    if isinstance(seen, Verified):
        row.identity_seen, row.identity_verified_at, row.verify_trouble = seen.identity, at, None
        row.told = dict(seen.told)
        same = seen.identity == row.remote_identity
        detail |= {"same": same, "identity": hashlib.sha256(seen.identity.encode()).hexdigest()}
    else:
        row.verify_trouble = seen
        detail |= {"code": seen}
    session.add(row)
    write(session, Step(f"worker:{node.name}", "account.verify", "account", row.id or 0, detail), at=at)
