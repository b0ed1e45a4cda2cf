"""id-mosaic-budget: what all posts ever disclosed of a person, with this one, stays within the budget."""

from collections.abc import Iterator

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import FactsCase

ID = "id-mosaic-budget"
SEVERITIES: dict[str, Severity] = {"": "specialist:safeguarding"}


def check(case: FactsCase) -> Iterator[Answer]:
    narrative = case.narrative
    exposed = narrative.exposed if narrative else None
    budget = narrative.mosaic_budget if narrative else None
    known = (
        ("narrative.exposed", exposed),
        ("narrative.mosaic_budget", budget),
        ("attributes", case.attributes),
    )
    yield from (Missing(ID, name) for name, value in known if value is None)
    if exposed is None or budget is None or case.attributes is None:
        return
    added = case.attributes - exposed
    together = len(exposed | case.attributes)
    if added and together > budget:
        reason = (
            f"This would add {', '.join(sorted(added))} to what is public of this person: {together} details "
            f"that identify, {budget} are allowed. Use another passage, or ask safeguarding."
        )
        yield Finding(ID, "specialist:safeguarding", reason)
