"""A picture from outside made anew: decoded within limits, turned upright, in sRGB, written without a word of itself.

Runs in the child of content/encoding alone.
"""

import hashlib
import io
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms, ImageOps

from content.encoding.faces import most_faces
from content.encoding.left import left_over
from content.errors import Refusal

PIXELS = 60_000_000  # of a picture that is decoded at all
SIDE = 4096  # pixels of the longer side at most
_SIGNS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")
_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
_QUALITY = 88
_SMALLER = ((1.0, 82), (0.8, 80), (0.6, 80), (0.4, 78), (0.25, 75), (0.12, 70))  # (of each side, quality)


def is_one(source: Path) -> bool:
    """Whether the file begins as a PNG, JPEG or WebP does, whatever its name says."""
    with source.open("rb") as file:
        first = file.read(16)
    return first.startswith(_SIGNS) and (not first.startswith(b"RIFF") or first[8:12] == b"WEBP")


def develop(source: Path, folder: Path, sizes: Sequence[int]) -> dict[str, Any]:
    """The picture as we encode it, with smaller ones for each size that it exceeds. Raises Refusal `media.*`."""
    Image.MAX_IMAGE_PIXELS = PIXELS
    try:
        with warnings.catch_warnings(), Image.open(source, formats=tuple(_TYPES)) as found:
            warnings.simplefilter("ignore")  # of what is odd in a file; what is too large is refused beneath
            kind = found.format or ""
            image = _plain(found)
    except Image.DecompressionBombError:
        raise _too_many() from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, TypeError):
        raise Refusal(
            "media.broken", "The picture is damaged or not what it says it is.", "Save it anew and give it again."
        ) from None
    return written(image, kind, folder, sizes, most_faces([image]))


def written(image: Image.Image, kind: str, folder: Path, sizes: Sequence[int], faces: int) -> dict[str, Any]:
    """Writes the picture and its smaller ones into the folder, and says what they are."""
    best = _encoded(image, kind, _QUALITY)
    made = [(best, kind, image.size)]
    for size in sizes:
        if len(made[-1][0]) > size:
            made.append(_below(image, size))
    files = [_file(folder / f"{number}", *one) for number, one in enumerate(made)]
    left = sorted({key for data, form, _ in made for key in left_over(data, _TYPES[form])})
    return {"kind": "image", "files": files, "faces": faces, "voice": False, "milliseconds": 0, "left": left}


def _plain(found: Image.Image) -> Image.Image:
    """Its pixels alone, upright and in sRGB: no notes, no profile, no second picture."""
    if found.width * found.height > PIXELS:
        raise _too_many()
    if getattr(found, "n_frames", 1) > 1:
        raise Refusal("media.moving", "The picture moves.", "Give a still picture, or a film.")
    found.load()
    profile, clear = found.info.get("icc_profile"), found.has_transparency_data
    image = ImageOps.exif_transpose(found)
    image = _srgb(image, profile, "RGBA" if clear else "RGB")
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    return Image.frombytes(image.mode, image.size, image.tobytes())


def _srgb(image: Image.Image, profile: bytes | None, mode: str) -> Image.Image:
    """Colours as its profile means them; a profile that cannot be read counts as none."""
    if profile and image.mode in ("RGB", "CMYK", "L"):
        try:
            given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            turned = ImageCms.profileToProfile(image, given, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            turned = None
        image = turned or image
    return image.convert(mode)


def _encoded(image: Image.Image, kind: str, quality: int) -> bytes:
    out = io.BytesIO()
    if kind == "JPEG":
        _opaque(image).save(out, "JPEG", quality=quality, optimize=True)
    elif kind == "WEBP":
        image.save(out, "WEBP", quality=quality, method=4, exif=b"", icc_profile=b"", xmp=b"")
    else:
        image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _below(image: Image.Image, size: int) -> tuple[bytes, str, tuple[int, int]]:
    """As a JPEG of at most that many bytes, as large as it can be."""
    for scale, quality in _SMALLER:
        sides = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        data = _encoded(image.resize(sides, Image.Resampling.LANCZOS), "JPEG", quality)
        if len(data) <= size:
            return data, "JPEG", sides
    raise Refusal("media.dense", "The picture cannot be made small enough.", "Shrink it first.")


def _opaque(image: Image.Image) -> Image.Image:
    """On white where something shows through: a JPEG has no holes."""
    if image.mode == "RGB":
        return image
    page = Image.new("RGB", image.size, "white")
    page.paste(image, mask=image.getchannel("A"))
    return page


def _file(path: Path, data: bytes, kind: str, size: tuple[int, int]) -> dict[str, Any]:
    path.write_bytes(data)
    return {
        "file": path.name, "sha256": hashlib.sha256(data).hexdigest(), "type": _TYPES[kind], "bytes": len(data),
        "width": size[0], "height": size[1],
    }  # fmt: skip


def _too_many() -> Refusal:
    return Refusal("media.pixels", f"The picture has more than {PIXELS:,} pixels.", "Shrink it first.")
