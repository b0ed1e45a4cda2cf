"""The list channel against a server that answers as it is told: each answer means one thing, and no mail goes twice."""

import datetime
import email
import email.policy
import hashlib
import html
import ipaddress
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from content.outcome import Impossible, Refused, Retry, Sent, Undecidable, Unknown
from content.release import Release
from tests.channels.letters import a_release
from tests.channels.mail_server import GONE, MailServer
from tests.channels.pictures import a_film, a_picture
from tests.channels.suite import AtMostOnce, Bytes, Loses, NoRecall, Pictures, Suite, Tried, publish, showing
from worker.caps import Verified
from worker.channels import mailing_list as channel
from worker.channels.mailing_list import MailingList
from worker.outbound import Network
from worker.wallet import Given

LETTER = {"from": "desk@house.example.org", "to": "news@lists.example.org", "tls": "none"}
IDENTITY = "mailto:news@lists.example.org"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


def way_to(server: MailServer, **secrets: str) -> MailingList:
    return MailingList(Network([server.pair]), Given({"desk": [secrets]} if secrets else {}))


def letter_to(server: MailServer, *texts: str, told: dict[str, Any] | None = None, **more: Any) -> Release:
    settings = LETTER | {"host": "127.0.0.1", "port": server.port} | (told or {})
    return a_release(*texts, channel="list", settings=settings, **({"identity": IDENTITY} | more))


def words(mail: bytes) -> str:
    body = email.message_from_bytes(mail, policy=email.policy.default).get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n").removesuffix("\n")


@pytest.fixture
def tried(server: MailServer, tmp_path: Path) -> Tried:
    @contextmanager
    def lost() -> Iterator[None]:
        server.told["dot"] = GONE
        yield
        server.told.clear()

    def letter(*texts: str, **more: Any) -> Release:
        return letter_to(server, *texts, **more)

    def out() -> dict[str, str]:
        return {str(place): words(one) for place, one in enumerate(server.taken)}

    return Tried(
        way_to(server), letter, out, lost=lost, picture=a_picture(tmp_path),
        alts=lambda: [alt for one in server.taken for alt in alts_of(one)],
        sums=lambda: [hashlib.sha256(each).hexdigest() for one in server.taken for each in pictures_of(one)],
    )  # fmt: skip


def alts_of(mail: bytes) -> list[str]:
    """As a reader's program shows them in place of the pictures."""
    page = email.message_from_bytes(mail, policy=email.policy.default).get_body(("html",))
    assert page is not None
    return [html.unescape(one) for one in re.findall(r'<img src="cid:[^"]*" alt="([^"]*)"', str(page.get_content()))]


def pictures_of(mail: bytes) -> list[bytes]:
    """Those that the page calls by their names, in its order."""
    read = email.message_from_bytes(mail, policy=email.policy.default)
    named = {part["content-id"]: part.get_content() for part in read.walk() if part["content-id"]}
    page = read.get_body(("html",))
    assert page is not None
    return [named[f"<{one}>"] for one in re.findall(r'src="cid:([^"]*)"', str(page.get_content()))]


class TestOnLoopback(Suite, AtMostOnce, NoRecall, Loses, Pictures, Bytes):
    """The same as on the real server."""


@pytest.mark.parametrize(
    ("stage", "code", "meant"),
    [
        ("greeting", 421, Retry), ("greeting", 554, Refused), ("greeting", GONE, Retry), ("ehlo", 502, Refused),
        ("mail", 421, Retry), ("mail", 451, Retry), ("mail", 550, Refused), ("mail", 530, Refused),
        ("mail", GONE, Retry),
        ("rcpt", 450, Retry), ("rcpt", 451, Retry), ("rcpt", 550, Refused), ("rcpt", GONE, Retry), ("rcpt", 354, Retry),
        ("data", 421, Retry), ("data", 451, Retry), ("data", 554, Refused), ("data", GONE, Retry),
        ("dot", 421, Retry), ("dot", 451, Retry), ("dot", 550, Refused), ("dot", 554, Refused),
        ("dot", 354, Unknown), ("dot", GONE, Unknown),
    ],
)  # fmt: skip
def test_each_answer_means_one_thing(
    server: MailServer, stage: str, code: int, meant: type[Retry] | type[Refused] | type[Unknown]
) -> None:
    server.told[stage] = code
    answer = publish(way_to(server), letter_to(server, "Words."))
    assert type(answer) is meant, answer
    if not isinstance(answer, Unknown):
        assert server.taken == []
        assert answer.code in (f"list.{code}", "list.no_answer", "list.auth")


def test_a_server_that_falls_silent_after_the_last_dot_leaves_it_unknown(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "SECONDS", 0.4)
    monkeypatch.setattr("tests.channels.mail_server.Talk.answer", silent_at_the_dot)
    assert isinstance(publish(way_to(server), letter_to(server, "Words.")), Unknown)


def silent_at_the_dot(talk: Any, stage: str, usual: int) -> bool:
    return True if stage == "dot" else bool(talk.say(f"{usual} {stage}"))


def test_a_server_nobody_can_reach_is_tried_again() -> None:
    with MailServer() as gone:
        pass
    answer = publish(way_to(gone), letter_to(gone, "Words."))
    assert isinstance(answer, Retry) and answer.code == "outbound.unreachable"


def test_a_name_and_a_password_let_us_in(server: MailServer) -> None:
    server.extensions = ("AUTH PLAIN",)
    way = way_to(server, user="desk", password="word")
    assert isinstance(publish(way, letter_to(server, "Words.")), Sent)
    assert any(one.startswith("AUTH PLAIN") for one in server.heard)
    server.told["auth"] = 535
    answer = publish(way, letter_to(server, "Other."))
    assert isinstance(answer, Refused) and answer.code == "list.auth"
    assert not isinstance(way.verify(letter_to(server).account), Verified)
    assert len(server.taken) == 1


def test_nothing_is_said_in_the_clear_where_that_was_not_allowed(server: MailServer) -> None:
    way = MailingList(Network(), Given())
    answer = publish(way, letter_to(server, "Words."))
    assert isinstance(answer, Retry) and answer.code == "outbound.plain"
    assert server.heard == []


def test_a_server_that_offers_no_encryption_hears_no_password(server: MailServer) -> None:
    way = way_to(server, user="desk", password="word")
    answer = publish(way, letter_to(server, "Words.", told={"tls": "starttls"}))
    assert isinstance(answer, Retry) and answer.code == "list.no_tls"
    assert not any(one.startswith(("AUTH", "MAIL")) for one in server.heard)


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate of this machine's own address, which calls out trust for now."""
    key, now = generate_private_key(SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "lists")])
    there = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    day = datetime.timedelta(days=1)
    made = x509.CertificateBuilder(name, name, key.public_key(), 7, now - day, now + day).add_extension(there, False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
    (tmp_path / "c.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + made.sign(key, SHA256()).public_bytes(Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "c.pem")
    monkeypatch.setattr(httpcore, "default_ssl_context", lambda: ssl.create_default_context(cafile=tmp_path / "c.pem"))
    return server


def test_once_encrypted_the_password_is_said_and_not_before(server: MailServer, trusted: ssl.SSLContext) -> None:
    server.extensions, server.certificate = ("STARTTLS", "AUTH LOGIN PLAIN"), trusted
    way = way_to(server, user="desk", password="word")
    assert isinstance(publish(way, letter_to(server, "Words.", told={"tls": "starttls"})), Sent)
    verbs = [one.split(" ")[0].upper() for one in server.heard]
    assert verbs[:4] == ["EHLO", "STARTTLS", "EHLO", "AUTH"]


def test_a_line_may_be_encrypted_from_the_first_byte(server: MailServer, trusted: ssl.SSLContext) -> None:
    server.at_once, server.certificate = True, trusted
    assert isinstance(publish(way_to(server), letter_to(server, "Words.", told={"tls": "tls"})), Sent)
    assert words(server.taken[0]) == "Words."


def test_a_certificate_nobody_vouches_for_ends_the_line(
    server: MailServer, trusted: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.extensions, server.certificate = ("STARTTLS",), trusted
    monkeypatch.setattr(httpcore, "default_ssl_context", ssl.create_default_context)
    answer = publish(way_to(server), letter_to(server, "Words.", told={"tls": "starttls"}))
    assert isinstance(answer, Retry) and answer.code == "outbound.unreachable"
    assert [one.split(" ")[0].upper() for one in server.heard] == ["EHLO", "STARTTLS"]


@pytest.mark.parametrize(
    "told",
    [
        {"to": "a@b.example, c@d.example"}, {"to": "a@b.example\r\nBcc: c@d.example"}, {"to": "Desk <a@b.example>"},
        {"from": "nobody"}, {"to": ["a@b.example"]}, {"tls": "maybe"}, {"port": "many"}, {"host": None, "port": None},
    ],
)  # fmt: skip
def test_settings_that_name_more_or_less_than_one_address_are_refused(server: MailServer, told: dict[str, Any]) -> None:
    answer = publish(way_to(server), letter_to(server, "Words.", told=told))
    assert isinstance(answer, Refused) and answer.code == "list.settings"
    assert server.heard == []


def test_another_list_than_the_pinned_one_gets_nothing(server: MailServer) -> None:
    answer = publish(way_to(server), letter_to(server, "Words.", told={"to": "other@lists.example.org"}))
    assert isinstance(answer, Refused) and answer.code == "list.identity"
    assert server.heard == []


def test_what_cannot_be_a_mail_is_refused_before_anybody_is_called(server: MailServer, tmp_path: Path) -> None:
    way, release = way_to(server), letter_to(server, "Words.")
    long = publish(way, replace(release, title="x" * 151))
    film, five = (a_film(tmp_path),), (a_picture(tmp_path),) * 5
    heavy = (a_picture(tmp_path, more=4_000_000),)
    shown = [publish(way, showing(release, *one)) for one in (film, five, heavy)]
    locked = publish(way_to(server, key="no key"), release)
    codes = [one.code for one in (long, *shown, locked)]
    assert codes == ["list.subject", "list.media", "list.media", "list.media", "list.settings"]
    assert server.heard == []


def test_what_was_sent_can_neither_be_asked_for_nor_called_back(server: MailServer) -> None:
    way, release = way_to(server), letter_to(server, "Words.")
    part = release.parts[0]
    assert isinstance(way.find(release, part), Undecidable)
    assert isinstance(way.stands(release, part, "x"), Undecidable)
    assert isinstance(way.listed(release.account, release.due_at), Undecidable)
    answer = way.recall(release, part, "x")
    assert isinstance(answer, Impossible) and "correction" in answer.detail
    assert server.heard == []


def test_a_picture_is_said_to_those_who_see_none_and_its_note_and_label_to_all(
    server: MailServer, tmp_path: Path
) -> None:
    picture = replace(a_picture(tmp_path), alt="A river", label="Illustration", note="A flood")
    publish(way_to(server), showing(letter_to(server, "Words."), picture))
    assert words(server.taken[0]) == "Words.\n\n[A flood\nIllustration\nA river]"
    read = email.message_from_bytes(server.taken[0], policy=email.policy.default)
    page = read.get_body(("html",))
    assert page is not None
    shown = str(page.get_content())
    assert shown.index("<p>A flood</p>") < shown.index("<img") < shown.index("<figcaption>Illustration</figcaption>")
    (part,) = [one for one in read.walk() if one.get_content_maintype() == "image"]
    told = (part.get_content_disposition(), part.get_filename(), part["content-description"])
    assert told == ("inline", "1.png", "A flood Illustration A river")
    kinds = [one.get_content_type() for one in read.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"]


def test_a_server_that_says_it_takes_no_mail_so_large_is_sent_none(server: MailServer, tmp_path: Path) -> None:
    server.extensions = ("SIZE 40000",)
    way, release = way_to(server), letter_to(server, "Words.")
    answer = publish(way, showing(release, a_picture(tmp_path, more=40_000)))
    assert isinstance(answer, Refused) and answer.code == "list.too_large"
    assert "DATA" not in server.heard and server.taken == []
    assert isinstance(publish(way, release), Sent)


@pytest.mark.parametrize("pictures", [0, 2])
def test_the_same_piece_is_the_same_mail(server: MailServer, tmp_path: Path, pictures: int) -> None:
    shown = [replace(a_picture(tmp_path, 8 + number), alt="A house.") for number in range(pictures)]
    release = showing(letter_to(server, "Words."), *shown)
    for _ in range(2):
        publish(way_to(server), release)
    assert server.taken[0] == server.taken[1]
