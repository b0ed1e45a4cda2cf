"""How long a text is to the platform that will carry it, in that platform's own unit."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import regex

from content.errors import Refusal
from content.formats import sms, telegram
from content.formats.shape import Format, find_format
from content.link import (
    MASTODON,
    Found,
    find_hashtags,
    find_links,
    find_mentions,
    find_remote_mentions,
    words_of,
)


@dataclass(frozen=True, slots=True)
class Length:
    """length and limit in `unit`; fits: the platform takes it. For sms `segments` and `encoding` too.

    bytes: UTF-8, where the format limits them; problem: why a text that is not too long still does not fit.
    """

    length: int
    limit: int | None
    unit: str
    fits: bool
    segments: int | None = None
    encoding: str | None = None
    bytes: int | None = None
    problem: str = ""


def measure(format_name: str, text: str, *, parse_mode: str | None = None, spoiler: str | None = None) -> Length:
    """The length of a text in a format.

    parse_mode: Telegram's (HTML, MarkdownV2, Markdown); spoiler: Mastodon's content note.

    Refuses an unknown format (`format.unknown`), an unknown parse mode (`format.parse_mode`), and text that
    is no text (`format.text`, a lone surrogate).
    """
    shape = find_format(format_name)
    if not text.isascii() and _SURROGATE.search(text + (spoiler or "")):
        raise Refusal("format.text", "The text holds half of a character pair.", "Write it again as UTF-8.")
    return _MEASURES.get(shape.name, _characters)(shape, text, parse_mode, spoiler or "")


_SURROGATE = re.compile("[\ud800-\udfff]")


def _within(shape: Format, length: int, problem: str = "", octets: int | None = None) -> Length:
    short = shape.limit is None or length <= shape.limit
    small = shape.byte_limit is None or octets is None or octets <= shape.byte_limit
    return Length(length, shape.limit, shape.unit, short and small and not problem, bytes=octets, problem=problem)


# --- characters ---------------------------------------------------------------------------------------------


def _characters(shape: Format, text: str, _mode: str | None, _spoiler: str) -> Length:
    return _within(shape, len(text), _crowded(shape, text))


def _crowded(shape: Format, text: str) -> str:
    if shape.max_hashtags is not None and len(find_hashtags(text)) > shape.max_hashtags:
        return f"more than {shape.max_hashtags} hashtags"
    if shape.max_mentions is not None and len(find_mentions(text)) > shape.max_mentions:
        return f"more than {shape.max_mentions} mentions"
    return ""


def _subject(shape: Format, text: str, _mode: str | None, _spoiler: str) -> Length:
    broken = len(text.splitlines()) > 1 or text[-1:] in ("\r", "\n")
    return _within(shape, len(text), "a subject is one line" if broken else "")


def graphemes(text: str) -> int:
    """What a reader would call characters (extended grapheme clusters)."""
    if text.isascii():
        return len(text) - text.count("\r\n")
    return sum(1 for _ in _GRAPHEME.finditer(text))


_GRAPHEME = regex.compile(r"\X")


def _bluesky(shape: Format, text: str, _mode: str | None, _spoiler: str) -> Length:
    return _within(shape, graphemes(text), octets=len(text.encode()))


def _youtube(shape: Format, text: str, _mode: str | None, _spoiler: str) -> Length:
    odd = "a sign that YouTube refuses: < or >" if set("<>") & set(text) else ""
    return _within(shape, len(text.encode()), odd or _crowded(shape, text))


def _tiktok(shape: Format, text: str, _mode: str | None, _spoiler: str) -> Length:
    return _within(shape, sms.utf16(text), _crowded(shape, text))


# --- Mastodon: a link counts 23, a mention only its local part, a content note in full ----------------------


def _mastodon(shape: Format, text: str, _mode: str | None, spoiler: str) -> Length:
    links = find_links(text, MASTODON)
    mentions = [mention for mention in find_remote_mentions(text) if "@" in mention.text[1:]]
    marked = sorted([*links, *mentions], key=lambda found: found.start)
    shown = _replaced(
        text,
        marked,
        lambda found: found.text[: found.text.find("@", 1)] if found.text.startswith("@") else "x" * 23,
    )
    return _within(shape, graphemes(spoiler + shown))


def _replaced(text: str, marked: Iterable[Found], by: Callable[[Found], str]) -> str:
    pieces, position = [], 0
    for found in marked:
        pieces += [text[position : found.start], by(found)]
        position = found.end
    return "".join([*pieces, text[position:]])


# --- X: the weights of twitter-text 3 -----------------------------------------------------------------------

_HEAVY = re.compile("[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]+")
_REFUSED = re.compile("[\ufffe\ufeff\uffff]")


# Wider than the list, so that the scan is fast; the list decides.
_MAYBE = re.compile("[\xa9\xae\u203c-\u3299\U0001f000-\U0001ffff]|[0-9#*](?=\ufe0f?\u20e3)")


@cache
def _emoji() -> tuple[frozenset[str], dict[str, tuple[int, ...]]]:
    """Every listed sequence, and how long those are that begin with a character, longest first."""
    listed = words_of("emoji.txt")
    lengths: dict[str, set[int]] = {}
    for sequence in listed:
        lengths.setdefault(sequence[0], set()).add(len(sequence))
    return listed, {char: tuple(sorted(sizes, reverse=True)) for char, sizes in lengths.items()}


def weight(text: str) -> int:
    """The weighted length of a text without links: 1 for most alphabets, 2 for the rest and for an emoji."""
    total = position = 0
    for hit in () if text.isascii() else _MAYBE.finditer(text):
        start = hit.start()
        size = _emoji_size(text, start) if start >= position else 0
        if size:
            total += _plain(text[position:start]) + 2
            position = start + size
    return total + _plain(text[position:])


def _emoji_size(text: str, start: int) -> int:
    listed, lengths = _emoji()
    sizes = lengths.get(text[start], ())
    return next((size for size in sizes if text[start : start + size] in listed), 0)


def _plain(text: str) -> int:
    return len(text) if text.isascii() else len(text) + sum(map(len, _HEAVY.findall(text)))


def _x(shape: Format, text: str, _mode: str | None, _spoiler: str) -> Length:
    text = re.sub("\r\n?", "\n", unicodedata.normalize("NFC", text))
    links = find_links(text)
    length = position = 0
    for link in links:
        length += weight(text[position : link.start]) + 23
        position = link.end
    length += weight(text[position:])
    problem = "nothing to post" if length == 0 else ""
    return _within(shape, length, "a character that X refuses" if _REFUSED.search(text) else problem)


# --- Telegram and SMS ---------------------------------------------------------------------------------------


def _telegram(shape: Format, text: str, mode: str | None, _spoiler: str) -> Length:
    shown = telegram.shown(text, mode)
    return _within(shape, sms.utf16(shown.text), shown.problem)


def _sms(shape: Format, text: str, _mode: str | None, _spoiler: str) -> Length:
    bill = sms.bill(text)
    return Length(
        bill.units,
        bill.limit,
        shape.unit,
        bill.units <= bill.limit and bill.segments <= sms.MOST,
        bill.segments,
        bill.encoding,
    )


_MEASURES: dict[str, Callable[[Format, str, str | None, str], Length]] = {
    "x": _x,
    "bluesky": _bluesky,
    "mastodon": _mastodon,
    "telegram": _telegram,
    "telegram_caption": _telegram,
    "sms": _sms,
    "tiktok": _tiktok,
    "youtube": _youtube,
    "email_subject": _subject,
}
