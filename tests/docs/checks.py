"""Draws docs/checks.md from the rules and what was measured: `python -m tests.docs.checks` writes it anew."""

import ast
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

from content.checks import facts, rules, shipped, words
from content.checks.facts import agreed
from content.checks.words import tagged
from content.limits import RULES_FILE

PAGE = Path(__file__).parent.parent.parent / "docs" / "checks.md"
MEASURED = PAGE.with_name("checks-measured.json")
# check: {condition, fails, passes, limits, language (of the two texts, '' where they only describe)}
EXAMPLES: Mapping[str, Mapping[str, str]] = json.loads(RULES_FILE.with_name("examples.json").read_text("utf-8"))
_SHARED = (tagged, agreed)  # what several checks ask for by the same words
_RECORDS = "narrative|campaign|organisation|account|appearances|calendar|message|attributes|uses|media|at"
_DATA = re.compile(rf"(?:{_RECORDS}|formats|lexicon)(?:\.[a-z_…]+)*")
_OPENING = """# The checks

Drawn from the rules in force by `python -m tests.docs.checks`; a test fails when this page and the checks differ.
Rules version: `{rules}` (content/checks/rules.json, with a digest of every list that the checks read). A check that
does not stand here does not exist for the gate.

A check answers with findings, or that it could not look because data is missing. The gate takes what is missing,
and a check that raises or takes too long, as a block. `block` has no override: the words change, or the facts do.
`specialist:ROLE` goes out only once that role has approved. `warn` is shown, and stops nothing.

*Words* are judged by a version's text and records, once for each digest, rules version and state of the material.
*Facts* are judged by what is known at an instant: when composing, in the forecast, and again in the transaction
that writes the intent to send. `counterpoint check --cases FILE` runs both on plain records, without a database.
"""


def page() -> str:
    """The whole page."""
    opening = _OPENING.format(rules=shipped.shipped()["version"])
    tables = [_table("Words", words.MODULES), _table("Facts", facts.MODULES)]
    return "\n".join([opening, *tables, _numbers(), _examples(), _measured(json.loads(MEASURED.read_text("utf-8")))])


def needed(module: ModuleType) -> list[str]:
    """The data that a check names when it is missing, read from its syntax tree."""
    sources = [module, *(one for one in _SHARED if f"from {one.__name__} import" in inspect.getsource(module))]
    found = {_tidy(text) for one in sources for text in _named(ast.parse(inspect.getsource(one)))}
    return sorted(one for one in found if not any(other.startswith((f"{one}.", f"{one}[]")) for other in found))


def _named(tree: ast.AST) -> Iterator[str]:
    """What a Missing is given, and every text that is the name of a record's field."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Missing":
            yield from (_text(one) for one in node.args[1:] if isinstance(one, ast.Constant | ast.JoinedStr))
        elif _DATA.fullmatch(_text(node)):
            yield _text(node)


def _text(node: ast.AST) -> str:
    """The text of a literal, with … for what is filled in; empty for anything else."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) or "…" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _tidy(name: str) -> str:
    """One of several is written [], and what only names which one is left out."""
    return re.sub(r"(\.…)+$", "", name).replace(".….", "[].")


def _table(title: str, modules: tuple[ModuleType, ...]) -> str:
    rows = [f"## {title}\n", "| check | protects | what it asks | severity | needs |", "|---|---|---|---|---|"]
    return "\n".join([*rows, *map(_row, modules), ""])


def _row(module: ModuleType) -> str:
    cells = [
        f"`{module.ID}`",
        ", ".join(rules.PROTECTS[module.ID]),
        meaning(module),
        "<br>".join(_severities(module)),
        ", ".join(f"`{one}`" for one in needed(module)) or "nothing but the text",
    ]
    return f"| {' | '.join(cells)} |"


def meaning(module: ModuleType) -> str:
    """What the check asks, from the first line of its docstring, after its id."""
    return (module.__doc__ or "").splitlines()[0].partition(": ")[2].rstrip(".").replace("|", "\\|")


def _severities(module: ModuleType) -> Iterator[str]:
    """`severity: sub-codes`; without them where one severity covers the whole check."""
    by_severity: dict[str, list[str]] = {}
    for code, severity in module.SEVERITIES.items():
        by_severity.setdefault(severity, []).append(code)
    for severity, codes in by_severity.items():
        yield f"{severity}: {', '.join(code or 'tagged' for code in codes)}" if codes != [""] else severity


def _numbers() -> str:
    rows = [f"| `{name}` | {number:g} |" for name, number in shipped.shipped()["limits"].items()]
    return "\n".join(["## Limits set by the rules\n", "| limit | number |", "|---|---|", *rows, ""])


def _examples() -> str:
    head = ["## One that fails, one that passes, and what is not seen\n",
            "Examples are invented; those that are texts are run by a test.\n",
            "| check | condition | fails | passes | cannot see |", "|---|---|---|---|---|"]  # fmt: skip
    return "\n".join([*head, *(_example(name, EXAMPLES.get(name, {})) for name in rules.CHECKS), ""])


def _example(name: str, told: Mapping[str, str]) -> str:
    cells = [_visible(told.get(part, "not described yet")) for part in ("condition", "fails", "passes", "limits")]
    return f"| `{name}` | {' | '.join(cells)} |"


def _visible(text: str) -> str:
    """As a table's cell, with signs that nobody sees spelt out."""
    text = text.replace("|", "\\|").replace("<", "&lt;")
    return re.sub(r"[\u200b-\u200f\u202a-\u202e\u2066-\u2069]", lambda sign: f"<U+{ord(sign[0]):04X}>", text)


Counts = Mapping[str, Mapping[str, int]]  # language -> {bad, missed, good, alarms}


def _measured(told: Mapping[str, Counts]) -> str:
    """told: check -> what `python -m tests.docs.measured` counted."""
    languages = sorted({language for counts in told.values() for language in counts})
    titles = [f"{what} {language}" for what in ("missed", "alarms") for language in languages]
    columns = f"| {' | '.join(['check', *titles])} |"
    head = ["## Error rates on our own cases\n", _OF_OUR_OWN, columns, "|---" * (1 + 2 * len(languages)) + "|"]
    rows = [_rates(f"`{check}`", counts, languages) for check, counts in told.items()]
    all_of_them = [_rates("all of these", _summed(told, languages), languages)] if told else ["| none yet |"]
    return "\n".join([*head, *rows, *all_of_them, ""])


_OF_OUR_OWN = """Counted by `python -m tests.docs.measured` on tests/content/checks/corpus. For each language: how many
of the bad cases were missed, and at how many of the harmless ones the check gave a false alarm. Most cases were
written from the check's condition alone, before the words that it looks for were read, and no word was added
for their sake: so the figures say how often a reviewer is the only one to see it. They are few cases by one
author; texts of other people will do better or worse. Checks that judge no language of the words (those on
media, records and facts) have no corpus.
"""


def _summed(told: Mapping[str, Counts], languages: list[str]) -> Counts:
    summed = {language: dict.fromkeys(("bad", "missed", "good", "alarms"), 0) for language in languages}
    for counts in told.values():
        for language, row in counts.items():
            for column, number in row.items():
                summed[language][column] += number
    return summed


def _rates(check: str, counts: Counts, languages: list[str]) -> str:
    rows = [counts.get(language, {}) for language in languages]
    missed = [_share(row.get("missed", 0), row.get("bad", 0)) for row in rows]
    alarms = [_share(row.get("alarms", 0), row.get("good", 0)) for row in rows]
    return f"| {' | '.join([check, *missed, *alarms])} |"


def _share(some: int, of: int) -> str:
    return f"{some} of {of}" if of else "-"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
