"""How carefully words must be cleared: the strictest tier that applies to them, and why."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from content.checks.known import Standing, Weighed
from content.narrative import Narrative
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


def tier(known: Weighed, standing: Standing) -> int:
    """1 to 4: the strictest that applies."""
    return strictest(reasons(known, standing))


def strictest(found: Iterable[Reason]) -> int:
    """The tier that these reasons ask for; 1 where there is none."""
    return max((one.tier for one in found), default=1)


def reasons(known: Weighed, standing: Standing) -> list[Reason]:
    """Everything that asks for more than tier 1."""
    return list(judge(_case(known, standing)))


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


def _case(known: Weighed, standing: Standing) -> Case:
    tags = (known.tags.get(key) for key in standing.ids("passage"))
    return Case(
        narrative=known.narratives[standing.narrative_id],
        tags=tuple(one for one in tags if one is not None),
        direct=standing.narrative_id in known.direct,
        first_use=(known.organisation(standing).id, standing.language) in known.unused,
        campaign_min=known.campaigns[standing.campaign_id].tier_min,
    )
