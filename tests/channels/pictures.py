"""Pictures and films made by hand: the smallest that a real server takes for one."""

import hashlib
import struct
import zlib
from pathlib import Path

from content.outcome import Attachment

CAPTIONS = "WEBVTT\n\n00:00.000 --> 00:01.000\nقالوا: It was &lt;quiet&gt; &amp; cold.\n"


def a_picture(folder: Path, width: int = 8, height: int = 6, more: int = 0) -> Attachment:
    """A grey PNG as a file, as an attachment without a description; `more` bytes of no meaning stand in it besides."""
    raw = b"".join(b"\0" + b"\x80\x90\xa0" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(raw)), (b"IEND", b"")]
    if more:
        chunks.insert(1, (b"tEXt", b"n\0" + b"x" * more))
    whole = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)
    found = hashlib.sha256(whole).hexdigest()
    path = folder / f"{found[:16]}.png"
    path.write_bytes(whole)
    return Attachment(found, "image/png", "", path, width, height)


def a_film(folder: Path, more: int = 0) -> Attachment:
    """An MP4 in which nothing moves, as an attachment without a description; `more` bytes stand in it besides."""
    kinds = b"isom" + struct.pack(">I", 512) + b"isomiso2avc1mp41"
    return _kept(folder, _box(b"ftyp", kinds) + _box(b"free", b"") + _box(b"mdat", b"\0" * more), "video/mp4")


def a_sound(folder: Path) -> Attachment:
    """The same of a sound."""
    return _kept(
        folder, _box(b"ftyp", b"M4A " + struct.pack(">I", 512) + b"M4A isom") + _box(b"mdat", b""), "audio/mp4"
    )


def _kept(folder: Path, whole: bytes, kind: str) -> Attachment:
    found = hashlib.sha256(whole).hexdigest()
    path = folder / f"{found[:16]}.{'mp4' if kind.startswith('video') else 'm4a'}"
    path.write_bytes(whole)
    is_film = kind.startswith("video")
    return Attachment(found, kind, "", path, 64 if is_film else 0, 48 if is_film else 0, seconds=1.5)


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
