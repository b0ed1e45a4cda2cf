"""The rules this program ships, as data: `rules.json` and the lists that its checks read.

rules.json: version; digest, SHA-256 in hex over the rules and every list; limits (name: number); lexicons (file:
version); checks (id: {sub-code: severity}), those switched on. The rules go by the identity, version and digest
together: a list that changed under an old version makes other rules, and what was found under the old ones is stale.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_args

from content.checks.finding import Severity
from content.limits import RULES_FILE

CONTENT = Path(__file__).parent.parent
LISTS = ("checks/words/lexicon", "checks/words/data", "protect/data", "lists")  # folders below content/
KINDS = frozenset({".json", ".txt", ".tsv"})
SHORT = 12  # hex digits of the digest in the identity
_STRICT = ("warn", "specialist", "block")


@cache
def shipped() -> Mapping[str, Any]:
    """What rules.json says."""
    found: dict[str, Any] = json.loads(RULES_FILE.read_text("utf-8"))
    return found


@cache
def digest() -> str:
    """The digest of the rules and lists as they lie here; `shipped()["digest"]` is that of the version."""
    return digest_of(shipped(), CONTENT)


def digest_of(rules: Mapping[str, Any], content: Path) -> str:
    """SHA-256 in hex over the rules but for version and digest, and over each list by its name; line ends are alike."""
    told = {name: value for name, value in rules.items() if name not in ("version", "digest")}
    found = hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode())
    for name, path in lists(content):
        words = path.read_bytes().replace(b"\r\n", b"\n")
        found.update(f"\0{name}\0{len(words)}\0".encode() + words)
    return found.hexdigest()


def lists(content: Path) -> Iterator[tuple[str, Path]]:
    """Every file that checks read, with its name below `content`, in order."""
    found = (path for folder in LISTS for path in (content / folder).iterdir() if path.suffix in KINDS)
    yield from sorted((path.relative_to(content).as_posix(), path) for path in found)


def identity() -> str:
    """What evaluations and the organisation's row call these rules: VERSION+DIGEST, the digest's first digits."""
    return f"{shipped()['version']}+{digest()[:SHORT]}"


def unchanged() -> bool:
    """Whether the rules and lists are those that the version was given to."""
    return bool(shipped()["digest"] == digest())


def severities(check: str, declared: Mapping[str, Severity]) -> dict[str, Severity]:
    """What each sub-code of a check counts as: as the check declares it, or stricter where the rules say so."""
    told: Mapping[str, Severity] = shipped()["checks"].get(check, {})
    return {code: stricter(severity, told.get(code, severity)) for code, severity in declared.items()}


def stricter(one: Severity, other: Severity) -> Severity:
    """The stricter of two; the second where both ask for a specialist. Raises ValueError for an unknown one."""
    if other not in get_args(Severity):
        raise ValueError(f"{other} is no severity")
    return other if _strictness(other) >= _strictness(one) else one


def _strictness(severity: str) -> int:
    return _STRICT.index(severity.partition(":")[0])
