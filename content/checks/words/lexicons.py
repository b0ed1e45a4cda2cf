"""The lexicons that words checks read: data files with language, version, owner and cases of their own."""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "lexicon"
_EDGES = (r"\b", r"(?<!\w)")
_PACKAGE = __name__.rpartition(".")[0]
_added: dict[str, Mapping[str, Any]] = {}


@cache
def lexicon(name: str) -> dict[str, Any]:
    """The whole file: {version, owner, languages: {language: …}, cases: […]}."""
    loaded = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = _joined(loaded, {"languages": _added.get(name, {})})
    return found


@cache
def patterns(name: str, language: str, key: str) -> re.Pattern[str] | None:
    """One pattern of all entries under `key`, or None where the language has no such lexicon."""
    entries = lexicon(name)["languages"].get(language, {}).get(key)
    return re.compile("|".join(_grouped(entries)), re.IGNORECASE) if entries else None


def _grouped(entries: Iterable[str]) -> Iterator[str]:
    """Entries that begin at a word's edge are tried at edges only, all of them at once."""
    groups: dict[str, list[str]] = {}
    for entry in entries:
        edge = next((edge for edge in _EDGES if entry.startswith(edge)), "")
        groups.setdefault(edge, []).append(f"(?:{entry.removeprefix(edge)})")
    return (f"{edge}(?:{'|'.join(some)})" for edge, some in groups.items())


@cache
def composed() -> tuple[str, ...]:
    """The lexicons whose languages list classes of words, to be combined by rules (`composed.py`)."""
    names = sorted(path.stem for path in _FOLDER.glob("*.json"))
    return tuple(name for name in names if any("classes" in told for told in lexicon(name)["languages"].values()))


def languages() -> tuple[str, ...]:
    """The languages in which a lexicon lists classes of words."""
    told = [lexicon(name)["languages"].items() for name in composed()]
    return tuple(sorted({language for some in told for language, parts in some if "classes" in parts}))


def names() -> tuple[str, ...]:
    """Every lexicon."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.json")))


@contextmanager
def adding(entries: Mapping[str, Mapping[str, Any]]) -> Iterator[None]:
    """More entries for a while, in this whole process: only for a look that writes nothing (proposal.py).

    entries: lexicon -> language -> as in the file; lists grow, everything else is replaced.
    """
    _added.update(entries)
    _forget()
    try:
        yield
    finally:
        _added.clear()
        _forget()


def _forget() -> None:
    """What was made of the lexicons before, in every module of the words checks."""
    for name, module in list(sys.modules.items()):
        if name.startswith(f"{_PACKAGE}."):
            for value in list(vars(module).values()):
                if callable(clear := getattr(value, "cache_clear", None)):
                    clear()


def _joined(one: Any, more: Any) -> Any:
    if isinstance(one, dict) and isinstance(more, dict):
        return one | {key: _joined(one[key], value) if key in one else value for key, value in more.items()}
    return [*one, *more] if isinstance(one, list) and isinstance(more, list) else more
