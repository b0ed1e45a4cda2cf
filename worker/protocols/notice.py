"""What a notice says: how many things there are and where the desk is. The same for everybody, whatever it is about.

No name, title, campaign, language or word is in reach of this file, so none can get into one.
"""

import json
from datetime import UTC, datetime
from email.utils import format_datetime


def sentence(number: int, more: bool) -> str:
    """The one sentence."""
    if number == 1 and not more:
        return "1 item needs you"
    return f"{number} items or more need you" if more else f"{number} items need you"


def mail(said: str, desk: str, sender: str, to: str, key: str, at: datetime) -> bytes:
    """With CRLF, in ASCII. key: makes its Message-ID, so that one sent again can be known as the same."""
    head = {
        "From": sender, "To": to, "Subject": said, "Date": format_datetime(at.astimezone(UTC)),
        "Message-ID": f"<{key}@{sender.rpartition('@')[2]}>", "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0", "Content-Type": "text/plain; charset=us-ascii", "Content-Transfer-Encoding": "7bit",
    }  # fmt: skip
    lines = [*(f"{name}: {value}" for name, value in head.items()), "", f"{said}.", "", desk, ""]
    return "\r\n".join(lines).encode("ascii")


def event(said: str, number: int, desk: str) -> bytes:
    """As JSON. text: what a room of Slack, Mattermost or a Matrix bridge shows."""
    told = {"type": "notice", "text": f"{said}. {desk}", "data": {"items": number, "desk": desk}}
    return json.dumps(told, sort_keys=True).encode()
