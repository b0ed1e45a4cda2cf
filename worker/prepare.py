"""Answers what staff queued: renders each wording into a version and judges its words, makes the posts of new
clearances, and looks again at clearances whose material or rules have changed. One bad item stops no other."""

import logging
from collections.abc import Callable

from sqlmodel import Session, col, select

from content.composing import compose, store_version
from content.errors import Refusal, Refusals
from content.evaluation import evaluate, stale
from content.exposing import catch_up
from content.message import Wording, version_of
from content.reevaluating import all_seen, behind, settle
from content.review import Clearance
from content.schedule import post, unposted
from content.settings import Settings
from content.store import Store, now

log = logging.getLogger("counterpoint.prepare")
WORDINGS = 50
CLEARANCES = 20


def look(store: Store, settings: Settings) -> int:
    """Returns how many wordings were answered, posts made and clearances looked at again."""
    answered = sum(answer(store, wording) for wording in _unanswered(store))
    made = sum(_post(store, clearance) for clearance in _unposted(store))
    return answered + made + _look_again(store)


def _unanswered(store: Store) -> list[int]:
    with store.read() as session:
        statement = select(Wording.id).where(col(Wording.answered_at).is_(None)).order_by(col(Wording.id))
        return [one for one in session.exec(statement.limit(WORDINGS)) if one is not None]


def _unposted(store: Store) -> list[int]:
    with store.read() as session:
        return unposted(session, CLEARANCES)


def _post(store: Store, clearance: int) -> int:
    """Alone: its locks are in the one order, and one that fails keeps no other from its posts."""
    return _isolated(store, "posts", lambda session: len(post(session, session.get_one(Clearance, clearance))))


def _look_again(store: Store) -> int:
    """Each of the words alone: no stop waits for all of them, and one that cannot be judged keeps no other waiting."""
    with store.read() as session:
        late, digests = bool(behind(session)), stale(session, CLEARANCES)
    done = _isolated(store, "exposing", catch_up) if late else 0
    done += sum(_evaluate(store, digest) for digest in digests)
    done += _isolated(store, "settle", lambda session: settle(session, now(session)))
    if late and not digests:
        _isolated(store, "seen", _seen)
    return done


def _seen(session: Session) -> int:
    all_seen(session)
    return 0


def _evaluate(store: Store, digest: str) -> int:
    return _isolated(
        store, "evaluate", lambda session: bool(evaluate(session, version_of(session, digest), now(session)))
    )


def answer(store: Store, wording_id: int) -> bool:
    """Makes the version of one wording, or writes down why there is none."""
    try:
        with store.write() as session:
            return _render(session, wording_id)
    except Refusal as refusal:
        return _refuse(store, wording_id, [refusal])
    except Refusals as refusals:
        return _refuse(store, wording_id, refusals.refusals)
    except Exception as error:
        log.warning("prepare.failed: %s, wording %d", type(error).__name__, wording_id)
        told = Refusal(
            "prepare.failed", "These words could not be made.", "Tell the operator; the log names the fault."
        )
        return _refuse(store, wording_id, [told])


def _render(session: Session, wording_id: int) -> bool:
    wording = session.get_one(Wording, wording_id)
    if wording.answered_at is not None:
        return False
    at = now(session)
    version = store_version(session, wording, compose(session, wording), at)
    evaluate(session, version, at)
    wording.answered_at = at
    session.add(wording)
    return True


def _refuse(store: Store, wording_id: int, refusals: list[Refusal]) -> bool:
    try:
        with store.write() as session:
            wording = session.get_one(Wording, wording_id)
            wording.refused = [{"code": one.code, "message": one.message, "todo": one.todo} for one in refusals]
            wording.answered_at = now(session)
            session.add(wording)
        return True
    except Exception as error:
        log.warning("prepare.kept: %s, wording %d", type(error).__name__, wording_id)
        return False


def _isolated(store: Store, name: str, work: Callable[[Session], int]) -> int:
    try:
        with store.write() as session:
            return work(session)
    except Exception as error:
        log.warning("%s.failed: %s", name, type(error).__name__)
        return 0
