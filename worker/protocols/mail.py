"""One mail of a piece: its words as they are and once more as HTML, signed for the sender's domain.

Pictures stand in the page, each under the name by which the page calls it; who reads plain text reads what they show.
"""

import html
from datetime import UTC
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from content.encoding import ENDINGS
from content.outcome import Attachment, KeyedPart, Outgoing
from worker.protocols.paragraphs import paragraphs

if TYPE_CHECKING:  # two megabytes, which only a worker that signs mails needs
    from worker.protocols.dkim import Signer

_SEVEN = SMTP.clone(cte_type="7bit")  # what no server on the way has a reason to change


def mail(post: Outgoing, part: KeyedPart, sender: str, to: str, signer: "Signer | None" = None) -> bytes:
    """With CRLF, in lines that every server takes; the same bytes for the same piece."""
    content = _head(post, part, sender, to) + _content(post, part)
    return content if signer is None else signer.signature(content, int(post.due_at.timestamp())) + content


def _head(post: Outgoing, part: KeyedPart, sender: str, to: str) -> bytes:
    """Written here: the library's own folding of a subject in other letters loses spaces between words."""
    title = subject(post)
    plain = title.isascii() and "=?" not in title  # which would be read as other letters
    told = {
        "From": sender,
        "To": to,
        "Subject": Header(title, "us-ascii" if plain else "utf-8", header_name="Subject").encode(),
        "Date": format_datetime(post.due_at.astimezone(UTC)),
        "Message-ID": message_id(part, sender),
        "Auto-Submitted": "auto-generated",
        "Content-Language": post.language,
    }
    lines = "".join(f"{name}: {value}\n" for name, value in told.items())
    return lines.replace("\n", "\r\n").encode("ascii")


def _content(post: Outgoing, part: KeyedPart) -> bytes:
    made = EmailMessage(_SEVEN)
    made.set_content("\n\n".join((part.text, *(_said(one) for one in part.attachments))) + "\n")
    made.add_alternative(_page(post, part), subtype="html")
    if part.attachments:
        _hang(made, part)
    made.set_boundary(f"counterpoint-{_name(part)}")
    return made.as_bytes()


def _hang(made: EmailMessage, part: KeyedPart) -> None:
    """The pictures beside the page that shows them. Boundaries and names are the piece's: the same bytes each time."""
    _, page = made.iter_parts()
    for number, one in enumerate(part.attachments):
        main, _, kind = one.type.partition("/")
        page.add_related(one.read(), main, kind, cid=f"<{_called(part, number)}>", disposition="inline",
                         filename=f"{number + 1}.{ENDINGS[one.type]}",
                         headers=[f"Content-Description: {_line(one.told)}"])  # fmt: skip
    page.set_boundary(f"counterpoint-related-{_name(part)}")


def _called(part: KeyedPart, number: int) -> str:
    return f"{number + 1}.{_name(part)}@counterpoint.invalid"


def _said(one: Attachment) -> str:
    """A picture to those who see none."""
    return f"[{one.told}]"


def _line(text: str) -> str:
    return " ".join(text.split())


def subject(post: Outgoing) -> str:
    """In one line."""
    return _line(post.title)


def message_id(part: KeyedPart, sender: str) -> str:
    """The same for the same piece; nothing can be read from it but the sender's domain."""
    return f"<{_name(part)}@{sender.rpartition('@')[2]}>"


def _name(part: KeyedPart) -> str:
    return sha256(f"counterpoint/mail/1|{part.key}".encode()).hexdigest()[:32]


def _page(post: Outgoing, part: KeyedPart) -> str:
    """Programs that leave out the document around it keep the direction of each paragraph."""
    given = f'lang="{html.escape(post.language)}" dir="{post.direction}"'
    head = f'<head><meta charset="utf-8"><title>{html.escape(subject(post))}</title></head>'
    words = paragraphs(part.text, post.links, post.language, post.direction)
    shown = "".join(_figure(part, number, one, given) for number, one in enumerate(part.attachments))
    return f"<!DOCTYPE html>\n<html {given}>\n{head}\n<body {given}>{words}{shown}</body>\n</html>\n"


def _figure(part: KeyedPart, number: int, one: Attachment, given: str) -> str:
    """A note stands before the picture, its label beneath it."""
    before = f"<p>{html.escape(one.note)}</p>" if one.note else ""
    label = f"<figcaption>{html.escape(one.label)}</figcaption>" if one.label else ""
    shown = f'<img src="cid:{_called(part, number)}" alt="{html.escape(one.alt)}" width="{one.width}">'
    return f"{before}<figure {given}>{shown}{label}</figure>"
