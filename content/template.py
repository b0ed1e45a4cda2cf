"""Reads and checks the files in templates/: campaign messages, reviewed like code and weaker than any code.

A file starts with a header in a comment, then the words:

    {# ---
    name: plain
    theme: infighting
    languages: [en, ar]
    channels: [site, facebook]
    blocks: [disclosure, passage, stance]
    variables: [passage.text, publisher.disclosure, stance]
    --- #}
    {{ passage.text }} {{ stance }}
    {{ publisher.disclosure }}

The words keep to the grammar in grammar.py.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from content import grammar
from content.errors import Refusal

THEMES = ("infighting", "brutality", "corrupt_unislamic", "quality_of_life")
MAX_SOURCE = 16_000
MAX_HEADER = 4_000
_HEADER = re.compile(r"\A\{#[ ]?---\n(?P<yaml>.*?)\n---[ ]?#\}\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Template:
    """One checked file. sha256: hex, of the whole source in UTF-8; body: the words below the header."""

    name: str
    theme: str
    languages: tuple[str, ...]
    channels: tuple[str, ...]
    blocks: tuple[str, ...]
    variables: tuple[str, ...]
    source: str
    sha256: str
    body: str

    @property
    def ref(self) -> str:
        return f"{self.theme}/{self.name}@{self.sha256[:8]}"


# --- reading -----------------------------------------------------------------------------------------


@lru_cache(maxsize=512)  # a worker reads the same few stored sources for every message
def parse(source: str, where: str) -> Template:
    """Read one file. Raises the first Refusal (`template.*`) in it, with file and line."""
    template, refusals = examine(source, where)
    if template is None:
        raise refusals[0]
    return template


def examine(source: str, where: str) -> tuple[Template | None, list[Refusal]]:
    """Read one file and list all that is wrong with it; the template is None if anything is."""
    try:
        header, body, first_line = _split(source, where)
        tree = grammar.tree("\n" * (first_line - 1) + body, where)
    except Refusal as refusal:
        return None, [refusal]
    walk = grammar.Walk(where)
    walk.template(tree)
    refusals = walk.refusals or _undeclared(header, walk.used, where)
    if refusals:
        return None, sorted(refusals, key=_line)
    digest = hashlib.sha256(source.encode()).hexdigest()
    return Template(
        header.name,
        header.theme,
        tuple(header.languages),
        tuple(header.channels),
        tuple(header.blocks),
        tuple(header.variables),
        source,
        digest,
        body,
    ), []


def read(path: Path) -> Template:
    """Read one file from disk; its folder must be its theme and its stem its name."""
    template = parse(text_of(path), str(path))
    refusal = misplaced(template, path)
    if refusal:
        raise refusal
    return template


def misplaced(template: Template, path: Path) -> Refusal | None:
    """A template found where its header does not say it belongs."""
    if (path.parent.name, path.name.removesuffix(".j2")) == (template.theme, template.name):
        return None
    return Refusal(
        "template.misplaced",
        f"The header says {template.theme}/{template.name}, but the file stands elsewhere.",
        f"Move it to {template.theme}/{template.name}.j2 or correct the header.",
        str(path),
    )


def folder() -> Path:
    """The shipped templates: beside the package in the tree, inside it when installed."""
    here = Path(__file__).parent
    inside = here / "templates"
    return inside if inside.is_dir() else here.parent / "templates"


def shipped() -> Iterator[Path]:
    """The files of the shipped templates, in a stable order."""
    return iter(sorted(folder().glob("*/*.j2")))


def text_of(path: Path) -> str:
    """The file's words, as they are (no line end is changed). Refuses what is not UTF-8."""
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(
            "template.unreadable", f"The file cannot be read: {error}.", "Save it as UTF-8.", str(path)
        ) from error


# --- the header --------------------------------------------------------------------------------------

_Word = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z][a-z0-9_]{0,39}$")]
_Dotted = Annotated[
    str, StringConstraints(strict=True, pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$", max_length=60)
]
_Language = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z]{2}$")]


class _Header(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: _Word
    theme: _Word
    languages: list[_Language] = Field(min_length=1, max_length=40)
    channels: list[_Word] = Field(min_length=1, max_length=40)
    blocks: list[_Word] = Field(max_length=20)
    variables: list[_Dotted] = Field(max_length=60)


class _PlainYaml(yaml.SafeLoader):
    """YAML without anchors (a few lines of them unfold to gigabytes) and without doubled keys."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML gives this one no types
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.YAMLError("anchors and aliases are not allowed")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        keys = [key.value for key, _ in node.value]
        if len(keys) != len(set(map(str, keys))):
            raise yaml.YAMLError("a key stands twice")
        return super().construct_mapping(node, deep)


def _split(source: str, where: str) -> tuple[_Header, str, int]:
    if len(source) > MAX_SOURCE:
        raise Refusal(
            "template.too_big",
            f"The file has {len(source):,} characters; {MAX_SOURCE:,} are allowed.",
            "Put long standard text into a block.",
            where,
        )
    if any("\ud800" <= c <= "\udfff" for c in source):
        raise Refusal("template.unreadable", "The file is not valid Unicode.", "Save it as UTF-8.", where)
    source = source.replace("\r\n", "\n")
    found = _HEADER.match(source)
    if not found or len(found["yaml"]) > MAX_HEADER or "#}" in found["yaml"]:
        raise Refusal(
            "template.header",
            "The file does not start with a header.",
            "Start it with a line `{# ---`, then name, theme, languages, channels, blocks and variables, "
            "then a line `--- #}`.",
            f"{where}:1",
        )
    header = _header(found["yaml"], where)
    return header, source[found.end() :], found[0].count("\n") + 1


def _header(text: str, where: str) -> _Header:
    try:
        header = _Header.model_validate(yaml.load(text, _PlainYaml))  # noqa: S506 - a SafeLoader, made stricter
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(map(str, first["loc"])) or "header"
        raise _bad_header(f"`{key}`: {first['msg']}", text, key, where) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _bad_header(str(error).splitlines()[0], text, "", where) from error
    if header.theme not in THEMES:
        raise _bad_header(f"`{header.theme}` is no theme ({', '.join(THEMES)})", text, "theme", where)
    return header


def _bad_header(why: str, text: str, key: str, where: str) -> Refusal:
    top = key.split(".")[0]
    lines = text.split("\n")
    line = next((n for n, words in enumerate(lines, 2) if top and words.startswith(f"{top}:")), 2)
    return Refusal("template.header", f"The header is wrong: {why}.", "Correct it.", f"{where}:{line}")


def _undeclared(header: _Header, used: dict[str, int], where: str) -> list[Refusal]:
    """The header is what a reviewer reads first, so it must be exactly what the words use."""
    kinds = {
        grammar.VARIABLES.get(name, "connector"): line
        for name, line in reversed(used.items())
        if name not in ("passages", *grammar.ASKED)
    }
    return [
        *_differences("variables", header.variables, used, where),
        *_differences("blocks", header.blocks, kinds, where),
    ]


def _differences(key: str, declared: list[str], used: dict[str, int], where: str) -> Iterator[Refusal]:
    for name in used.keys() - set(declared):
        yield Refusal(
            "template.undeclared",
            f"The words use `{name}`, which the header does not name.",
            f"Add it to `{key}` in the header.",
            f"{where}:{used[name]}",
        )
    for name in set(declared) - used.keys():
        yield Refusal(
            "template.unused",
            f"The header names `{name}`, which the words never use.",
            f"Take it out of `{key}` in the header.",
            f"{where}:2",
        )


def _line(refusal: Refusal) -> int:
    tail = refusal.where.rpartition(":")[2]
    return int(tail) if tail.isdigit() else 0
