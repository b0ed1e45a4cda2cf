"""Pictures made by hand: the smallest that servers take for one."""

import hashlib
import struct
import zlib
from pathlib import Path

from content.outcome import Attachment


def a_picture(folder: Path, *, width: int = 2, height: int = 2, more: int = 0, alt: str = "A house.") -> Attachment:
    """A grey PNG of so many pixels; `more` bytes of no meaning stand in it besides."""
    lines = b"".join(b"\0" + b"\x80\x80\x80" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"tEXt", b"n\0" + b"x" * more), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")]
    content = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)
    found = hashlib.sha256(content).hexdigest()
    (folder / found).write_bytes(content)
    return Attachment(found, "image/png", alt, folder / found, width, height)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
