"""What must hold over every step of the model: product.md's invariants, said again in other words than the rules."""

from content.lifecycle import State
from tests.model.model import DUE, NOT_AFTER, PEOPLE, TICK, VALID_UNTIL, Cleared, Rules, World

LATE = {1: 16, 2: 4, 3: 1, 4: 1}  # ticks of a quarter of an hour
COVERING = {"english"}  # of the pauses that the model knows
RESTING = {State.PUBLISHED, State.RECALLED, State.RECALL_IMPOSSIBLE, State.CANCELLED, State.EXPIRED, State.FAILED}


def broken(before: World, after: World, rules: Rules) -> str:
    """The first invariant this step breaks; "" where all hold."""
    return (
        _called(before, after)
        or _begun(before, after, rules)
        or (_judged(after, rules) if _words_changed(before, after) else "")
        or _exposed(before, after)
        or _recorded(after)
        or _withdrawn(before, after)
        or _told(after)
    )


def _words_changed(before: World, after: World) -> bool:
    return (before.clearances, before.verdicts, before.writers) != (after.clearances, after.verdicts, after.writers)


def _called(before: World, after: World) -> str:
    """1 and 3: a channel is called for exactly the cleared words, and takes one copy at most."""
    if before.post is None or after.post is None:
        return ""
    if after.post.out > 1:
        return "3: two copies are out"
    if after.post.out > before.post.out and after.post.words != after.post.cleared:
        return "1: other words than those cleared were sent"
    if after.post.out > before.post.out and after.post.state is not State.PUBLISHING:
        return "1: a call without an intent"
    return ""


def _begun(before: World, after: World, rules: Rules) -> str:
    """2: no intent commits after a covering stop, early, late, uncleared, or without the go."""
    if before.post is None or after.post is None or before.post.state is State.PUBLISHING:
        return ""
    if after.post.state is not State.PUBLISHING:
        return ""
    cleared = before.clearances[before.post.cleared]
    wrong = {
        "an intent too late": before.time > min(DUE + LATE[rules.tier], NOT_AFTER),
        "2: an intent after a stop": before.pause in COVERING or before.held or before.withdrawn,
        "1: an intent without a clearance": cleared is None or cleared.revoked or before.time >= VALID_UNTIL,
        "an early intent": before.time < DUE,
        "an intent without the day's go": rules.tier >= 3 and not before.go,
    }
    return next((name for name, so in wrong.items() if so), "")


def _judged(after: World, rules: Rules) -> str:
    """4 and 6: enough distinct people, none of whom wrote, each with a verdict on these words."""
    return next((found for one in after.clearances if one and (found := _seated(one, after, rules))), "")


def _seated(one: Cleared, after: World, rules: Rules) -> str:
    seats = one.seats
    people = {PEOPLE[number] for number in seats.people}
    if people & after.writers:
        return "4: somebody judged their own words"
    if len(people) < {1: 1, 2: 2, 3: 3, 4: 3}[rules.tier] or seats.content == seats.safeguarding:
        return "too few distinct people"
    wanted = [(seats.content, "content"), (seats.safeguarding, "safeguarding"), (seats.third, seats.third_role)]
    given = {(person, role) for words, person, role in after.verdicts if words == one.words}
    if any(number is not None and (PEOPLE[number], role) not in given for number, role in wanted):
        return "6: a verdict on other words was counted"
    return ""


def _exposed(before: World, after: World) -> str:
    return "5: exposures shrank" if before.exposed and not after.exposed else ""


def _recorded(after: World) -> str:
    return "7: a step without its record row" if after.unrecorded else ""


def _withdrawn(before: World, after: World) -> str:
    """8: a minute after a withdrawal nothing it covers is published, uncertain, or still to come."""
    if not (after.time > before.time and before.withdrawn and after.post):
        return ""
    return "8: live after a withdrawal" if after.post.state in (State.PUBLISHED, State.UNCERTAIN) else ""


def _told(after: World) -> str:
    """3: what is out is never said to be not out."""
    if after.post and after.post.live and after.post.state in (State.EXPIRED, State.FAILED, State.RECALLED):
        return f"3: out, and said to be {after.post.state}"
    return ""


assert TICK.total_seconds() == 900
