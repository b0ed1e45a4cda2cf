"""The instance's keys: for the record, for protected terms, for sensitive fields, and the keeper's public half.

They live in home/keys/ (0700), outside the database; the keeper's private half is written once, outside home.
"""

import json
import os
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from content.errors import Refusal

KIT = "counterpoint/keys/1"
_NEW_TERMS = "terms.key.new"
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


def new_terms(folder: Path) -> bytes:
    """A new key for protected terms, kept beside the present one until `take_new_terms`; the same one until then."""
    path = folder / _NEW_TERMS
    if not path.exists():
        _write(path, secrets.token_bytes(32))
    return b64decode(path.read_bytes())


def take_new_terms(folder: Path) -> None:
    """From here on the new key is the key; programs that run still hold the old one, and so find no term at all."""
    (folder / _NEW_TERMS).replace(folder / "terms.key")


def pack(folder: Path, keeper_public: bytes) -> bytes:
    """A kit of everything in the folder, channels' credentials too, that only the keeper's private half opens."""
    files = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}
    told = {name: b64encode(path.read_bytes()).decode() for name, path in files.items()}
    return SealedBox(PublicKey(keeper_public)).encrypt(json.dumps({"format": KIT, "files": told}).encode())


def unpack(kit: bytes, keeper_private: bytes, folder: Path) -> int:
    """Puts a kit's files into an empty folder; returns how many. Raises Refusal `keys.exist`, `keys.kit`."""
    if (folder / "record.key").exists():
        raise Refusal("keys.exist", f"{folder} already holds keys.", "Keep them, or name another home.")
    try:
        told = json.loads(SealedBox(PrivateKey(b64decode(keeper_private))).decrypt(kit))
        files = {Path(name): b64decode(value) for name, value in told["files"].items()}
    except (CryptoError, ValueError, KeyError, TypeError):
        raise Refusal(
            "keys.kit", "The kit does not open with that key.", "Ask the keeper for the private half."
        ) from None
    if told["format"] != KIT or any(name.is_absolute() or ".." in name.parts for name in files):
        raise Refusal("keys.kit", "That is no kit of keys.", "Take the file that `counterpoint backup --keys` wrote.")
    for name, value in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _put(folder / name, value)
    return len(files)


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
    _put(path, b64encode(value))


def _put(path: Path, value: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(value)
