"""What happens to a database that is not where its journal left off: put back from a backup, or copied.

`boot` is the first thing that every program does. A copy, and a database whose journal tells of more than it knows,
is disarmed; the stops that are lost hold again, and the posts that may be out since are looked for. Two people arm
it afterwards. Whatever is done here can be done again without harm: a crash in the middle is made good at the next
start.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from sqlmodel import Session, col, func, select

from content import arming, journal, refinding, replaying
from content.errors import Refusal
from content.journal import Exported
from content.keys import Keys
from content.organisation import Instance, JournalMark, the_instance
from content.record import Record, Step, write
from content.refinding import Refound
from content.replaying import ACTOR, Replayed
from content.store import Level, Scope, Store, lock, now


class Place(StrEnum):
    """How a database and a journal belong together."""

    OWN = "own"
    FIRST = "first"  # no journal was begun yet
    MISSING = "missing"  # one was, and it is not here
    OTHER = "other"  # of another instance
    COPY = "copy"  # the journal speaks of this instance, in another database or before a restore
    BEHIND = "behind"  # the journal knows more than the database


@dataclass(frozen=True, slots=True)
class Settled:
    """What was done. since: the last step that the database knows; lost: links of the chain that it does not."""

    place: Place
    since: datetime
    lost: int
    stops: Replayed
    posts: Refound
    damage: str


def place(session: Session, folder: Path) -> Place:
    """How this database stands to the journal in that folder; reads the ends of files only."""
    instance = the_instance(session)
    found = journal.read_epoch(folder)
    if found is None:
        return Place.FIRST if session.get(JournalMark, 1) is None else Place.MISSING
    if journal.family(found) != journal.family(instance.epoch):
        return Place.OTHER
    written = journal.read_place(folder)
    same = written == journal.place_of(session)
    if found != instance.epoch:
        return Place.BEHIND if same else Place.COPY
    if written and not same:
        return Place.COPY
    return Place.BEHIND if journal.behind(session, folder) else Place.OWN


def boot(store: Store, folder: Path, actor: str) -> Settled | None:
    """Looks whether this database is where its journal left off; None where it is. actor: as in the record.

    A copy is taken out of its family, so that it never writes into a journal that is not its own.
    """
    with store.write() as session:
        found = place(session, folder)
        if found is Place.OWN:
            return None
        if found not in (Place.COPY, Place.BEHIND):
            arming.disarm(session, actor)
            return None
        settled = _settle(session, folder, found)
    if found is Place.BEHIND:
        take_over(store, folder)
    return settled


def settle(store: Store, folder: Path, *, begin_anew: bool = False) -> Settled:
    """After a restore: disarms, puts back what is lost, and makes the journal this database's own.

    begin_anew: the journal is lost, and another is begun. Raises Refusal `restore.journal` where there is none of
    this instance's and nobody said so, `restore.damaged` where what it says cannot be relied on.
    """
    with store.write() as session:
        found = place(session, folder)
        _refuse(found, folder, begin_anew)
        settled = _settle(session, folder, found)
        if settled.damage and not begin_anew:
            raise _damaged(settled.damage)
    take_over(store, folder, begin_anew=begin_anew)
    return settled


def take_over(store: Store, folder: Path, *, begin_anew: bool = False) -> None:
    """Makes the journal this database's own: its epoch, its place, and only those heads that it has."""
    with store.write() as session:
        if begin_anew and journal.read_epoch(folder) is not None:
            journal.begin_anew(folder, f"before-{the_instance(session).epoch}")
        journal.roll(session, folder)
        journal.write_epoch(folder, the_instance(session).epoch, journal.place_of(session))
        journal.mark(session, 0)
    with store.read() as session:
        journal.write_stops(session, folder)


def damage(keys: Keys | None, folder: Path) -> str:
    """What is wrong with the books in that folder, or ''. Reads all of them; without keys no MAC is looked at."""
    key = keys.record if keys else None
    return journal.stops_book(folder, key).damage or journal.posts_book(folder, key).damage


def refuse_damaged(keys: Keys | None, folder: Path) -> None:
    """Refuses `restore.damaged`: what such a journal does not tell any more might go out."""
    if wrong := damage(keys, folder):
        raise _damaged(wrong)


def _refuse(found: Place, folder: Path, begin_anew: bool) -> None:
    if found is Place.OTHER:
        raise Refusal(
            "restore.other",
            f"{folder} holds the journal of another instance.",
            "Set COUNTERPOINT_JOURNAL to the folder that this instance wrote, or to an empty one with --journal-lost.",
        )
    if found is Place.MISSING and not begin_anew:
        raise Refusal(
            "restore.journal",
            f"There is no journal in {folder}: what was stopped and published since the backup is not known.",
            "Set COUNTERPOINT_JOURNAL to the folder that this instance wrote. Only if it is lost: --journal-lost.",
        )


def _damaged(what: str) -> Refusal:
    return Refusal(
        "restore.damaged",
        f"The journal is damaged: {what}",
        "Put it back from its own copy. Only if there is none: --journal-lost, and go through the stops by hand.",
    )


def _settle(session: Session, folder: Path, found: Place) -> Settled:
    lock(session, [Scope(Level.INSTANCE, 1)], exclusive=True)
    at, since = now(session), _since(session)
    arming.disarm(session, ACTOR)
    last = None if found is Place.MISSING else journal.last_head(folder)
    key = session.info["keys"].record
    stops, posts = journal.stops_book(folder, key), journal.posts_book(folder, key)
    told = _tell(session, found, last)
    replayed = replaying.replay(session, stops.rows, at)
    refound = refinding.refind(session, posts.rows, since, at)
    replaying.enforce(session, replayed, at)
    return Settled(found, since, told, replayed, refound, stops.damage or posts.damage)


def _tell(session: Session, found: Place, last: Exported | None) -> int:
    """The next epoch, and the step on the record that says what is missing before it; how many links are lost."""
    instance = session.get_one(Instance, 1, populate_existing=True)
    before, instance.epoch = instance.epoch, f"{journal.family(instance.epoch)}.{secrets.token_hex(8)}"
    session.add(instance)
    session.flush()
    sealed = session.exec(select(func.max(Record.seq))).one() or 0
    lost = max(0, last.seq - sealed) if last else 0
    detail = {
        "place": str(found), "sealed": sealed, "outside": last.seq if last else 0, "chain": last.chain if last else "",
        "epoch": instance.epoch, "before": before,
    }  # fmt: skip
    write(session, Step(ACTOR, "instance.restore", "instance", 1, detail))
    return lost


def _since(session: Session) -> datetime:
    """When the last step was taken that this database knows."""
    found = session.exec(select(Record.at).order_by(col(Record.id).desc()).limit(1)).first()
    return found or the_instance(session).created_at
