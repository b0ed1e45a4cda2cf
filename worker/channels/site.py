"""The public archive: static pages, Atom, RSS and JSON Feed in a folder that any static server can serve.

`entries/<month>/<id>.json`, written once under its key, is what counts. What shows it - its page, its month's, the
first one, the feeds - is built anew from those under a lock, each file put in place at once; once a day all of them
are, when the account is verified. Counterpoint itself never serves them.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from re import fullmatch

from content.archive import (
    IN_FEEDS,
    Entry,
    Place,
    build,
    entry_id,
    entry_page,
    from_bytes,
    front,
    month_of,
    month_page,
    newest_first,
    to_bytes,
)
from content.errors import Refusal
from content.figure import ENDINGS, Figure, named
from content.outcome import (
    Absent,
    Destination,
    Found,
    Gone,
    KeyedPart,
    Listed,
    Outgoing,
    Refused,
    Seen,
    Sent,
    SentPart,
    Stands,
    Undecidable,
    Vanished,
)
from content.release import Release
from worker import shelf
from worker.caps import Caps, Delivery, Look, Undo, Verified

CAPS = Caps(Delivery.EXACT, Look.KEY, Undo.FULL, media=True, alt_text=True, stands=True, lists=True)
OWNER = ".counterpoint-account"  # in each account's folder: the identity it was made for


@dataclass(frozen=True, slots=True)
class Site:
    """Exact by key; taken back by deleting (readers' copies are theirs).

    folder: holds one public folder an account; used: outside of it, remembers keys that were taken back.
    """

    folder: Path
    used: Path
    name: str = "site"
    caps: Caps = CAPS

    def prepare(self, release: Outgoing) -> Refused | None:
        """Files need nothing beforehand, but a page to be shown on."""
        kinds = {one.type for part in release.parts for one in part.attachments}
        if kinds <= ENDINGS.keys():
            return None
        return Refused("site.media", f"A page shows none of {', '.join(sorted(kinds - ENDINGS.keys()))}.")

    def publish(self, release: Release, part: KeyedPart, earlier: Sequence[SentPart]) -> Sent | Refused:
        """Writes the entry under its key, then what shows it."""
        home = self._home(release.account)
        entry = _entry(release, part)
        with self._alone(home):
            if self._used(release.account, entry).exists():
                return Refused("site.recalled", "This piece was taken back; its key is used up.")
            _put(home, _beside(entry, part))
            new = shelf.write_once(_file(home, entry), to_bytes(entry))
            if not new and _file(home, entry).read_bytes() != to_bytes(entry):
                return Refused("site.key_taken", "Another entry stands under this key.")
            _show(home, _place(release.account), entry)
        return Sent((_sent(release, part, entry),))

    def find(self, post: Outgoing, part: KeyedPart) -> Found:
        """The entry's file with the same bytes; everybody writes under the lock, so none is proof of absence."""
        home, entry = self._home(post.account), _entry(post, part)
        with self._alone(home):
            if not _file(home, entry).exists():
                _sweep(home, entry)
                return Absent()
            if _file(home, entry).read_bytes() != to_bytes(entry):
                return Undecidable("Another entry stands under this key.")
            _show(home, _place(post.account), entry)
        return Sent((_sent(post, part, entry),))

    def recall(self, post: Outgoing, part: KeyedPart, remote_id: str | None) -> Gone:
        """Deletes the entry and all that shows it. The key stays used up, out of the public folder's sight."""
        home, entry = self._home(post.account), _entry(post, part)
        with self._alone(home):
            shelf.write_once(self._used(post.account, entry), b"")
            _file(home, entry).unlink(missing_ok=True)
            _sweep(home, entry)
            _hide(home, _place(post.account), entry)
        return Gone()

    def verify(self, account: Destination) -> Verified | Refused:
        """The identity this folder was made for: a folder of somebody else's says so."""
        home = self._home(account)
        with self._alone(home):
            shelf.write_once(home / OWNER, account.remote_identity.encode())
            _rebuild(home, _place(account))
            return Verified((home / OWNER).read_text("utf-8"))

    def stands(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Seen:
        """Whether the entry and its page are there; another entry under the key has changed."""
        home, entry = self._home(post.account), _entry(post, part)
        with self._alone(home):
            if not _file(home, entry).exists() or not (home / f"{entry.id}.html").exists():
                return Vanished("The entry's file is gone.")
            whole = all((home / one.file).exists() for one in entry.media)
            return Stands(changed=not whole or _file(home, entry).read_bytes() != to_bytes(entry))

    def listed(self, account: Destination, since: datetime) -> Sequence[Listed]:
        """The entries published since, by what their own files say."""
        home, base = self._home(account), _place(account).base
        with self._alone(home):
            months = [one for one in _months(home) if one >= f"{since:%Y-%m}"]
            entries = [entry for month in months for entry in _of_month(home, month)]
        return [Listed(one.id, f"{base}{one.id}.html", one.published) for one in entries if one.published >= since]

    def metrics(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Mapping[str, int]:
        """Files count nobody."""
        return {}

    def _home(self, account: Destination) -> Path:
        if not fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", account.ref):
            raise Refusal("site.folder", "This account's reference cannot name a folder.", "Rename the account.")
        return self.folder / account.ref

    def _used(self, account: Destination, entry: Entry) -> Path:
        return self.used / account.ref / entry.id

    @contextmanager
    def _alone(self, home: Path) -> Iterator[None]:
        (home / "entries").mkdir(parents=True, exist_ok=True)
        with shelf.locked(home):
            yield


def _entry(post: Outgoing, part: KeyedPart) -> Entry:
    """Built from what does not change between two calls: a lost answer is found by the same bytes."""
    return Entry(
        id=entry_id(part.key),
        title=post.title,
        text=part.text,
        language=post.language,
        direction=post.direction,
        published=post.due_at.replace(microsecond=0),
        links=tuple(post.links),
        rehearsal=post.rehearsal,
        media=_figures(entry_id(part.key), part),
    )


def _figures(entry: str, part: KeyedPart) -> tuple[Figure, ...]:
    return tuple(
        Figure(
            named(entry, number, one.type), one.type, one.sha256, one.alt, one.width, one.height, one.label, one.note,
            f"{entry}-{number}.vtt" if one.captions else "",
        )
        for number, one in enumerate(part.attachments)
    )  # fmt: skip


def _beside(entry: Entry, part: KeyedPart) -> dict[str, bytes]:
    """The files that lie beside the entry's page: the cleared bytes, and the captions."""
    pairs = list(zip(entry.media, part.attachments, strict=True))
    files = {shown.file: one.read() for shown, one in pairs}
    return files | {shown.captions: one.captions.encode() for shown, one in pairs if shown.captions}


def _sweep(home: Path, entry: Entry) -> None:
    """Takes away what lies beside an entry that is not there: taken back, or never written by a killed call."""
    for one in home.glob(f"{entry.id}-*"):
        one.unlink(missing_ok=True)


def _place(account: Destination) -> Place:
    """settings: title, address (public, https), language; an account without an address gets one nobody has."""
    told = account.settings
    address = str(told.get("address") or account.remote_identity)
    if not address.startswith(("https://", "http://")):
        address = f"https://{account.ref.lower().replace('_', '-')}.invalid/"
    base = address if address.endswith("/") else f"{address}/"
    return Place(str(told.get("title") or account.ref), base, str(told.get("language") or "en"))


def _sent(post: Outgoing, part: KeyedPart, entry: Entry) -> SentPart:
    return SentPart(part.index, entry.id, f"{_place(post.account).base}{entry.id}.html")


def _file(home: Path, entry: Entry) -> Path:
    return home / "entries" / month_of(entry) / f"{entry.id}.json"


def _show(home: Path, place: Place, entry: Entry) -> None:
    """Makes what shows this entry agree with it; the caller holds the lock."""
    shelf.replace(home / f"{entry.id}.html", entry_page(place, entry))
    _around(home, place, month_of(entry))


def _hide(home: Path, place: Place, entry: Entry) -> None:
    (home / f"{entry.id}.html").unlink(missing_ok=True)
    _around(home, place, month_of(entry))


def _around(home: Path, place: Place, month: str) -> None:
    """The page of the month, the first page and the feeds: by what a month holds, however long the archive is."""
    page, entries = home / f"{month}.html", _of_month(home, month)
    if entries:
        shelf.replace(page, month_page(place, month, entries))
    else:  # not even the name of the month is left
        page.unlink(missing_ok=True)
        with suppress(OSError):
            (home / "entries" / month).rmdir()
    months = [one for one in _months(home) if any((home / "entries" / one).glob("*.json"))]
    newest: list[Entry] = []
    for one in months:
        if len(newest) < IN_FEEDS:
            newest += entries if one == month else _of_month(home, one)
    _put(home, front(place, newest, months))


def _months(home: Path) -> list[str]:
    """The newest first."""
    return sorted((path.name for path in (home / "entries").iterdir() if path.is_dir()), reverse=True)


def _of_month(home: Path, month: str) -> list[Entry]:
    return newest_first(from_bytes(path.read_bytes()) for path in (home / "entries" / month).glob("*.json"))


def _put(home: Path, files: Mapping[str, bytes]) -> None:
    for path, content in files.items():
        shelf.replace(home / path, content)


def _rebuild(home: Path, place: Place) -> None:
    """Makes every page and feed agree with the entries; the caller holds the lock."""
    wanted = build(place, (entry for month in _months(home) for entry in _of_month(home, month)))
    _put(home, wanted)
    for page in home.glob("*.html"):
        if page.name not in wanted:
            page.unlink()
