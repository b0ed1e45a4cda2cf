"""What Telegram shows of a marked-up text: its limits count UTF-16 units after the entities are taken out."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass

from content.errors import Refusal


@dataclass(frozen=True, slots=True)
class Shown:
    """The text readers see; problem: why Telegram would refuse the markup ("" = it would not)."""

    text: str
    problem: str = ""


def shown(text: str, parse_mode: str | None) -> Shown:
    """Take the markup out. parse_mode: HTML, MarkdownV2, Markdown, none; others are refused."""
    if not parse_mode:
        return Shown(text)
    parse = _MODES.get(parse_mode.lower())
    if parse is None:
        raise Refusal(
            "format.parse_mode",
            f"Telegram has no parse mode {parse_mode!r}.",
            "Use HTML, MarkdownV2 or Markdown.",
        )
    return parse(text)


_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)(?:\s++[^<>\"']*+(?:(?:\"[^\"]*\"|'[^']*')[^<>\"']*+)*+)?>")
_PLAIN_TAGS = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre"}
_TAGS = frozenset(_PLAIN_TAGS | {"span", "tg-spoiler", "tg-emoji", "a", "blockquote"})
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")


def _html(text: str) -> Shown:
    pieces: list[str] = []
    nested: list[str] = []
    problem, position = "", 0
    for tag in _TAG.finditer(text):
        name = tag[2].lower()
        if name not in _TAGS:
            continue
        pieces.append(text[position : tag.start()])
        position = tag.end()
        if not tag[1]:
            nested.append(name)
        elif not nested or nested.pop() != name:
            problem = f"</{name}> closes nothing"
    pieces.append(text[position:])
    if any("<" in piece for piece in pieces):
        problem = "a < that begins no tag Telegram knows must be written &lt;"
    if nested:
        problem = f"<{nested[-1]}> is never closed"
    return Shown(_ENTITY.sub(lambda entity: html.unescape(entity[0]), "".join(pieces)), problem)


# One token of MarkdownV2, longest first; code and pre hold no other markup.
_TOKEN = re.compile(
    r"\\(?P<escaped>[\x01-\x7e])"
    r"|```(?:[a-zA-Z0-9_+\-]*\n)?(?P<pre>(?:\\.|[^`\\]|`(?!``))*)```"
    r"|`(?P<code>(?:\\.|[^`\\])*)`"
    r"|\]\((?P<address>(?:\\.|[^)\\]){0,2048})\)"
    r"|(?P<quote>^(?:\*\*)?>)"
    r"|(?P<fence>\|\||__|[*_~]|!?\[)"
    r"|(?P<reserved>[`\]()>#+\-=|{}.!])",
    re.DOTALL | re.MULTILINE,
)
_ESCAPE = re.compile(r"\\([\x01-\x7e])", re.DOTALL)


class _MarkdownV2:
    def __init__(self) -> None:
        self.nested: list[str] = []
        self.problem = ""
        self.expandable = False

    def token(self, token: re.Match[str]) -> str:
        kind = token.lastgroup or ""
        if kind in ("pre", "code"):
            return _ESCAPE.sub(r"\1", token[kind])
        if kind == "escaped":
            return token["escaped"]
        if kind == "quote":
            self.expandable = True
            return ""
        if kind == "address" and self.nested and self.nested[-1].endswith("["):
            self.nested.pop()
            return ""
        if kind == "fence":
            return self.fence(token["fence"], token)
        self.problem = f"{token[0][0]} must be written \\{token[0][0]}"
        return token[0]

    def fence(self, mark: str, token: re.Match[str]) -> str:
        if self.nested and self.nested[-1] == mark:
            self.nested.pop()
        elif (
            mark == "||"
            and self.expandable
            and token.end() in (len(token.string), token.string.find("\n", token.end()))
        ):
            self.expandable = False  # the mark that ends an expandable quotation
        else:
            self.nested.append(mark)
        return ""


def _markdown_v2(text: str) -> Shown:
    reader = _MarkdownV2()
    plain = _TOKEN.sub(reader.token, text)
    problem = f"{reader.nested[-1]} is never closed" if reader.nested else reader.problem
    return Shown(plain, problem)


_LEGACY = re.compile(
    r"\\(?P<escaped>[_*`\[])"
    r"|```(?:[a-zA-Z0-9_+\-]*\n)?(?P<pre>.*?)```"
    r"|`(?P<code>[^`]*)`"
    r"|\*(?P<bold>[^*]*)\*"
    r"|_(?P<italic>[^_]*)_"
    r"|\[(?P<link>[^\]]*)\](?:\([^)]{0,2048}\))?"
    r"|(?P<open>[*_`\[])",
    re.DOTALL,
)


def _markdown(text: str) -> Shown:
    problem = ""
    for token in _LEGACY.finditer(text):
        if token["open"]:
            problem = f"{token['open']} is never closed"
    return Shown(_LEGACY.sub(lambda token: token[token.lastgroup or 0], text), problem)


_MODES: dict[str, Callable[[str], Shown]] = {"html": _html, "markdownv2": _markdown_v2, "markdown": _markdown}
