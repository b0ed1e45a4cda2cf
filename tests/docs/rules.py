"""Stamps content/checks/rules.json: `python -m tests.docs.rules` raises the version where the rules changed.

It writes down each check with the severity of its sub-codes, the versions of the lexicons, and the digest of all of it.
The version is the day and a number: 2026-11-29.1. A severity that is stricter in the file than in the check stays so,
and is said: whoever makes a check milder changes both.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from content.checks import facts, rules, shipped, words
from content.limits import RULES_FILE


def drawn() -> dict[str, Any]:
    """rules.json as it must stand for the checks and lists that are here, its version aside."""
    told = {**shipped.shipped(), "lexicons": lexicons(), "checks": checks()}
    return told | {"digest": shipped.digest_of(told, shipped.CONTENT)}


def lexicons() -> dict[str, str]:
    """The version that each list with one gives itself."""
    found = {name: path for name, path in shipped.lists(shipped.CONTENT) if path.suffix == ".json"}
    told = {name: json.loads(path.read_text("utf-8")) for name, path in found.items()}
    return {name: book["version"] for name, book in told.items() if isinstance(book, dict) and "version" in book}


def checks() -> dict[str, dict[str, str]]:
    """Every check of the rules with its sub-codes; a check with two halves once."""
    found: dict[str, dict[str, str]] = {name: {} for name in rules.CHECKS}
    for module in (*words.MODULES, *facts.MODULES):
        if module.ID in found:
            found[module.ID] |= shipped.severities(module.ID, module.SEVERITIES)
    return found


def stricter() -> list[str]:
    """Where the file counts more than the check itself says: CHECK/SUB-CODE."""
    declared = {(module.ID, code): kind for module in (*words.MODULES, *facts.MODULES)
                for code, kind in module.SEVERITIES.items()}  # fmt: skip
    told = ((name, code, kind) for name, codes in checks().items() for code, kind in codes.items())
    return [f"{name}/{code}: {kind}" for name, code, kind in told if declared[name, code] != kind]


def version(told: Mapping[str, Any], today: str) -> str:
    """The next one after that of `told`."""
    day, _, number = str(told["version"]).rpartition(".")
    return f"{today}.{int(number) + 1 if day == today else 1}"


def written(told: Mapping[str, Any]) -> str:
    """One line a check, a limit and a lexicon, so that changes by several people can be merged."""
    return "{\n" + ",\n".join(_entry(name, value) for name, value in told.items()) + "\n}\n"


def _entry(name: str, value: Any) -> str:
    if not isinstance(value, dict):
        return f" {_json(name)}: {_json(value)}"
    lines: Iterable[str] = (f"  {_json(key)}: {_json(inner)}" for key, inner in value.items())
    return f" {_json(name)}: {{\n" + ",\n".join(lines) + "\n }"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def stamp() -> None:
    """Writes the file anew, under a new version where anything in it or in the lists changed."""
    before, after = shipped.shipped(), drawn()
    if after["digest"] != before["digest"]:
        after["version"] = version(before, f"{datetime.now(UTC):%Y-%m-%d}")
    RULES_FILE.write_text(written(after), "utf-8")
    print("\n".join(("stricter here than in the check:", *found)) if (found := stricter()) else after["version"])


if __name__ == "__main__":
    stamp()
