"""Breadth first over the model: every order of events, each world once, the shortest trace to what breaks."""

from collections import deque
from dataclasses import dataclass

from tests.model.invariants import broken
from tests.model.model import Rules, Scope, World, events


@dataclass(frozen=True)
class Explored:
    """worlds: how many there are; whole: a fixed point was reached; edges: who follows whom, with the event's name."""

    worlds: int
    whole: bool
    edges: dict[World, list[tuple[str, World]]]


class Broken(AssertionError):
    """An invariant does not hold; the shortest way there."""

    def __init__(self, what: str, trace: list[str]) -> None:
        self.what, self.trace = what, trace
        steps = "\n".join(f"  {number}. {name}" for number, name in enumerate(trace, start=1))
        super().__init__(f"{what}, after\n{steps}")


def explore(rules: Rules, scope: Scope, start: World, depth: int = 10_000) -> Explored:
    """Visits every world within `depth` events of the start. Raises Broken with the shortest trace."""
    came: dict[World, tuple[World, str] | None] = {start: None}
    edges: dict[World, list[tuple[str, World]]] = {}
    front = deque([(start, 0)])
    while front:
        world, far = front.popleft()
        if far == depth:
            continue
        edges[world] = []
        for name, after in events(world, rules, scope):
            wrong = broken(world, after, rules)
            if wrong:
                raise Broken(wrong, [*_trace(came, world), name])
            edges[world].append((name, after))
            if after not in came:
                came[after] = (world, name)
                front.append((after, far + 1))
    return Explored(len(came), len(edges) == len(came), edges)


def _trace(came: dict[World, tuple[World, str] | None], world: World) -> list[str]:
    names = []
    while (step := came[world]) is not None:
        world, name = step
        names.append(name)
    return names[::-1]
