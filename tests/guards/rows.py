"""A small world of valid rows, written past every rule of the program: what raw SQL would start from.

alice wrote it; bob and dora are content reviewers, charlie is safeguarding, erin is legal, religious and Arabic;
frank, grace and heidi are the board; ivan
translates; judy is content and safeguarding at once.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session

from content.campaign import Campaign
from content.keys import Keys
from content.lifecycle import Post
from content.message import Involvement, Leaf, LeafPart, Message, Version, Wording
from content.narrative import Narrative, Passage
from content.organisation import Account, Instance, Organisation
from content.people import Person, RoleGrant
from content.review import Clearance, Evaluation, Verdict

KEYS = Keys(b"r" * 32, b"t" * 32, b"f" * 32, b"k" * 32)
START = datetime(2030, 3, 4, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ROLES = {
    "alice": ("author",),
    "bob": ("content",),
    "charlie": ("safeguarding",),
    "dora": ("content",),
    "erin": ("legal", "religious", "language:ar"),
    "frank": ("board",),
    "grace": ("board",),
    "heidi": ("board",),
    "ivan": ("translator",),
    "judy": ("content", "safeguarding"),
}


@dataclass(frozen=True, slots=True)
class World:
    """Ids of what stands in the database; `people` by ref."""

    people: dict[str, int]
    organisation: int
    campaign: int
    narrative: int
    account: int


@dataclass(frozen=True, slots=True)
class Words:
    """One stored version with one leaf of one part."""

    digest: str
    message: int
    leaf: int
    version: int


def world(session: Session, kind: str = "rehearsal") -> World:
    """An instance with its people, one campaign, one narrative, one account."""
    _add(session, Instance(kind=kind, epoch="e", created_at=START))
    people = {ref: _person(session, ref, roles) for ref, roles in ROLES.items()}
    organisation = _add(
        session,
        Organisation(
            ref="org", name="Org", funder_type="public", home_language="en", languages=["en"], allowed_domains=[],
            allowed_tags=[], phones=[], rules="r1", created_at=START,
        ),
    )  # fmt: skip
    campaign = _add(
        session,
        Campaign(
            organisation_id=organisation, ref="c", name="C", languages=["en"], territories=["GB"], purpose="p",
            media=[], hashtags=[], link_hosts=[], context_blocks=[], accounts=["wall"], caps={}, blackout=[],
            entered_by=people["alice"], created_at=START,
        ),
    )  # fmt: skip
    narrative = _add(
        session,
        Narrative(
            organisation_id=organisation, ref="N-1", public_ref="xyz", theme="brutality", secondary=[],
            kind="individual", display_label={}, source_line={}, entered_by=people["alice"], created_at=START,
        ),
    )  # fmt: skip
    account = _add(
        session,
        Account(
            organisation_id=organisation, ref="wall", channel="paper", format="x", name="Wall", remote_identity="wall",
            reach="fenced", territories=["GB"], languages=["en"], settings={},
        ),
    )  # fmt: skip
    passage = Passage(
        narrative_id=narrative, ref="p1", language="en", text="It was a lie.", quotes=[], claims=[], proposed_tags={},
        sha256="0" * 64, entered_by=people["alice"], created_at=START,
    )  # fmt: skip
    _add(session, passage)
    return World(people, organisation, campaign, narrative, account)


def words(session: Session, here: World, ref: str, language: str = "en", seats: str = "", number: int = 1) -> Words:
    """A version of a message that alice wrote; `seats` are who may judge it (refs, spaces between)."""
    message = _add(
        session,
        Message(
            organisation_id=here.organisation, campaign_id=here.campaign, narrative_id=here.narrative, ref=ref,
            created_at=START,
        ),
    )  # fmt: skip
    _involve(session, message, here.people["alice"], "wrote")
    for seat in seats.split():
        _involve(session, message, here.people[seat], "judges")
    wording = _add(
        session,
        Wording(
            message_id=message, language=language, number=number, choices={}, accounts=["wall"], plan={},
            author_id=here.people["alice"], queued_at=START,
        ),
    )  # fmt: skip
    digest = f"digest-of-{ref}"
    version = _add(
        session,
        Version(
            digest=digest, message_id=message, wording_id=wording, language=language, number=number,
            author_id=here.people["alice"], not_before=START, not_after=START + 7 * DAY, window={"zone": "UTC"},
            rendered_at=START,
        ),
    )  # fmt: skip
    leaf = _add(
        session,
        Leaf(
            version_id=version, account_id=here.account, account_identity="wall", digest=f"leaf-of-{ref}", format="x",
            length=13, unit="weighted", links=[], card=None,
        ),
    )  # fmt: skip
    session.add(LeafPart(leaf_id=leaf, index=0, text="It was a lie.", spans=[]))
    session.flush()
    return Words(digest, message, leaf, version)


def evaluation(session: Session, digest: str, tier: int = 2, **changed: Any) -> int:
    """What the checks found: nothing that blocks, unless told otherwise."""
    values: dict[str, Any] = {"rules": "r1", "epoch": 1, "tier": tier, "blocks": 0, "answers": [], "at": START}
    return _add(session, Evaluation(digest=digest, **(values | changed)))


def verdict(session: Session, here: World, on: Words, seen: int, ref: str, role: str, **changed: Any) -> None:
    """One person's answer in one role."""
    values: dict[str, Any] = {"language": "en", "answer": "approve", "round": 1}
    session.add(
        Verdict(
            digest=on.digest, message_id=on.message, reviewer_id=here.people[ref], role=role, evaluation_id=seen,
            at=START, **(values | changed),
        )
    )  # fmt: skip
    session.flush()


def clearance(here: World, on: Words, seen: int, tier: int = 2, **changed: Any) -> dict[str, Any]:
    """The columns of the wide row, as bob and charlie's verdicts (and dora's from tier 3) would fill them."""
    values: dict[str, Any] = {
        "digest": on.digest, "message_id": on.message, "language": "en", "round": 1, "tier": tier,
        "evaluation_id": seen, "blocks": 0, "needs_language": False, "needs_legal": False, "needs_religious": False,
        "content_by": here.people["bob"], "safeguarding_by": here.people["charlie"],
        "not_before": START, "not_after": START + 7 * DAY, "valid_from": START, "valid_until": START + 30 * DAY,
        "cleared_at": START,
    }  # fmt: skip
    if tier >= 3:
        values |= {"third_by": here.people["dora"], "third_role": "content"}
    return values | changed


def clear(session: Session, here: World, on: Words, tier: int = 2) -> Clearance:
    """Verdicts and the clearance they amount to."""
    seen = evaluation(session, on.digest, tier)
    verdict(session, here, on, seen, "bob", "content")
    verdict(session, here, on, seen, "charlie", "safeguarding")
    if tier >= 3:
        verdict(session, here, on, seen, "dora", "content")
    made = Clearance(**clearance(here, on, seen, tier))
    _add(session, made)
    return made


def post(here: World, on: Words, cleared: Clearance, **changed: Any) -> dict[str, Any]:
    """The columns of a post as it is first inserted."""
    values: dict[str, Any] = {
        "clearance_id": cleared.id, "digest": cleared.digest, "language": "en", "tier": cleared.tier,
        "valid_from": cleared.valid_from, "valid_until": cleared.valid_until, "not_before": cleared.not_before,
        "not_after": cleared.not_after, "organisation_id": here.organisation, "campaign_id": here.campaign,
        "narrative_id": here.narrative, "message_id": on.message, "leaf_id": on.leaf, "account_id": here.account,
        "due_at": START + DAY, "local": "2030-03-05T09:00:00", "zone": "UTC", "tzdata": "2026f", "changed_at": START,
    }  # fmt: skip
    return values | changed


def posted(session: Session, here: World, ref: str = "M-1", tier: int = 2) -> tuple[Words, Clearance, Post]:
    """A cleared message with one scheduled post."""
    on = words(session, here, ref, seats="bob charlie dora")
    cleared = clear(session, here, on, tier)
    made = Post(**post(here, on, cleared))
    _add(session, made)
    return on, cleared, made


def _person(session: Session, ref: str, roles: tuple[str, ...]) -> int:
    person = _add(session, Person(ref=ref, name=ref.title(), token_hash="", founding=True, created_at=START))
    for role in roles:
        name, _, language = role.partition(":")
        grant = RoleGrant(person_id=person, role=name, language=language or None, founding=True, granted_at=START)
        grant.valid_from = START - DAY
        session.add(grant)
    session.flush()
    return person


def _involve(session: Session, message: int, person: int, side: str) -> None:
    session.add(Involvement(message_id=message, person_id=person, side=side))
    session.flush()


def _add(session: Session, row: Any) -> int:
    session.add(row)
    session.flush()
    found: int = row.id
    return found
