"""Counts errors on our own corpus into docs/checks-measured.json: `python -m tests.docs.measured`; then draw the page.

tests/content/checks/corpus/*.jsonl, one case a line: {"check": ID, "found": true | false, "language", "text", …}, with
whatever else a case of `check --cases` may hold (narrative, campaign, organisation). records.json holds what every
case of a check in a language stands with; what a line says itself goes first. found: whether the check must find
something. A finding that only warns counts where the check does nothing but warn. What cannot be looked at counts as
missed where something is to be found, and as no alarm.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from content.checks import engine
from content.checks.case import read_case
from content.checks.engine import Check
from content.checks.finding import Finding
from content.checks.records import WordsCase
from tests.docs.checks import MEASURED

CORPUS = Path(__file__).parent.parent / "content" / "checks" / "corpus"
RECORDS: dict[str, dict[str, dict[str, Any]]] = json.loads((CORPUS / "records.json").read_text("utf-8"))
Counts = dict[str, dict[str, dict[str, int]]]


def cases() -> Iterator[dict[str, Any]]:
    """Every case of the corpus."""
    for path in sorted(CORPUS.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            if line.strip():
                yield json.loads(line)


def measured() -> Counts:
    """check -> language -> {bad, missed, good, alarms}; checks in the order of the rules."""
    found: Counts = {name: defaultdict(lambda: dict.fromkeys(("bad", "missed", "good", "alarms"), 0)) for name in ORDER}
    for number, told in enumerate(cases()):
        wanted, row = told["found"], found[told["check"]][told["language"]]
        seen = finds(engine.WORDS[told["check"]], told, number)
        row["bad" if wanted else "good"] += 1
        row["missed" if wanted else "alarms"] += seen is not wanted
    return {name: dict(sorted(languages.items())) for name, languages in found.items() if languages}


def finds(check: Check[WordsCase], told: dict[str, Any], number: int) -> bool:
    """Whether the check finds something in this case."""
    shape = _with_records(told) | {name: value for name, value in told.items() if name not in ("check", "found")}
    case = read_case(json.dumps({"id": number, "channel": "facebook", **shape})).words
    only_warns = set(check.severities.values()) == {"warn"}
    answers = (one for one in engine.run(check, case) if isinstance(one, Finding))
    return any(only_warns or one.severity != "warn" for one in answers)


def _with_records(told: dict[str, Any]) -> dict[str, Any]:
    by_language = RECORDS.get(told["check"], {})
    return by_language.get(told["language"], by_language.get("*", {}))


ORDER = tuple(engine.WORDS)


def written(counts: Counts) -> str:
    """One line a check."""
    lines = (f" {json.dumps(name)}: {json.dumps(languages)}" for name, languages in counts.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    MEASURED.write_text(written(measured()), "utf-8")
