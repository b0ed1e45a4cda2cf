"""Looks at accounts: whose remote identity do the credentials belong to, as the other side sees it now?"""

import hashlib
import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_
from sqlmodel import Session, col, select

from content.gate import OPEN_WHILE_DISARMED
from content.organisation import Account, Instance, the_instance
from content.outcome import Destination
from content.patience import Overrun, within
from content.record import Step, write
from content.settings import Settings
from content.store import Store, now
from worker.channels import Channel, Verified, channels
from worker.node import Node, this_node, ticks

log = logging.getLogger("counterpoint.verify")
OLD = timedelta(hours=20)  # of the 24 for which an answer counts
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
    statement = select(Account).where(col(Account.disabled_at).is_(None), or_(asked, old))
    if instance.kind == "rehearsal":
        return statement.where(own)
    return statement if instance.armed else statement.where(or_(asked, own))


def _due(account: Account) -> bool:
    asked = account.verify_wanted_at is not None
    return asked or ticks() - _failed.get(account.id or 0, float("-inf")) > PATIENCE


def _verify(store: Store, way: Channel | None, account: Account, node: Node) -> bool:
    seen = _ask(way, account, node)
    if seen is None:
        _failed[account.id or 0] = ticks()
    try:
        with store.write() as session:
            _write_down(session, account, seen, node)
    except Exception as error:
        log.warning("verify.kept: %s, account %s", type(error).__name__, account.id)
        return False
    return seen is not None


def _ask(way: Channel | None, account: Account, node: Node) -> str | None:
    """The identity that the other side names, None where it gave no usable answer."""
    if way is None:
        return None
    told = Destination(account.ref, account.channel, account.format, account.remote_identity, account.settings)
    try:
        answer = within(20.0, lambda: way.verify(told))
    except Overrun:
        node.stuck()
        return None
    except Exception as error:
        log.warning("verify.failed: %s, account %s", type(error).__name__, account.id)
        return None
    return answer.identity if isinstance(answer, Verified) else None


def _write_down(session: Session, account: Account, seen: str | None, node: Node) -> None:
    row, at = session.get_one(Account, account.id), now(session)
    if row.verify_wanted_at == account.verify_wanted_at:
        row.verify_wanted_at = None
    detail: dict[str, Any] = {"answered": seen is not None}
    if seen is not None:
        row.identity_seen, row.identity_verified_at = seen, at
        same = seen == row.remote_identity
        detail |= {"same": same, "identity": hashlib.sha256(seen.encode()).hexdigest()}
    session.add(row)
    write(session, Step(f"worker:{node.name}", "account.verify", "account", row.id or 0, detail), at=at)
