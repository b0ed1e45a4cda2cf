"""The shipped dry run: walls of paper with the real limits of each format, and a ledger of what was accepted.

One file per key says that a piece is out; `ledger.jsonl` has one line for each key that was ever accepted.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from content.formats import Format, find_format, measure
from content.outcome import (
    Absent,
    Destination,
    Gone,
    KeyedPart,
    Listed,
    Outgoing,
    Refused,
    Seen,
    Sent,
    SentPart,
    Stands,
    Vanished,
)
from content.release import Release
from worker import shelf
from worker.caps import Caps, Delivery, Look, Undo, Verified

CAPS = Caps(Delivery.EXACT, Look.KEY, Undo.FULL, media=True, alt_text=True, stands=True, lists=True)
_ANY = 1 << 40  # bytes of a file where the format names no limit


@dataclass(frozen=True, slots=True)
class Paper:
    """Nothing leaves this machine. Exact by key, found by key, taken back in full."""

    folder: Path
    name: str = "paper"
    caps: Caps = CAPS

    def prepare(self, release: Outgoing) -> None:
        """Paper needs nothing beforehand."""

    def publish(self, release: Release, part: KeyedPart, earlier: Sequence[SentPart]) -> Sent | Refused:
        """Puts one piece on the account's wall, if the format takes it."""
        length = measure(release.account.format, part.text)
        shape = find_format(release.account.format)
        if not length.fits:
            return Refused(
                "paper.too_long", f"{length.length} of {length.limit} {length.unit}. {length.problem}".strip()
            )
        if unlike := _unlike(part, shape):
            return unlike
        if part.index >= shape.max_parts:
            return Refused("paper.no_thread", f"{shape.name} takes {shape.max_parts} parts at most.")
        with self._alone():
            if self._back(part).exists():
                return Refused("paper.recalled", "This piece was taken back; its key is used up.")
            sheet = _sheet(release, part, earlier)
            if shelf.write_once(self._at(part), sheet):
                self._enter(release, part)
            elif self._at(part).read_bytes() == sheet:
                self._mend(release, part)
            else:
                return Refused("paper.key_taken", "Other words stand under this key.")
        return Sent((_sent(part),))

    def find(self, post: Outgoing, part: KeyedPart) -> Sent | Absent:
        """The sheet under the key, or proof that there is none: everybody writes under the lock."""
        with self._alone():
            if not self._at(part).exists():
                return Absent()
            self._mend(post, part)
        return Sent((_sent(part),))

    def recall(self, post: Outgoing, part: KeyedPart, remote_id: str | None) -> Gone:
        """Takes the sheet off the wall and keeps the key used up, so that a late call cannot put it back."""
        with self._alone():
            if not self._back(part).exists():
                shelf.write_once(self._back(part), b"")
                self._line({"recalled": part.key, "account": post.account.ref})
            self._at(part).unlink(missing_ok=True)
        return Gone()

    def verify(self, account: Destination) -> Verified:
        """A wall belongs to whoever it is pinned to."""
        return Verified(account.remote_identity)

    def stands(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Seen:
        """Whether the sheet still hangs there, with the words that were sent."""
        with self._alone():
            if not self._at(part).exists():
                return Vanished("The sheet is not on the wall.")
            told = json.loads(self._at(part).read_bytes())
        return Stands(changed=told["text"] != part.text or told.get("media") != _media(part).get("media"))

    def listed(self, account: Destination, since: datetime) -> Sequence[Listed]:
        """The sheets of this account that were hung up since."""
        with self._alone():
            sheets = list((self.folder / "out").glob("*.json"))
            return [one for path in sheets if (one := _listed(path, account, since)) is not None]

    def metrics(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Mapping[str, int]:
        """Nobody reads paper."""
        return {}

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with shelf.locked(self.folder):
            yield

    def _enter(self, post: Outgoing, part: KeyedPart) -> None:
        self._line(
            {
                "key": part.key,
                "post": post.post_id,
                "part": part.index,
                "account": post.account.ref,
                "format": post.account.format,
                "sha256": hashlib.sha256(part.text.encode()).hexdigest(),
            }
        )

    def _mend(self, post: Outgoing, part: KeyedPart) -> None:
        """Enters a sheet whose writer was killed before its line."""
        ledger = self.folder / "ledger.jsonl"
        if not ledger.exists() or f'"key": "{part.key}"' not in ledger.read_text("utf-8"):
            self._enter(post, part)

    def _line(self, values: Mapping[str, Any]) -> None:
        at = datetime.now(UTC).isoformat(timespec="microseconds")
        shelf.append(self.folder / "ledger.jsonl", json.dumps({"at": at, **values}))

    def _at(self, part: KeyedPart) -> Path:
        return self.folder / "out" / f"{_name(part.key)}.json"

    def _back(self, part: KeyedPart) -> Path:
        return self.folder / "recalled" / _name(part.key)


def _unlike(part: KeyedPart, shape: Format) -> Refused | None:
    """What the platform would not show beside the words."""
    pictures = [one for one in part.attachments if one.type.startswith("image/")]
    films = [one for one in part.attachments if one not in pictures]
    if len(pictures) > shape.images or any(len(one.read()) > (shape.image_bytes or _ANY) for one in pictures):
        return Refused("paper.pictures", f"{shape.name} takes {shape.images} pictures of {shape.image_bytes} bytes.")
    if len(films) > shape.films or any(len(one.read()) > (shape.film_bytes or _ANY) for one in films):
        return Refused("paper.films", f"{shape.name} takes {shape.films} films of {shape.film_bytes} bytes.")
    return None


def _name(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _sent(part: KeyedPart) -> SentPart:
    return SentPart(part.index, f"paper:{_name(part.key)[:16]}")


def _listed(path: Path, account: Destination, since: datetime) -> Listed | None:
    """None for an older sheet, which nobody reads for that: a wall may have been filled for years; and for others'."""
    at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    if at < since or json.loads(path.read_bytes())["account"] != account.ref:
        return None
    return Listed(f"paper:{path.stem[:16]}", "", at)


def _media(part: KeyedPart) -> dict[str, Any]:
    """What is seen and heard with the piece; a sheet of words alone says nothing of it."""
    told = [
        {"sha256": one.sha256, "type": one.type, "alt": one.alt, "label": one.label, "note": one.note,
         "captions": one.captions, "width": one.width, "height": one.height}
        for one in part.attachments
    ]  # fmt: skip
    return {"media": told} if told else {}


def _sheet(post: Outgoing, part: KeyedPart, earlier: Sequence[SentPart]) -> bytes:
    """What a reader would see, and where it hangs; the same bytes for the same piece."""
    values = {
        "account": post.account.ref,
        "identity": post.account.remote_identity,
        "format": post.account.format,
        "part": part.index,
        "of": len(post.parts),
        "after": earlier[-1].remote_id if earlier else None,
        "language": post.language,
        "direction": post.direction,
        "text": part.text,
        "links": list(post.links),
        "card": dict(post.card) if post.card else None,
        **_media(part),
        "rehearsal": post.rehearsal,
    }
    return json.dumps(values, ensure_ascii=False, indent=1).encode()
