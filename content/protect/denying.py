"""The deny list: references entered once and kept as keyed hashes, so that neither database nor code is a directory."""

from collections.abc import Iterable

from content.errors import Refusal
from content.link import parse_link
from content.protect.hashing import hasher
from content.protect.references import (
    PROFILES,
    account_names,
    host_of,
    mention_names,
    name_of,
    parameters,
    parts_of,
    plain,
    references,
    tag_of,
)

_SHORTEST = 3  # letters and digits of what may be denied
_DEEPEST = 3  # parts of a path
_SHARED = PROFILES | {
    "archive.org", "blogspot.com", "bsky.social", "discord.com", "discord.gg", "dropbox.com", "github.com",
    "google.com", "drive.google.com", "mastodon.social", "mega.nz", "pastebin.com", "vimeo.com", "wa.me",
    "whatsapp.com", "wordpress.com",
}  # fmt: skip


def names_of(entry: str) -> tuple[str, ...]:
    """The names under which an entered reference is kept. Raises Refusal: `deny.unread`, `deny.wide`.

    A link, a host, @name, @name@host, #tag; a bare word is a handle, a channel and a tag alike.
    """
    entry = entry.strip()
    if len(plain(entry)) < _SHORTEST or len(entry.split()) > 1:
        raise Refusal(
            "deny.unread", "This is no reference that a text could hold.",
            "Enter a link, a host, an @account, a channel or a #tag, one a line.",
        )  # fmt: skip
    if entry[0] in "#＃":
        return (tag_of(entry),)
    if entry[0] in "@＠":
        return mention_names(entry)[-1:]
    return _link_names(entry) if "." in entry else (name_of(entry), tag_of(entry))


def _link_names(entry: str) -> tuple[str, ...]:
    """The narrowest name of a link, and the account it leads to; a whole host only where one party speaks there."""
    link = parse_link(entry)
    host, parts = host_of(link), parts_of(link)
    if "." not in host or (not parts and host in _SHARED):
        raise Refusal(
            "deny.wide", "Many speak on this host, or it is none at all.",
            "Enter the account, channel or page there: its whole address.",
        )  # fmt: skip
    if not parts:
        return (f"h|{host}",)
    path = "/".join(parts[:_DEEPEST])
    told = parameters(link)
    if told:
        key, value = max(told, key=lambda pair: len(pair[1]))
        return (f"q|{host}/{path}?{key}={value}",)
    return (f"p|{host}/{path}", *(account_names(link) if len(parts) == 1 else ()))


def deny(entry: str, key: bytes) -> tuple[bytes, ...]:
    """The keyed hashes that stand for a reference from here on."""
    hashed = hasher(key)
    return tuple(hashed(f"deny|{name}") for name in names_of(entry))


class DenyIndex:
    """Denied references to be found in texts. hashes: from `deny`, under the same key."""

    def __init__(self, hashes: Iterable[bytes], key: bytes) -> None:
        self._hash = hasher(key)
        self._hashes = frozenset(hashes)

    def find(self, text: str) -> list[tuple[int, int]]:
        """Where a denied reference stands, in code points of `text`, sorted."""
        if not self._hashes:
            return []
        found = {(one.start, one.end) for one in references(text) if any(map(self._denied, one.names))}
        return sorted(found)

    def _denied(self, name: str) -> bool:
        return self._hash(f"deny|{name}") in self._hashes
