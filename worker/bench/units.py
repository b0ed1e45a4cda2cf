"""The rows of all units: who is spoken of, where it goes, the words, and who cleared them."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from content.campaign import Campaign
from content.checks.rules import RULES
from content.clearing import Clearing
from content.consent import ConsentEvent
from content.message import Involvement, Leaf, LeafPart, Message, Used, Version, Wording
from content.narrative import Narrative, Passage, Source
from content.organisation import Account
from content.review import Clearance, Evaluation, Verdict
from worker.bench.material import CONTEXT_REF, HOST, TEMPLATE
from worker.bench.plan import SOURCE_LINE, STANCE, Plan
from worker.bench.rows import Bulk

Digests = Sequence[tuple[str, str]]  # of each unit's version and leaf


def fill_units(rows: Bulk, plan: Plan, digests: Digests) -> None:
    """Inserts every row that the gate reads but the posts."""
    _places(rows, plan)
    _material(rows, plan)
    _agreed(rows, plan)
    _words(rows, plan, digests)
    _cleared(rows, plan, digests)


def _all(plan: Plan) -> range:
    return range(1, plan.size.units + 1)


def _places(rows: Bulk, plan: Plan) -> None:
    home = {"organisation_id": plan.organisation}
    members: dict[int, list[str]] = {}
    for unit in _all(plan):
        members.setdefault(plan.campaign(unit), []).append(f"account-{unit}")
    rows.fill(
        Campaign,
        ("id", "ref", "accounts"),
        ((number, f"campaign-{number}", refs) for number, refs in members.items()),
        **home, name="Bench", languages=["en"], territories=["GB"], purpose="prevention", zone="UTC",
        entered_by=plan.people["author"], created_at=plan.long_ago, context_blocks=[CONTEXT_REF],
    )  # fmt: skip
    rows.fill(
        Account,
        ("id", "ref", "remote_identity", "identity_seen"),
        ((unit, f"account-{unit}", plan.identity(unit), plan.identity(unit)) for unit in _all(plan)),
        **home, channel="bench", format="facebook", name="Bench", reach="worldwide", territories=[], languages=["en"],
        settings={}, ownership_first=plan.people["content"], ownership_second=plan.people["safeguarding"],
        ownership_verified_at=plan.at, identity_verified_at=plan.at,
    )  # fmt: skip


def _kind(unit: int) -> str:
    return ("aggregate", "individual")[unit % 2]


def _material(rows: Bulk, plan: Plan) -> None:
    author = {"entered_by": plan.people["author"]}
    rows.fill(
        Narrative,
        ("id", "ref", "public_ref", "kind"),
        ((unit, f"N-{unit}", f"{unit:012d}", _kind(unit)) for unit in _all(plan)),
        **author, organisation_id=plan.organisation, theme="infighting", reprisal_risk="low", legal_exposure="low",
        minor_at_events=False, family_in_reach=False, display_label={"en": "a former member"},
        source_line={"en": SOURCE_LINE}, created_at=plan.long_ago,
    )  # fmt: skip
    rows.fill(
        Source,
        ("id", "narrative_id"),
        ((unit, unit) for unit in _all(plan)),
        ref="press", publisher="Example Press", year=2015, url="https://press.example.org/story", locator="p. 1",
        attributes=[],
    )  # fmt: skip
    for ref, kind, first in (("p", "account", 0), ("s", "stance", plan.size.units)):
        rows.fill(
            Passage,
            ("id", "narrative_id", "text", "sha256"),
            ((first + n, n, words, _sha(words)) for n in _all(plan) for words in [_said(plan, n, kind)]),
            **author, ref=ref, kind=kind, language="en", created_at=plan.long_ago,
        )  # fmt: skip
    rows.fill(Clearing, ("id", "material_id", "person_id", "role", "tags"), _clearings(plan), **author,
              kind="passage", answer="clear", at=plan.long_ago)  # fmt: skip


def _clearings(plan: Plan) -> Iterator[tuple[Any, ...]]:
    first = 1000  # after those of the standard text
    for passage in range(1, 2 * plan.size.units + 1):
        tags = {"attributes": ["country"]} if passage <= plan.size.units and passage % 2 else {}
        for place, role in enumerate(("content", "safeguarding")):
            yield first + 2 * passage + place, passage, plan.people[role], role, tags


def _said(plan: Plan, unit: int, kind: str) -> str:
    return plan.passage(unit) if kind == "account" else STANCE


def _agreed(rows: Bulk, plan: Plan) -> None:
    scope: dict[str, Any] = {
        "channels": ["facebook"], "reach": "worldwide", "languages": ["en"], "territories": ["*"],
        "purposes": ["prevention"], "uses": ["text", "verbatim"], "valid_until": plan.window.not_after,
        "reconfirm_by": plan.window.not_after,
    }  # fmt: skip
    rows.fill(
        ConsentEvent,
        ("id", "narrative_id", "basis"),
        ((2 * n - 1, n, "published" if n % 2 else "aggregate") for n in _all(plan)),
        kind="grant", by=plan.people["keeper"], at=plan.long_ago, **scope,
    )  # fmt: skip
    rows.fill(
        ConsentEvent,
        ("id", "narrative_id"),
        ((2 * unit, unit) for unit in _all(plan)),
        kind="assess", by=plan.people["safeguarding"], at=plan.long_ago, decision="ok",
    )  # fmt: skip


def _words(rows: Bulk, plan: Plan, digests: Digests) -> None:
    start, end = plan.window.not_before, plan.window.not_after
    rows.fill(
        Message,
        ("id", "campaign_id", "narrative_id", "ref"),
        ((unit, plan.campaign(unit), unit, f"M-{unit}") for unit in _all(plan)),
        organisation_id=plan.organisation, created_at=start,
    )  # fmt: skip
    sides = (("author", "wrote"), ("content", "judges"), ("safeguarding", "judges"))
    rows.fill(
        Involvement,
        ("message_id", "person_id", "side"),
        ((unit, plan.people[ref], side) for unit in _all(plan) for ref, side in sides),
    )
    rows.fill(
        Wording,
        ("id", "message_id", "accounts"),
        ((unit, unit, [f"account-{unit}"]) for unit in _all(plan)),
        language="en", number=1, choices={}, plan={}, author_id=plan.people["author"], queued_at=start,
        answered_at=start,
    )  # fmt: skip
    rows.fill(
        Version,
        ("id", "message_id", "wording_id", "digest"),
        ((unit, unit, unit, digest) for unit, (digest, _) in enumerate(digests, 1)),
        language="en", number=1, author_id=plan.people["author"], not_before=start, not_after=end,
        window=plan.said, rendered_at=start,
    )  # fmt: skip
    rows.fill(
        Leaf,
        ("id", "version_id", "account_id", "account_identity", "digest", "length"),
        ((n, n, n, plan.identity(n), leaf, len(plan.text(n))) for n, (_, leaf) in enumerate(digests, 1)),
        format="facebook", unit="characters", limit=63206, links=[f"https://{HOST}/en"],
    )  # fmt: skip
    rows.fill(LeafPart, ("leaf_id", "text", "spans"), ((n, _text(plan, n), _spans(plan, n)) for n in _all(plan)),
              index=0)  # fmt: skip
    uses = [("block", "disclosure-en", 1), ("block", "helpline-gb-en", 2), ("template", TEMPLATE, 1)]
    rows.fill(
        Used,
        ("version_id", "kind", "ref", "material_id"),
        (
            (unit, *use)
            for unit in _all(plan)
            for use in (("passage", f"N-{unit}/p", unit), ("passage", f"N-{unit}/s", plan.size.units + unit), *uses)
        ),
        number=1,
    )


def _text(plan: Plan, unit: int) -> str:
    """The words; where a wrong digest was planted, others than those that were cleared."""
    return plan.text(unit) + (" And more." if plan.size.kind(unit) == "digest" else "")


def _spans(plan: Plan, unit: int) -> list[list[Any]]:
    found: list[list[Any]] = []
    at = 0
    for kind, ref, text in plan.pieces(unit):
        found.append([at, at + len(text), kind or "template", ref or plan.template, ""])
        at += len(text)
    return found


def _cleared(rows: Bulk, plan: Plan, digests: Digests) -> None:
    seen = plan.at - timedelta(days=1)
    numbered = list(enumerate((digest for digest, _ in digests), 1))
    rows.fill(Evaluation, ("id", "digest"), numbered, rules=RULES, epoch=1, tier=2, blocks=0, answers=[], at=seen)
    rows.fill(
        Verdict,
        ("id", "digest", "message_id", "evaluation_id", "reviewer_id", "role"),
        (
            (2 * unit - 1 + place, digest, unit, unit, plan.people[role], role)
            for unit, digest in numbered
            for place, role in enumerate(("content", "safeguarding"))
        ),
        language="en", answer="approve", at=seen,
    )  # fmt: skip
    last = plan.size.starter + plan.size.loose
    rows.fill(
        Clearance,
        ("id", "message_id", "evaluation_id", "digest", "posted_at"),
        ((n, n, n, digest, None if plan.size.starter < n <= last else seen) for n, digest in numbered),
        language="en", round=1, tier=2, blocks=0, needs_language=False, needs_legal=False, needs_religious=False,
        content_by=plan.people["content"], safeguarding_by=plan.people["safeguarding"],
        not_before=plan.window.not_before, not_after=plan.window.not_after, valid_from=plan.window.not_before,
        valid_until=plan.window.not_after, cleared_at=seen,
    )  # fmt: skip


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
