"""Stops among a burst's posts: each must keep its post from going out, and the bench counts that it did.

They are set together with the burst's instant, not before: workers cancel what a withdrawal covers when they see it,
and here the gate is to see it. A wrong digest and a full cap stand in the rows from the beginning (units, posts).
"""

from collections.abc import Mapping

from sqlmodel import Session

from content.consent import ConsentEvent
from content.people import Person
from content.review import Revocation
from content.stop import Hold
from content.store import now
from worker.bench.plan import Size


def plant(session: Session, people: Mapping[str, Person], size: Size, posts: range) -> None:
    """Inserts the stops of those posts whose units were chosen for one."""
    at = now(session)
    keeper, safeguarding, content = (people[ref].id or 0 for ref in ("keeper", "safeguarding", "content"))
    for unit in posts:
        match size.kind(unit):
            case "withdrawn":
                session.add(ConsentEvent(narrative_id=unit, kind="withdraw", by=keeper, at=at))
            case "held":
                session.add(Hold(narrative_id=unit, kind="other", starts_at=at, territories=[], by=safeguarding, at=at))
            case "revoked":
                session.add(Revocation(clearance_id=unit, by=content, reason="bench", at=at))
    session.flush()
