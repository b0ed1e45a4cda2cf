"""YAML with line numbers. Only plain data: no tags, no aliases, no second document, no key twice.

Scalars follow YAML 1.2's core schema, so `no` is a language and `12:30` a time, both text; dates stay text.
The tree is built from parser events without recursion, so depth and aliases cannot exhaust anything.
"""

import re
from dataclasses import dataclass
from typing import Any

import yaml

from content.errors import Refusal
from content.intake.marked import MAX_DEPTH, MarkedList, MarkedMap

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}\Z")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?\Z")
_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS |= {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


@dataclass(slots=True)
class _Open:
    """A mapping or list still being filled; `key` is the mapping's key that waits for its value."""

    into: MarkedMap | MarkedList
    key: str | None = None
    key_line: int = 0


def from_yaml(text: str, name: str) -> Any:
    """The document's value. Raises Refusal: intake.syntax, .duplicate_key, .alias, .tag, .depth, .key."""
    builder = _Builder(name)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise _syntax(error, name) from None
    except yaml.YAMLError:  # a character YAML does not allow at all
        raise Refusal(
            "intake.syntax",
            "The file holds a control character that YAML does not allow.",
            "Remove it; editors show such characters as boxes or codes.",
            name,
        ) from None
    return builder.root


class _Builder:
    def __init__(self, name: str) -> None:
        self.name = name
        self.root: Any = None
        self.open: list[_Open] = []
        self.documents = 0

    def take(self, event: Any) -> None:
        match event:
            case yaml.DocumentStartEvent():
                self._document(event)
            case yaml.AliasEvent():
                raise self._refuse(event, "alias", "`*` repeats another part; aliases are not read.", "Write it out.")
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._begin(event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self.open.pop()
            case yaml.ScalarEvent():
                self._place(self._scalar(event), _line(event))

    def _document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            raise self._refuse(event, "syntax", "`---` begins a second document.", "Use a file of its own.")

    def _begin(self, event: Any) -> None:
        self._refuse_tag(event)
        if len(self.open) >= MAX_DEPTH:
            raise self._refuse(event, "depth", f"More than {MAX_DEPTH} levels deep.", "Flatten this part.")
        line = _line(event)
        into = MarkedMap(line) if isinstance(event, yaml.MappingStartEvent) else MarkedList(line)
        self._place(into, line)
        self.open.append(_Open(into))

    def _place(self, value: Any, line: int) -> None:
        if not self.open:
            self.root = value
            return
        top = self.open[-1]
        if isinstance(top.into, MarkedList):
            top.into.put(value, line)
        elif top.key is None:
            top.key, top.key_line = self._key(value, line, top.into), line
        else:
            top.into.put(top.key, value, top.key_line)
            top.key = None

    def _key(self, value: Any, line: int, into: MarkedMap) -> str:
        where = f"{self.name}:{line}"
        if not isinstance(value, str):
            raise Refusal("intake.key", "A field's name must be text.", "Put it in quotes.", where)
        if value in into:
            first = into.lines[value]
            raise Refusal(
                "intake.duplicate_key",
                f"`{value[:60]}` stands twice here, first on line {first}.",
                "Keep one of the two.",
                where,
            )
        return value

    def _scalar(self, event: Any) -> Any:
        self._refuse_tag(event)
        return _plain(event.value) if event.implicit[0] and not event.style else event.value

    def _refuse_tag(self, event: Any) -> None:
        if event.tag is not None:
            raise self._refuse(event, "tag", "`!` gives this value a type of its own.", "Remove the `!` word.")

    def _refuse(self, event: Any, code: str, message: str, todo: str) -> Refusal:
        return Refusal(f"intake.{code}", message, todo, f"{self.name}:{_line(event)}")


def _plain(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.match(text):
        return int(text)
    return float(text) if _NUMBER.match(text) else text


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _syntax(error: yaml.MarkedYAMLError, name: str) -> Refusal:
    mark = error.problem_mark or error.context_mark
    place = f"{name}:{mark.line + 1}" if mark else name
    return Refusal(
        "intake.syntax",
        f"This is not valid YAML: {error.problem or 'it breaks off'}.",
        "Look at the indentation, the colons and the quotes on this line and the one above.",
        place,
    )
