"""The list channel on a real mail server: what lies in the list's mailbox, and who signed it."""

import base64
import email
import email.policy
import hashlib
import imaplib
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from content.outcome import Sent
from content.release import Release
from tests.channels.letters import a_release
from tests.channels.pictures import a_picture
from tests.channels.suite import ARABIC, AtMostOnce, Bytes, Loses, NoRecall, Pictures, Suite, Tried, publish, showing
from tests.channels.test_list import alts_of, pictures_of
from tests.servers.losing import Losing
from worker.caps import Verified
from worker.channels import mailing_list as channel
from worker.channels.mailing_list import MailingList
from worker.outbound import Network
from worker.wallet import Given

KEY = generate_private_key(65537, 2048)
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
IMAP = ("127.0.0.1", 10143)


class Mailbox:
    """What the list's own address received."""

    def __init__(self) -> None:
        self.line = imaplib.IMAP4(*IMAP)
        self.line.login("reader", "pw")
        self.line.select("INBOX")

    def clear(self) -> None:
        if self.raw():  # what the test before sent has come
            self.line.store("1:*", "+FLAGS", "\\Deleted")
            self.line.expunge()

    def raw(self) -> list[bytes]:
        """Every mail as it lies there, once none has come for a while."""
        count, quiet = -1, time.monotonic()
        while time.monotonic() - quiet < 0.4:
            now = int(self.line.select("INBOX")[1][0] or b"0")
            if now != count:
                count, quiet = now, time.monotonic()
            time.sleep(0.05)
        found = self.line.fetch("1:*", "(RFC822)")[1] if count else []
        return [one[1] for one in found if isinstance(one, tuple)]

    def mails(self) -> list[EmailMessage]:
        return [email.message_from_bytes(one, policy=email.policy.default) for one in self.raw()]

    def out(self) -> dict[str, str]:
        """The words of each mail, by where it lies in the box: two of the same Message-ID are two."""
        return {str(place): words(one) for place, one in enumerate(self.mails())}


def words(one: EmailMessage, kind: str = "plain") -> str:
    part = one.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n").removesuffix("\n")


@pytest.fixture
def mailbox(mail: str) -> Iterator[Mailbox]:
    found = Mailbox()
    with found.line:
        found.clear()
        yield found


@pytest.fixture
def line(mail: str) -> Iterator[Losing]:
    place = urlsplit(mail)
    with Losing((place.hostname or "", place.port or 0)) as running:
        yield running


@pytest.fixture
def tried(mailbox: Mailbox, line: Losing, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Tried:
    settings = {
        "host": "127.0.0.1", "port": line.port, "tls": "none", "from": "desk@house.example.org", "to": "reader@test",
        "dkim_domain": "house.example.org", "dkim_selector": "desk",
    }  # fmt: skip
    way = MailingList(Network([f"127.0.0.1:{line.port}"]), Given({"desk": [{"key": PEM}]}))

    def letter(*texts: str, **more: Any) -> Release:
        return a_release(*texts, channel="list", identity="mailto:reader@test", settings=settings, **more)

    @contextmanager
    def lost() -> Iterator[None]:
        monkeypatch.setattr(channel, "SECONDS", 6.0)
        line.lose_after(b"\r\n.\r\n")
        yield
        line.turn("pass")

    return Tried(
        way, letter, mailbox.out, lost=lost, picture=a_picture(tmp_path),
        alts=lambda: [alt for one in mailbox.raw() for alt in alts_of(one)],
        sums=lambda: [hashlib.sha256(each).hexdigest() for one in mailbox.raw() for each in pictures_of(one)],
    )  # fmt: skip


class TestOnAMailServer(Suite, AtMostOnce, NoRecall, Loses, Pictures, Bytes):
    """Once at most: what was lost is not sent again."""


@pytest.mark.parametrize("pictures", [0, 2])
def test_what_readers_get_is_signed_by_the_senders_domain(
    tried: Tried, mailbox: Mailbox, tmp_path: Path, pictures: int
) -> None:
    shown = [replace(a_picture(tmp_path, 8 + number, more=90_000), alt=ARABIC) for number in range(pictures)]
    publish(tried.way, showing(tried.letter(ARABIC, language="ar", title="ربيع"), *shown))
    (raw,) = mailbox.raw()
    der = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    asked: list[bytes] = []

    def dns(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)

    assert dkim.verify(raw, dnsfunc=dns)
    assert asked == [b"desk._domainkey.house.example.org."]
    forged = [
        raw.replace(b"auto-generated", b"no"),
        raw + b"More.\r\n",
        b"From: other@house.example.org\r\n" + raw,
        raw.replace(b"To: reader@test", b"To: other@test"),
    ]
    assert all(one != raw and not dkim.verify(one, dnsfunc=dns) for one in forged)


def test_readers_of_arabic_get_it_from_right_to_left_and_everybody_the_words_as_they_are(
    tried: Tried, mailbox: Mailbox
) -> None:
    title = " ".join(["ربيع في القرية"] * 10)  # many words of a subject are folded
    text = f"{ARABIC}\n\n.\n..a dot\nFrom here: https://example.org/a?b=1&c=2 and " + "ب" * 1200
    publish(tried.way, tried.letter(text, language="ar", title=title, links=("https://example.org/a?b=1&c=2",)))
    (one,) = mailbox.mails()
    assert one["subject"] == title
    assert words(one) == text
    page = words(one, "html")
    assert page.count('<p lang="ar" dir="rtl">') == 2 and '<body lang="ar" dir="rtl">' in page
    assert 'href="https://example.org/a?b=1&amp;c=2"' in page
    assert [part.get_content_type() for part in one.iter_parts()] == ["text/plain", "text/html"]


def test_a_mail_says_what_it_is_and_names_nobody_but_the_list(tried: Tried, mailbox: Mailbox) -> None:
    release = tried.letter("Words.")
    sent = publish(tried.way, release)
    assert isinstance(sent, Sent)
    (one,) = mailbox.mails()
    assert (one["from"], one["to"], one["auto-submitted"]) == (
        "desk@house.example.org",
        "reader@test",
        "auto-generated",
    )
    assert one["date"].datetime == release.due_at
    assert one["message-id"] == sent.parts[0].remote_id
    assert not [name for name in one if name.lower().startswith("list-")]
    greeted = one.get_all("received")[-1]
    assert greeted.startswith("from house.example.org ") and platform.node() not in greeted


def test_a_look_at_the_account_sends_nothing(tried: Tried, mailbox: Mailbox) -> None:
    assert tried.way.verify(tried.letter().account) == Verified("mailto:reader@test")
    assert mailbox.out() == {}
