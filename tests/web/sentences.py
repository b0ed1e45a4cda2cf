"""Every sentence that the program can say to somebody whom it refuses something, or whose words a check found fault
with: read from its source, with numbered blanks where values stand (`Post {1} is {2}.`).

A sentence is what stands at a certain place of certain calls. Where a name stands there, what was given to it in the
same function, by the callers in the same file, or at the file's top.
"""

import ast
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path

ROOT = Path(__file__).parents[2]
SAYS = {
    "Refusal": (1, 2), "Finding": (2,), "Stood": (3,), "_stood": (3,), "_wait": (2,), "judge_tags": (4,),
    "Problem": (2,), "Reason": (2,), "_block": (2,),
}  # fmt: skip
# Of one file alone: calls, and tables whose values are sentences or pairs of them.
SAYS_IN = {
    "content/alarms.py": {"_warn": (1,), "_critical": (1,), "_over": (2,)},
    "content/readiness.py": {"Found": (2, 3)},
}
TABLES = {"content/alarms.py": ("SAID", "NEXT"), "content/readiness.py": ("_NOT_OWN",)}
LENGTHS = frozenset({"span"})  # of time: web/told.py says them by itself
NAMED = frozenset({"message", "todo", "reason"})
NOTES = frozenset({"note", "_NOTE", "HIDDEN"})
TELLS = frozenset(
    {"_unusable", "_why_disarmed", "unseen", "unfit", "_bare", "_beyond", "_more_than"}
)  # functions that return what is said

Known = frozenset[tuple[ast.AST | None, str]]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of the source. code: its refusal's, as far as it is spelt out; where: file and line."""

    pattern: str
    code: str
    where: str


def sentences(*folders: str) -> list[Sentence]:
    """All that these folders of the project say, the rules of the lexicons with them."""
    found = [one for folder in folders for path in (ROOT / folder).rglob("*.py") for one in Module(path).sentences()]
    lexicons = (ROOT / "content/checks/words/lexicon").glob("*.json")
    told = {reason for path in lexicons for reason in _reasons(json.loads(path.read_text("utf-8")))}
    return found + [Sentence(one, "", "lexicon") for one in sorted(told)]


def _reasons(data: object) -> Iterator[str]:
    if isinstance(data, dict):
        yield from (one for name, one in data.items() if name == "reason" and isinstance(one, str))
    for inner in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from _reasons(inner)


def _bare(said: str) -> str:
    """Without the code that stands before the note of a post."""
    return re.sub(r"^(\{1\}|[a-z][a-z_.-]+): (?=[A-Z]|no |the )", "", said)


def _numbered(said: str) -> str:
    """What `str.format` fills, its blanks numbered as they come."""
    numbers = count(1)
    return re.sub(r"\{\w*\}", lambda _: f"{{{next(numbers)}}}", said)


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


class Module:
    """One file of the source."""

    def __init__(self, path: Path) -> None:
        self.name = str(path.relative_to(ROOT))
        self.tree = ast.parse(path.read_text("utf-8"))
        self.above = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    @cached_property
    def functions(self) -> list[ast.FunctionDef]:
        return [one for one in ast.walk(self.tree) if isinstance(one, ast.FunctionDef)]

    @cached_property
    def calls(self) -> list[ast.Call]:
        return [one for one in ast.walk(self.tree) if isinstance(one, ast.Call)]

    def sentences(self) -> Iterator[Sentence]:
        """What this file says."""
        for call in self.calls:
            first = call.args[0] if call.args else None
            code = str(first.value) if isinstance(first, ast.Constant) else ""
            places = [call.args[n] for n in self._places(call) if n < len(call.args)]
            for expr in places + [one.value for one in call.keywords if one.arg in NAMED and self._says(call)]:
                yield from (Sentence(_bare(one), code, f"{self.name}:{call.lineno}") for one in self.texts(expr))
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in NOTES:
                yield from (Sentence(_bare(one), "", f"{self.name}:{node.lineno}") for one in self.texts(node.value))
        for function in (one for one in self.functions if one.name in TELLS):
            yield from (Sentence(one, "", f"{self.name}:{function.lineno}") for one in self._returned(function))

        for name in TABLES.get(self.name, ()):
            yield from (Sentence(_numbered(one), "", self.name) for one in self._table(ast.Name(name), frozenset()))

    def _places(self, call: ast.Call) -> tuple[int, ...]:
        """Where in a call sentences stand; what is ready says nothing that a person must do."""
        here = SAYS_IN.get(self.name, {}).get(_called(call), ())
        ready = bool(here) and len(call.args) > 1 and getattr(call.args[1], "value", None) is True
        return () if ready else SAYS.get(_called(call), here)

    def _says(self, call: ast.Call) -> bool:
        return _called(call) in SAYS or _called(call) == "replace"

    def texts(self, expr: ast.expr, known: Known = frozenset()) -> Iterator[str]:
        """What an expression can say; nothing where that is not written in this file."""
        if isinstance(expr, ast.Constant) and isinstance(expr.value, str) and expr.value.strip():
            yield expr.value.strip()
        elif isinstance(expr, ast.JoinedStr):
            yield from self._filled(expr, known)
        elif isinstance(expr, ast.IfExp):
            yield from (*self.texts(expr.body, known), *self.texts(expr.orelse, known))
        elif isinstance(expr, (ast.BoolOp, ast.Tuple)):
            for one in expr.values if isinstance(expr, ast.BoolOp) else expr.elts:
                yield from self.texts(one, known)
        elif isinstance(expr, ast.Name):
            yield from self._named(expr, known)
        elif isinstance(expr, ast.Subscript):
            yield from self._table(expr.value, known)
        elif isinstance(expr, ast.Call):
            yield from self._call(expr, known)

    def _filled(self, expr: ast.JoinedStr, known: Known) -> Iterator[str]:
        said, number = "", 0
        for part in expr.values:
            if isinstance(part, ast.FormattedValue):
                number += 1
                said += f"{{{number}}}"
                yield from (one for one in self.texts(part.value, known) if " " in one)
            elif isinstance(part, ast.Constant):
                said += str(part.value)
        if any(sign.isalpha() for sign in said):
            yield said.strip()

    def _table(self, name: ast.expr, known: Known) -> Iterator[str]:
        for node in self.tree.body:
            target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
            value = getattr(node, "value", None)
            if target is not None and ast.unparse(target) == ast.unparse(name) and isinstance(value, ast.Dict):
                for one in value.values:
                    yield from self.texts(one, known)

    def _call(self, call: ast.Call, known: Known) -> Iterator[str]:
        if _called(call) == "replace" and isinstance(call.func, ast.Attribute) and len(call.args) == 2:
            was, now = call.args[0], next(self.texts(call.args[1], known), "")
            assert isinstance(was, ast.Constant)
            yield from (one.replace(str(was.value), now) for one in self.texts(call.func.value, known))
        if _called(call) == "get" and isinstance(call.func, ast.Attribute):
            yield from self._table(call.func.value, known)
            yield from (text for one in call.args[1:] for text in self.texts(one, known))
        for function in self.functions:
            if function.name == _called(call) and function.name not in LENGTHS and (function, "") not in known:
                yield from self._returned(function, known | {(function, "")})

    def _returned(self, function: ast.FunctionDef, known: Known = frozenset()) -> Iterator[str]:
        for node in ast.walk(function):
            if isinstance(node, ast.Return) and node.value is not None:
                yield from self.texts(node.value, known)

    def _named(self, name: ast.Name, known: Known) -> Iterator[str]:
        inside = self._function(name)
        if (inside, name.id) in known:
            return
        known |= {(inside, name.id)}
        found = list(self._given(ast.walk(inside), name.id, known)) if inside else []
        found = found or (list(self._from_callers(inside, name.id, known)) if inside else [])
        yield from found or self._given(self.tree.body, name.id, known)

    def _function(self, node: ast.AST) -> ast.FunctionDef | None:
        while node in self.above:
            node = self.above[node]
            if isinstance(node, ast.FunctionDef):
                return node
        return None

    def _given(self, nodes: Iterable[ast.AST], name: str, known: Known) -> Iterator[str]:
        """What these assignments and loops give to a name."""
        for node in nodes:
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            value = getattr(node, "iter", None) or getattr(node, "value", None)
            for target in targets if value is not None else ():
                if isinstance(target, ast.Name) and target.id == name:
                    yield from self.texts(value, known)
                elif isinstance(target, ast.Tuple):
                    places = (n for n, one in enumerate(target.elts) if getattr(one, "id", "") == name)
                    yield from (text for n in places for text in self._item(value, n, known))

    def _item(self, value: ast.expr, n: int, known: Known) -> Iterator[str]:
        """The n-th of each pair that an expression gives."""
        if isinstance(value, ast.Tuple) and not any(isinstance(one, ast.Tuple) for one in value.elts):
            yield from self.texts(value.elts[n], known) if n < len(value.elts) else ()
        elif isinstance(value, (ast.Tuple, ast.List)):
            yield from (text for one in value.elts for text in self._item(one, n, known))
        elif isinstance(value, ast.IfExp):
            yield from (*self._item(value.body, n, known), *self._item(value.orelse, n, known))
        elif isinstance(value, ast.Name):
            yield from self._items_of(value, n, known)
        elif isinstance(value, ast.Call) and _called(value) == "items" and isinstance(value.func, ast.Attribute):
            yield from self._table(value.func.value, known) if n else ()
        elif isinstance(value, ast.Call):
            for function in (one for one in self.functions if one.name == _called(value)):
                for node in ast.walk(function):
                    if isinstance(node, (ast.Yield, ast.Return)) and isinstance(node.value, (ast.Tuple, ast.IfExp)):
                        yield from self._item(node.value, n, known)

    def _items_of(self, name: ast.Name, n: int, known: Known) -> Iterator[str]:
        """The n-th of each pair in a list that has a name."""
        for node in ast.walk(self._function(name) or self.tree):
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name.id:
                yield from self._item(node.value, n, known) if not isinstance(node.value, ast.Name) else ()

    def _from_callers(self, function: ast.FunctionDef, name: str, known: Known) -> Iterator[str]:
        names = [one.arg for one in function.args.args]
        if name not in names:
            return
        place = names.index(name) - (names[0] in ("self", "cls"))
        for call in (one for one in self.calls if _called(one) == function.name):
            if place < len(call.args):
                yield from self.texts(call.args[place], known)
            yield from (text for one in call.keywords if one.arg == name for text in self.texts(one.value, known))
