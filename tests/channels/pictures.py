"""Pictures made by hand: the smallest that a real server takes for one."""

import hashlib
import struct
import zlib
from pathlib import Path

from content.outcome import Attachment


def a_picture(folder: Path, width: int = 8, height: int = 6) -> Attachment:
    """A grey PNG as a file, as an attachment without a description."""
    raw = b"".join(b"\0" + b"\x80\x90\xa0" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    whole = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(raw)) + _chunk(b"IEND", b"")
    path = folder / "picture.png"
    path.write_bytes(whole)
    return Attachment(hashlib.sha256(whole).hexdigest(), "image/png", "", path, width, height)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
