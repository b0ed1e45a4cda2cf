"""What a template may do: a grammar for its words, and the sandbox that runs what passed.

It is a grammar, not a list of things forbidden: a template prints the names in VARIABLES (and
`connector.NAME`), asks with `if` whether something is there or what `language` or `format` is, runs
`for passage in passages`, and calls one filter, `date`, with a literal style. Everything else is refused
before it is compiled. The sandbox stands behind that as a second wall: alone it lets a template burn the
machine (`9**9**9`, nested ranges).
"""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Self

import jinja2
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from content.errors import Refusal

KINDS = frozenset(
    {
        "passage",
        "quote",
        "stance",
        "connector",
        "disclosure",
        "context",
        "helpline",
        "source_line",
        "template",
        "closed",
        "unattributed",
    }
)
VARIABLES = {  # what may be printed, and the kind of provenance it leaves
    "passage.text": "passage",
    "quote": "quote",
    "stance": "stance",
    "source_line": "source_line",
    "publisher.disclosure": "disclosure",
    "publisher.link": "closed",
    "context": "context",
    "helpline.line": "helpline",
    "label": "closed",
    "hashtags": "closed",
    "link": "closed",
    "date": "closed",
}
ASKED = ("language", "format")  # may be compared with words in an `if`, never printed
DATE_STYLES = ("iso", "year", "numeric")
MAX_NODES = 400
_CONNECTOR = re.compile(r"connector\.[a-z][a-z0-9_]*\Z")


class Attributed(str):
    """Text that knows its origin. Printing and `if` keep the origin; any operation on the text loses it."""

    __slots__ = ("kind", "marks", "ref", "source")
    kind: str
    ref: str
    source: str
    marks: tuple[tuple[int, int, str, str], ...]  # quotes inside: start, end, ref, source

    def __new__(
        cls,
        text: str,
        kind: str,
        ref: str,
        source: str = "",
        marks: tuple[tuple[int, int, str, str], ...] = (),
    ) -> Self:
        made = super().__new__(cls, text)
        made.kind, made.ref, made.source, made.marks = kind, ref, source, marks
        return made

    def __str__(self) -> str:
        return self  # Jinja calls str() on all it prints; plain str would forget the origin


ABSENT = Attributed("", "absent", "")


def attribute(value: object) -> Attributed:
    """What a template prints: attributed text as it is, nothing as ABSENT, anything else as unattributed."""
    if isinstance(value, jinja2.Undefined):
        str(value)  # StrictUndefined raises, naming what is missing
    if isinstance(value, Attributed):
        return value if value != "" else ABSENT
    return ABSENT if value is None else Attributed(str(value), "unattributed", "")


def format_date(value: date | None, style: str) -> Attributed | None:
    """The `date` filter: 2015-09-21 (iso), 2015 (year), 21.09.2015 (numeric)."""
    if value is None:
        return None
    pattern = {"iso": "%Y-%m-%d", "year": "%Y", "numeric": "%d.%m.%Y"}[style]
    return Attributed(value.strftime(pattern), "closed", "date")


def _sandbox() -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined,
        finalize=attribute,
        autoescape=False,  # words, not HTML: whoever draws a page escapes there
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.clear()
    made.tests.clear()
    made.filters.clear()
    made.filters["date"] = format_date
    return made


_SANDBOX = _sandbox()


# --- the words ---------------------------------------------------------------------------------------


def tree(body: str, where: str) -> nodes.Template:
    """The syntax tree; nothing in it is evaluated or folded."""
    try:
        return _SANDBOX.parse(body)
    except jinja2.TemplateSyntaxError as error:
        message = f"The template cannot be read: {error.message}."
        raise Refusal("template.syntax", message, "Correct the line.", f"{where}:{error.lineno}") from error
    except (RecursionError, ValueError, OverflowError, MemoryError) as error:
        message = "The template is nested too deeply or holds a number too large to read."
        raise Refusal("template.syntax", message, "Make it simpler.", where) from error


class Walk:
    """Holds a syntax tree against the grammar. `used`: each name with the first line it stands on."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.refusals: list[Refusal] = []
        self.used: dict[str, int] = {}
        self._loop = False

    def template(self, tree: nodes.Template) -> None:
        count = sum(1 for _ in _all(tree))
        if count > MAX_NODES:
            self._refuse(tree, f"It has {count} parts; {MAX_NODES} are allowed", "Split the template in two")
            return
        self._body(tree.body)

    def _body(self, statements: list[nodes.Node]) -> None:
        for statement in statements:
            self._statement(statement)

    def _statement(self, node: nodes.Node) -> None:
        match node:
            case nodes.Output():
                for child in node.nodes:
                    self._printed(child)
            case nodes.If():
                self._condition(node.test)
                for part in (node.body, node.elif_, node.else_):
                    self._body(list(part))
            case nodes.For():
                self._for(node)
            case _:
                self._refuse(node, f"`{_word(node)}` is not allowed here", _ADVICE)

    def _for(self, node: nodes.For) -> None:
        plain = isinstance(node.target, nodes.Name) and node.target.name == "passage"
        over = isinstance(node.iter, nodes.Name) and node.iter.name == "passages"
        if not (plain and over) or node.test or node.else_ or node.recursive or self._loop:
            self._refuse(node, "This loop is not allowed", "The one loop there is reads `for passage in passages`")
            return
        self._use("passages", node)
        self._loop = True
        self._body(node.body)
        self._loop = False

    def _printed(self, node: nodes.Node) -> None:
        if isinstance(node, nodes.TemplateData):
            self._literal(node)
        elif isinstance(node, nodes.Filter):
            self._filter(node)
        elif _dotted(node) == "date":
            self._refuse(node, "A date is printed through a style", 'Write `date | date("year")`')
        else:
            self._name(node, "printed")

    def _filter(self, node: nodes.Filter) -> None:
        style = node.args[0] if len(node.args) == 1 else None
        literal = isinstance(style, nodes.Const) and style.value in DATE_STYLES
        bare = not (node.kwargs or node.dyn_args or node.dyn_kwargs)
        if node.name == "date" and node.node and _dotted(node.node) == "date" and literal and bare:
            self._use("date", node)
            return
        styles = ", ".join(f'"{name}"' for name in DATE_STYLES)
        self._refuse(
            node,
            f"The filter `{node.name}` is not allowed here: cleared words are printed as they are",
            f"The one filter is `date | date(STYLE)` with STYLE one of {styles}",
        )

    def _literal(self, node: nodes.TemplateData) -> None:
        bad = next((c for c in node.data if c != "\n" and not c.isprintable()), None)
        if bad is not None:
            self._refuse(
                node,
                f"The words hold a character nobody can see (U+{ord(bad):04X})",
                "Remove it; use plain spaces and line ends",
            )

    def _condition(self, node: nodes.Node) -> None:
        match node:
            case nodes.Not():
                self._condition(node.node)
            case nodes.And() | nodes.Or():
                self._condition(node.left)
                self._condition(node.right)
            case nodes.Compare():
                self._compare(node)
            case _:
                if not (self._loop and _dotted(node) in ("loop.first", "loop.last")):
                    self._name(node, "asked for")

    def _compare(self, node: nodes.Compare) -> None:
        name = _dotted(node.expr)
        if name in ASKED and len(node.ops) == 1 and _words(node.ops[0]):
            self._use(name, node)
            return
        self._refuse(
            node,
            "This comparison is not allowed",
            'Compare only like `language == "ar"` or `format in ["x", "bluesky"]`',
        )

    def _name(self, node: nodes.Node, how: str) -> None:
        name = _dotted(node)
        if name in VARIABLES or (how == "printed" and _CONNECTOR.match(name)):
            self._use(name, node)
            return
        shown = f"`{name}`" if name else f"`{_word(node)}`"
        self._refuse(node, f"{shown} cannot be {how} in a template", _ADVICE)

    def _use(self, name: str, node: nodes.Node) -> None:
        self.used.setdefault(name, node.lineno)

    def _refuse(self, node: nodes.Node, why: str, todo: str) -> None:
        self.refusals.append(Refusal("template.grammar", f"{why}.", f"{todo}.", f"{self.where}:{node.lineno}"))


_ADVICE = f"Print only {', '.join(VARIABLES)} or connector.NAME, alone, and ask for them with `if`"


def _all(node: nodes.Node) -> Iterator[nodes.Node]:
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(node.iter_child_nodes())


def _dotted(node: nodes.Node) -> str:
    """`name` or `name.attribute` as written, else the empty string."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
        return f"{node.node.name}.{node.attr}"
    return ""


def _words(operand: nodes.Operand) -> bool:
    """A comparison with a literal word, or membership in a list of literal words."""
    if operand.op in ("eq", "ne"):
        return _is_word(operand.expr)
    listed = isinstance(operand.expr, (nodes.List, nodes.Tuple)) and all(map(_is_word, operand.expr.items))
    return operand.op in ("in", "notin") and listed


def _is_word(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Const) and isinstance(node.value, str)


def _word(node: nodes.Node) -> str:
    return type(node).__name__.lower()


@lru_cache(maxsize=512)
def compiled(body: str) -> jinja2.Template:
    """The body, checked and compiled once; keyed by the words: no false hash passes unchecked."""
    walk = Walk("template")
    walk.template(tree(body, "template"))
    if walk.refusals:
        raise walk.refusals[0]
    return _SANDBOX.from_string(body)
