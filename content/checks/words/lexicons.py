"""The lexicons that words checks read: data files with language, version, owner and cases of their own."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "lexicon"


@cache
def lexicon(name: str) -> dict[str, Any]:
    """The whole file: {version, owner, languages: {language: …}, cases: […]}."""
    loaded: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


@cache
def patterns(name: str, language: str, key: str) -> re.Pattern[str] | None:
    """One pattern of all entries under `key`, or None where the language has no such lexicon."""
    entries = lexicon(name)["languages"].get(language, {}).get(key)
    return re.compile("|".join(f"(?:{entry})" for entry in entries), re.IGNORECASE) if entries else None
