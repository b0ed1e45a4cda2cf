"""What a Bluesky post is made of: its key, its words with their links, what it shows and what it answers. Pure.

Everything here is the same for every call: nothing depends on the clock, nor on what a server said.
"""

from base64 import b32encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from content.link import Found, find_hashtags, find_links
from content.outcome import Attachment, KeyedPart, Listed, Outgoing, SentPart

POSTS = "app.bsky.feed.post"
FILM, CAPTIONS = "video/mp4", "text/vtt"  # the only types of either that a post takes
_SORTED = "234567abcdefghijklmnopqrstuvwxyz"  # base32 that sorts as the numbers do


def record_of(post: Outgoing, part: KeyedPart, earlier: Sequence[SentPart] = ()) -> dict[str, Any]:
    """The same for every call. A reply names what it answers by address; by content only once that is looked up."""
    due = post.due_at.astimezone(UTC) + timedelta(milliseconds=part.index)  # so that a thread stands in its order
    record = {
        "$type": POSTS,
        "text": part.text,
        "createdAt": due.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "langs": [post.language],
    }
    more = {"facets": facets(part.text, post.links), "embed": _embed(post, part), "reply": _reply(post, part, earlier)}
    return record | {name: value for name, value in more.items() if value}


def _reply(post: Outgoing, part: KeyedPart, earlier: Sequence[SentPart]) -> dict[str, dict[str, str]]:
    if part.index == 0:
        return {}
    out = {one.index: one.remote_id for one in (*post.confirmed, *earlier)}
    named = {"root": 0, "parent": part.index - 1}
    return {name: {"uri": out.get(index) or uri(post, post.parts[index])} for name, index in named.items()}


def _embed(post: Outgoing, part: KeyedPart) -> dict[str, Any]:
    films = [one for one in part.attachments if is_film(one)]
    if films:
        return _film(films[0], post.language)
    if part.attachments:
        return {"$type": "app.bsky.embed.images", "images": [_image(one) for one in part.attachments]}
    if post.card and part.index == 0:
        shown = {"uri": post.card["link"], "title": post.card["title"], "description": post.card["text"]}
        return {"$type": "app.bsky.embed.external", "external": shown}
    return {}


def is_film(one: Attachment) -> bool:
    return one.type == FILM


def _film(one: Attachment, language: str) -> dict[str, Any]:
    shown = {"$type": "app.bsky.embed.video", "video": _file(one), "alt": one.told, **_ratio(one)}
    said = one.captions.encode()
    return shown | ({"captions": [{"lang": language, "file": blob(said, CAPTIONS)}]} if said else {})


def _image(one: Attachment) -> dict[str, Any]:
    return {"alt": one.told, "image": _file(one), **_ratio(one)}


def _ratio(one: Attachment) -> dict[str, Any]:
    return {"aspectRatio": {"width": one.width, "height": one.height}} if one.width and one.height else {}


def _file(one: Attachment) -> dict[str, Any]:
    return _blob(bytes.fromhex(one.sha256), one.type, one.path.stat().st_size)


def blob(content: bytes, kind: str) -> dict[str, Any]:
    """What a server calls these very bytes: CID version 1, raw, by their SHA-256."""
    return _blob(sha256(content).digest(), kind, len(content))


def _blob(digest: bytes, kind: str, size: int) -> dict[str, Any]:
    cid = "b" + b32encode(b"\x01\x55\x12\x20" + digest).decode().lower().rstrip("=")
    return {"$type": "blob", "ref": {"$link": cid}, "mimeType": kind, "size": size}


def facets(text: str, links: Iterable[str]) -> list[dict[str, Any]]:
    """Links that were judged, and hashtags, by where they stand in the UTF-8 bytes: offsets in no other unit."""
    known = set(links)
    found = [_facet(text, one, "link", uri=_address(one.text)) for one in find_links(text) if one.text in known]
    found += [_facet(text, one, "tag", tag=one.text[1:]) for one in find_hashtags(text) if len(one.text) <= 64]
    return sorted(found, key=lambda one: one["index"]["byteStart"])


def _facet(text: str, at: Found, kind: str, **feature: str) -> dict[str, Any]:
    start = len(text[: at.start].encode())
    index = {"byteStart": start, "byteEnd": start + len(at.text.encode())}
    return {"index": index, "features": [{"$type": f"app.bsky.richtext.facet#{kind}", **feature}]}


def _address(link: str) -> str:
    return link if "://" in link else f"https://{link}"


def tid(key: str, due_at: datetime) -> str:
    """A 13-character record key: 53 bits of microseconds, 10 bits of clock. The second is the due time's; what is
    finer comes from the piece's key, so that two pieces due together have two, and one piece has one for ever."""
    chance = int.from_bytes(sha256(key.encode()).digest()[:8])
    micros = int(due_at.timestamp()) * 1_000_000 + chance % 1_000_000
    number = micros << 10 | (chance >> 32) % 1024
    return "".join(_SORTED[number >> shift & 31] for shift in range(60, -1, -5))


def instant(rkey: str) -> datetime:
    """The time in a record key; long ago where it is none."""
    if len(rkey) != 13 or set(rkey) - set(_SORTED):
        return datetime.fromtimestamp(0, UTC)
    number = sum(_SORTED.index(sign) << 5 * at for at, sign in enumerate(reversed(rkey)))
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=number >> 10)


def key(post: Outgoing, part: KeyedPart) -> str:
    return tid(part.key, post.due_at)


def uri(post: Outgoing, part: KeyedPart) -> str:
    return f"at://{post.account.remote_identity}/{POSTS}/{key(post, part)}"


def sent(post: Outgoing, part: KeyedPart) -> SentPart:
    url = f"https://bsky.app/profile/{post.account.remote_identity}/post/{key(post, part)}"
    return SentPart(part.index, uri(post, part), url)


def same(seen: Any, wanted: Any) -> bool:
    return bool(_by_address(seen) == _by_address(wanted))


def _by_address(record: Mapping[str, Any]) -> dict[str, Any]:
    """Without the content addresses of what it answers, which are not known before that is looked up."""
    reply = record.get("reply")
    plain = {name: one.get("uri") for name, one in reply.items()} if isinstance(reply, dict) else None
    return {**record, "reply": plain}


def listed(record: Mapping[str, Any]) -> Listed:
    """at: what its key or what its words say, whichever is later."""
    did, _, rkey = record["uri"].removeprefix("at://").split("/")
    at = [instant(rkey)]
    try:
        told_at = datetime.fromisoformat(record["value"]["createdAt"])
        at += [told_at if told_at.tzinfo else told_at.replace(tzinfo=UTC)]
    except (KeyError, ValueError, TypeError):
        pass  # not written by the book; its key has a time
    return Listed(record["uri"], f"https://bsky.app/profile/{did}/post/{rkey}", max(at))
