"""Answers what staff queued: renders each wording into a version and judges its words, makes the posts of new
clearances, and looks again at clearances whose material or rules have changed. One bad item stops no other.

Words are made and judged from rows read for a whole batch, in a transaction that writes nothing; a second, short one
keeps them. Who works on a batch holds a mark on each item, so that several workers share the work; without it the
second would only find the first's result.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from sqlmodel import Session, col, select

from content.checks.known import Known, Standing
from content.checks.stored import composed_cases
from content.composing import Composed, Composer, store_versions
from content.errors import Refusal, Refusals
from content.evaluation import Judged, judge, judge_all, keep_all, stale_ids, versions_of
from content.exposing import catch_up
from content.message import Version, Wording
from content.reevaluating import all_seen, behind, settle
from content.review import Clearance
from content.schedule import post, unposted
from content.settings import Settings
from content.store import Store, marked, now
from content.waiting import tidy, untidy

log = logging.getLogger("counterpoint.prepare")
AT_ONCE = 100  # wordings or versions in one batch
CLEARANCES = 20
SPAN = 5.0  # seconds for which one look goes on, each kind of work in turn
WORDS, AGAIN = 21, 22  # what the marks are set on


def look(store: Store, settings: Settings) -> int:
    """Returns how many wordings were answered, posts made, and clearances and waiting words looked at again."""
    until, done = monotonic() + SPAN, _tidied(store)
    while True:
        found = _answer_some(store) + sum(_post(store, one) for one in _unposted(store)) + _look_again(store)
        done += found
        if not found or monotonic() > until:
            return done


def _tidied(store: Store) -> int:
    with store.read() as session:
        wanted = untidy(session)
    return _isolated(store, "tidy", tidy) if wanted else 0


def _unposted(store: Store) -> list[int]:
    with store.read() as session:
        return unposted(session, CLEARANCES)


def _post(store: Store, clearance: int) -> int:
    """Alone: its locks are in the one order, and one that fails keeps no other from its posts."""
    return _isolated(store, "posts", lambda session: len(post(session, session.get_one(Clearance, clearance))))


# --- what was queued ---------------------------------------------------------------------------------


def _answer_some(store: Store) -> int:
    """Answers one batch; where it cannot be kept together, each of it alone."""
    with store.read() as session:
        wordings = _unanswered(session)
        try:
            return _keep(store, _tried(session, wordings))
        except Exception as error:
            log.warning("prepare.together: %s", type(error).__name__)
    return sum(answer(store, wording.id or 0) for wording in wordings)


def answer(store: Store, wording_id: int) -> bool:
    """Makes the version of one wording, or writes down why there is none."""
    try:
        with store.read() as session:
            wordings = session.exec(_open_wordings().where(Wording.id == wording_id)).all()
            return bool(_keep(store, _tried(session, wordings)))
    except Refusal as refused:
        why = refused
    except Exception as error:
        log.warning("prepare.failed: %s, wording %d", type(error).__name__, wording_id)
        why = _BROKEN
    return _isolated(store, "prepare.kept", lambda session: _refuse(session, {wording_id: [why]})) > 0


_BROKEN = Refusal("prepare.failed", "These words could not be made.", "Tell the operator; the log names the fault.")


def _unanswered(session: Session) -> list[Wording]:
    """The oldest that no other worker has at hand, as many as make a batch."""
    found = session.exec(_open_wordings().order_by(col(Wording.id)).limit(4 * AT_ONCE)).all()
    mine = marked(session, WORDS, [row.id or 0 for row in found], AT_ONCE)
    return [row for row in found if row.id in mine]


def _open_wordings() -> Any:
    return select(Wording).where(col(Wording.answered_at).is_(None))


@dataclass(slots=True)
class _Tried:
    """What became of a batch before anything is written."""

    made: list[tuple[Wording, Composed, Judged]] = field(default_factory=list)
    refused: dict[int, list[Refusal]] = field(default_factory=dict)


def _tried(session: Session, wordings: Sequence[Wording]) -> _Tried:
    """Composes and judges each by itself, from rows read for all of them."""
    found, composed = _Tried(), list[tuple[Wording, Composed]]()
    composer = Composer(session, wordings)
    for wording in wordings:
        try:
            composed.append((wording, composer.compose(wording)))
        except Refusal as refusal:
            found.refused[wording.id or 0] = [refusal]
        except Refusals as several:
            found.refused[wording.id or 0] = list(several.refusals)
        except Exception as error:
            log.warning("prepare.failed: %s, wording %d", type(error).__name__, wording.id)
            found.refused[wording.id or 0] = [_BROKEN]
    standings = [_standing(composer, wording, words) for wording, words in composed]
    known = Known(session, standings)
    for (wording, words), standing in zip(composed, standings, strict=True):
        cases = ((place, case) for place, (_, case) in enumerate(composed_cases(known, standing, words)))
        found.made.append((wording, words, judge(known, standing, cases)))
    return found


def _standing(composer: Composer, wording: Wording, words: Composed) -> Standing:
    message = composer.messages[wording.message_id]
    return Standing(message.campaign_id, message.narrative_id, wording.language, words.uses)


def _keep(store: Store, tried: _Tried) -> int:
    """Writes it down in one short transaction; returns how many wordings were answered by it."""
    if not tried.made and not tried.refused:
        return 0
    judged = {wording.id: one for wording, _, one in tried.made}
    with store.write() as session:
        at = now(session)
        stored = store_versions(session, [(wording, words) for wording, words, _ in tried.made], at)
        keep_all(session, [(version, judged[version.wording_id].on(leaves)) for version, leaves in stored], at)
        return len(stored) + _refuse(session, tried.refused)


def _refuse(session: Session, refused: Mapping[int, Sequence[Refusal]]) -> int:
    """Answers wordings that nobody answered meanwhile with why they cannot be made."""
    at, done = now(session), 0
    for row in session.exec(_open_wordings().where(col(Wording.id).in_(refused)).with_for_update()):
        row.refused = [{"code": one.code, "message": one.message, "todo": one.todo} for one in refused[row.id]]
        row.answered_at = at
        session.add(row)
        done += 1
    return done


# --- what material or rules changed ------------------------------------------------------------------


def _look_again(store: Store) -> int:
    """One batch of words judged anew with their posts; one that cannot be judged keeps no other waiting."""
    with store.read() as session:
        late = bool(behind(session))
    done = _isolated(store, "exposing", catch_up) if late else 0
    judged, left = _evaluate_some(store, late)
    done += judged + _isolated(store, "settle", lambda session: settle(session, now(session), sweep=late and not left))
    if late and not left:
        _isolated(store, "seen", _seen)
    return done


def _seen(session: Session) -> int:
    all_seen(session)
    return 0


def _evaluate_some(store: Store, late: bool) -> tuple[int, int]:
    """How many were judged, and how many were waiting for it."""
    with store.read() as session:
        ids = stale_ids(session, 4 * AT_ONCE, everything=late)
        some = versions_of(session, marked(session, AGAIN, ids, AT_ONCE))
        try:
            found = judge_all(session, some)
            with store.write() as writing:
                return _kept(writing, found), len(ids)
        except Exception as error:
            log.warning("evaluate.together: %s", type(error).__name__)
    return sum(_evaluate(store, version) for version in some), len(ids)


def _kept(session: Session, found: Sequence[tuple[Version, Judged]]) -> int:
    at = now(session)
    done = len(keep_all(session, found, at))
    settle(session, at, [version.digest for version, _ in found])
    return done


def _evaluate(store: Store, version: Version) -> int:
    return _isolated(store, "evaluate", lambda session: _kept(session, judge_all(session, [version])))


def _isolated(store: Store, name: str, work: Callable[[Session], int]) -> int:
    try:
        with store.write() as session:
            return work(session)
    except Exception as error:
        log.warning("%s.failed: %s", name, type(error).__name__)
        return 0
