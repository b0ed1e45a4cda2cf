"""A mail signed for its sender's domain (DKIM, RFC 6376; Ed25519 by RFC 8463), relaxed in header and body.

The address stands once among the signed headers more than in the mail, so that nobody adds a second one unseen.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

Key = RSAPrivateKey | Ed25519PrivateKey
SHORTEST = 1024  # bits of an RSA key; receivers take no shorter ones
SIGNED = ("from", "to", "subject", "date", "message-id", "mime-version", "content-type", "auto-submitted")
_PEM = re.compile(r"(-----BEGIN [A-Z ]+-----)([^-]*)(-----END [A-Z ]+-----)")
_SPACES = re.compile(rb"[ \t]+")


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: the key's public half stands in the DNS as `<selector>._domainkey.<domain>`."""

    key: Key
    domain: str
    selector: str

    def signature(self, mail: bytes, stamp: int) -> bytes:
        """The header to set before a mail with CRLF, its own line end included. stamp: seconds since 1970."""
        head, _, body = mail.partition(b"\r\n\r\n")
        name = "ed25519" if isinstance(self.key, Ed25519PrivateKey) else "rsa"
        digest = base64.b64encode(hashlib.sha256(_body(body)).digest()).decode()
        told = (
            f"v=1; a={name}-sha256; c=relaxed/relaxed; d={self.domain}; s={self.selector}; t={stamp};"
            f"\r\n h={':'.join((*SIGNED, 'from'))};\r\n bh={digest};\r\n b="
        )
        own = _header(f"DKIM-Signature: {told}".encode())
        signed = _sign(self.key, b"\r\n".join([*_chosen(head), own]))
        return f"DKIM-Signature: {told}{_folded(base64.b64encode(signed).decode())}\r\n".encode()


def load(pem: str) -> Key:
    """A private key from its PEM. Raises ValueError where it is none that signs mails.

    A field of one line takes the line breaks out of what is pasted into it: they are put back.
    """
    found = _PEM.fullmatch(pem.strip())
    if found is None:
        raise ValueError("the key is no PEM")
    lines = re.findall(".{1,64}", "".join(found[2].split()))
    try:
        key = load_pem_private_key("\n".join([found[1], *lines, found[3], ""]).encode(), None)
    except TypeError as error:
        raise ValueError("the key is locked with a password") from error
    if isinstance(key, Ed25519PrivateKey) or (isinstance(key, RSAPrivateKey) and key.key_size >= SHORTEST):
        return key
    raise ValueError("this key is neither Ed25519 nor RSA of a sufficient length")


def _sign(key: Key, data: bytes) -> bytes:
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(hashlib.sha256(data).digest())
    return key.sign(data, PKCS1v15(), SHA256())


def _chosen(head: bytes) -> Sequence[bytes]:
    """The signed headers that are there, in the order in which they are named."""
    known = {line.partition(b":")[0]: line for line in map(_header, re.split(rb"\r\n(?![ \t])", head))}
    return [known[name.encode()] for name in SIGNED if name.encode() in known]


def _header(line: bytes) -> bytes:
    name, _, value = line.replace(b"\r\n", b"").partition(b":")
    return name.strip().lower() + b":" + _SPACES.sub(b" ", value).strip()


def _body(body: bytes) -> bytes:
    lines = [_SPACES.sub(b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    text = b"\r\n".join(lines).rstrip(b"\r\n")
    return text + b"\r\n" if text else b""


def _folded(text: str) -> str:
    return "\r\n ".join(text[start : start + 72] for start in range(0, len(text), 72))
