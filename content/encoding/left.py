"""What a finished file still says of itself, read from its bytes and not by the library that wrote them.

Names of chunks, segments and boxes beyond those a picture or film cannot do without; `trailing` for what follows its
end. Pure.
"""

import struct
from collections.abc import Iterator

_PNG = frozenset((b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"))
_WEBP = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH"))
_JPEG = frozenset((0xC0, 0xC1, 0xC2, 0xC4, 0xDA, 0xDB, 0xDD))  # frames, tables, scans
_JFIF = 16  # bytes of an APP0 that holds no thumbnail, its length included
_BOXES = frozenset(
    (b"ftyp", b"moov", b"mdat", b"free", b"mvhd", b"trak", b"tkhd", b"edts", b"elst", b"mdia", b"mdhd", b"hdlr",
     b"minf", b"vmhd", b"smhd", b"dinf", b"dref", b"stbl", b"stsd", b"stts", b"stss", b"stsc", b"stsz", b"stco",
     b"co64", b"ctts", b"sgpd", b"sbgp")
)  # fmt: skip
_NESTED = frozenset((b"moov", b"trak", b"mdia", b"minf", b"dinf", b"stbl", b"edts"))


def left_over(data: bytes, kind: str) -> list[str]:
    """What it holds beyond pictures and sounds; empty where nothing is left. kind: image/png, video/mp4 …"""
    readers = {"image/png": _png, "image/jpeg": _jpeg, "image/webp": _webp}
    try:
        return sorted(set(readers.get(kind, _boxes)(data)))
    except (struct.error, IndexError):
        return ["unreadable"]


def _png(data: bytes) -> Iterator[str]:
    at, name = 8, b""
    while at < len(data) and name != b"IEND":
        size, name = struct.unpack(">I4s", data[at : at + 8])
        if name not in _PNG:
            yield name.decode("latin-1")
        at += 12 + size
    if at != len(data):
        yield "trailing"


def _webp(data: bytes) -> Iterator[str]:
    at, end = 12, 8 + struct.unpack("<I", data[4:8])[0]
    while at < end:
        name, size = struct.unpack("<4sI", data[at : at + 8])
        if name not in _WEBP:
            yield name.decode("latin-1").strip()
        at += 8 + size + size % 2
    if end != len(data):
        yield "trailing"


def _jpeg(data: bytes) -> Iterator[str]:
    at = 2
    while data[at + 1] != 0xD9:
        marker, size = data[at + 1], struct.unpack(">H", data[at + 2 : at + 4])[0]
        plain = marker in _JPEG or (marker == 0xE0 and size == _JFIF and data[at + 4 : at + 8] == b"JFIF")
        if not plain:
            yield f"segment {marker:02x}"
        at += 2 + size
        if marker == 0xDA:
            at = _after_scan(data, at)
    if at + 2 != len(data):
        yield "trailing"


def _after_scan(data: bytes, at: int) -> int:
    """Where the next marker stands: within a scan only stuffed bytes and restarts follow a 0xFF."""
    while data[at] != 0xFF or data[at + 1] == 0 or 0xD0 <= data[at + 1] <= 0xD7:
        at += 1
    return at


def _boxes(data: bytes) -> Iterator[str]:
    at = 0
    while at < len(data):
        size, name = struct.unpack(">I4s", data[at : at + 8])
        if name not in _BOXES:
            yield name.decode("latin-1")
        if size < 8:
            raise struct.error("a box without an end")
        if name in _NESTED:
            yield from _boxes(data[at + 8 : at + size])
        if name == b"free" and any(data[at + 8 : at + size]):
            yield "free"
        at += size


def blanked(data: bytes) -> bytes:
    """An MP4 whose boxes of user data are free room: no byte moves, so that every offset in it still holds."""
    made, at = bytearray(data), 0
    while at + 8 <= len(made):
        size, name = struct.unpack(">I4s", made[at : at + 8])
        if size < 8:
            break
        if name == b"udta":
            made[at + 4 : at + size] = b"free".ljust(size - 4, b"\0")
        at += 8 if name in _NESTED else size
    return bytes(made)
