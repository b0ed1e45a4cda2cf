"""The cleared words as HTML for a page or a mail of somebody else's: each paragraph says its language and direction."""

import html
import re
from collections.abc import Callable, Sequence

_BETWEEN = re.compile(r"\n[ \t]*\n+")


def paragraphs(
    text: str, links: Sequence[str], language: str, direction: str, escape: Callable[[str], str] = html.escape
) -> str:
    """Character for character; only the links that were judged can be followed. No line break but `<br />`."""
    given = f'lang="{html.escape(language)}" dir="{direction}"'
    pieces = [piece for piece in _BETWEEN.split(text) if piece.strip()]
    return "".join(f"<p {given}>{_linked(piece, links, escape)}</p>" for piece in pieces)


def _linked(text: str, links: Sequence[str], escape: Callable[[str], str]) -> str:
    known = sorted({link for link in links if link.startswith(("https://", "http://"))}, key=len, reverse=True)
    pieces = re.split("(" + "|".join(map(re.escape, known)) + ")", text) if known else [text]
    return "".join(
        f'<a href="{address(piece)}" rel="noopener noreferrer" dir="ltr">{escape(piece)}</a>'
        if piece in known
        else escape(piece).replace("\n", "<br />")
        for piece in pieces
    )


def address(link: str) -> str:
    """An address as the value of an attribute; a bracket in it could be taken for a short code."""
    return html.escape(link).replace("[", "&#091;").replace("]", "&#093;")
