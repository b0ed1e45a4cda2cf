"""The mail of a piece, as a program of another hand reads and verifies it."""

import base64
import email
import email.policy
from dataclasses import replace
from email.message import EmailMessage

import dkim as oracle
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as curve
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from content.release import Release
from tests.channels.letters import a_release
from tests.channels.suite import ARABIC, EMOJI, MARKS
from worker.protocols import dkim
from worker.protocols.mail import mail

SENDER, TO = "desk@house.example.org", "news@lists.example.org"
RSA, CURVE = generate_private_key(65537, 2048), Ed25519PrivateKey.generate()
OTHERS = {type(RSA): generate_private_key(65537, 2048), type(CURVE): Ed25519PrivateKey.generate()}
SPACES = "one  two \t\t three   \n\n  a line \n\n\n"


def pem(key: object, lock: bytes = b"") -> str:
    how = BestAvailableEncryption(lock) if lock else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how).decode()


def record(key: dkim.Key) -> bytes:
    public = key.public_key()
    if isinstance(key, Ed25519PrivateKey):
        return b"v=DKIM1; k=ed25519; p=" + base64.b64encode(public.public_bytes(Encoding.Raw, PublicFormat.Raw))
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )


def signed(key: dkim.Key, release: Release) -> bytes:
    return mail(release, release.parts[0], SENDER, TO, dkim.Signer(dkim.load(pem(key)), "house.example.org", "desk"))


def verified(content: bytes, key: dkim.Key) -> bool:
    return bool(oracle.verify(content, dnsfunc=lambda name, timeout=5: record(key)))


def read(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, policy=email.policy.default)


def words(one: EmailMessage, kind: str = "plain") -> str:
    part = one.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n").removesuffix("\n")


@pytest.mark.parametrize("key", [RSA, CURVE], ids=["rsa", "ed25519"])
@pytest.mark.parametrize("text", ["Words.", ARABIC, EMOJI, SPACES, "", "." * 2000])
def test_another_program_verifies_the_signature(key: dkim.Key, text: str) -> None:
    release = a_release("x", title="ربيع في القرية", language="ar")
    content = signed(key, replace(release, parts=(replace(release.parts[0], text=text),)))
    assert verified(content, key)
    assert not verified(content, OTHERS[type(key)])


@pytest.mark.parametrize(
    "name", [b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Auto-Submitted", b"Content-Type"]
)
def test_no_header_that_a_reader_sees_can_be_changed(name: bytes) -> None:
    content = signed(RSA, a_release("Words."))
    changed = content.replace(b"\r\n" + name + b": ", b"\r\n" + name + b": x", 1)
    assert changed != content and not verified(changed, RSA)


def test_nobody_can_add_a_second_sender_or_a_word() -> None:
    content = signed(RSA, a_release("Words."))
    assert not verified(b"From: other@house.example.org\r\n" + content, RSA)
    assert not verified(content + b"More.\r\n", RSA)


@pytest.mark.parametrize("bad", ["", "no key", pem(curve(SECP256R1())), pem(RSA, b"lock"), pem(RSA)[:-80]])
def test_a_key_that_signs_no_mail_is_refused(bad: str) -> None:
    with pytest.raises(ValueError):
        dkim.load(bad)


@pytest.mark.parametrize("between", ["", " ", "\r\n", "\n\n"])
def test_a_key_pasted_into_one_line_is_the_same_key(between: str) -> None:
    pasted = dkim.load(f" {pem(RSA).replace(chr(10), between)} ")
    assert pasted.public_key() == RSA.public_key()


@pytest.mark.parametrize("text", ["Words.", ARABIC, EMOJI, MARKS, SPACES, ".\n..\n.x", "ب" * 3000, "From me\nFrom you"])
def test_the_words_arrive_as_they_are(text: str) -> None:
    release = a_release(text)
    content = mail(release, release.parts[0], SENDER, TO)
    assert words(read(content)) == text
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert content.isascii() and b"\n" not in content.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "title", ["Spring", "ربيع في القرية " * 9, "A word " * 21, EMOJI * 5, "é" * 150, "=?utf-8?b?eA==?="]
)
def test_a_subject_of_any_letters_keeps_its_spaces(title: str) -> None:
    release = a_release("Words.", title=title)
    assert read(mail(release, release.parts[0], SENDER, TO))["subject"] == " ".join(title.split())


def test_a_title_of_two_lines_adds_no_header() -> None:
    release = a_release("Words.", title="Spring\r\nBcc: other@house.example.org\n\nx")
    one = read(mail(release, release.parts[0], SENDER, TO))
    assert one["bcc"] is None and one["subject"] == "Spring Bcc: other@house.example.org x"


def test_each_paragraph_of_the_page_says_its_language_and_direction() -> None:
    release = a_release(f"{ARABIC}\n\n<b>&\n{ARABIC} https://example.org/a?b=1&c=2", language="ar",
                        links=("https://example.org/a?b=1&c=2", "javascript:x"))  # fmt: skip
    page = words(read(mail(release, release.parts[0], SENDER, TO)), "html")
    assert '<html lang="ar" dir="rtl">' in page
    assert f'<p lang="ar" dir="rtl">{ARABIC}</p><p lang="ar" dir="rtl">&lt;b&gt;&amp;<br />{ARABIC} <a href=' in page
    assert '<a href="https://example.org/a?b=1&amp;c=2" rel="noopener noreferrer" dir="ltr">' in page
    assert page.count("<a ") == 1
