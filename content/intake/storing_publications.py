"""What was public before Counterpoint: it counts for the mosaic budget as if it had gone out from here.

Only the attributes and a digest are kept, never the address: it leads to the person. Nothing is ever taken back.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, time

from sqlmodel import col, select

from content import exposing
from content.imported import Imported
from content.intake.proposal import Item
from content.intake.stories import Publication
from content.intake.work import Work, by_ref, chunks
from content.narrative import Narrative
from content.record import Step, by
from content.store import Level, Scope, lock

KIND = "publication"


def store_publications(work: Work, items: Sequence[Item[Publication]]) -> None:
    """Each publication once; the same address with more attributes adds those, and with fewer takes none away."""
    narratives = by_ref(work, Narrative, (item.value.narrative for item in items))
    good = [item for item in items if _may(work, item, narratives)]
    if not good:
        return
    scopes = {Scope(Level.NARRATIVE, narratives[item.value.narrative].id or 0) for item in good}
    lock(work.session, [Scope(Level.ORGANISATION, work.organisation_id), *scopes], exclusive=True)
    known = _known(work, [narratives[item.value.narrative].id or 0 for item in good])
    for item in good:
        _publication(work, item.value, narratives[item.value.narrative], known)


def _may(work: Work, item: Item[Publication], narratives: dict[str, Narrative]) -> bool:
    if item.value.narrative not in narratives:
        message = f"There is no narrative {item.value.narrative}, neither here nor in these files."
        work.refuse("intake.unknown_ref", message, "Add it, or mend its ref.", item.where)
    elif item.value.at > work.at.date():
        message = "This day is yet to come, and these are publications of before."
        work.refuse("intake.publication_day", message, "Mend the day, or queue a message.", item.where)
    else:
        return True
    return False


def _known(work: Work, narrative_ids: Sequence[int]) -> set[str]:
    """The refs under which publications of these narratives are remembered: place.digest, and the place alone."""
    found: set[str] = set()
    for some in chunks(narrative_ids):
        statement = select(Imported.ref).where(Imported.kind == KIND, col(Imported.narrative_id).in_(some))
        for ref in work.session.exec(statement):
            found |= {ref, ref.partition(".")[0]}
    return found


def _publication(work: Work, given: Publication, narrative: Narrative, known: set[str]) -> None:
    digest = _digest(given.model_dump_json())
    place = _digest(f"{given.narrative}|{given.address}" if given.address else digest)[:24]
    ref = f"{place}.{digest[:24]}"
    if ref in known:
        work.count(KIND, "unchanged")
        return
    how = "changed" if place in known else "new"
    known |= {ref, place}
    key, day = narrative.id or 0, datetime.combine(given.at, time(0), UTC)
    work.session.add(
        Imported(kind=KIND, ref=ref, sha256=digest, narrative_id=key, by=work.person_id, at=work.at)
    )  # fmt: skip
    added = exposing.expose_before(work.session, {(key, attribute) for attribute in given.attributes}, day)
    work.count(KIND, how)
    detail: dict[str, str | int] = {"how": how, "ref": ref, "attributes": len(added)}
    work.steps.append(Step(by(work.person_id), "material.propose", KIND, key, detail))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
