"""A file that a home server keeps and cannot read: what opens it stands in the event that shows it.

A server keeps a file for good, whatever becomes of the event that showed it, and gives it to whoever kept its address.
So it is given the file sealed; with the event goes the key, and what is left at the address opens for nobody who had
not read it before. Source: the client-server API's "Sending encrypted attachments", version v2.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR

TYPE = "application/octet-stream"  # what a server is told that it is


@dataclass(frozen=True, slots=True)
class Sealed:
    """content: what the server is given. opens: what the event tells of it, its address aside."""

    content: bytes
    opens: dict[str, Any]


def seal(content: bytes) -> Sealed:
    """Sealed under a key of its own, which is used for nothing else."""
    key, counter = secrets.token_bytes(32), secrets.token_bytes(8) + bytes(8)
    writer = Cipher(AES256(key), CTR(counter)).encryptor()
    closed = writer.update(content) + writer.finalize()
    jwk = {"kty": "oct", "key_ops": ["encrypt", "decrypt"], "alg": "A256CTR", "ext": True,
           "k": base64.urlsafe_b64encode(key).rstrip(b"=").decode()}  # fmt: skip
    told = {"v": "v2", "key": jwk, "iv": _plain(counter), "hashes": {"sha256": _plain(hashlib.sha256(closed).digest())}}
    return Sealed(closed, told)


def _plain(value: bytes) -> str:
    """Base64 without padding, as the protocol writes it."""
    return base64.b64encode(value).rstrip(b"=").decode()
