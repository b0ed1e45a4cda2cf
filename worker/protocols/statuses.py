"""Statuses as Mastodon tells them: their words without the markup, and which of them is a piece of ours. Pure."""

import re
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from typing import Any

from content.outcome import Absent, KeyedPart, Outgoing, Sent, SentPart, Undecidable

Status = Mapping[str, Any]
_HOST = re.compile(r"(?<![\w.@])(@\w[\w.-]*)@[\w.-]*\w")  # a mention is shown without its host
_BREAKS = re.compile(r"\n{2,}")


class _Words(HTMLParser):
    """What a reader sees: a paragraph is two line breaks, a break is one; of links all characters, the hidden too."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A break, a paragraph; nothing else is seen."""
        if tag in ("br", "p"):
            self.found.append("\n" if tag == "br" else "\n\n")

    def handle_data(self, data: str) -> None:
        """Words; line breaks in the markup are none in the words."""
        self.found.append(data.replace("\r", "").replace("\n", ""))


def plain(content: str) -> str:
    """The words of a status's HTML, as `words` has them."""
    reader = _Words()
    reader.feed(content)
    reader.close()
    return words("".join(reader.found))


def words(text: str) -> str:
    """A text as the platform keeps it: no space around it, no more than one empty line, mentions without hosts."""
    broken = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return _HOST.sub(r"\1", _BREAKS.sub("\n\n", broken))


def matched(post: Outgoing, part: KeyedPart, own: Sequence[Status]) -> Sent | Absent | Undecidable:
    """Whether a piece is among the account's own statuses: the only one with its words at its place in the thread.

    Of two alike one may be another post's, and so may one that stands elsewhere; one that was edited may have been
    ours: then a person looks.
    """
    above = _above(post, part, own)
    if not isinstance(above, str | None):
        return above
    mine = [one for one in own if not one.get("reblog")]
    alike = [one for one in mine if plain(one["content"]) == words(part.text)]
    ours = [one for one in alike if one.get("in_reply_to_id") == above]
    if len(ours) == 1:
        return Sent((sent_status(part, ours[0]),))
    if alike:
        return Undecidable("Statuses with these words stand there, and which is ours cannot be said.")
    known = {one.remote_id for one in post.confirmed}
    if any(one.get("edited_at") and one["id"] not in known for one in mine):
        return Undecidable("A status was edited since; what it said before cannot be seen.")
    return Absent()


def _above(post: Outgoing, part: KeyedPart, own: Sequence[Status]) -> str | Absent | Undecidable | None:
    """The id of the status that a piece answers; None where it answers none."""
    if part.index == 0:
        return None
    out = {one.index: one.remote_id for one in post.confirmed}
    if part.index - 1 in out:
        return out[part.index - 1]
    found = matched(post, post.parts[part.index - 1], own)
    return found.parts[0].remote_id if isinstance(found, Sent) else found


def sent_status(part: KeyedPart, status: Status) -> SentPart:
    """A piece that is out, as the platform tells of it."""
    url = status.get("url") or status.get("uri") or ""
    return SentPart(part.index, str(status["id"]), str(url)[:2000])
