"""The public archive as files: what was published, in; pages and feeds as bytes, out. Pure, no disk, no network.

Grouped by month, never by person. What was recalled is simply no longer among the entries: no tombstone. The
pages hold the cleared words, dates and addresses, and no prose of our own that nobody judged.
"""

import hashlib
import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import groupby

from content.direction import Direction, direction
from content.figure import Figure, figures

IN_FEEDS = 100  # the newest
_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'"
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Paper on a desk, the words in a reading serif; system fonts only, and every side told as start and end.
_STYLE = """:root{color-scheme:light dark;--desk:#f5f4f0;--paper:#fffefc;--line:#dedbd2}
:root{--ink:#1e2326;--dim:#5e656a;--accent:#15586a}
@media(prefers-color-scheme:dark){:root{--desk:#131619;--paper:#1a1e22;--line:#30373d}
:root{--ink:#e9e7e1;--dim:#a0a7ab;--accent:#84c6d7}}
*{box-sizing:border-box}
body{margin:0;background:var(--desk);color:var(--ink);font:1rem/1.5 system-ui,"Noto Sans","Noto Sans Arabic",sans-serif}
main{max-inline-size:44rem;margin-inline:auto;padding:2.5rem 1.25rem 4rem}
h1,h2,h3{line-height:1.3;text-wrap:balance}
h1{margin:0 0 1.5rem;font-size:1.75rem}
h2{margin:2.5rem 0 1rem;font-size:.9375rem;font-weight:400;color:var(--dim)}
a{color:var(--accent);text-underline-offset:.2em}
a:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
article{margin-block:1rem;padding:1.5rem;border:1px solid var(--line);border-radius:.5rem;background:var(--paper)}
article h1,article h3{margin:0 0 .75rem;font-size:1.25rem}
article p{margin:0 0 1rem;font:1.1875rem/1.65 Charter,"Iowan Old Style","Noto Serif",Cambria,Georgia,serif}
article p:last-child{margin:0;font:.875rem/1.5 system-ui,"Noto Sans",sans-serif}
article:lang(ar) p,article:lang(ur) p{font:1.375rem/1.95 "Noto Naskh Arabic","Geeza Pro","Traditional Arabic",serif}
article:lang(ar) p:last-child,article:lang(ur) p:last-child{font:.875rem/1.5 system-ui,"Noto Sans",sans-serif}
p,h1,h3{overflow-wrap:anywhere}
figure{margin:0 0 1rem}img,video{display:block;max-inline-size:100%;block-size:auto}audio{inline-size:100%}
figcaption,summary{font-size:.875rem;color:var(--dim)}summary{min-block-size:1.75rem}
time{color:inherit;font-variant-numeric:tabular-nums;unicode-bidi:isolate}
nav{margin-block:2.5rem 1.5rem;padding-block-start:1.5rem;border-block-start:1px solid var(--line)}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:0;padding:0;list-style:none}
nav a,main>p a{display:inline-block;min-block-size:1.75rem}
@media(max-width:30rem){main{padding:1.5rem 1rem 3rem}article{padding:1.125rem}}
@media print{body{background:none}article{border:0;padding:0;break-inside:avoid}nav{display:none}}
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One published piece. id: from its key, says nothing about anybody; links: those in the words."""

    id: str
    title: str
    text: str
    language: str
    direction: Direction
    published: datetime
    links: tuple[str, ...] = ()
    rehearsal: bool = False
    media: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """The archive itself. base: its public address, ending in a slash; language: of its title."""

    title: str
    base: str
    language: str = "en"


def entry_id(key: str) -> str:
    """The entry's public name: the same for the same key, and nothing can be read from it."""
    return hashlib.sha256(f"counterpoint/entry/1|{key}".encode()).hexdigest()[:24]


def to_bytes(entry: Entry) -> bytes:
    """The entry's own file: the same bytes for the same entry, always."""
    values = {
        "id": entry.id,
        "title": entry.title,
        "text": entry.text,
        "language": entry.language,
        "direction": entry.direction,
        "published": _stamp(entry.published),
        "links": list(entry.links),
        "rehearsal": entry.rehearsal,
    } | ({"media": [asdict(one) for one in entry.media]} if entry.media else {})
    return json.dumps(values, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"


def from_bytes(content: bytes) -> Entry:
    """The entry of such a file. Raises ValueError where it is none."""
    values = json.loads(content)
    if not isinstance(values, dict):
        raise ValueError("an entry is an object")
    try:
        stamp = datetime.fromisoformat(values.pop("published"))
        shown = tuple(Figure(**one) for one in values.pop("media", ()))
        return Entry(published=stamp, links=tuple(values.pop("links")), media=shown, **values)
    except (KeyError, TypeError) as error:
        raise ValueError("an entry has a field too many or too few") from error


def month_of(entry: Entry) -> str:
    """The month in which it was published, as `2026-11`: what is shown together, and stands in one folder."""
    return f"{entry.published.astimezone(UTC):%Y-%m}"


def build(place: Place, entries: Iterable[Entry]) -> dict[str, bytes]:
    """Every file of the archive by its path, from all entries that stand."""
    newest = newest_first(entries)
    months = [(month, list(group)) for month, group in groupby(newest, key=month_of)]
    files = front(place, newest, [month for month, _ in months])
    for month, group in months:
        files |= {f"{month}.html": month_page(place, month, group)}
        files |= {f"{entry.id}.html": entry_page(place, entry) for entry in group}
    return files


def newest_first(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.published, entry.id), reverse=True)


def front(place: Place, newest: Sequence[Entry], months: Sequence[str]) -> dict[str, bytes]:
    """What changes with each entry: the first page and the feeds, of the newest, and the way to every month."""
    shown = newest[:IN_FEEDS]
    return {
        "index.html": _index(place, shown, months),
        "atom.xml": _atom(place, shown),
        "rss.xml": _rss(place, shown),
        "feed.json": _json_feed(place, shown),
        "style.css": _STYLE.encode(),
    }


# --- pages --------------------------------------------------------------------------------------------------


def entry_page(place: Place, entry: Entry) -> bytes:
    """The page of one entry."""
    return _document(entry.title, entry.language, entry.direction, f"{_home(place)}\n{_article(entry)}")


def month_page(place: Place, month: str, entries: Sequence[Entry]) -> bytes:
    """The page of one month, from its entries, the newest first."""
    parts = [_home(place), f"<h1>{_e(place.title)}</h1>", *_rehearsal(entries), *_month(month, entries)]
    return _document(place.title, place.language, direction(place.language), "\n".join(parts))


def _index(place: Place, newest: Sequence[Entry], months: Sequence[str]) -> bytes:
    parts = [f"<h1>{_e(place.title)}</h1>", *_rehearsal(newest)]
    for month, group in groupby(newest, key=month_of):
        parts += _month(month, group)
    if months:
        links = [f'<li><a href="{month}.html">{_time(month)}</a></li>' for month in months]
        parts += ["<nav>\n<ul>", *links, "</ul>\n</nav>"]
    feeds = (("atom.xml", "Atom"), ("rss.xml", "RSS"), ("feed.json", "JSON Feed"))
    parts.append("<p>" + " · ".join(f'<a href="{path}">{name}</a>' for path, name in feeds) + "</p>")
    return _document(place.title, place.language, direction(place.language), "\n".join(parts))


def _month(month: str, entries: Iterable[Entry]) -> list[str]:
    articles = [_article(entry, permanent=True) for entry in entries]
    return [f"<section>\n<h2>{_time(month)}</h2>", *articles, "</section>"]


def _home(place: Place) -> str:
    return f'<p><a href="index.html" lang="{_e(place.language)}" dir="auto">{_e(place.title)}</a></p>'


def _rehearsal(entries: Iterable[Entry]) -> list[str]:
    played = any(entry.rehearsal for entry in entries)
    return ['<p lang="en" dir="ltr"><strong>REHEARSAL</strong></p>'] if played else []


def _time(stamp: str) -> str:
    return f'<time datetime="{stamp}">{stamp}</time>'


def _article(entry: Entry, permanent: bool = False) -> str:
    date = _time(f"{entry.published.astimezone(UTC):%Y-%m-%d}")
    date = f'<a href="{entry.id}.html">{date}</a>' if permanent else date
    heading = f"<h3>{_e(entry.title)}</h3>" if permanent else f"<h1>{_e(entry.title)}</h1>"
    mark = '<p lang="en" dir="ltr"><strong>REHEARSAL</strong></p>\n' if entry.rehearsal else ""
    return (
        f'<article id="e{entry.id}" lang="{_e(entry.language)}" dir="{entry.direction}">\n{heading}\n{mark}'
        f"{_words(entry)}\n{_shown(entry)}<p>{date}</p>\n</article>"
    )


def _shown(entry: Entry, base: str = "") -> str:
    return f"{figures(entry.media, entry.language, base)}\n" if entry.media else ""


def _words(entry: Entry) -> str:
    """The cleared words as paragraphs, character for character; only the links that were judged can be tapped."""
    return "\n".join(
        f"<p>{_linked(paragraph, entry.links)}</p>"
        for paragraph in re.split(r"\n[ \t]*\n+", entry.text)
        if paragraph.strip()
    )


def _linked(text: str, links: Sequence[str]) -> str:
    tappable = sorted({link for link in links if link.startswith(("https://", "http://"))}, key=len, reverse=True)
    if not tappable:
        return _lines(text)
    pieces = re.split("(" + "|".join(map(re.escape, tappable)) + ")", text)
    return "".join(_anchor(piece) if piece in tappable else _lines(piece) for piece in pieces)


def _anchor(link: str) -> str:
    return f'<a href="{_e(link)}" rel="noopener noreferrer" dir="ltr">{_e(link)}</a>'


def _lines(text: str) -> str:
    return _e(text).replace("\n", "<br>\n")


def _document(title: str, language: str, direction: str, body: str) -> bytes:
    feeds = (
        ("atom.xml", "application/atom+xml"),
        ("rss.xml", "application/rss+xml"),
        ("feed.json", "application/feed+json"),
    )
    links = "\n".join(f'<link rel="alternate" type="{kind}" href="{path}">' for path, kind in feeds)
    return (
        f'<!DOCTYPE html>\n<html lang="{_e(language)}" dir="{direction}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{_e(title)}</title>\n{links}\n"
        f'<link rel="stylesheet" href="style.css">\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n'
    ).encode()


# --- feeds --------------------------------------------------------------------------------------------------


def _atom(place: Place, entries: Sequence[Entry]) -> bytes:
    updated = _stamp(entries[0].published) if entries else "1970-01-01T00:00:00Z"
    items = "".join(
        f'<entry xml:lang="{_x(entry.language)}"><id>{_urn(entry)}</id><title>{_x(_titled(entry))}</title>'
        f"<updated>{_stamp(entry.published)}</updated><published>{_stamp(entry.published)}</published>"
        f'<link rel="alternate" href="{_x(_address(place, entry))}"/>'
        f'<content type="html">{_x(_body(place, entry))}</content></entry>\n'
        for entry in entries
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{_x(place.language)}">\n'
        f"<id>{_x(place.base)}</id><title>{_x(place.title)}</title><updated>{updated}</updated>\n"
        f"<author><name>{_x(place.title)}</name></author>\n"
        f'<link rel="self" href="{_x(place.base)}atom.xml"/><link rel="alternate" href="{_x(place.base)}"/>\n'
        f"{items}</feed>\n"
    ).encode()


def _rss(place: Place, entries: Sequence[Entry]) -> bytes:
    items = "".join(
        f"<item><title>{_x(_titled(entry))}</title><link>{_x(_address(place, entry))}</link>"
        f'<guid isPermaLink="false">{_urn(entry)}</guid>'
        f"<pubDate>{format_datetime(entry.published.astimezone(UTC), usegmt=True)}</pubDate>"
        f"<description>{_x(_body(place, entry))}</description></item>\n"
        for entry in entries
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">\n<channel>\n'
        f"<title>{_x(place.title)}</title><link>{_x(place.base)}</link><description>{_x(place.title)}</description>\n"
        f"<language>{_x(place.language)}</language>\n"
        f'<atom:link rel="self" type="application/rss+xml" href="{_x(place.base)}rss.xml"/>\n'
        f"{items}</channel>\n</rss>\n"
    ).encode()


def _json_feed(place: Place, entries: Sequence[Entry]) -> bytes:
    values = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": place.title,
        "home_page_url": place.base,
        "feed_url": f"{place.base}feed.json",
        "language": place.language,
        "items": [_json_item(place, entry) for entry in entries],
    }
    return json.dumps(values, ensure_ascii=False, indent=1).encode() + b"\n"


def _json_item(place: Place, entry: Entry) -> Mapping[str, str]:
    return {
        "id": _urn(entry),
        "url": _address(place, entry),
        "title": _titled(entry),
        "content_html": _body(place, entry),
        "content_text": entry.text,
        "date_published": _stamp(entry.published),
        "language": entry.language,
    }


def _body(place: Place, entry: Entry) -> str:
    """The words for a reader's program, in their own direction wherever they are shown, and what goes with them."""
    inside = f"{_words(entry)}{_shown(entry, place.base)}"
    return f'<div lang="{_e(entry.language)}" dir="{entry.direction}">{inside}</div>'


def _titled(entry: Entry) -> str:
    return f"REHEARSAL {entry.title}" if entry.rehearsal else entry.title


def _address(place: Place, entry: Entry) -> str:
    return f"{place.base}{entry.id}.html"


def _urn(entry: Entry) -> str:
    return f"urn:sha256:{hashlib.sha256(entry.id.encode()).hexdigest()}"


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _e(text: str) -> str:
    return html.escape(text, quote=True)


def _x(text: str) -> str:
    """For XML, which has no place for some control characters."""
    return html.escape(_NO_XML.sub("", text), quote=True)
