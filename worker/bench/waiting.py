"""Versions that wait for a reviewer, by the hundred thousand: nobody has answered on any of them."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from content.checks.rules import RULES
from content.message import Involvement, Leaf, LeafPart, Message, Used, Version, Wording
from content.review import Evaluation
from worker.bench.material import TEMPLATE
from worker.bench.plan import Plan
from worker.bench.rows import Bulk

WAITING = (Message, Involvement, Wording, Version, Leaf, LeafPart, Used, Evaluation)  # what one of them consists of
CHUNK = 50_000  # versions whose rows are inserted together


def fill_waiting(rows: Bulk, plan: Plan, count: int) -> None:
    """Their windows open one second after another; they draw on the units' narratives and go to their accounts.

    Ids follow those of the units. Their digests are made up: lists show them, and nobody sends these words.
    """
    first = plan.size.units + 1
    for start in range(first, first + count, CHUNK):
        _some(rows, plan, range(start, min(start + CHUNK, first + count)))


def _some(rows: Bulk, plan: Plan, ids: range) -> None:
    author = plan.people["author"]
    units = [1 + one % plan.size.units for one in ids]
    both = list(zip(ids, units, strict=True))
    texts = {unit: plan.text(unit) for unit in {*units}}
    rows.fill(
        Message,
        ("id", "campaign_id", "narrative_id", "ref"),
        ((one, plan.campaign(unit), unit, f"W-{one}") for one, unit in both),
        organisation_id=plan.organisation, created_at=plan.at,
    )  # fmt: skip
    rows.fill(Involvement, ("message_id",), ((one,) for one in ids), person_id=author, side="wrote")
    rows.fill(
        Wording,
        ("id", "message_id", "accounts"),
        ((one, one, [f"account-{unit}"]) for one, unit in both),
        language="en", number=1, choices={}, plan={}, author_id=author, queued_at=plan.at, answered_at=plan.at,
    )  # fmt: skip
    rows.fill(
        Version,
        ("id", "message_id", "wording_id", "digest", "not_before"),
        ((one, one, one, _digest("version", one), plan.at + timedelta(seconds=one)) for one in ids),
        language="en", number=1, author_id=author, not_after=plan.at + timedelta(days=365), window=plan.said,
        rendered_at=plan.at,
    )  # fmt: skip
    rows.fill(
        Leaf,
        ("id", "version_id", "account_id", "account_identity", "digest", "length"),
        ((one, one, unit, plan.identity(unit), _digest("leaf", one), len(texts[unit])) for one, unit in both),
        format="facebook", unit="characters", limit=63206, links=[],
    )  # fmt: skip
    rows.fill(LeafPart, ("leaf_id", "text"), ((one, texts[unit]) for one, unit in both), index=0, spans=[])
    rows.fill(Used, ("version_id", "kind", "ref", "material_id"), _used(both), number=1)
    rows.fill(Evaluation, ("id", "digest"), ((one, _digest("version", one)) for one in ids), rules=RULES, epoch=1,
              tier=2, blocks=0, answers=[], at=plan.at)  # fmt: skip


def _used(both: list[tuple[int, int]]) -> Iterator[tuple[Any, ...]]:
    for one, unit in both:
        yield one, "passage", f"N-{unit}/p", unit
        yield one, "template", TEMPLATE, 1


def _digest(what: str, number: int) -> str:
    return hashlib.sha256(f"bench/{what}/{number}".encode()).hexdigest()
