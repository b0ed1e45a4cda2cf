"""Stops in the middle of a burst: how long each takes to commit, and whether any intent came after it."""

import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from content import stopping
from content.consent import ConsentEvent
from content.lifecycle import Attempt, Post
from content.narrative import Narrative
from content.people import Person
from content.settings import Settings
from content.stop import Hold, Pause
from content.store import Store
from worker.bench.burst import wait
from worker.bench.channel import count
from worker.bench.figures import short
from worker.bench.plan import Size

WHEN = (("hold", 0.25), ("withdrawal", 0.4), ("pause", 0.55))  # share of the burst that is out
SETTLED = 2.0  # seconds after the last stop in which an intent would still show


def during(
    store: Store, told: Settings, people: Mapping[str, Person], size: Size, posts: range, ledger: Path
) -> list[dict[str, Any]]:
    """Waits for each share of the burst and stops: one narrative, another's consent, everything.

    [{kind, commit_ms, intents_after}]; commit_ms: from the call until it has committed.
    """
    before = count(ledger)
    chosen = [post for post in posts if size.kind(post) is None]
    found = []
    for number, (kind, share) in enumerate(WHEN):
        goal = before + int(share * size.due)
        wait(lambda goal=goal: count(ledger) >= goal, 60 + size.due * 0.1, 0.005)  # type: ignore[misc]  # bound now
        unit = chosen[-1 - number]  # among the last that would be sent
        began = time.perf_counter()
        with store.write() as session:
            _stop(session, people, kind, unit)
        found.append((kind, unit, time.perf_counter() - began))
    time.sleep(SETTLED)
    with store.read() as session:
        return [
            {"kind": kind, "commit_ms": short(took, 1000), "intents_after": _after(session, kind, unit)}
            for kind, unit, took in found
        ]


def _stop(session: Session, people: Mapping[str, Person], kind: str, unit: int) -> None:
    if kind == "pause":
        stopping.pause(session, people["operator"], "all")
        return
    narrative = session.get_one(Narrative, unit)
    if kind == "hold":
        stopping.hold(session, people["safeguarding"], narrative, "other")
    else:
        stopping.withdraw(session, people["safeguarding"], narrative)


def _after(session: Session, kind: str, unit: int) -> int:
    """Intents of what the stop covers, written at or after the instant it was set under its lock."""
    at = _set_at(session, kind, unit)
    statement = select(func.count()).select_from(Attempt).join(Post, col(Post.id) == col(Attempt.post_id))
    if kind != "pause":
        statement = statement.where(col(Post.narrative_id) == unit)
    return session.exec(statement.where(col(Attempt.began_at) >= at)).one()


def _set_at(session: Session, kind: str, unit: int) -> datetime:
    if kind == "pause":
        return session.exec(select(Pause.at).order_by(col(Pause.id).desc())).first() or _never()
    if kind == "hold":
        return session.exec(select(Hold.at).where(Hold.narrative_id == unit)).first() or _never()
    events = select(ConsentEvent.at).where(ConsentEvent.narrative_id == unit, ConsentEvent.kind == "withdraw")
    return session.exec(events).first() or _never()


def _never() -> datetime:
    raise RuntimeError("the stop that was set is not in the database")
