"""What a reviewer reads before a verdict: the exact words beside source, gloss and consent, and the findings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from content import consent, people, planned
from content.agreement import ConsentRecord
from content.capability import Capability, capability
from content.checks.finding import Answer
from content.checks.stored import weighed
from content.checks.tier import Reason
from content.errors import Refusal
from content.evaluation import for_authors, plain
from content.given import among
from content.made_of import used_by
from content.medium import Whole, by_refs
from content.message import Leaf, LeafPart, Message, Version, version_of
from content.narrative import Narrative, Passage, sources_of
from content.organisation import Account
from content.people import Person
from content.quorum import Seats
from content.rounds import Round, round_of
from content.showing import Seen, seen
from content.store import now
from content.waiting import renewal

_SEE_TERMS = frozenset({"safeguarding", "keeper"})


@dataclass(frozen=True, slots=True)
class SheetLeaf:
    """What one account gets: its parts as they go. id: of the leaf, as answers name it; name, handle: of the profile;
    can: what its channel can do; media: what goes with the first part."""

    id: int
    account: str
    name: str
    handle: str
    reach: str
    can: Capability
    format: str
    length: int
    limit: int | None
    unit: str
    parts: tuple[str, ...]
    spans: tuple[list[list[Any]], ...]
    links: tuple[str, ...]
    card: dict[str, Any] | None
    media: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class Material:
    """One passage the words stand on, with what it says in the team's language."""

    ref: str
    language: str
    text: str
    gloss: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything for one decision. evaluation: the id that the verdict must name; answers: words, then facts.

    renewal: the words were cleared, and an approval opens their next round.
    """

    digest: str
    message: str
    language: str
    number: int
    round: int
    tier: int
    why: tuple[Reason, ...]
    evaluation: int
    missing: tuple[str, ...]
    answers: tuple[dict[str, Any], ...]
    leaves: tuple[SheetLeaf, ...]
    material: tuple[Material, ...]
    label: str
    sources: tuple[str, ...]
    consent: ConsentRecord | None
    not_before: datetime
    not_after: datetime
    clearance: int | None
    renewal: bool


def opened(session: Session, person: Person, digest: str) -> Round:
    """Where one version stands, for a reviewer. Refuses whoever reviews nothing, and words not evaluated yet."""
    at = now(session)
    people.require(session, person, at, "sheet.read")
    review = round_of(session, version_of(session, digest), at)
    if review.evaluation is None:
        raise Refusal("evaluation.none", "The checks have not looked at these words yet.", "Try again in a moment.")
    return review


def sheet(session: Session, person: Person, review: Round) -> Sheet:
    """The sheet of what this person opened."""
    assert review.evaluation is not None
    at, version = now(session), review.version
    message = session.get_one(Message, version.message_id)
    why = tuple(weighed(session, version, message))  # which reads narrative and campaign
    narrative = session.get_one(Narrative, message.narrative_id)
    return Sheet(
        digest=version.digest,
        message=message.ref,
        language=version.language,
        number=version.number,
        round=review.number,
        tier=review.evaluation.tier,
        why=why,
        evaluation=review.evaluation.id or 0,
        missing=_missing(review),
        answers=_answers(session, person, review, at),
        leaves=leaves_of(session, version),
        material=_material(session, version, narrative),
        label=narrative.display_label.get(version.language, ""),
        sources=_sources(session, narrative),
        consent=consent.scopes(session, [narrative.id or 0], at).get(narrative.id or 0),
        not_before=version.not_before,
        not_after=version.not_after,
        clearance=review.last.id if review.last else None,
        renewal=renewal(review, at),
    )


def _missing(review: Round) -> tuple[str, ...]:
    if review.standing:
        return review.late
    found = review.next().seats() if review.over else review.seats()
    return () if isinstance(found, Seats) else found


def _answers(session: Session, person: Person, review: Round, at: datetime) -> tuple[dict[str, Any], ...]:
    """Findings on the words and on the planned times; where a protected term stands only safeguarding is told."""
    assert review.evaluation is not None
    facts: Sequence[Answer] = planned.answers(session, review.version, review.evaluation.tier, at)
    found = [*review.evaluation.answers, *plain(facts)]
    sees = bool(_SEE_TERMS & people.roles(session, person.id or 0, at))
    return tuple(found if sees else for_authors(found))


def leaves_of(session: Session, version: Version) -> tuple[SheetLeaf, ...]:
    """What each account gets of these words, exactly as they were stored."""
    rows = session.exec(_LEAVES, params={"version": version.id}).all()
    parts: dict[int, list[LeafPart]] = {leaf.id or 0: [] for leaf, _ in rows}
    for part in session.exec(_PARTS, params={"leaves": [*parts]}):
        parts[part.leaf_id].append(part)
    media, at = by_refs(session, {entry["ref"] for leaf, _ in rows for entry in leaf.media}), now(session)
    return tuple(_leaf(leaf, account, parts[leaf.id or 0], media, at) for leaf, account in rows)


_LEAVES = (
    select(Leaf, Account)
    .join(Account, col(Account.id) == col(Leaf.account_id))
    .where(Leaf.version_id == bindparam("version"))
    .order_by(col(Leaf.id))
)
_PARTS = select(LeafPart).where(among(LeafPart.leaf_id, "leaves")).order_by(col(LeafPart.index))


def _leaf(
    leaf: Leaf, account: Account, parts: Sequence[LeafPart], media: Mapping[str, Whole], at: datetime
) -> SheetLeaf:
    return SheetLeaf(
        id=leaf.id or 0,
        account=account.ref,
        name=account.name,
        handle=account.handle,
        reach=account.reach,
        can=capability(account, leaf.format, [part.spans for part in parts], at),
        format=leaf.format,
        length=leaf.length,
        limit=leaf.limit,
        unit=leaf.unit,
        parts=tuple(part.text for part in parts),
        spans=tuple(part.spans for part in parts),
        links=tuple(leaf.links),
        card=leaf.card,
        media=seen(leaf.media, media),
    )


def _material(session: Session, version: Version, narrative: Narrative) -> tuple[Material, ...]:
    ids = [one.material_id for one in used_by(session, version) if one.kind == "passage"]
    return tuple(
        Material(f"{narrative.ref}/{row.ref}@{row.number}", row.language, row.text, row.gloss)
        for row in session.execute(_PASSAGES, {"ids": ids})
    )


_PASSAGES = (
    columns(col(Passage.ref), col(Passage.number), col(Passage.language), col(Passage.text), col(Passage.gloss))
    .where(among(Passage.id, "ids"))
    .order_by(col(Passage.id))
)


def _sources(session: Session, narrative: Narrative) -> tuple[str, ...]:
    rows = sources_of(session, narrative)
    return tuple(f"{row.publisher}, {row.year or 'no year'}: {row.url} {row.locator}".strip() for row in rows)
