"""targeting-special-category: nobody is picked out by belief, origin, politics, health, sexuality, name or childhood.

Nor is anybody written to by a machine. Whoever sees a message because of what they are thought to believe learns that
somebody keeps a list.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import FactsCase
from content.limits import limit

ID = "targeting-special-category"
_SAID = {
    "religion": "by religion",
    "ethnicity": "by ethnicity",
    "politics": "by politics",
    "health": "by health",
    "sexuality": "by sexuality",
    "named": "by a list of people",
    "minor": "at people under age",
    "direct": "at single people, by automated messages",
}
SEVERITIES: dict[str, Severity] = dict.fromkeys(_SAID, "block")

_PLACES = frozenset(("region", "regions", "country", "countries", "territory", "territories", "location", "city"))
_TONGUES = frozenset(("language", "languages", "lang", "locale"))
_AGES = frozenset(("age", "ages", "age_range", "age_min", "min_age", "age_max", "max_age", "alter", "âge", "العمر"))
_RANGE = re.compile(r"\s*\d{1,2}\s?(?:[-–]\s?\d{1,2}|\+)\s*")
_NUMBER = re.compile(r"(?<![\d.])\d{1,3}(?![\d.])")


def check(case: FactsCase) -> Iterator[Answer]:
    if case.targeting is None:
        yield Missing(ID, "message.targeting")
        return
    for name, value in case.targeting:
        for code in _codes(name.strip().lower(), value):
            reason = (
                f"This is aimed {_SAID[code]}, which marks people out and can harm them. Choose by region, language, "
                "adult age or a neutral interest."
            )
            yield Finding(ID, "block", reason, code=code)


def _codes(name: str, value: str) -> Iterator[str]:
    if name in _TONGUES:
        return
    left_out = "minor" if name.startswith("exclud") else "ethnicity" if name in _PLACES else ""
    words = value if name in _PLACES else f"{name.replace('_', ' ')} {value}"
    for code, pattern in _categories().items():
        if code != left_out and pattern.search(words):
            yield code
    aged = name in _AGES or (not name and _RANGE.fullmatch(value))
    if aged and any(int(number) < limit(f"{ID}.age") for number in _NUMBER.findall(value)):
        yield "minor"


@cache
def _categories() -> dict[str, re.Pattern[str]]:
    """One pattern a category, of all languages: an audience is named in any of them."""
    path = Path(__file__).parent / "data" / "special_categories.json"
    told: dict[str, Any] = json.loads(path.read_text("utf-8"))["languages"]
    entries = {code: [entry for words in told.values() for entry in words.get(code, ())] for code in _SAID}
    return {code: re.compile(rf"(?<!\w)(?:{'|'.join(some)})(?!\w)", re.IGNORECASE) for code, some in entries.items()}
