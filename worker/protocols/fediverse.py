"""One account on a Mastodon server: its token, the calls that read and write there, its statuses, its pictures."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from content.encoding import ENDINGS
from content.outcome import Attachment, Destination, KeyedPart, Refused, Retry
from worker.outbound import Answer, Network, NoAnswer, NotSent
from worker.protocols.answers import LATER, MEND, Later, after, told, took
from worker.wallet import Secrets, Wallet

SECONDS = 12.0  # for one call; the deadline over all is the caller's
PAGES = 10  # of 40 statuses, when the account's own are read
POLLS, PAUSE = 5, 1.0  # how often, and after how many seconds, a picture at work is asked for
_JSON = {"content-type": "application/json", "user-agent": "Counterpoint"}


@dataclass(frozen=True, slots=True)
class Access:
    """A token, whose it is, and the pictures that were given with it and stand in no status yet: ids, by piece."""

    token: str
    identity: str
    media: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Server:
    """The server that the account's settings name (`url`)."""

    network: Network
    wallet: Wallet
    account: Destination

    def access(self) -> Access:
        """The token that is in use, else the newest, of which is asked whose it is. Raises Later."""
        try:
            found: Access = self.wallet.token(self.account, self._seen)
        except NotSent as failed:
            raise Later(Retry(MEND, failed.code)) from failed
        return found

    def anew(self) -> Access:
        """As `access`, asked again. Raises Later."""
        self.wallet.forget(self.account)
        return self.access()

    def call(self, method: str, what: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """One call with the token; one that is taken no more is forgotten. Raises Later, NotSent and NoAnswer."""
        answer = self._call(method, what, body, {**_JSON, **(headers or {})}, self.access().token)
        if answer.status == 401:
            self.wallet.forget(self.account)
        return answer

    def harmless(self, method: str, what: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """A call that makes nothing that readers see. Raises Later."""
        with _nothing_made():
            return self.call(method, what, body, headers)

    def status(self, remote_id: str, method: str = "GET") -> Answer:
        """Asks for one status, or deletes it with its pictures. Raises Later.

        A server before 4.4 knows no `delete_media`: there a picture's address gives it for up to a day more.
        """
        pictures = "?delete_media=true" if method == "DELETE" else ""
        return self.harmless(method, f"/api/v1/statuses/{quote(remote_id, safe='')}{pictures}")

    def own(self, since: datetime) -> tuple[list[dict[str, Any]], bool]:
        """The account's statuses since then, the newest first, and whether that is all of them. Raises Later."""
        mine = quote(self.account.remote_identity.rpartition("#")[2], safe="")
        found, older = list[dict[str, Any]](), ""
        for _ in range(PAGES):
            answer = self.harmless("GET", f"/api/v1/accounts/{mine}/statuses?limit=40{older}")
            page = told(took("mastodon", answer))
            found += page
            if not page or at(page[-1]) < since:
                return [one for one in found if at(one) >= since], True
            older = f"&max_id={quote(page[-1]['id'], safe='')}"
        return found, False

    def pictures(self, part: KeyedPart) -> list[str] | Refused:
        """The ids of a piece's pictures, stored and ready, which nobody sees yet; each is stored once. Raises Later."""
        media, ids = self.access().media, list[str]()
        for one in part.attachments:
            mark = f"{part.key}/{one.sha256}"
            found = media.get(mark) or self._stored(one)
            if isinstance(found, Refused):
                return found
            media[mark] = found
            self._wait(media, mark)
            ids.append(found)
        return ids

    def shown(self, part: KeyedPart) -> None:
        """A piece's pictures stand in a status: they go into no other."""
        for one in part.attachments:
            self.access().media.pop(f"{part.key}/{one.sha256}", None)

    def _stored(self, one: Attachment) -> str | Refused:
        try:
            content = one.read()
        except (OSError, ValueError):
            raise Later(Retry(MEND, "mastodon.attachment")) from None
        border = f"counterpoint-{one.sha256}"
        headers = {"content-type": f"multipart/form-data; boundary={border}"}
        answer = self.harmless("POST", "/api/v2/media", _form(border, one, content), headers)
        if answer.status in (413, 422):
            return Refused("mastodon.media", f"The instance does not take a picture ({answer.status}).")
        return str(told(took("mastodon", answer))["id"])

    def _wait(self, media: dict[str, str], mark: str) -> None:
        """Until the server has worked on a picture, for so long at most; what it lost is given anew. Raises Later."""
        for _ in range(POLLS):
            answer = self.harmless("GET", f"/api/v1/media/{quote(media[mark], safe='')}")
            if answer.status == 200:
                return
            if answer.status != 206:
                del media[mark]
                raise Later(Retry(after(answer), f"mastodon.media_{answer.status}"))
            time.sleep(PAUSE)
        raise Later(Retry(LATER, "mastodon.media_at_work"))

    def _seen(self, secrets: Secrets) -> Access:
        """Asks whose the token is: once for as long as it is used."""
        token = secrets.get("token", "")
        with _nothing_made():
            answer = self._call("GET", "/api/v1/accounts/verify_credentials", b"", _JSON, token)
        if answer.status in (401, 403):
            raise Later(Retry(MEND, "mastodon.credentials"))
        return Access(token, f"{place(self.account)}#{told(took('mastodon', answer))['id']}")

    def _call(self, method: str, what: str, body: bytes, headers: Mapping[str, str], token: str) -> Answer:
        given = {**headers, "authorization": f"Bearer {token}"}
        return self.network.request(method, place(self.account) + what, headers=given, body=body, seconds=SECONDS)


@contextmanager
def _nothing_made() -> Iterator[None]:
    try:
        yield
    except NotSent as failed:
        raise Later(Retry(LATER, failed.code)) from failed
    except NoAnswer as failed:
        raise Later(Retry(LATER, "mastodon.no_answer")) from failed


def place(account: Destination) -> str:
    """The instance's address, without a slash at its end."""
    return str(account.settings.get("url") or "").rstrip("/")


def at(status: Mapping[str, Any]) -> datetime:
    """When a status was made, by the server's clock."""
    return datetime.fromisoformat(status["created_at"])


def _form(border: str, one: Attachment, content: bytes) -> bytes:
    """A file and its description, as multipart/form-data."""
    line, end = f"--{border}\r\ncontent-disposition: form-data; name=".encode(), f"\r\n--{border}--\r\n".encode()
    described = line + b'"description"\r\n\r\n' + one.told.encode() + b"\r\n"
    name = f"{one.sha256[:16]}.{ENDINGS.get(one.type, 'bin')}"
    head = f'"file"; filename="{name}"\r\ncontent-type: {one.type}\r\n\r\n'.encode()
    return described + line + head + content + end
