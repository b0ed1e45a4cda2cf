"""The contract of every channel, and the list of them. A channel is one file; channels never import one another.

A post is called piece by piece, in order; whoever calls keeps the deadline, reads the stops in between, and turns
every exception into `Unknown`. Nothing but `worker/outbound.py` touches the network.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from content.errors import Refusal
from content.outcome import (
    Destination,
    Found,
    KeyedPart,
    Listed,
    Outcome,
    Outgoing,
    Recalled,
    Refused,
    Retry,
    Seen,
    SentPart,
    Undecidable,
)
from content.promised import PROMISED, SANDBOX
from content.release import Release
from content.settings import Settings
from worker.caps import Caps, Delivery, Look, Undo, Verified
from worker.channels.bluesky import Bluesky
from worker.channels.mailing_list import MailingList
from worker.channels.manual import Manual
from worker.channels.mastodon import Mastodon
from worker.channels.matrix import Matrix
from worker.channels.paper import Paper
from worker.channels.sandbox import Sandbox
from worker.channels.site import Site
from worker.channels.telegram import Telegram
from worker.channels.webhook import Webhook
from worker.channels.wordpress import WordPress
from worker.handing import Rows
from worker.outbound import Network
from worker.wallet import kept

__all__ = ["Caps", "Channel", "Delivery", "Look", "Undo", "Verified", "channel", "channels"]


class Channel(Protocol):
    """One way out. Methods may raise whatever goes wrong; they never retry by themselves."""

    @property
    def name(self) -> str: ...

    @property
    def caps(self) -> Caps: ...

    def prepare(self, release: Outgoing) -> Retry | Refused | None:
        """Whatever must stand before the send (media, a draft); safe to repeat, nothing public. None = ready."""
        ...

    def publish(self, release: Release, part: KeyedPart, earlier: Sequence[SentPart]) -> Outcome:
        """Sends one piece under its key. `earlier`: the pieces before it that are out. Sent names this piece."""
        ...

    def find(self, post: Outgoing, part: KeyedPart) -> Found:
        """Whether this piece is out, after an answer was lost."""
        ...

    def recall(self, post: Outgoing, part: KeyedPart, remote_id: str | None) -> Recalled:
        """Takes one piece back. Safe to repeat; what is not there is Gone."""
        ...

    def verify(self, account: Destination) -> Verified | Retry | Refused:
        """Which remote identity the account's credentials belong to, as the other side sees it now."""
        ...

    def stands(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Seen:
        """Whether a piece that was confirmed is still there, and says what was sent."""
        ...

    def listed(self, account: Destination, since: datetime) -> Sequence[Listed] | Undecidable | Retry:
        """What stands on the account since then, whoever put it there: each piece by the id that `publish` tells."""
        ...

    def metrics(self, post: Outgoing, part: KeyedPart, remote_id: str) -> Mapping[str, int]:
        """What the platform counts (views, answers …); empty where it counts nothing or too few to tell."""
        ...


def channels(settings: Settings) -> dict[str, Channel]:
    """Every channel by name, with this installation's folders and exceptions."""
    network, wallet = Network(settings.outbound_allow), kept(settings)
    found: tuple[Channel, ...] = (
        Paper(settings.home / "paper"),
        Site(settings.site, settings.home / "site-used"),
        Webhook(network, wallet),
        WordPress(network, wallet, settings.home / "wordpress"),
        MailingList(network, wallet),
        Bluesky(network, wallet),
        Mastodon(network, wallet),
        Matrix(network, wallet),
        Telegram(network, wallet),
        Manual(network, Rows(wallet.opened)),
    )
    outside = [one for one in found if f"{SANDBOX}{one.name}" in PROMISED]
    played = [_sandbox(settings.home / "paper", one) for one in outside]
    return {one.name: one for one in (*found, *played, *(make(settings) for make in MORE))}


def _sandbox(folder: Path, of: Channel) -> Channel:
    """Nobody counts there."""
    return Sandbox(Paper(folder / of.name), folder / of.name / "called", of.name, replace(of.caps, counts=()))


# What a program that is not the product adds for itself: the bench's own worker, to write a ledger. Else empty.
MORE: list[Callable[[Settings], Channel]] = []


def channel(settings: Settings, name: str) -> Channel:
    """The channel of that name. Refuses with `channel.unknown`."""
    known = channels(settings)
    if name not in known:
        raise Refusal("channel.unknown", f"There is no channel called {name!r}.", f"Use one of {', '.join(known)}.")
    return known[name]
