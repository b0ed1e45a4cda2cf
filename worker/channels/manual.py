"""What people post by hand, where a platform lets no program in: no API of theirs is pretended.

`publish` calls nobody: it hands the post to people, who are shown the exact words and paste the address where they put
them. `find` asks how far they are; where they gave an address it is opened once in a while, as readers would open it.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html.parser import HTMLParser
from urllib.parse import urlsplit

from content.formats import find_format
from content.handing import Standing
from content.outcome import (
    Absent,
    Destination,
    Found,
    Gone,
    KeyedPart,
    Outcome,
    Outgoing,
    Pending,
    Recalled,
    Refused,
    Retry,
    Sent,
    SentPart,
    Undecidable,
    Unknown,
)
from content.patience import Overrun, within
from content.posting import place_of
from content.release import Release
from worker.caps import Caps, Delivery, Look, Undo, Verified
from worker.handing import Hands
from worker.links import opened
from worker.outbound import Network

CAPS = Caps(Delivery.BY_HAND, Look.SCAN, Undo.BY_HAND, media=True, alt_text=True)
AGAIN = timedelta(seconds=15)  # between two looks at a task: a stop or its end is noticed so soon
PATIENCE = 12.0  # seconds for one address: the caller's deadline over all pieces is 20
_HIDDEN = frozenset(("script", "style", "template", "noscript"))


@dataclass(frozen=True, slots=True)
class Manual:
    """An account's settings may name `hosts` where its posts stand, and `compose`, the page where one writes."""

    network: Network
    hands: Hands
    name: str = "manual"
    caps: Caps = CAPS

    def prepare(self, release: Outgoing) -> Retry | Refused | None:
        """Without a host no address could ever be checked, without a title nothing posted: nothing is handed out."""
        if not place_of(release.account.format, release.account.settings).hosts:
            return Refused("posting.hosts", f"The settings of {release.account.ref} name no hosts.")
        most = find_format(release.account.format).title
        if most is not None and (len(release.title) > most or set("<>") & set(release.title)):
            return Refused("posting.title", f"The platform takes titles of {most} characters, without < and >.")
        return None

    def publish(self, release: Release, part: KeyedPart, earlier: Sequence[SentPart]) -> Outcome:
        """Hands all pieces to people at once. Whether it is out cannot be known before they say so."""
        return self.hands.give(release) or Unknown("posting.waits", after=AGAIN)

    def find(self, post: Outgoing, part: KeyedPart) -> Found:
        """What they say, and what an address shows."""
        stands = self.hands.standing(post.post_id, part.index)
        if stands.look:
            stands = self._looked(post, part, stands, "post") or stands
        match stands.how:
            case "absent":
                return Absent()
            case "out":
                return Sent((SentPart(part.index, stands.address, stands.address),))
            case "unsure":
                return Undecidable("Nobody said whether it was posted after its words had been shown.")
            case _:
                return Pending(AGAIN, stands.code)

    def recall(self, post: Outgoing, part: KeyedPart, remote_id: str | None) -> Recalled:
        """A task with a deadline: gone once somebody says so and it is seen."""
        stands = self.hands.taking_down(post.post_id, part.index)
        if stands.look:
            stands = self._looked(post, part, stands, "recall") or stands
        return Gone() if stands.how == "absent" else Retry(AGAIN, stands.code)

    def verify(self, account: Destination) -> Verified | Retry | Refused:
        """No program can sign in there: whose profile it is two people confirm. Its settings must name its hosts."""
        if not place_of(account.format, account.settings).hosts:
            return Refused("posting.hosts", f"The settings of {account.ref} name no hosts.")
        return Verified(account.remote_identity)

    def stands(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Undecidable:
        """What readers are shown without signing in differs; that is no sign that something vanished."""
        return Undecidable("Such a page cannot be relied on to show posts to everybody.")

    def listed(self, account: Destination, since: datetime) -> Undecidable:
        """No list of a profile can be read without signing in."""
        return Undecidable("Such a page cannot be relied on to show posts to everybody.")

    def metrics(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Mapping[str, int]:
        """Nobody counts for us."""
        return {}

    def _looked(self, post: Outgoing, part: KeyedPart, stands: Standing, kind: str) -> Standing | None:
        """How it stands once its address was opened; None where nothing of that was new."""
        self.hands.looked(post.post_id, part.index, kind, seen(self.network, stands.address, part.text))
        if kind == "recall":
            return self.hands.taking_down(post.post_id, part.index)
        return self.hands.standing(post.post_id, part.index)


def seen(network: Network, url: str, words: str) -> str:
    """What an address shows to everybody: words (exactly these) | other | gone | silent."""
    try:
        found = within(PATIENCE, lambda: opened(network, url))
    except (Overrun, OSError, ValueError):
        return "silent"
    if found.answer == "good":
        return "words" if plain(words) in plain(shown(found.body.decode("utf-8", "replace"))) else "other"
    return "gone" if found.status in (404, 410) and found.host == (urlsplit(url).hostname or "") else "silent"


def plain(text: str) -> str:
    """Without what platforms change and readers do not see: how it is broken into lines, marks of direction, forms."""
    kept = "".join(sign for sign in unicodedata.normalize("NFC", text) if unicodedata.category(sign) != "Cf")
    return " ".join(kept.split())


def shown(page: str) -> str:
    """The words of a page, and those it gives to previews of itself."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return "".join(reader.words)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in _HIDDEN
        told = dict(attrs)
        if tag == "meta" and (told.get("property") or told.get("name")) in ("og:description", "description"):
            self.words.append(f"\n{told.get('content') or ''}\n")
        elif tag in ("br", "p", "div", "li"):
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in _HIDDEN and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)
