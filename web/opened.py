"""When a sheet was opened: the server's own time, carried by its form under a seal, so that a page writes nothing.

It says how long somebody read (content/burden.py). It proves nothing and refuses nothing: without it nothing is kept.
"""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from web.asking import Ask


def stamp(ask: Ask, digest: str, at: datetime) -> str:
    """The instant at which these words were shown to this session."""
    told = f"{at.timestamp():.3f}"
    return f"{told}.{_seal(ask, digest, told)}"


def since(ask: Ask, digest: str, given: str, at: datetime) -> timedelta | None:
    """How long ago that was; None for a stamp that is not ours, or of other words."""
    told, _, seal = given.rpartition(".")
    if not told or not hmac.compare_digest(seal, _seal(ask, digest, told)):
        return None
    return at - datetime.fromtimestamp(float(told), UTC)


def _seal(ask: Ask, digest: str, told: str) -> str:
    return hmac.new(ask.token.encode(), f"opened|{digest}|{told}".encode(), hashlib.sha256).hexdigest()[:32]
