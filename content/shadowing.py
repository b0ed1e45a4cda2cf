"""What proposed rules would change for the words judged or published lately. It reads, and writes nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlmodel import Session, col, exists, or_, select

from content.checks import engine
from content.checks.finding import Finding
from content.checks.proposal import Proposal, trying
from content.checks.records import WordsCase
from content.checks.stored import Cases
from content.lifecycle import Post, PostHistory, State
from content.message import Message, Version
from content.organisation import the_organisation
from content.review import Evaluation

AT_ONCE = 200  # versions whose rows are read together

Kind = Literal["blocked", "needs", "free", "watched"]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would be otherwise for one version: never its words, nor where in them.

    blocked: nothing stopped it, now something would; needs: a role would have to approve; free: what stopped it, or
    asked for the role, would no longer; watched: what a check in shadow would find, counted nowhere.
    """

    kind: Kind
    message: str
    language: str
    number: int
    checks: tuple[str, ...]
    role: str = ""


@dataclass(frozen=True, slots=True)
class Shadow:
    """How many versions were judged, and what would change for them, the oldest first."""

    judged: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class _Stand:
    """By which checks a version is blocked, and which roles they ask for."""

    blocks: frozenset[str]
    needs: Mapping[str, frozenset[str]]


def shadow(session: Session, proposal: Proposal, since: datetime) -> Shadow:
    """Judges every version evaluated or published since then twice, by the rules of now and by the proposal."""
    versions = _lately(session, since)
    lots = [versions[start : start + AT_ONCE] for start in range(0, len(versions), AT_ONCE)]
    return Shadow(len(versions), tuple(change for lot in lots for change in _compared(session, lot, proposal)))


def _lately(session: Session, since: datetime) -> Sequence[Version]:
    """Of the organisation this instance speaks for, the oldest first."""
    judged = exists().where(col(Evaluation.digest) == col(Version.digest), col(Evaluation.at) >= since)
    published = (
        exists()
        .where(col(Post.digest) == col(Version.digest), col(PostHistory.post_id) == col(Post.id))
        .where(col(PostHistory.to_state) == str(State.PUBLISHED), col(PostHistory.at) >= since)
    )
    statement = (
        select(Version)
        .join(Message, col(Message.id) == col(Version.message_id))
        .where(Message.organisation_id == the_organisation(session).id, or_(judged, published))
        .order_by(col(Version.id))
    )
    return list(session.exec(statement))


def _compared(session: Session, versions: Sequence[Version], proposal: Proposal) -> Iterator[Change]:
    cases = Cases(session, versions)
    leaves = [[case for _, case in cases.of(version)] for version in versions]
    before = [_stand(some, engine.WORDS) for some in leaves]
    with trying(proposal) as tried:
        after = [_stand(some, tried.counted) for some in leaves]
        watched = [_stand(some, tried.watched) for some in leaves]
    for version, was, will, seen in zip(versions, before, after, watched, strict=True):
        ref = cases.messages[version.message_id].ref
        for kind, checks, role in (*_differences(was, will), *_seen(seen)):
            yield Change(kind, ref, version.language, version.number, tuple(sorted(checks)), role)


def _stand(leaves: Sequence[WordsCase], checks: Mapping[str, engine.Check[WordsCase]]) -> _Stand:
    answers = [one for case in leaves for one in engine.gate_view(engine.judge_words(case, checks))]
    blocks = frozenset(one.check for one in answers if one.severity == "block")
    return _Stand(blocks, {role: _asking(answers, role) for role in sorted(engine.needs(answers))})


def _asking(answers: Sequence[Finding], role: str) -> frozenset[str]:
    return frozenset(one.check for one in answers if one.severity == f"specialist:{role}")


def _differences(was: _Stand, will: _Stand) -> Iterator[tuple[Kind, frozenset[str], str]]:
    if will.blocks and not was.blocks:
        yield "blocked", will.blocks, ""
    for role in will.needs.keys() - was.needs.keys():
        yield "needs", will.needs[role], role
    if was.blocks and not will.blocks:
        yield "free", was.blocks, ""
    for role in was.needs.keys() - will.needs.keys():
        yield "free", was.needs[role], role


def _seen(watched: _Stand) -> Iterator[tuple[Kind, frozenset[str], str]]:
    if watched.blocks:
        yield "watched", watched.blocks, ""
    yield from (("watched", checks, role) for role, checks in watched.needs.items())
