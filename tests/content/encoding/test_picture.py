"""What comes out of a picture: its pixels, upright and in sRGB, and not a word about who made it, where or on what."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from content.encoding import picture
from content.encoding.left import left_over
from content.errors import Refusal
from tests.content.encoding.conftest import a_face, a_field

pytestmark = pytest.mark.wide  # each starts a process that loads what decodes

SECRET = b"SECRETPLACE"
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + SECRET + b"</x:xmpmeta>"


def exif(**more: Any) -> bytes:
    told = Image.Exif()
    told[0x010E], told[0x0110] = SECRET.decode(), "Camera " + SECRET.decode()
    told.get_ifd(0x8825)[1], told.get_ifd(0x8825)[29] = "N", SECRET.decode()
    for tag, value in more.items():
        told[int(tag[1:], 16)] = value
    return told.tobytes()


def profile(name: str = "sRGB") -> bytes:
    """A colour profile with a name of its own in it."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(name)).tobytes().replace(b"sRGB built-in", b"SECRETPLACE!!")  # type: ignore[arg-type]


def jpeg(image: Image.Image | None = None, **more: Any) -> bytes:
    out = io.BytesIO()
    (image or a_field()).save(out, "JPEG", **{"exif": exif(), "xmp": XMP, "comment": SECRET} | more)
    iptc = b"Photoshop 3.0\x00" + b"8BIM\x04\x04\x00\x00" + struct.pack(">I", len(SECRET)) + SECRET
    segment = b"\xff\xed" + struct.pack(">H", len(iptc) + 2) + iptc
    return out.getvalue()[:2] + segment + out.getvalue()[2:]


def png(image: Image.Image | None = None) -> bytes:
    told, out = PngImagePlugin.PngInfo(), io.BytesIO()
    told.add_text("Author", SECRET.decode())
    told.add_text("Comment", SECRET.decode(), zip=True)
    told.add_itxt("XML:com.adobe.xmp", XMP.decode())
    told.add(b"prVt", SECRET)
    (image or a_field()).save(out, "PNG", pnginfo=told, exif=exif(), icc_profile=profile(), dpi=(300, 300))
    return out.getvalue()


def webp() -> bytes:
    out = io.BytesIO()
    a_field().save(out, "WEBP", exif=exif(), xmp=XMP, icc_profile=profile(), lossless=True)
    return out.getvalue()


def developed(tmp_path: Path, data: bytes, sizes: tuple[int, ...] = ()) -> tuple[dict[str, Any], list[bytes]]:
    source, folder = tmp_path / "given.jpg", tmp_path / "made"
    source.write_bytes(data)
    folder.mkdir(exist_ok=True)
    told = picture.develop(source, folder, sizes)
    return told, [(folder / one["file"]).read_bytes() for one in told["files"]]


@pytest.mark.parametrize("data", [jpeg(), png(), webp()], ids=["jpeg", "png", "webp"])
@pytest.mark.parametrize(
    "behind", [b"", b"PK\x03\x04" + SECRET, b"<html>" + SECRET, b"%PDF-1.7 " + SECRET], ids=["", "zip", "html", "pdf"]
)
def test_nothing_of_what_a_file_says_of_itself_or_carries_behind_its_end_survives(
    tmp_path: Path, data: bytes, behind: bytes
) -> None:
    given = data + behind
    assert given.count(SECRET) >= 2  # it was in there
    told, (made,) = developed(tmp_path, given)
    assert SECRET not in made
    assert b"adobe" not in made.lower() and b"exif" not in made.lower() and b"icc" not in made.lower()
    assert told["left"] == [] == left_over(made, told["files"][0]["type"])
    harmless = {"jfif", "jfif_version", "jfif_unit", "jfif_density", "loop", "background"}  # what the format has anyway
    assert Image.open(io.BytesIO(made)).info.keys() <= harmless


@pytest.mark.parametrize("data", [jpeg(), png(), webp()], ids=["jpeg", "png", "webp"])
def test_what_is_left_is_read_from_the_bytes_themselves(data: bytes) -> None:
    kind = {b"\xff": "image/jpeg", b"\x89": "image/png", b"R": "image/webp"}[data[:1]]
    assert left_over(data, kind)
    assert "trailing" in left_over(data + b"more", kind)


def test_a_picture_is_turned_as_its_camera_was_held(tmp_path: Path) -> None:
    _, (made,) = developed(tmp_path, jpeg(exif=exif(t0112=6)))
    image = Image.open(io.BytesIO(made))
    assert image.size == (48, 64)
    top, below = image.getpixel((24, 8)), image.getpixel((24, 56))
    assert top[0] > 200 > below[0] and below[2] > 200  # type: ignore[index]


def test_colours_are_what_the_profile_meant(tmp_path: Path) -> None:
    out = io.BytesIO()
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    a_field().save(out, "JPEG", icc_profile=lab.tobytes(), quality=95)
    _, (made,) = developed(tmp_path, out.getvalue())
    red = Image.open(io.BytesIO(made)).getpixel((8, 8))
    assert red[0] > 230 and red[1] < 40 and red[2] < 40  # type: ignore[index]


def test_what_shows_through_stays_so_in_a_png_and_lies_on_white_in_a_jpeg(tmp_path: Path) -> None:
    glass = Image.effect_noise((900, 900), 90).convert("RGBA")
    glass.putalpha(0)
    out = io.BytesIO()
    glass.save(out, "PNG")
    told, (best, small) = developed(tmp_path, out.getvalue(), (3_000,))
    assert [one["type"] for one in told["files"]] == ["image/png", "image/jpeg"] or len(best) <= 3_000
    assert Image.open(io.BytesIO(best)).getpixel((5, 5))[3] == 0  # type: ignore[index]
    assert min(Image.open(io.BytesIO(small)).convert("L").getextrema()) > 250  # type: ignore[type-var]


def test_each_size_that_a_format_takes_has_a_file_that_fits_it(tmp_path: Path) -> None:
    noise = Image.effect_noise((1200, 1200), 90).convert("RGB")
    told, files = developed(tmp_path, jpeg(noise, quality=95), (400_000, 100_000))
    assert [len(one) for one in files[1:]] == [one["bytes"] for one in told["files"][1:]]
    assert len(files[0]) > 400_000 >= len(files[1]) > 100_000 >= len(files[2])
    assert told["files"][2]["width"] < 1200


def test_a_face_is_seen_and_a_field_has_none(tmp_path: Path) -> None:
    assert developed(tmp_path, jpeg(a_face()))[0]["faces"] == 1
    assert developed(tmp_path, jpeg(a_field(400, 300)))[0]["faces"] == 0


def bomb() -> bytes:
    """A small PNG that says it is 40,000 pixels wide and high."""
    head = b"\x89PNG\r\n\x1a\n"
    said = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", said), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    return head + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


def moving() -> bytes:
    out = io.BytesIO()
    a_field().save(out, "PNG", save_all=True, append_images=[a_face(64)])
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (bomb(), "media.pixels"),
        (moving(), "media.moving"),
        (jpeg()[:400], "media.broken"),
        (png()[:60], "media.broken"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "media.broken"),
    ],
    ids=["bomb", "moving", "cut jpeg", "cut png", "nothing"],
)
def test_bombs_moving_pictures_and_broken_ones_are_refused(tmp_path: Path, data: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        developed(tmp_path, data)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "data", [b"GIF89a", b"<svg/>", b"%PDF-1.7", b"RIFF\0\0\0\0WAVE", b"BM", b"", b"\0\0\0\x20ftypheic"]
)
def test_other_kinds_are_no_pictures_whatever_their_name_says(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.png").write_bytes(data)
    assert not picture.is_one(tmp_path / "x.png")
