"""What in a text leads somewhere: links, hosts, handles, channels, hashtags; and the names they are denied by.

A reference is known by names: `h|` a host, `p|` a host and the first parts of a path, `q|` those with a parameter,
`n|` a handle or channel, `t|` a hashtag. What is denied has one or two of them, what stands in a text has all that
might be denied: the hosts above its own, and each beginning of its path.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, unquote

from content.link import Link, find_hashtags, find_links, find_mentions, find_remote_mentions, parse_link
from content.protect.normal import fold, tokens

_DEEPEST = 3  # parts of a path
_SAME_HOST = {
    "twitter.com": "x.com", "telegram.me": "t.me", "telegram.dog": "t.me", "fb.com": "facebook.com",
    "fb.me": "facebook.com", "threads.com": "threads.net", "youtube-nocookie.com": "youtube.com",
}  # fmt: skip
_MIRRORS = ("www.", "m.", "mobile.", "web.", "amp.", "old.")
PROFILES = frozenset((
    "t.me", "x.com", "facebook.com", "instagram.com", "tiktok.com", "youtube.com", "threads.net", "bsky.app", "vk.com",
    "ok.ru", "snapchat.com", "linkedin.com", "reddit.com", "rumble.com", "soundcloud.com", "medium.com", "odysee.com",
))  # fmt: skip
_BEFORE_NAME = frozenset(
    ("s", "profile", "in", "add", "user", "u", "c", "r", "channel", "joinchat", "people", "groups")
)
_CALLED = re.compile(
    r"\b(?:telegram|whatsapp|signal|element|matrix|rocket\.?chat|discord|twitter|instagram|facebook|youtube|tiktok|"
    r"hoop|tamtam|conversations)(?: (?:channel|group|account|id|user|kanal|canal|gruppe|groupe))?\s?[:=]\s?@?"
    r"([\w.+-]{3,40})",
    re.IGNORECASE,
)
_NAMED = re.compile(r"[:=]\s?@?[\w.+-]{3}")
_ONION = re.compile(r"\b(?:[a-z2-7]{56}|[a-z2-7]{16})\.onion\b(?:/[^\s<>\"]{0,200})?", re.IGNORECASE)
_RESOLVE = re.compile(r"\btg://(?:resolve|join)\?[^\s#]{0,60}?(?:domain|invite)=([\w+-]{3,60})", re.IGNORECASE)
_ALEFS = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي"})


@dataclass(frozen=True, slots=True)
class Reference:
    """What leads somewhere: code points start to end of the text, and every name it may be denied by."""

    start: int
    end: int
    names: tuple[str, ...]


def references(text: str) -> list[Reference]:
    """Everything in a text that leads somewhere, in no order."""
    return list(_references(text))


def _references(text: str) -> Iterator[Reference]:
    yield from (Reference(one.start, one.end, link_names(one.text)) for one in find_links(text))
    yield from (Reference(*one.span(), link_names(one[0])) for one in _found(_ONION, text, ".onion"))
    yield from (Reference(*one.span(), (name_of(one[1]),)) for one in _found(_RESOLVE, text, "tg:"))
    if _NAMED.search(text):  # cheap to look for, and part of each match
        yield from (Reference(*one.span(1), (name_of(one[1]),)) for one in _CALLED.finditer(text))
    for one in find_hashtags(text):
        yield Reference(one.start, one.end, (tag_of(one.text),))
    for one in dict.fromkeys((*find_mentions(text), *find_remote_mentions(text))):
        yield Reference(one.start, one.end, mention_names(one.text))


def _found(pattern: re.Pattern[str], text: str, sign: str) -> Iterator[re.Match[str]]:
    return pattern.finditer(text) if sign in text.lower() else iter(())


@lru_cache(maxsize=256)  # an organisation's own links stand in all its words
def link_names(text: str) -> tuple[str, ...]:
    """Every name by which a link may be denied, or what is above it."""
    link = parse_link(text)
    host, parts = host_of(link), parts_of(link)
    labels = host.split(".")
    above = [".".join(labels[at:]) for at in range(len(labels) - 1)]
    paths = ["/".join(parts[:depth]) for depth in range(1, min(len(parts), _DEEPEST) + 1)]
    names = [f"h|{one}" for one in above or [host]] + [f"p|{host}/{path}" for path in paths]
    names += [f"q|{host}/{'/'.join(parts[:_DEEPEST])}?{key}={value}" for key, value in parameters(link)]
    return tuple(dict.fromkeys((*names, *account_names(link))))


def host_of(link: Link) -> str:
    """A link's host, one for all the names of one place: no www., and the newer of two names of a network."""
    host = link.host.rstrip(".")
    for mirror in _MIRRORS:
        host = host.removeprefix(mirror) if host.count(".") > 1 else host
    return _SAME_HOST.get(host, host)


def parts_of(link: Link) -> list[str]:
    """The parts of its path, in small letters and digits alone."""
    parts = [plain(part) for part in unquote(link.path).split("/")]
    if host_of(link) in PROFILES and len(parts) > 2 and parts[1] in _BEFORE_NAME:
        del parts[1]  # t.me/s/name is t.me/name
    return [part for part in parts if part]


def parameters(link: Link) -> list[tuple[str, str]]:
    return [(plain(key), plain(value)) for key, value in parse_qsl(link.query) if plain(value)]


def account_names(link: Link) -> Iterator[str]:
    """The account that a profile's address leads to."""
    parts, shown = parts_of(link), unquote(link.path)
    if parts and "/@" in shown:
        yield f"n|{parts[0]}"
        yield f"n|{parts[0]}@{host_of(link)}"
    elif parts and host_of(link) in PROFILES:
        yield f"n|{parts[0]}"


def mention_names(text: str) -> tuple[str, ...]:
    """The account in a mention: by its name alone, and with its host where one is told."""
    name, _, host = text.replace("＠", "@").removeprefix("@").partition("@")
    bare = name_of(name)
    return (bare, f"{bare}@{host.lower().rstrip('.')}") if host else (bare,)


def name_of(handle: str) -> str:
    return f"n|{plain(handle)}"


def tag_of(tag: str) -> str:
    return f"t|{plain(tag)}"


def plain(text: str) -> str:
    """Letters and digits as a reader sees them: small, without marks and invisible signs, look-alikes set right."""
    words = (token.word for token in tokens(fold(text), keep=False))
    return "".join(filter(str.isalnum, "".join(words).translate(_ALEFS)))
