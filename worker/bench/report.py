"""What was measured, as lines for people; the same figures that --json prints."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def written(figures: Mapping[str, Any]) -> str:
    """All lines, each ended."""
    return "".join(f"{line}\n" for line in (*_head(figures), *_body(figures), *_verdicts(figures)))


def _head(figures: Mapping[str, Any]) -> Iterator[str]:
    machine = figures["machine"]
    yield f"bench {figures['bench']} on {figures.get('database', 'no database')}, {machine['at']}"
    yield f"{machine['cores']} cores, load {machine['load'][0]} before the run, Python {machine['python']}"
    yield ""


def _body(figures: Mapping[str, Any]) -> Iterator[str]:
    skipped = {"bench", "database", "machine", "rounds", "goals", "void", "stops", "missed", "pages"}
    for name, value in figures.items():
        if name not in skipped and value not in (None, [], {}):
            yield from _lines(_spaced(name), value, "", 28)
    yield from _pages(figures.get("pages", {}))
    for number, one in enumerate(figures.get("rounds", ()), 1):
        yield from _round(number, one)
    for stop in figures.get("stops", ()):
        after = f"committed after {stop['commit_ms']} ms, intents after it: {stop['intents_after']}"
        yield f"{'stop: ' + stop['kind']:28} {after}"


def _pages(pages: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """A line a page, as a table."""
    if pages:
        yield f"{'':40} {'ms p50':>8} {'p95':>8} {'cpu p50':>8} {'p95':>8} {'KB':>8} {'statements':>10}"
    for name, one in pages.items():
        times = (one[kind][share] for kind in ("wall_ms", "cpu_ms") for share in ("p50", "p95"))
        told = "".join(f" {value:8.1f}" for value in (*times, one["bytes"] / 1024))
        yield f"{name:40}{told} {one['statements']:10d}"


def _round(number: int, one: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"round {number}"
    for name, value in one.items():
        if name not in ("void", "planted") and value not in (None, [], {}):
            yield from _lines(_spaced(name), value, "  ", 26)
    for kind, told in one.get("planted", {}).items():
        yield f"  {'planted: ' + kind:26} {told['planted']}, refused {told['refused']}, sent {told['sent']}"


def _lines(name: str, value: object, before: str, width: int) -> Iterator[str]:
    """One line; where the value holds values of its own, one for each of them."""
    if not (isinstance(value, Mapping) and any(isinstance(one, Mapping) for one in value.values())):
        yield f"{before}{name:{width}} {_plain(value)}"
        return
    yield f"{before}{name}"
    for key, one in value.items():
        yield from _lines(_spaced(key), one, f"{before}  ", width - 2)


def _verdicts(figures: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    for goal in figures.get("goals", ()):
        holds = {True: "holds", False: "MISSED", None: "not measured"}[goal["holds"]]
        yield f"{holds:13} {goal['goal']}: {goal['found']} (wanted {goal['wanted']})"
    for why in figures.get("void", ()):
        yield f"VOID: {why}"


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_plain(one)}" for key, one in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(_plain(one) for one in value)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
