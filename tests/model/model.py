"""The product as a pure transition function: facts about words, one post on its way, two workers, one channel.

Where the product has pure code this uses it: the table of moves, the quorum, what a pause covers, how late a tier may
be. What stands for rows and clocks is small on purpose, so that every order of events can be tried. `Rules` are the
seams: each field is one thing the product must do, and a test plants a bug by turning it round.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple

from content.lifecycle import Action, State, target
from content.quorum import Approval, Seats, needed, quorum
from content.stop import Covered, Pause, covers
from content.window import LATENESS

TICK = timedelta(minutes=15)
DUE, NOT_AFTER, VALID_UNTIL = 1, 5, 4  # in ticks
PEOPLE = ("alice", "bob", "carol", "dana", "judy")
MAY = (("alice", "content"), ("bob", "content"), ("carol", "content"), ("dana", "safeguarding"), ("judy", "content"),
       ("judy", "safeguarding"))  # fmt: skip
HERE = Covered(message=1, campaign=1, narrative=1, account=1, theme="brutality", language="en",
               territories=frozenset({"GB"}), worldwide=True)  # fmt: skip
PAUSES = {"theirs": ("account", "2"), "english": ("language", "en"), "austria": ("territory", "AT")}
AT = datetime(2030, 1, 1, tzinfo=UTC)


class Cleared(NamedTuple):
    """A clearance: who sat in it, for which words, and whether it was taken back."""

    words: int
    seats: Seats
    revoked: bool = False


class Copy(NamedTuple):
    """The one post. `words` would be sent; `cleared` were cleared. `out`: copies the channel ever took; `live`: now."""

    words: int
    cleared: int
    state: State = State.SCHEDULED
    holder: int | None = None
    lapses: int = 0
    out: int = 0
    live: bool = False


class Node(NamedTuple):
    """What a worker holds in memory; a kill empties it. `ours`: by its own clock the lease still holds."""

    phase: str = "idle"  # idle, claimed, intended, answered
    answer: str = ""
    ours: bool = False


class World(NamedTuple):
    """Everything that is known. `unrecorded`: steps taken minus steps recorded."""

    time: int = 0
    words: int = 0
    writers: frozenset[str] = frozenset({"alice"})
    verdicts: frozenset[tuple[int, str, str]] = frozenset()
    clearances: tuple[Cleared | None, Cleared | None] = (None, None)
    pause: str = ""
    held: bool = False
    withdrawn: bool = False
    go: bool = False
    post: Copy | None = None
    nodes: tuple[Node, ...] = (Node(), Node())
    exposed: bool = False
    unrecorded: int = 0


@dataclass(frozen=True)
class Rules:
    """What the product does at each seam. `key`: the channel finds by key and takes no key twice."""

    tier: int = 2
    key: bool = True
    quorum: Callable[..., Seats | tuple[str, ...]] = quorum
    writers_never_judge: bool = True
    verdicts_bind_words: bool = True
    posts_bind_words: bool = True
    stops_read_at_intent: bool = True
    claim_excludes: bool = True
    settle_fenced: bool = True
    lease_looked_at: bool = True
    too_late_expires: bool = True
    early_waits: bool = True
    go_demanded: bool = True
    uncertain_is_held: bool = True
    withdrawal_cancels: bool = True
    in_flight_is_recalled: bool = True
    exposures_stay: bool = True
    steps_recorded: bool = True


@dataclass(frozen=True)
class Scope:
    """What is tried: who judges in which roles, which pauses and other stops, the workers, and until when (ticks)."""

    may: tuple[tuple[str, str], ...] = MAY
    pauses: tuple[str, ...] = ("english",)
    stops: bool = True
    delivery: bool = True
    end: int = 3


Event = tuple[str, World]


def events(at: World, rules: Rules, scope: Scope) -> Iterator[Event]:
    """Every event that can happen now, with the world after it."""
    if scope.may:
        yield from _on_words(at, rules, scope)
    if scope.stops:
        yield from _stops(at, rules, scope)
    if scope.delivery:
        yield from _delivery(at, rules, scope)


# --- words -----------------------------------------------------------------------------------------------------


def _on_words(at: World, rules: Rules, scope: Scope) -> Iterator[Event]:
    for person, role in scope.may:
        if (at.words, person, role) not in at.verdicts and (person not in at.writers or not rules.writers_never_judge):
            given = at._replace(verdicts=at.verdicts | {(at.words, person, role)})
            yield f"{person} approves as {role}", _clear(given, rules)
    judges = {person for _, person, _ in at.verdicts}
    for person in ("alice", "carol"):
        if at.words == 0 and (person not in judges or not rules.writers_never_judge):
            yield f"{person} edits", _edit(at, rules)._replace(writers=at.writers | {person})
    for cleared in at.clearances:
        if cleared and not cleared.revoked:
            taken = tuple(c._replace(revoked=True) if c == cleared else c for c in at.clearances)
            yield f"bob revokes words {cleared.words}", at._replace(clearances=taken)  # type: ignore[arg-type]


def _edit(at: World, rules: Rules) -> World:
    edited = at._replace(words=1)
    if rules.posts_bind_words or at.post is None:
        return edited
    return edited._replace(post=at.post._replace(words=1))


def _clear(at: World, rules: Rules) -> World:
    """The quorum of the verdicts on the words as they stand; the product's own."""
    if at.clearances[at.words]:
        return at
    counted = at.verdicts if not rules.verdicts_bind_words else {v for v in at.verdicts if v[0] == at.words}
    found = rules.quorum([Approval(PEOPLE.index(p), role) for _, p, role in sorted(counted)], needed(rules.tier))
    if not isinstance(found, Seats):
        return at
    clearances = list(at.clearances)
    clearances[at.words] = Cleared(at.words, found)
    return at._replace(clearances=(clearances[0], clearances[1]))


# --- stops -----------------------------------------------------------------------------------------------------


def _stops(at: World, rules: Rules, scope: Scope) -> Iterator[Event]:
    for name in scope.pauses:
        if not at.pause:
            yield f"pause {name}", at._replace(pause=name)
    if at.pause:
        yield "resume", at._replace(pause="")
    yield ("lift hold", at._replace(held=False)) if at.held else ("hold", at._replace(held=True))
    if not at.withdrawn:
        yield "withdraw", _withdraw(at._replace(withdrawn=True), rules)
    if rules.tier >= 3 and not at.go and at.post:
        yield "dana gives the go", at._replace(go=True)
    if at.post and at.post.state in (State.PUBLISHED, State.UNCERTAIN):
        yield "bob recalls", _move(at, rules, Action.RECALL)
    if at.post and at.post.state is State.BLOCKED:
        yield "unblock", _move(at, rules, Action.UNBLOCK)


def _withdraw(at: World, rules: Rules) -> World:
    """The event and what follows from it, in one transaction."""
    if at.post and at.post.state in (State.SCHEDULED, State.BLOCKED) and rules.withdrawal_cancels:
        return _move(at, rules, Action.CANCEL)
    return _recall_covered(at, rules)


def _recall_covered(at: World, rules: Rules) -> World:
    if at.withdrawn and at.post and at.post.state in (State.PUBLISHED, State.UNCERTAIN):
        return _move(at, rules, Action.RECALL)
    return at


# --- delivery --------------------------------------------------------------------------------------------------


def _delivery(at: World, rules: Rules, scope: Scope) -> Iterator[Event]:
    cleared = next((c for c in at.clearances if c), None)
    if at.post is None and cleared and not cleared.revoked and not at.withdrawn:
        yield "prepare", at._replace(post=Copy(cleared.words, cleared.words))
    if at.time < scope.end:
        yield "tick", _tick(at, rules)
    if at.post is None:
        return
    for number, node in enumerate(at.nodes):
        yield from _node(at, rules, number, node, at.post)
    if at.post.holder is not None:
        yield "the lease lapses", _lapse(at, rules)
    if at.post.holder is None:
        yield from _looks(at, rules, at.post)


def _tick(at: World, rules: Rules) -> World:
    """A quarter of an hour: recall has long looked for what is covered, and every lease is over."""
    looked = _recall_covered(at, rules) if rules.in_flight_is_recalled else at
    if looked.post and looked.post.holder is not None:
        looked = _lapse(looked, rules)
        looked = _recall_covered(looked, rules) if rules.in_flight_is_recalled else looked
    return looked._replace(time=at.time + 1)


def _node(at: World, rules: Rules, number: int, node: Node, post: Copy) -> Iterator[Event]:
    name = f"worker {number + 1}"
    if node.phase == "idle":
        if post.state is State.SCHEDULED and at.time >= DUE - (not rules.early_waits):
            yield f"{name} claims", _claim(at, rules, number)
        elif not rules.claim_excludes and post.state is State.CLAIMED:
            yield f"{name} claims too", _with(at, number, Node("claimed", _gate(at, rules, post), True))
        return
    yield f"{name} is killed", _with(at, number, Node())
    if node.phase == "claimed":
        yield f"{name} begins", _begin(at, rules, number, node)
    if node.phase == "intended" and (node.ours or not rules.lease_looked_at):
        yield from _call(at, rules, number, name)
    if node.phase == "intended" and (not node.ours or _stop(at)):
        yield f"{name} stands down", _stand_down(at, rules, number)
    if node.phase == "answered":
        yield f"{name} settles {node.answer}", _settle(at, rules, number, node)


def _claim(at: World, rules: Rules, number: int) -> World:
    assert at.post
    node = Node("claimed", "" if rules.stops_read_at_intent else _gate(at, rules, at.post), True)
    return _with(_move(at, rules, Action.CLAIM, holder=number), number, node)


def _begin(at: World, rules: Rules, number: int, node: Node) -> World:
    """The gate and the intent in one transaction; what does not go is put aside."""
    post = at.post
    free = _with(at, number, Node())
    if post is None or post.state is not State.CLAIMED or (post.holder != number and rules.claim_excludes):
        if rules.claim_excludes or post is None or post.state is not State.PUBLISHING:
            return free
        return _with(at, number, Node("intended", "", True))
    answer = node.answer if not rules.stops_read_at_intent else _gate(at, rules, post)
    match answer:
        case "go":
            begun = _move(at, rules, Action.BEGIN)._replace(exposed=True)
            return _with(begun, number, Node("intended", "", True))
        case "wait":
            return _move(free, rules, Action.RELEASE_LEASE, holder=None)
        case "block":
            return _move(free, rules, Action.BLOCK, holder=None)
        case _:
            return _move(free, rules, Action.EXPIRE, holder=None)


def _gate(at: World, rules: Rules, post: Copy) -> str:
    """The gate's order: time, stops, clearance, go."""
    if at.time < DUE and rules.early_waits:
        return "wait"
    if (at.time - DUE) * TICK > LATENESS[rules.tier] or at.time > NOT_AFTER:
        return "expire" if rules.too_late_expires else "go"
    if _paused(at) or at.held:
        return "wait"
    cleared = at.clearances[post.cleared]
    if cleared is None or cleared.revoked or at.time >= VALID_UNTIL or at.withdrawn:
        return "block"
    return "go" if at.go or rules.tier < 3 or not rules.go_demanded else "wait"


def _paused(at: World) -> bool:
    return bool(at.pause) and _covers(at.pause)


@cache
def _covers(name: str) -> bool:
    scope, value = PAUSES[name]
    languages = ["de"] if scope == "territory" else []
    pause = Pause(organisation_id=1, scope=scope, value=value, languages=languages, by=1, at=AT)
    return covers(pause, HERE)


def _stop(at: World) -> bool:
    return _paused(at) or at.held or at.withdrawn


def _call(at: World, rules: Rules, number: int, name: str) -> Iterator[Event]:
    """The wire. A key the channel knows makes no second copy."""
    assert at.post
    taken = at.post._replace(out=at.post.out if rules.key and at.post.out else at.post.out + 1, live=True)
    for word, answer, post in (
        ("calls", "sent", taken),
        ("calls, the answer is lost", "unknown", taken),
        ("calls, nothing arrives", "unknown", at.post),
        ("calls and is put off", "retry", at.post),
        ("calls and is refused", "refused", at.post),
    ):
        yield f"{name} {word}", _with(at._replace(post=post), number, Node("answered", answer, True))


_ENDING = {"sent": Action.CONFIRM, "unknown": Action.LOSE_TRACK, "retry": Action.DEFER, "refused": Action.GIVE_UP}


def _settle(at: World, rules: Rules, number: int, node: Node) -> World:
    """The outcome where the fence still holds; and at once the recall of what a withdrawal covers."""
    done = _with(at, number, Node())
    if at.post is None or at.post.state is not State.PUBLISHING:
        return done if rules.settle_fenced else _unfenced(done, rules, node)
    if at.post.holder != number and rules.settle_fenced:
        return done
    settled = _move(done, rules, _ENDING[node.answer], holder=None)
    return _recall_covered(settled, rules) if rules.in_flight_is_recalled else settled


def _unfenced(at: World, rules: Rules, node: Node) -> World:
    """A zombie that writes whatever stands there."""
    assert at.post
    state = {"sent": State.PUBLISHED, "unknown": State.UNCERTAIN, "retry": State.SCHEDULED, "refused": State.FAILED}
    return at._replace(post=at.post._replace(state=state[node.answer], holder=None))


def _stand_down(at: World, rules: Rules, number: int) -> World:
    free = _with(at, number, Node())
    if at.post is None or at.post.state is not State.PUBLISHING or at.post.holder != number:
        return free
    return _move(free, rules, Action.STAND_DOWN, holder=None)


def _lapse(at: World, rules: Rules) -> World:
    """Reconcile ends a lease: nothing begun goes back, what was begun is uncertain; three times is quarantine."""
    assert at.post and at.post.holder is not None
    holder = at.post.holder
    late = _with(at, holder, at.nodes[holder]._replace(ours=False))
    if at.post.state is State.PUBLISHING:
        return _move(late, rules, Action.LOSE_TRACK, holder=None)
    lapses = at.post.lapses + 1
    action = Action.BLOCK if lapses == 3 else Action.RELEASE_LEASE
    return _move(late, rules, action, holder=None, lapses=lapses % 3)


def _looks(at: World, rules: Rules, post: Copy) -> Iterator[Event]:
    late = (at.time - DUE) * TICK > LATENESS[rules.tier] or at.time > NOT_AFTER
    if post.state in (State.SCHEDULED, State.BLOCKED) and late and rules.too_late_expires:
        yield "expires", _move(at, rules, Action.EXPIRE)
    if post.state is State.UNCERTAIN and rules.key:
        yield "found" if post.out else "absent", _move(at, rules, Action.CONFIRM if post.live else Action.DEFER)
    if post.state is State.UNCERTAIN and not rules.key and not rules.uncertain_is_held:
        yield "tries again", _move(at, rules, Action.DEFER)
    if post.state is State.RECALLING:
        gone = _move(at, rules, Action.CONFIRM_RECALL)
        assert gone.post
        kept = gone.exposed and rules.exposures_stay
        yield "gone", gone._replace(post=gone.post._replace(live=False), exposed=kept)
        yield "cannot be recalled", _move(at, rules, Action.CANNOT)


# --- moving ----------------------------------------------------------------------------------------------------

_QUIET = (Action.CLAIM, Action.RELEASE_LEASE)


def _move(at: World, rules: Rules, action: Action, **changes: object) -> World:
    """One move by the product's table, with its record row in the same step."""
    assert at.post
    post = at.post._replace(state=target(at.post.state, action), **changes)  # type: ignore[arg-type]
    unrecorded = at.unrecorded + (action not in _QUIET and not rules.steps_recorded)
    return at._replace(post=post, unrecorded=unrecorded)


def _with(at: World, number: int, node: Node) -> World:
    nodes = tuple(node if index == number else other for index, other in enumerate(at.nodes))
    return at._replace(nodes=nodes)
