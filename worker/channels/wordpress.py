"""A WordPress site, through its REST interface and an application password.

Settings: `url`, the site's public https address. The identity is that address in lower case without a last slash,
`#` and the user's number: `https://house.example.org/blog#7`. Nothing there has a key: a piece is looked for by a slug
made from its key, under a lock, drafted, and published by one update that sets its words once more.
"""

import base64
import time
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from content import outcome as says
from content.outcome import Destination, KeyedPart, Outgoing, Refused, Retry, Sent, SentPart, Undecidable, Unknown
from content.release import Release
from worker import shelf
from worker.caps import Caps, Delivery, Look, Undo, Verified
from worker.outbound import Network, NotSent
from worker.protocols.answers import LATER
from worker.protocols.blog import UNTAKEN, Blog, Row, place, slug, values, whole
from worker.protocols.errand import Errand, NotDone
from worker.wallet import Wallet

CAPS = Caps(Delivery.TWO_PHASE, Look.KEY, Undo.FULL, media=True, alt_text=True, stands=True, lists=True, rate="answer")
SECONDS = 9.0  # for all calls of one errand; two of them fit into the caller's deadline
RIGHTS = ("publish_posts", "delete_published_posts", "upload_files")
# A date or a password that somebody set would make WordPress publish later, by itself, or for few.
PUBLIC = {"status": "publish", "date": None, "password": ""}
_MEND = timedelta(minutes=10)  # what a person must mend


@dataclass(frozen=True, slots=True)
class WordPress:
    """`folder`: where the locks lie, shared by all processes of this machine."""

    network: Network
    wallet: Wallet
    folder: Path
    name: str = "wordpress"
    caps: Caps = CAPS

    def prepare(self, release: Outgoing) -> Retry | Refused | None:
        """A draft of each piece that is not out, with all that it shows. What is lost here is no more than a draft."""
        out = {part.index for part in release.confirmed}
        try:
            blog = self._blog(release.account)
            if blog.who()[0] != release.account.remote_identity:
                return Refused("wordpress.identity", "Another user answers than the one this account is pinned to.")
            for part in release.parts:
                if part.index not in out:
                    with self._alone(part):
                        _draft(blog, release, part)
        except NotDone as error:
            if isinstance(error.calm, Refused) or error.calm.code == UNTAKEN:
                self._swept(release)
            return error.calm
        return None

    def publish(self, release: Release, part: KeyedPart, earlier: Sequence[SentPart]) -> says.Outcome:
        """Makes the draft public, with the cleared words whatever became of it meanwhile."""
        try:
            with self._alone(part):
                blog = self._blog(release.account)
                one = _standing(blog.posts(part))
                if one is None or one.status != "publish":
                    pictures = blog.pictures(part)
                    if one is None or not whole(part, pictures):
                        return Retry(LATER, "wordpress.no_draft")
                    one = blog.write(values(release, part, pictures) | PUBLIC, one.id)
        except NotDone as error:
            return error.outcome
        return _sent(part, one) if one.status == "publish" else Unknown(f"wordpress made it {one.status}")

    def find(self, post: Outgoing, part: KeyedPart) -> says.Found:
        """By its slug. A draft is deleted: a call that is still on its way to publish it finds nothing to publish."""
        try:
            with self._alone(part):
                blog = self._blog(post.account)
                one = _standing(found := blog.posts(part))
                if one is not None and one.status == "publish":
                    return _sent(part, one)
                _clear(blog, part, {draft.id for draft in found})
        except NotDone as error:
            return Undecidable(error.why)
        return says.Absent()

    def recall(self, post: Outgoing, part: KeyedPart, remote_id: str | None) -> says.Recalled:
        """Deletes it past the trash, whatever it has become, then its pictures, films and captions."""
        known = {int(remote_id)} if remote_id and remote_id.isdecimal() else set()
        try:
            with self._alone(part):
                blog = self._blog(post.account)
                _clear(blog, part, known | {one.id for one in blog.posts(part)})
        except NotDone as error:
            return error.outcome if isinstance(error.outcome, Retry) else Retry(_MEND, error.calm.code)
        return says.Gone()

    def verify(self, account: Destination) -> Verified | Retry | Refused:
        """Who the site says we are, and whether that user may do what is needed."""
        try:
            identity, able = self._blog(account).who()
        except NotDone as error:
            return error.calm
        lacks = [right for right in RIGHTS if not able.get(right)]
        return Refused("wordpress.rights", f"The user lacks {', '.join(lacks)}.") if lacks else Verified(identity)

    def stands(self, post: Outgoing, part: KeyedPart, remote_id: str) -> says.Seen:
        """Whether readers still find it, and with the words that were sent."""
        try:
            blog = self._blog(post.account)
            one, pictures = blog.post(remote_id), blog.pictures(part)
        except NotDone as error:
            return error.outcome if isinstance(error.outcome, Retry) else Undecidable(error.why)
        if one is None or one.status != "publish" or one.password:
            return says.Vanished(_away(one))
        wanted = values(post, part, pictures)
        said = {"title": one.title, "content": one.content, "excerpt": one.excerpt}
        return says.Stands(changed=any(wanted[name] != words for name, words in said.items()))

    def listed(self, account: Destination, since: datetime) -> Sequence[says.Listed] | Undecidable | Retry:
        """The user's public posts and pages since then, the newest first; of a flood the newest."""
        try:
            return self._blog(account).by(account.remote_identity.rpartition("#")[2], since)
        except NotDone as error:
            return error.outcome if isinstance(error.outcome, Retry) else Undecidable(error.why)

    def metrics(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Mapping[str, int]:
        """WordPress counts no readers by itself."""
        return {}

    def _swept(self, release: Outgoing) -> None:
        """What the site will not take may never go out: whoever knows an address would be shown its pictures for good.

        As far as the site answers; a draft that is left is used by the next call, and taken away by `find`.
        """
        for part in release.parts:
            try:
                with self._alone(part):
                    blog = self._blog(release.account)
                    found = blog.posts(part)
                    if all(one.status == "draft" for one in found):  # what somebody put aside is theirs to look at
                        _clear(blog, part, {one.id for one in found})
            except NotDone:
                return

    def _blog(self, account: Destination) -> Blog:
        url = place(str(account.settings.get("url") or account.remote_identity.partition("#")[0]))
        try:
            self.network.check(url)
            given = self.wallet.secrets(account)
        except NotSent as error:
            raise NotDone(Retry(_MEND, error.code)) from None
        if not given:
            raise NotDone(Retry(_MEND, "wordpress.credentials"))
        pair = base64.b64encode(f"{given[0]['user']}:{given[0]['password']}".encode()).decode()
        until = time.monotonic() + SECONDS
        return Blog(url, Errand("wordpress", self.network, {"authorization": f"Basic {pair}"}, until))

    @contextmanager
    def _alone(self, part: KeyedPart) -> Iterator[None]:
        """Nobody else on this machine drafts, publishes or deletes this piece. 256 locks do for all of them."""
        folder = self.folder / slug(part.key)[-2:]
        folder.mkdir(parents=True, exist_ok=True)
        with shelf.locked(folder):
            yield


def _draft(blog: Blog, post: Outgoing, part: KeyedPart) -> None:
    """The oldest that stands under the slug gets the pictures; only where there is none, one is made.

    After making it, it is looked for once more: of two that two machines made at once, both take the older.
    """
    found = blog.posts(part)
    if not found:
        blog.write(values(post, part, ()) | {"slug": slug(part.key), "status": "draft"})
        found = blog.posts(part)
    if not any(one.status == "publish" for one in found) and (one := _standing(found)) is not None:
        blog.hang(part, one.id)


def _clear(blog: Blog, part: KeyedPart, posts: Set[int]) -> None:
    """Deletes these past the trash, then the piece's files, which nothing shows any more."""
    for number in sorted(posts):
        blog.delete(f"posts/{number}")
    for one in blog.pictures(part):
        blog.delete(f"media/{one.id}")


def _standing(found: Sequence[Row]) -> Row | None:
    """The one that counts, of all under a slug. Raises NotDone where that is for a person to say."""
    public = [one for one in found if one.status == "publish"]
    if len(public) > 1:
        raise NotDone(Unknown("Several posts of this piece are public."))
    if not public and any(one.status != "draft" for one in found):
        raise NotDone(Refused("wordpress.moved", "Somebody put its draft or post aside, or gave it a date."))
    return next(iter([*public, *found]), None)


def _away(one: Row | None) -> str:
    if one is None:
        return "It is deleted."
    return "It is behind a password." if one.status == "publish" else f"It is {one.status}."


def _sent(part: KeyedPart, one: Row) -> Sent:
    return Sent((SentPart(part.index, str(one.id), one.link),))
