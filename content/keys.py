"""The instance's keys: for the record, for protected terms, for sensitive fields, and the keeper's public half.

They live in home/keys/ (0700), outside the database; the keeper's private half is written once, outside home.
"""

import os
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from nacl.public import PrivateKey

from content.errors import Refusal

_NAMES = ("record", "terms", "fields")


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """32 bytes each. Never logged: it has no representation."""

    record: bytes
    terms: bytes
    fields: bytes
    keeper_public: bytes


def create(folder: Path, keeper_private: Path) -> Keys:
    """Makes new keys once, and writes the keeper's private half to a file outside home (0600)."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (folder / "record.key").exists():
        raise Refusal("keys.exist", f"{folder} already holds keys.", "Keep them: without them nothing verifies.")
    private = PrivateKey.generate()
    for name in _NAMES:
        _write(folder / f"{name}.key", secrets.token_bytes(32))
    _write(folder / "keeper.pub", bytes(private.public_key))
    _write(keeper_private, bytes(private))
    return load(folder)


def load(folder: Path) -> Keys:
    """Reads the keys of this instance. Raises Refusal `keys.missing`."""
    try:
        record, terms, fields = (b64decode((folder / f"{name}.key").read_bytes()) for name in _NAMES)
        return Keys(record, terms, fields, b64decode((folder / "keeper.pub").read_bytes()))
    except FileNotFoundError as gone:
        raise Refusal(
            "keys.missing",
            f"A key is missing: {gone.filename}.",
            "Restore keys/ from the recovery kit, or run `counterpoint init`.",
        ) from gone


def encrypt(key: bytes, plain: str, place: str) -> str:
    """AES-256-GCM, base64 of key id | nonce | ciphertext; `place` is table|column|row, so a moved value fails."""
    nonce = secrets.token_bytes(12)
    sealed = AESGCM(key).encrypt(nonce, plain.encode(), place.encode())
    return b64encode(b"\x01" + nonce + sealed).decode()


def decrypt(key: bytes, sealed: str, place: str) -> str:
    """The plain words again. Raises cryptography's InvalidTag where anything was changed or moved."""
    raw = b64decode(sealed)
    return AESGCM(key).decrypt(raw[1:13], raw[13:], place.encode()).decode()


def _write(path: Path, value: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(b64encode(value))
