"""Retiring a medium: no new version may show it, what is planned stops, and what is out is named, to be taken down.

It takes nothing down by itself, and is no withdrawal: where the person of a narrative takes their consent back, that is
recorded (stopping.py), and everything of theirs is stopped and recalled.
"""

from sqlalchemy import update
from sqlmodel import Session, col

from content.errors import Refusal
from content.medium import medium
from content.organisation import Instance, raise_epoch
from content.people import Person, read_words, require, seal_words
from content.record import Step, by, write
from content.retired import WHY, MediumRetirement, retirements
from content.store import now

LONGEST = 1000  # characters of the words that say why
_PLACE = "medium_retirement"


def retire(session: Session, person: Person, ref: str, why: str, reason: str = "") -> MediumRetirement:
    """Retires a medium for good; whatever shows it is judged again, and blocked.

    why: of WHY; `other` says why in words. Raises Refusal `media.none`, `media.why`, `media.retired`, `rights.role`.
    """
    at = now(session)
    require(session, person, at, "medium.retire")
    row = medium(session, ref)
    _judge(why, reason.strip(), ref)
    raise_epoch(session, row.organisation_id)
    if retirements(session, [row.id]):
        raise Refusal("media.retired", f"{ref} is retired already.", "Recall what is out, post by post.", ref)
    sealed = seal_words(session, person.id or 0, reason.strip(), _PLACE, at)
    made = MediumRetirement(medium_id=row.id or 0, why=why, reason=sealed, by=person.id or 0, at=at)
    session.add(made)
    session.execute(update(Instance).values(stops=col(Instance.stops) + 1))
    session.flush()
    write(session, Step(by(person.id), "medium.retire", "medium", row.id or 0, {"ref": ref, "why": why}), at=at)
    return made


def words_of(session: Session, made: MediumRetirement) -> str:
    """What was said of it in words; empty once who said it was erased."""
    return read_words(session, made.by, made.reason, _PLACE, made.at)


def _judge(why: str, reason: str, ref: str) -> None:
    if why not in WHY:
        raise Refusal("media.why", f"A medium is retired for one of: {', '.join(WHY)}.", "Say which.", ref)
    if why == "other" and not reason:
        raise Refusal("media.why", "Nobody said why it is retired.", "Say it in a few words.", ref)
    if len(reason) > LONGEST:
        raise Refusal("media.why", f"It has more than {LONGEST:,} characters.", "Shorten it.", ref)
