"""The verbs that stop: holds, pauses, withdrawal, narrowing, recall.

Each takes the exclusive lock on its scope, then inserts its fact: an intent under the shared lock is either
committed before, and recalled, or reads the stop. What must stop at once stops in the same transaction.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from content import consent, deputy
from content.block import Block
from content.campaign import Campaign
from content.consent import ConsentEvent
from content.covering import causes, covered, held, shrinking, standing
from content.errors import Refusal
from content.formats import FORMATS
from content.lifecycle import LIVE, PENDING, Action, At, Post, move
from content.message import Involvement, Message
from content.narrative import THEMES, Narrative
from content.organisation import Account, Instance, Organisation, ours, the_organisation
from content.people import Person, require, seal_words, still
from content.record import Step, by, write, write_all
from content.stop import HOLDS, SCOPES, Hold, Pause, Recall, told_cause
from content.store import Level, Scope, lock, now

_SENT = ("publishing", "uncertain", "published", "recalling", "recalled", "recall_impossible")


@dataclass(frozen=True, slots=True)
class Stopped:
    """What one stop did. id: of the fact; cancelled, recalled, running: ids of posts (running ends within seconds)."""

    kind: str  # withdraw narrow hold pause
    id: int
    cancelled: tuple[int, ...] = ()
    recalled: tuple[int, ...] = ()
    running: tuple[int, ...] = ()


def hold(
    session: Session,
    person: Person,
    narrative: Narrative,
    kind: str,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    territories: Sequence[str] = (),
    take_down: bool = False,
    reason: str = "",
) -> Stopped:
    """Stops a narrative for a time; with `take_down` its live copies are recalled. Keeper or safeguarding."""
    lock(session, [Scope(Level.NARRATIVE, narrative.id or 0)], exclusive=True)
    at = now(session)
    require(session, person, at, "hold.set")
    if kind not in HOLDS:
        raise Refusal("hold.kind", f"There is no kind of hold “{kind}”.", f"Use one of {', '.join(HOLDS)}.")
    begins = starts_at or at
    if ends_at is not None and ends_at <= begins:
        raise Refusal("hold.inverted", "The hold would end before it begins.", "Choose a later end, or none.")
    made = Hold(
        narrative_id=narrative.id or 0,
        kind=kind,
        starts_at=begins,
        ends_at=ends_at,
        territories=sorted(territories),
        take_down=take_down,
        reason=seal_words(session, person.id or 0, reason, "hold", at),
        by=person.id or 0,
        at=at,
    )
    _insert(session, made)
    _count_stop(session)
    detail = {"narrative": narrative.id, "take_down": take_down}
    write(session, Step(by(person.id), "hold.set", "hold", made.id or 0, detail), at=at)
    live = held(made, standing(session, [narrative.id or 0], LIVE, keep=True), at)
    recalled = _recall(session, live, "hold", person, at)
    return Stopped("hold", made.id or 0, recalled=tuple(recalled))


def lift_hold(session: Session, person: Person, hold_id: int, narrative: str = "") -> Hold:
    """Ends a hold; keeper or safeguarding, and somebody other than who set it. narrative: of which it must be."""
    at = now(session)
    require(session, person, at, "hold.lift")
    of = select(Hold).join(Narrative, col(Narrative.id) == col(Hold.narrative_id))
    mine = of.where(Hold.id == hold_id, Narrative.organisation_id == ours())
    found = session.exec(mine.where(Narrative.ref == narrative) if narrative else mine).first()
    if found is None or found.lifted_at is not None:
        raise Refusal("hold.none", f"No hold {hold_id} is standing.", "`counterpoint hold --list` shows them.")
    if found.by == person.id:
        raise Refusal("rights.own", "Whoever set a hold cannot lift it.", "Ask another of safeguarding, or the keeper.")
    found.lifted_at, found.lifted_by = at, person.id
    session.add(found)
    write(session, Step(by(person.id), "hold.lift", "hold", hold_id), at=at)
    return found


def pause(session: Session, person: Person, scope: str, value: str = "", reason: str = "") -> Stopped:
    """Anyone's stop. value: the ref of a message, campaign, narrative or account; else the word itself.

    Posts stay scheduled, and expire by lateness. Refuses an unknown scope or value.
    """
    organisation = the_organisation(session)
    what, place = _paused(session, organisation, scope, value)
    lock(session, [place], exclusive=True)
    at = now(session)
    made = Pause(
        organisation_id=organisation.id or 0,
        scope=scope,
        value=what,
        languages=_languages_of(session, organisation, what) if scope == "territory" else [],
        reason=seal_words(session, person.id or 0, reason, "pause", at),
        by=person.id or 0,
        at=at,
    )
    _insert(session, made)
    _count_stop(session)
    detail = {"scope": scope, "value": what}
    write(session, Step(by(person.id), "pause.set", "pause", made.id or 0, detail), at=at)
    return Stopped("pause", made.id or 0)


def resume(session: Session, person: Person, pause_id: int) -> Pause:
    """Lifts a pause: one reviewer for somebody's own pause of their own unsent message, else two people.

    The first of two is written down and lifts nothing; one of the two is from safeguarding, or stands in for it.
    """
    at, guarded = now(session), dict[str, Any]()
    require(session, person, at, "pause.lift")
    found = session.get(Pause, pause_id, with_for_update=True)
    if found is None or found.lifted_at is not None or found.organisation_id != the_organisation(session).id:
        raise Refusal("pause.none", f"No pause {pause_id} is standing.", "`counterpoint pause --list` shows them.")
    if _small(session, found):
        if person.id == found.by:
            raise Refusal("rights.own", "Whoever paused cannot lift it alone.", "Ask a reviewer.")
        found.lifted_first, found.lifted_at = person.id, at
    elif not still(session, found.lifted_first, at, "pause.lift"):
        found.lifted_first = person.id
    else:
        guarded = _second(session, found, person, at)
    session.add(found)
    session.flush()
    if found.lifted_at is not None:
        detail = {"first": found.lifted_first, "second": found.lifted_second} | guarded
        write(session, Step(by(person.id), "pause.lift", "pause", pause_id, detail), at=at)
    return found


def withdraw(
    session: Session,
    person: Person,
    narrative: Narrative,
    *,
    channels: Sequence[str] = (),
    languages: Sequence[str] = (),
    territories: Sequence[str] = (),
    reason: str = "",
) -> Stopped:
    """The person takes the consent back, wholly or for each thing named: what is covered is cancelled or recalled."""
    stated = _listed(channels=channels, languages=languages, territories=territories)
    return _shrink(session, person, narrative, "withdraw", reason, stated)


def narrow(session: Session, person: Person, narrative: Narrative, *, reason: str = "", **stated: Any) -> Stopped:
    """The person allows less from now on: what lies outside is cancelled or recalled.

    stated: what is still allowed, as columns of ConsentEvent (channels, reach, languages, territories, uses …).
    """
    return _shrink(session, person, narrative, "narrow", reason, stated)


def recall(session: Session, person: Person, post_id: int, reason: str) -> None:
    """Takes a live post down; any one reviewer or the keeper, for taking down is always safe."""
    at = now(session)
    require(session, person, at, "post.recall")
    mine = select(Post).where(Post.id == post_id, Post.organisation_id == ours())
    found = session.exec(mine.execution_options(populate_existing=True)).first()
    if found is None:
        raise Refusal("post.none", f"There is no post {post_id}.", "`counterpoint show` lists them.")
    if found.state not in LIVE:
        raise Refusal(
            "recall.not_live",
            f"Post {post_id} is {found.state}: there is nothing out to take down.",
            "Cancel a post that is still to go; one being published can be recalled in some seconds.",
        )
    if not _recall(session, [At(post_id, found.state, found.step)], "reviewer", person, at, reason):
        raise Refusal("recall.moved", f"Post {post_id} has just changed.", "Look at it and try again.")


def recall_covered(session: Session) -> int:
    """Recalls what is live though a committed withdrawal, narrowing or take-down hold covers it; returns how many.

    The worker looks each second: this catches what was being sent while the stop committed, and cancels what a
    withdrawal covers and was put back, blocked or made after it.
    """
    at = now(session)
    by_narrative = causes(session, at)
    live = standing(session, by_narrative, LIVE) if by_narrative else []
    done = 0
    for narrative, found in by_narrative.items():
        own = [one for one in live if one[0] == narrative]
        for what in found:
            cause = "hold" if isinstance(what, Hold) else "withdrawal"
            reached = held(what, own, at) if isinstance(what, Hold) else covered(what, own, begun_before=True)
            done += len(_recall(session, reached, cause, None, at))
            own = [one for one in own if one[1].at not in reached]
    return done + _cancel_covered(session, at)


def _cancel_covered(session: Session, at: datetime) -> int:
    """Cancels what waits though a withdrawal or narrowing that no later grant reopened covers it."""
    by_narrative = shrinking(session)
    waiting = standing(session, by_narrative, ("scheduled", "blocked")) if by_narrative else []
    reached = {
        one
        for narrative, events in by_narrative.items()
        for event in events
        for one in covered(event, [found for found in waiting if found[0] == narrative])
    }
    return len(_cancel(session, sorted(reached), "worker:", at))


def preview(
    session: Session,
    narrative: Narrative,
    *,
    channels: Sequence[str] = (),
    languages: Sequence[str] = (),
    territories: Sequence[str] = (),
    kind: str = "withdraw",
    **stated: Any,
) -> Stopped:
    """What a withdrawal (or a narrowing) would cancel and recall now; nothing is written."""
    scope = _listed(channels=channels, languages=languages, territories=territories) | stated
    _refuse_unknown(scope)
    event = ConsentEvent(narrative_id=narrative.id or 0, kind=kind, by=0, at=now(session), **scope)
    found = standing(session, [narrative.id or 0], (*PENDING, *LIVE, "publishing"))
    cancelled, recalled, running = _sorted(covered(event, found))
    return Stopped(kind, 0, _ids(cancelled), _ids(recalled), _ids(running))


def _shrink(
    session: Session, person: Person, narrative: Narrative, kind: str, reason: str, stated: dict[str, Any]
) -> Stopped:
    lock(session, [Scope(Level.NARRATIVE, narrative.id or 0)], exclusive=True)
    at = now(session)
    require(session, person, at, "consent.shrink")
    if kind == "narrow" and not stated:
        raise Refusal(
            "consent.nothing", "A narrowing says what is still allowed.", "Name channels, languages, an end …"
        )
    _refuse_unknown(stated)
    event = consent.append(session, person, narrative, kind, at, reason, **stated)
    _count_stop(session)
    found = standing(session, [narrative.id or 0], (*PENDING, *LIVE, "publishing"), keep=True)
    pending, live, running = _sorted(covered(event, found))
    cancelled = _cancel(session, pending, by(person.id), at)
    recalled = _recall(session, live, "withdrawal", person, at)
    return Stopped(kind, event.id or 0, tuple(cancelled), tuple(recalled), _ids(running))


def _sorted(posts: Sequence[At]) -> tuple[list[At], list[At], list[At]]:
    """Those still to go, those live, and those on the wire."""
    return (
        [post for post in posts if post.state in PENDING],
        [post for post in posts if post.state in LIVE],
        [post for post in posts if post.state == "publishing"],
    )


def _ids(posts: Sequence[At]) -> tuple[int, ...]:
    return tuple(post.id for post in posts)


def _cancel(session: Session, posts: Sequence[At], actor: str, at: datetime) -> list[int]:
    note = "consent.withdrawn: The consent no longer covers it."
    changes = {"lease_until": None, "fence": None, "note": note}
    done = [key for group in _by_state(posts) for key in move(session, group, Action.CANCEL, at=at, **changes)]
    write_all(session, [Step(actor, "post.cancel", "post", key, {"code": "consent.withdrawn"}) for key in done], at)
    return sorted(done)


def _recall(
    session: Session, posts: Sequence[At], cause: str, person: Person | None, at: datetime, reason: str = ""
) -> list[int]:
    changes = {"lease_until": None, "fence": None, "retry_at": None}
    done = [key for group in _by_state(posts) for key in move(session, group, Action.RECALL, at=at, **changes)]
    key = person.id if person else None
    sealed = seal_words(session, key, reason, "recall", at) if key else ""
    for post in done:
        session.add(Recall(post_id=post, cause=cause, reason=sealed, by=key, at=at, evidence={}))
    actor = by(key) if key else "worker:recall"
    write_all(session, [Step(actor, "post.recall", "post", post, {"cause": told_cause(cause)}) for post in done], at)
    return sorted(done)


def _by_state(posts: Sequence[At]) -> list[list[At]]:
    groups: dict[str, list[At]] = defaultdict(list)
    for post in posts:
        groups[post.state].append(post)
    return list(groups.values())


def _count_stop(session: Session) -> None:
    session.execute(update(Instance).values(stops=col(Instance.stops) + 1))


def _insert(session: Session, row: Hold | Pause) -> None:
    session.add(row)
    session.flush()


_CHANNELS = frozenset({*FORMATS, *(name.partition("_")[0] for name in FORMATS)})
_KNOWN: dict[str, Callable[[str], bool]] = {
    "channels": lambda word: word in _CHANNELS,
    "languages": lambda word: re.fullmatch("[a-z]{2,3}", word) is not None,
    "territories": lambda word: word == "*" or (re.fullmatch("[A-Z]{2}", word) is not None and word != "UK"),
}


def _refuse_unknown(stated: Mapping[str, Any]) -> None:
    """A word that names nothing would stop nothing, and nobody would notice."""
    for name, known in _KNOWN.items():
        for word in stated.get(name) or ():
            if not known(word):
                todo = f"Channels: {', '.join(sorted(_CHANNELS))}; languages: ar; territories: GB, or * for everywhere."
                raise Refusal("consent.unknown", f"“{word}” is none of the {name}.", todo)


def _listed(**named: Sequence[str]) -> dict[str, Any]:
    return {name: sorted(value) for name, value in named.items() if value}


def _paused(session: Session, organisation: Organisation, scope: str, value: str) -> tuple[str, Scope]:
    """The stored value of a pause, and what it locks: a scope without a level of its own takes the next wider."""
    if scope not in SCOPES:
        raise Refusal("pause.scope", f"There is no scope “{scope}”.", f"Use one of {', '.join(SCOPES)}.")
    wide = Scope(Level.ORGANISATION, organisation.id or 0)
    match scope:
        case "all":
            return "", Scope(Level.INSTANCE, 1)
        case "theme" if value in THEMES:
            return value, wide
        case "language" if value.isascii() and value.isalpha() and value.islower():
            return value, wide
        case "territory" if value.isascii() and value.isalpha() and value.isupper() and len(value) == 2:
            return value, wide
        case "message":
            message = _named(session, Message, value)
            return str(message.id), Scope(Level.CAMPAIGN, message.campaign_id)
        case "campaign" | "narrative" | "account":
            table = {"campaign": Campaign, "narrative": Narrative, "account": Account}[scope]
            return str(key := _named(session, table, value).id or 0), Scope(Level[scope.upper()], key)
        case _:
            raise Refusal("pause.value", f"“{value}” is no {scope}.", "Languages: ar; territories: GB; or a theme.")


def _named(session: Session, table: Any, ref: str) -> Any:
    found = session.exec(select(table).where(table.organisation_id == ours(), table.ref == ref)).first()
    if found is None:
        raise Refusal("pause.value", f"There is no {table.__tablename__} {ref}.", "Look at its spelling.")
    return found


def _languages_of(session: Session, organisation: Organisation, territory: str) -> list[str]:
    """A territory's languages: those of the organisation's campaigns and helplines there."""
    campaigns = session.exec(select(Campaign).where(Campaign.organisation_id == organisation.id))
    blocks = session.exec(select(Block).where(Block.organisation_id == organisation.id, Block.kind == "helpline"))
    found = {one for campaign in campaigns if territory in campaign.territories for one in campaign.languages}
    for block in blocks:
        if territory in block.territories:
            found |= {block.language, *block.languages}
    return sorted(found)


def _small(session: Session, found: Pause) -> bool:
    """Somebody's own pause of their own message, none of which was sent."""
    if found.scope != "message":
        return False
    message = int(found.value)
    wrote = session.get(Involvement, (message, found.by))
    sent = select(Post.id).where(Post.message_id == message, col(Post.state).in_(_SENT))
    return wrote is not None and wrote.side == "wrote" and session.exec(sent).first() is None


def _second(session: Session, found: Pause, person: Person, at: datetime) -> dict[str, Any]:
    if found.lifted_first == person.id:
        raise Refusal("pause.same", "The same person cannot lift it twice.", "A second person must agree.")
    guarded = deputy.guarding(session, found.lifted_first or 0, person.id or 0, at)
    found.lifted_second, found.lifted_at = person.id, at
    return guarded
