"""Help: the same pages that come with the program, of the version that runs here.

Markdown without HTML in it, made into pages once: links lead to the other pages, or are plain words where a file does
not come along. They are in English; one that `docs/<language>/` has too is read in that language.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup
from starlette.responses import Response

from content.errors import Refusal
from web.asking import Asking
from web.language import HOME, LANGUAGES, Language
from web.screen import Screen

screen = Screen()
# in the order in which one meets them
PAGES = ("desk", "start", "checks", "states", "operate", "restore", "threat-model", "commands")
_AWAY = ("https://", "http://")
_DRAWN = "mermaid"  # a drawing in words, which other programs draw; the tables below it say the same


@dataclass(frozen=True, slots=True)
class HelpPage:
    """One page. parts: its headings, (anchor, words). language: of its words."""

    name: str
    title: str
    body: Markup
    parts: tuple[tuple[str, str], ...]
    language: Language


@screen.page("/help", "home.read")
def contents(ask: Asking) -> Response:
    return ask.show("help.html", section="help", ask=ask, pages=[_page(ask, name) for name in PAGES])


@screen.page("/help/{name}", "home.read")
def one(ask: Asking, name: str) -> Response:
    if name not in PAGES:
        raise Refusal("help.none", "There is no such page of help.", "Help shows those there are.")
    return ask.show("help_page.html", section="help", ask=ask, page=_page(ask, name))


def _page(ask: Asking, name: str) -> HelpPage:
    return help_page(name, ask.language.code)


def folder() -> Path:
    """docs/ of the wheel (`web/docs`), or of the working tree beside `web`."""
    package = Path(__file__).parent
    packed = package / "docs"
    return packed if packed.is_dir() else package.parent / "docs"


@cache
def help_page(name: str, language: str = HOME) -> HelpPage:
    """The page as HTML, in that language where it was written in it; it does not change while the program runs."""
    own = folder() / language / f"{name}.md"
    language, file = (language, own) if own.is_file() else (HOME, folder() / f"{name}.md")
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = [one for one in markdown.parse(file.read_text("utf-8")) if one.info != _DRAWN]
    parts = _anchored(tokens)
    for token in tokens:
        _without_style(token)
        if token.children:
            token.children = list(_linked(token.children))
    body = markdown.renderer.render(tokens, markdown.options, {})
    title = next(token.content for token in tokens if token.type == "inline")
    shown = Markup(_in_room(body))  # noqa: S704  # our own files, and HTML is off
    return HelpPage(name, _plain(title), shown, parts, LANGUAGES[language])


def _anchored(tokens: Sequence[Token]) -> tuple[tuple[str, str], ...]:
    """Gives each heading its address; the second level is what the page's own contents list, or where there is but one
    heading of it, the third."""
    found: dict[str, list[tuple[str, str]]] = {"h2": [], "h3": []}
    for token, inside in pairwise(tokens):
        if token.type == "heading_open":
            anchor = re.sub(r"[^\w.]+", "-", _plain(inside.content).lower()).strip("-")
            token.attrSet("id", anchor)
            found.setdefault(token.tag, []).append((anchor, _plain(inside.content)))
    return tuple(found["h2"] if len(found["h2"]) > 1 else found["h3"])


def _without_style(token: Token) -> None:
    """A cell's side is a class: the desk's policy lets no style stand in a page."""
    style = token.attrs.pop("style", "")
    if style:
        token.attrSet("class", "num" if "right" in str(style) else "mid" if "center" in str(style) else "")


def _linked(tokens: Sequence[Token]) -> Iterator[Token]:
    """Links between the pages lead here; those to files that do not come along are words alone."""
    away = False
    for token in tokens:
        if token.type == "link_open":
            where = _where(str(token.attrGet("href") or ""))
            away = not where
            token.attrSet("href", where)
            if where.startswith(_AWAY):
                token.attrSet("rel", "noopener noreferrer")
        if not (away and token.type in ("link_open", "link_close")):
            yield token
        away = away and token.type != "link_close"


def _where(href: str) -> str:
    path, _, part = href.partition("#")
    name = path.removesuffix(".md")
    if href.startswith((*_AWAY, "#")):
        return href
    return f"/help/{name}{f'#{part}' if part else ''}" if name in PAGES else ""


def _in_room(body: str) -> str:
    """Wide tables and examples scroll by themselves, by keyboard too."""
    room = '<div class="scroll" tabindex="0" role="group" aria-label="Table"><table class="tbl">'
    body = body.replace("<table>", room).replace("</table>", "</table></div>")
    return body.replace("<pre>", '<pre tabindex="0" role="group" aria-label="Example">')


def _plain(words: str) -> str:
    return re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", words).replace("\n", " ")
