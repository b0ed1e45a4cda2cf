"""What a channel is let in with: an account's credentials at the instant of the call, and the tokens made from them.

Credentials are read anew for each call, so that one which was ended or replaced is not used once more. Tokens live
in this process alone and are never written down.
"""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from re import fullmatch
from typing import Any, Protocol

from content import credential, keys
from content.outcome import Destination
from content.settings import Settings
from content.store import Store
from worker.outbound import NotSent

Secrets = Mapping[str, str]
WAITS = 5.0  # seconds at most for a lock; a call that waits longer is not made


class Wallet(Protocol):
    """Where a channel gets its credentials."""

    def secrets(self, account: Destination) -> Sequence[Secrets]:
        """An account's standing credentials, newest first; none where none were given. Raises NotSent."""
        ...

    def token(self, account: Destination, make: Callable[[Secrets], Any]) -> Any:
        """The token of this process for that account, made from the newest credentials where there is none yet.

        A token goes with the credentials it was made from. Raises NotSent `credential.none`, and what `make` raises.
        """
        ...

    def forget(self, account: Destination) -> None:
        """The token no longer works: the next call makes another."""
        ...


@dataclass(slots=True)
class Given:
    """Credentials by account reference, newest first, held in memory; the tokens made from them."""

    known: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    _tokens: dict[str, tuple[Secrets, Any]] = field(default_factory=dict)
    _making: threading.Lock = field(default_factory=threading.Lock)

    def secrets(self, account: Destination) -> Sequence[Secrets]:
        """As the protocol says."""
        return self.known.get(account.ref, [])

    def token(self, account: Destination, make: Callable[[Secrets], Any]) -> Any:
        """As the protocol says; one thread makes it, the others wait for it."""
        standing = self.secrets(account)
        if not standing:
            raise NotSent("credential.none", f"No credentials were given for {account.ref}.")
        with self._making:
            known = self._tokens.get(account.ref)
            if known is None or known[0] != standing[0]:
                known = (standing[0], make(standing[0]))
                self._tokens[account.ref] = known
            return known[1]

    def forget(self, account: Destination) -> None:
        """As the protocol says."""
        with self._making:
            self._tokens.pop(account.ref, None)


@dataclass(slots=True)
class Kept(Given):
    """The credentials in the database, opened with this instance's key; a webhook's may stand in a file instead.

    folder: of the keys; in `channels/<account>.secret` one `whsec_…` a line, newest first: how webhooks were told
    before. Nothing is opened before the first use.
    """

    database: str = ""
    folder: Path = Path()
    _store: Store | None = None

    def secrets(self, account: Destination) -> Sequence[Secrets]:
        """As the protocol says. A database that does not answer is a call that was not made."""
        try:
            with self.opened().read() as session:
                found = credential.opened(session, account.ref)
        except Exception as error:
            raise NotSent("credential.away", f"The credentials cannot be read ({type(error).__name__}).") from None
        return found or _of_file(self.folder / "channels", account.ref)

    def close(self) -> None:
        """Lets go of the database; the next look opens it again."""
        with self._making:
            if self._store is not None:
                self._store.close()
            self._store = None

    def opened(self) -> Store:
        """This process's own way to the rows, for those who hold no store; opened at the first use."""
        with self._making:
            if self._store is None:
                self._store = Store(self.database, keys.load(self.folder), waits=WAITS)
            return self._store


def kept(settings: Settings) -> Kept:
    """This process's wallet: one for all its channels, another after a fork."""
    return _kept(settings.database, settings.keys, os.getpid())


@cache
def _kept(database: str, folder: Path, _process: int) -> Kept:
    return Kept(database=database, folder=folder)


def _of_file(folder: Path, ref: str) -> list[dict[str, str]]:
    if not fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", ref):
        return []
    try:
        return [{"secret": line} for line in (folder / f"{ref}.secret").read_text("ascii").split()]
    except (OSError, UnicodeDecodeError):
        return []
