"""JSON with line numbers, as strict as RFC 8259: numbers, escapes and surrogate pairs as JSON means them."""

import json
import re
from bisect import bisect_right
from typing import Any

from content.errors import Refusal
from content.intake.marked import MAX_DEPTH, MarkedList, MarkedMap

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,30})?([eE][-+]?[0-9]{1,3})?(?![0-9.eE+-])")
_HALF = re.compile("[\ud800-\udfff]")
_DECODER = json.JSONDecoder()
_WORDS = {"true": True, "false": False, "null": None}


def from_json(text: str, name: str) -> Any:
    """The file's value. Raises Refusal: intake.syntax, .duplicate_key, .depth, .encoding."""
    return _Reader(text, name).document()


class _Reader:
    def __init__(self, text: str, name: str) -> None:
        self.text, self.name, self.at = text, name, 0
        self.ends = [match.start() for match in re.finditer("\n", text)]

    def document(self) -> Any:
        value = self._value(0)
        if self._peek():
            raise self._syntax("something follows after the end")
        return value

    def _value(self, depth: int) -> Any:
        match self._peek():
            case "{":
                return self._map(self._deeper(depth))
            case "[":
                return self._list(self._deeper(depth))
            case '"':
                return self._string()
            case _:
                return self._word_or_number()

    def _map(self, depth: int) -> MarkedMap:
        found = MarkedMap(self._line())
        self.at += 1
        while not self._closes("}", bool(found)):
            if self._peek() != '"':
                raise self._syntax("a field's name in double quotes was expected")
            line, key = self._line(), self._string()
            self._refuse_twice(key, found)
            if self._peek() != ":":
                raise self._syntax("a colon was expected after the field's name")
            self.at += 1
            found.put(key, self._value(depth), line)
        return found

    def _list(self, depth: int) -> MarkedList:
        found = MarkedList(self._line())
        self.at += 1
        while not self._closes("]", bool(found)):
            self._peek()
            line = self._line()
            found.put(self._value(depth), line)
        return found

    def _closes(self, end: str, begun: bool) -> bool:
        """Whether the container ends here; else steps over the comma that must stand between entries."""
        char = self._peek()
        if char == end:
            self.at += 1
            return True
        if begun:
            if char != ",":
                raise self._syntax(f"a comma or `{end}` was expected")
            self.at += 1
            if self._peek() == end:
                raise self._syntax("a comma stands before the end")
        return False

    def _string(self) -> str:
        try:
            value, end = _DECODER.raw_decode(self.text, self.at)
        except json.JSONDecodeError as error:
            self.at = error.pos
            raise self._syntax(error.msg.lower()) from None
        if _HALF.search(value):
            raise Refusal(
                "intake.encoding",
                "Half of a surrogate pair stands alone, so it is no letter.",
                "Write the character itself, in UTF-8.",
                self._where(),
            )
        self.at = end
        return str(value)

    def _word_or_number(self) -> Any:
        for word, value in _WORDS.items():
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return value
        match = _NUMBER.match(self.text, self.at)
        if match is None:
            raise self._syntax("a value was expected")
        self.at = match.end()
        return json.loads(match.group())

    def _peek(self) -> str:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.text[self.at : self.at + 1]

    def _deeper(self, depth: int) -> int:
        if depth >= MAX_DEPTH:
            problem = f"More than {MAX_DEPTH} levels deep."
            raise Refusal("intake.depth", problem, "Flatten this part.", self._where())
        return depth + 1

    def _refuse_twice(self, key: str, found: MarkedMap) -> None:
        if key in found:
            raise Refusal(
                "intake.duplicate_key",
                f"`{key[:60]}` stands twice here, first on line {found.lines[key]}.",
                "Keep one of the two.",
                self._where(),
            )

    def _line(self) -> int:
        return bisect_right(self.ends, self.at - 1) + 1 if self.at else 1

    def _where(self) -> str:
        return f"{self.name}:{self._line()}"

    def _syntax(self, problem: str) -> Refusal:
        todo = "Look at the commas, quotes and brackets on this line and the one above."
        return Refusal("intake.syntax", f"This is not valid JSON: {problem}.", todo, self._where())
