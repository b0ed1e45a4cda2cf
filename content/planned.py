"""What the facts say against words at the instants at which they are planned to go out."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlmodel import Session

from content.checks.engine import judge_facts
from content.checks.facts.load import Wanted, known_of
from content.checks.finding import Answer, Finding, Missing
from content.checks.rules import KEPT_UP
from content.made_of import leaf_ids
from content.message import Version
from content.quorum import TIERS
from content.window import from_canonical, occurrences
from content.zone import zone_version

MOST = 60  # instants looked at; beyond them lies another renewal
_NOW = frozenset({"cta-helpline", *KEPT_UP})  # kept up by people meanwhile, so what counts is how it stands today
# Posts are made at times that keep the caps, and wait at the gate while a crisis stands: words are judged meanwhile.
_SETTLED_LATER = frozenset({"frequency-cap", "calendar-sensitive"})
_LASTING = frozenset({"persona", "owner"})  # the rest of a profile's state is verified daily


def answers(session: Session, version: Version, tier: int, at: datetime) -> list[Answer]:
    """What stops these words, or asks for a specialist, at the times they would go if cleared now; each once."""
    leaves = leaf_ids(session, version)
    instants = _instants(version, tier, at)
    wanted = [
        Wanted(number, leaf, instant)
        for number, (leaf, instant) in enumerate((leaf, instant) for leaf in leaves for instant in (at, *instants))
    ]
    known = known_of(session, version.id or 0, wanted)
    cases = {one.key: known.case(one) for one in wanted}
    found: dict[tuple[str, str, str], Answer] = {}
    for one in wanted:
        for answer in counted(judge_facts(cases[one.key]), today=one.at == at and at not in instants):
            found.setdefault(_same(answer), answer)
    return list(found.values())


def _instants(version: Version, tier: int, at: datetime) -> list[datetime]:
    """The times inside window and validity; where all have passed, the first instant after the wait."""
    first, window = at + TIERS[tier].wait, from_canonical(version.window, zone_version())
    found = occurrences(window, first, first + TIERS[tier].validity)
    return [one.due_at for one in found[:MOST]] or [min(max(first, version.not_before), version.not_after)]


def counted(found: Iterable[Answer], *, today: bool) -> Iterator[Answer]:
    """Of what the facts say at an instant: what stops words, or asks for a specialist, that people will not mend."""
    for answer in found:
        if answer.check in _SETTLED_LATER or (answer.check in _NOW) != today:
            continue
        if answer.check == "account-authentic" and not _lasts(answer):
            continue
        if isinstance(answer, Missing) or answer.severity != "warn":
            yield answer


def _lasts(answer: Answer) -> bool:
    return isinstance(answer, Finding) and answer.code in _LASTING


def _same(answer: Answer) -> tuple[str, str, str]:
    if isinstance(answer, Missing):
        return answer.check, "missing", answer.missing
    return answer.check, answer.code, answer.reason
