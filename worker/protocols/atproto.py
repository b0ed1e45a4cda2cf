"""One account's repository on an AT Protocol server (PDS): its session, and the calls that read and write it.

An app password that is revoked ends new sessions; one that runs lasts up to two hours more.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from content.outcome import Destination, Retry
from worker.outbound import Answer, Network, NoAnswer, NotSent
from worker.protocols.answers import LATER, MEND, Later, taken, told, took
from worker.wallet import Secrets, Wallet

SECONDS = 12.0  # for one call; the deadline over all is the caller's
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Session:
    """Whose it is, the token that opens (two hours), the token that renews it (two months)."""

    did: str
    access: str
    refresh: str


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository of the DID that the account is pinned to, at the server its settings name (`url`)."""

    network: Network
    wallet: Wallet
    account: Destination
    collection: str

    def session(self) -> Session:
        """The one that runs, else a new one. Raises Later."""
        return self._made(self._login)

    def log_in(self) -> Session:
        """A new one, whether one runs or not. Raises Later."""
        self.wallet.forget(self.account)
        return self.session()

    def write(self, verb: str, rkey: str, more: Mapping[str, Any]) -> Answer:
        """Puts or deletes one record; another account's session is refused. Raises Later, NotSent and NoAnswer."""
        where = {"repo": self.account.remote_identity, "collection": self.collection, "rkey": rkey}
        body = json.dumps({**where, **more}, ensure_ascii=False).encode()
        return self._authorised(self._call, f"com.atproto.repo.{verb}", body, JSON)

    def upload(self, content: bytes, kind: str) -> Answer:
        """Stores a file that no record shows yet. Raises Later."""
        return self._authorised(self._harmless, "com.atproto.repo.uploadBlob", content, kind)

    def record(self, rkey: str) -> Any:
        """`uri`, `cid` and `value`, as everybody may read them; None where there is no such record. Raises Later."""
        return self._read("getRecord", rkey=rkey)

    def hidden(self) -> str:
        """What the server says of an account that it shows to nobody (`takendown`, `deactivated`, `RepoNotFound` …);
        "" where it shows it. Raises Later.

        Of a record in such an account it says nothing: it passes the question on, to whoever may know.
        """
        query = urlencode({"did": self.account.remote_identity})
        answer = self._harmless(f"com.atproto.sync.getRepoStatus?{query}", method="GET")
        if error(answer) == "RepoNotFound":
            return error(answer)
        status = told(took("bluesky", answer))
        return "" if status["active"] else str(status.get("status") or "inactive")[:40]

    def page(self, cursor: str) -> Any:
        """A hundred `records`, the highest key first, and the `cursor` of the next page. Raises Later."""
        return self._read("listRecords", limit="100", **({"cursor": cursor} if cursor else {}))

    def _read(self, verb: str, **query: str) -> Any:
        where = {"repo": self.account.remote_identity, "collection": self.collection}
        answer = self._harmless(f"com.atproto.repo.{verb}?{urlencode(where | query)}", method="GET")
        if error(answer) == "RecordNotFound":
            return None
        return told(took("bluesky", answer))

    # --- calls ----------------------------------------------------------------------------------------------

    def _call(self, what: str, token: str = "", body: bytes = b"", kind: str = "", method: str = "POST") -> Answer:
        headers = {"user-agent": "Counterpoint"} | ({"content-type": kind} if kind else {})
        headers |= {"authorization": f"Bearer {token}"} if token else {}
        url = f"{place(self.account)}/xrpc/{what}"
        return self.network.request(method, url, headers=headers, body=body, seconds=SECONDS)

    def _harmless(self, *call: Any, **more: Any) -> Answer:
        """A call that creates nothing."""
        try:
            return self._call(*call, **more)
        except NotSent as failed:
            raise Later(Retry(LATER, failed.code)) from failed
        except NoAnswer as failed:
            raise Later(Retry(LATER, "bluesky.no_answer")) from failed

    def _authorised(self, call: Callable[..., Answer], what: str, body: bytes, kind: str) -> Answer:
        """Called once, and once more where the session was over: nothing was done then."""
        session = self.session()
        answer = call(what, session.access, body, kind)
        if error(answer) not in ("ExpiredToken", "InvalidToken"):
            return answer
        return call(what, self._renewed(session).access, body, kind)

    # --- sessions -------------------------------------------------------------------------------------------

    def _made(self, make: Callable[[Secrets], Session]) -> Session:
        try:
            session: Session = self.wallet.token(self.account, make)
        except NotSent as failed:
            raise Later(Retry(MEND, failed.code)) from failed
        return session

    def _login(self, secrets: Secrets) -> Session:
        given = {"identifier": self.account.remote_identity, "password": secrets.get("password", "")}
        answer = self._harmless("com.atproto.server.createSession", body=json.dumps(given).encode(), kind=JSON)
        if answer.status in (400, 401, 403):
            raise Later(Retry(MEND, "bluesky.credentials"))
        return _opened(took("bluesky", answer))

    def _renewed(self, over: Session) -> Session:
        """The session after the one that is over: by its own token, else by the password."""
        if self.session() is over:
            self.wallet.forget(self.account)
        return self._made(lambda secrets: self._refreshed(over) or self._login(secrets))

    def _refreshed(self, over: Session) -> Session | None:
        answer = self._harmless("com.atproto.server.refreshSession", over.refresh)
        return _opened(answer) if taken(answer) else None


def error(answer: Answer) -> str:
    """The error's name, as the lexicons have it; "" where there is none."""
    body = None if taken(answer) else told(answer)
    name = body.get("error") if isinstance(body, dict) else None
    return name[:40] if isinstance(name, str) else ""


def place(account: Destination) -> str:
    """The server's address, without a slash at its end."""
    return str(account.settings.get("url") or "").rstrip("/")


def _opened(answer: Answer) -> Session:
    body = told(answer)
    if body.get("active") is False:  # taken down, suspended, deactivated
        raise Later(Retry(MEND, "bluesky.inactive"))
    return Session(body["did"], body["accessJwt"], body["refreshJwt"])
