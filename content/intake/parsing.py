"""From files to a proposal: every problem of the material at once, messages one by one."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from content.errors import Refusal, Refusals
from content.intake.fields import Shape
from content.intake.from_json import from_json
from content.intake.from_yaml import from_yaml
from content.intake.marked import MarkedList, MarkedMap
from content.intake.plans import Account, Block, CalendarDay, Campaign, Organisation
from content.intake.proposal import Item, Notice, Proposal, Rejected
from content.intake.queueing import Expectation, Message, untimely
from content.intake.reading import read_text
from content.intake.refusing import clean, nearest, refusals
from content.intake.sheet import Sheet, from_sheet
from content.intake.stories import ConsentEvent, Hold, Narrative, Publication

SHAPES: dict[str, type[Shape]] = {
    "organisations": Organisation,
    "accounts": Account,
    "narratives": Narrative,
    "consent": ConsentEvent,
    "holds": Hold,
    "publications": Publication,
    "blocks": Block,
    "campaigns": Campaign,
    "calendar": CalendarDay,
    "messages": Message,
    "expectations": Expectation,
}
SUFFIXES = (".yaml", ".yml", ".json", ".csv")
MAX_PROBLEMS = 200
_DECISION = re.compile(
    r"(cleared|verified|decided|approved|assessed|reuse_assessed|reviewed|signed_off|tagged)(_by|_at|_on|_for)?"
    r"|decision|verdicts?|clearances?"
)
_SECRET = re.compile(r"(protected|real|true|full)_?(terms?|names?)|protected")


class _Found:
    """What the files held so far."""

    def __init__(self, now: datetime | None) -> None:
        self.now = now
        self.items: dict[str, list[Item[Any]]] = {kind: [] for kind in SHAPES}
        self.problems: list[Refusal] = []
        self.rejected: list[Rejected] = []
        self.notices: list[Notice] = []
        self.seen: dict[tuple[str, str], str] = {}


def parse(paths: Iterable[Path], now: datetime | None = None) -> Proposal:
    """What these files propose; folders are read whole, in the order of their names.

    now: an aware instant; given, each message's times are judged too (past, gap, fold: window.*).
    Raises Refusals with every problem of the material (200 at most) and proposes nothing then; bad messages
    stand in `rejected`, the good ones in `messages`.
    """
    found = _Found(now)
    for path in _files(paths, found):
        try:
            _read(path, found)
        except Refusal as problem:
            found.problems.append(problem)
        except Refusals as problems:
            found.problems.extend(problems.refusals)
    if found.problems:
        raise Refusals(found.problems[:MAX_PROBLEMS])
    items = {kind: tuple(entries) for kind, entries in found.items.items()}
    return Proposal(**items, rejected=tuple(found.rejected), notices=tuple(found.notices))


def _files(paths: Iterable[Path], found: _Found) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES and file.is_file())
        elif path.suffix.lower() in SUFFIXES:
            yield path
        else:
            kinds = ", ".join(SUFFIXES)
            found.problems.append(
                Refusal("intake.kind", f"Only {kinds} files are read.", "Save it as one of these.", path.name)
            )


def _read(path: Path, found: _Found) -> None:
    text = read_text(path)
    match path.suffix.lower():
        case ".csv":
            _sheet(from_sheet(text, path.name, found.now), found)
        case ".json":
            _sections(from_json(text, path.name), path.name, found)
        case _:
            _sections(from_yaml(text, path.name), path.name, found)


def _sheet(sheet: Sheet, found: _Found) -> None:
    found.rejected.extend(sheet.rejected)
    for ref, item in sheet.messages.items():
        twice = _twice("messages", ref, item.where, found)
        if twice:
            found.rejected.extend(replace(row, refusals=(twice,)) for row in sheet.rows[ref])
        else:
            found.items["messages"].append(item)


def _sections(value: Any, name: str, found: _Found) -> None:
    if not isinstance(value, MarkedMap):
        todo = f"Begin with one of: {', '.join(SHAPES)}."
        raise Refusal("intake.section", "The file holds no named sections.", todo, name)
    for kind, entries in value.items():
        where = f"{name}:{value.lines[kind]}"
        if _SECRET.fullmatch(kind.lower()):
            found.problems.append(_secret(where))
        elif kind not in SHAPES:
            problem = f"`{clean(kind)}` is no section of a file."
            found.problems.append(Refusal("intake.unknown_section", problem, nearest(kind, SHAPES), where))
        elif not isinstance(entries, MarkedList):
            problem = f"`{kind}` must be a list."
            found.problems.append(Refusal("intake.value", problem, "Begin each entry with `- `.", where))
        else:
            for entry, line in zip(entries, entries.lines, strict=True):
                _entry(kind, entry, name, line, found)


def _entry(kind: str, entry: Any, name: str, line: int, found: _Found) -> None:
    where = f"{name}:{line}"
    secrets: list[Refusal] = []
    proposed = _only_proposed(entry, name, found.notices, secrets)
    if secrets:
        found.problems.extend(secrets)  # in a message too: a row given back would be one more copy
        return
    try:
        value = SHAPES[kind].model_validate_json(json.dumps(proposed), strict=True)
    except ValidationError as error:
        marked = entry if isinstance(entry, MarkedMap) else MarkedMap(line)
        _problem(kind, entry, where, refusals(error, SHAPES[kind], marked, name), found)
        return
    _keep(kind, Item(value, where), entry, found)


def _keep(kind: str, item: Item[Any], row: Any, found: _Found) -> None:
    why = untimely(item.value, found.now, item.where) if isinstance(item.value, Message) else []
    twice = None if why else _twice(kind, getattr(item.value, "ref", None), item.where, found)
    why += [twice] if twice else []
    if why:
        _problem(kind, row, item.where, why, found)
    else:
        found.items[kind].append(item)


def _twice(kind: str, ref: str | None, where: str, found: _Found) -> Refusal | None:
    """The refusal of a reference that was used before; else it counts as used from here on."""
    first = found.seen.setdefault((kind, ref), where) if ref else where
    if first == where:
        return None
    problem = f"The reference {ref} was already used at {first}."
    return Refusal("intake.duplicate", problem, "Give one of the two another ref.", where)


def _problem(kind: str, row: Any, where: str, why: list[Refusal], found: _Found) -> None:
    """Messages go back one by one; a problem of the material stops everything."""
    if kind != "messages":
        found.problems.extend(why)
    else:
        found.rejected.append(Rejected(where, row if isinstance(row, dict) else {}, tuple(why)))


def _only_proposed(value: Any, name: str, notices: list[Notice], secrets: list[Refusal]) -> Any:
    """The value without what claims to be a decision (noticed) and without protected terms (refused)."""
    if isinstance(value, MarkedList):
        return [_only_proposed(entry, name, notices, secrets) for entry in value]
    if not isinstance(value, MarkedMap):
        return value
    kept: dict[str, Any] = {}
    for key, inner in value.items():
        where = f"{name}:{value.lines[key]}"
        if _SECRET.fullmatch(key.lower()):
            secrets.append(_secret(where))
        elif _DECISION.fullmatch(key.lower()):
            notices.append(_not_decided(key, where))
        else:
            kept[key] = _only_proposed(inner, name, notices, secrets)
    return kept


def _secret(where: str) -> Refusal:
    return Refusal(
        "intake.protected_terms",
        "Protected terms never stand in a file: it would be copied, mailed and kept.",
        "Remove them, delete copies of this file, and enter them with `counterpoint protect NARRATIVE`.",
        where,
    )


def _not_decided(key: str, where: str) -> Notice:
    message = f"`{clean(key)}` is nobody's decision: a file only proposes. People decide in Counterpoint."
    return Notice("intake.proposal_only", message, where)


def give_back_yaml(rejected: Iterable[Rejected]) -> str:
    """Rejected messages as a YAML file to mend and import again; why, in a comment above each."""
    pieces = ["messages:\n"]
    for entry in rejected:
        pieces += [f"# {refusal}\n" for refusal in entry.refusals]
        plain = json.loads(json.dumps(entry.row))
        pieces.append(yaml.safe_dump([plain], allow_unicode=True, sort_keys=False))
    return "".join(pieces) if len(pieces) > 1 else ""
