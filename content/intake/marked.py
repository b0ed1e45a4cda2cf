"""Values that remember the line they stood on: what every reader of a file answers."""

from collections.abc import Sequence
from typing import Any

MAX_DEPTH = 40


class MarkedMap(dict[str, Any]):
    """A mapping that knows its own line and the line of each key."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}

    def put(self, key: str, value: Any, line: int) -> None:
        self[key] = value
        self.lines[key] = line


class MarkedList(list[Any]):
    """A list that knows its own line and the line of each entry."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []

    def put(self, value: Any, line: int) -> None:
        self.append(value)
        self.lines.append(line)


def line_of(value: Any, path: Sequence[str | int]) -> int | None:
    """The line of what `path` leads to; of the nearest thing above it where the path ends early."""
    line: int | None = getattr(value, "line", None)
    for step in path:
        if isinstance(value, MarkedMap) and step in value:
            line, value = value.lines[str(step)], value[str(step)]
        elif isinstance(value, MarkedList) and isinstance(step, int) and step < len(value):
            line, value = value.lines[step], value[step]
        else:
            break
    return line
