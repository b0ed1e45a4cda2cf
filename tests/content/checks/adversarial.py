"""What tries the checks hardest: texts made of each pattern's own beginnings, and how time grows with them."""

import re
import time
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import ModuleType
from typing import Any

import content.checks
import content.protect
from content.checks.words import lexicons
from content.checks.words.lexicons import lexicon, patterns

_parser: Any = import_module("re._parser")
_MOST = 12  # samples of one pattern
PLAIN = (
    "a", "A", "1", " ", "@", ".", "-", "/", "#", "“", "«", "(", "[", "{", "\n", "ا", "و", "é", "ß", "a-", "a.", "a@",
    "1 ", "1.", "A ", "Aa ", "aB", "http://", "“a” ", "\u0301", "\u200b", "\u0640", "ﷺ", "😀", "a' ", "s\u0327",
)  # fmt: skip


def every_pattern() -> dict[str, re.Pattern[str]]:
    """All compiled expressions of the checks and of protected terms, by module and name, with those of the lexicons."""
    found: dict[str, re.Pattern[str]] = {}
    for package in (content.checks, content.protect):
        for told in walk_packages(package.__path__, f"{package.__name__}."):
            found |= _of_module(import_module(told.name))
    for name in sorted(path.stem for path in (Path(lexicons.__file__).parent / "lexicon").glob("*.json")):
        for language, keys in lexicon(name)["languages"].items():
            for key, entries in keys.items():
                if isinstance(entries, list) and (made := patterns(name, language, key)):
                    found[f"lexicon.{name}.{language}.{key}"] = made
    return found


def _of_module(module: ModuleType) -> dict[str, re.Pattern[str]]:
    return {
        f"{module.__name__}.{name}{place}": pattern
        for name, value in vars(module).items()
        for place, pattern in _inside(value)
    }


def _inside(value: object, place: str = "") -> Iterator[tuple[str, re.Pattern[str]]]:
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        yield place, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _inside(inner, f"{place}.{key}")
    elif isinstance(value, (tuple, list)):
        for key, inner in enumerate(value):
            yield from _inside(inner, f"{place}.{key}")


def beginnings(pattern: re.Pattern[str]) -> list[str]:
    """Texts that match the pattern or nearly do: the whole of a sample, its first half, all but its last character."""
    samples = list(dict.fromkeys(_samples(_parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG))))[:_MOST]
    cut = [sample[:end] for sample in samples for end in (len(sample), len(sample) - 1, (len(sample) + 1) // 2)]
    return [text for text in dict.fromkeys(cut) if text]


def _samples(parsed: Iterable[Any]) -> list[str]:
    """Some of what a parsed expression matches; looks around count as nothing, repeats as one or the fewest."""
    found = [""]
    for operation, value in parsed:
        options = _options(str(operation), value)
        found = [head + tail for head in found for tail in options][:_MOST]
    return found


def _options(operation: str, value: Any) -> list[str]:
    if operation == "LITERAL":
        return [chr(value)]
    if operation in ("NOT_LITERAL", "ANY"):
        return ["x"]
    if operation == "IN":
        return [_one_of(value)]
    if operation == "BRANCH":
        return [sample for branch in value[1] for sample in _samples(branch)[:2]]
    if operation == "SUBPATTERN":
        return _samples(value[3])
    if operation in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, most, inner = value
        return [sample * max(least, min(2, int(most))) for sample in _samples(inner)] + ([""] if not least else [])
    if operation == "ATOMIC_GROUP":
        return _samples(value)
    return [""]


def _one_of(members: Any) -> str:
    for operation, value in members:
        match str(operation):
            case "LITERAL":
                return chr(value)
            case "RANGE":
                return chr(value[0])
            case "CATEGORY":
                return {"CATEGORY_DIGIT": "1", "CATEGORY_SPACE": " ", "CATEGORY_NOT_WORD": "-"}.get(str(value), "a")
            case "NEGATE":
                return "x"
    return "x"


def growth(work: Callable[[str], object], unit: str, length: int) -> tuple[float, float]:
    """(seconds for twice the length, that ÷ the time for the length); the better of three tries, for others work here.

    Where the longer one takes no time worth measuring the second figure is 1.
    """
    best = (float("inf"), float("inf"))
    for _ in range(3):
        short, long = (_took(work, (unit * (size // len(unit) + 1))[:size]) for size in (length, 2 * length))
        best = min(best, (long, long / short if long > 0.02 else 1.0), key=lambda pair: pair[1])
        if best[1] < 3:
            break
    return best


def _took(work: Callable[[str], object], text: str) -> float:
    began = time.thread_time()
    work(text)
    return time.thread_time() - began
