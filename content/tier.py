"""How carefully words must be cleared: the strictest tier that applies to them, and why."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlmodel import Session, col, select

from content import clearing
from content.campaign import Campaign
from content.consent import ConsentEvent
from content.lifecycle import Post, PostHistory, State
from content.message import Message, Used, Version
from content.narrative import Narrative
from content.organisation import Organisation
from content.tags import TagsRecord


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that asks for a tier; words: for a reviewer."""

    tier: int
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Case:
    """What decides the tier. direct: the person's own consent; first_use: nothing in this language is out yet."""

    narrative: Narrative
    tags: tuple[TagsRecord, ...] = ()
    direct: bool = False
    first_use: bool = False
    campaign_min: int = 1


def tier(session: Session, version: Version) -> int:
    """1 to 4: the strictest that applies."""
    return strictest(reasons(session, version))


def strictest(found: Iterable[Reason]) -> int:
    """The tier that these reasons ask for; 1 where there is none."""
    return max((one.tier for one in found), default=1)


def reasons(session: Session, version: Version) -> list[Reason]:
    """Everything that asks for more than tier 1."""
    return list(judge(_case(session, version)))


def judge(case: Case) -> Iterator[Reason]:
    """The table of tiers. An aggregate finding is no person: what is unknown of a person raises nothing there."""
    narrative, person = case.narrative, case.narrative.kind != "aggregate"
    if case.campaign_min > 1:
        yield Reason(case.campaign_min, "campaign", f"The campaign asks for tier {case.campaign_min} at least.")
    if person:
        yield Reason(2, "individual", "One person's account.")
    asked = (
        (3, "reprisal", narrative.reprisal_risk == "high", "The risk of reprisals is high."),
        (3, "direct", case.direct, "Testimony given to us directly."),
        (3, "admits_act", any(tags.admits_act for tags in case.tags), "An act is admitted."),
        (3, "religious_claim", any(tags.religious_claim for tags in case.tags), "A religious claim is made."),
        (3, "first_use", case.first_use, "Nothing in this language has been published yet."),
        (4, "minor", _minor(narrative, person), "The person was, or may have been, a child at the events."),
        (4, "identifiable", narrative.identifiable, "The person can be identified."),
        (4, "open_proceedings", narrative.open_proceedings, "Proceedings are open."),
        (4, "family_in_reach", narrative.family_in_reach is True, "Relatives live within the group's reach."),
    )
    yield from (Reason(level, code, words) for level, code, applies, words in asked if applies)


def family_unknown(narrative: Narrative) -> bool:
    """Nobody has said whether a relative lives within reach: the keeper must, before anything is cleared."""
    return narrative.kind != "aggregate" and narrative.family_in_reach is None


def _minor(narrative: Narrative, person: bool) -> bool:
    return narrative.minor_at_events is True or (person and narrative.minor_at_events is None)


def _case(session: Session, version: Version) -> Case:
    message = session.get_one(Message, version.message_id)
    campaign = session.get_one(Campaign, message.campaign_id)
    used = select(Used.material_id).where(Used.version_id == version.id, Used.kind == "passage")
    tags = clearing.tags(session, session.exec(used).all())
    return Case(
        narrative=session.get_one(Narrative, message.narrative_id, populate_existing=True),
        tags=tuple(one for one in tags.values() if one is not None),
        direct=_direct(session, message.narrative_id),
        first_use=_first_use(session, message.organisation_id, version.language),
        campaign_min=campaign.tier_min,
    )


def _direct(session: Session, narrative_id: int) -> bool:
    statement = select(ConsentEvent.id).where(
        ConsentEvent.narrative_id == narrative_id, ConsentEvent.kind == "grant", ConsentEvent.basis == "direct"
    )
    return session.exec(statement.limit(1)).first() is not None


def _first_use(session: Session, organisation_id: int, language: str) -> bool:
    """Whether this language, other than the organisation's own, still waits for its first published message."""
    if session.get_one(Organisation, organisation_id).home_language == language:
        return False
    statement = (
        select(Post.id)
        .join(PostHistory, col(PostHistory.post_id) == col(Post.id))
        .where(Post.organisation_id == organisation_id, Post.language == language)
        .where(PostHistory.to_state == str(State.PUBLISHED))
    )
    return session.exec(statement.limit(1)).first() is None
