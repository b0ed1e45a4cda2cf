"""Films and sounds: H.264 and AAC of our own, whatever came, and no word in them; no playlist leads anywhere."""

import subprocess
from pathlib import Path

import pytest

from content.encoding import encode, path_of
from content.encoding.left import blanked, left_over
from content.errors import Refusal
from tests.content.encoding.conftest import a_face

SECRET = "SECRETPLACE"


def film(ffmpeg: str, path: Path, *words: str) -> Path:
    subprocess.run([ffmpeg, "-loglevel", "error", "-y", *words, str(path)], check=True)
    return path


@pytest.mark.wide
@pytest.mark.parametrize(
    ("name", "sound", "kind"), [("x.mp4", True, "video"), ("x.mkv", False, "video"), ("x.mp3", True, "audio")]
)
def test_a_film_or_sound_is_made_anew_without_a_word(
    tmp_path: Path, ffmpeg: str, name: str, sound: bool, kind: str
) -> None:
    seen = ["-f", "lavfi", "-i", "testsrc=size=322x240:rate=10:duration=1"] if kind == "video" else []
    heard = ["-f", "lavfi", "-i", "sine=duration=1"] if sound else []
    said = ["-metadata", f"title={SECRET}", "-metadata", f"comment={SECRET}"]
    given = film(ffmpeg, tmp_path / name, *seen, *heard, *said)
    assert SECRET.encode() in given.read_bytes()
    made = encode(given, tmp_path / "media")
    data = path_of(tmp_path / "media", made.files[0].name).read_bytes()
    assert SECRET.encode() not in data and b"Lavf" not in data and b"x264 - core" not in data
    assert (made.kind, made.voice, made.left, made.files[0].type) == (kind, sound, (), f"{kind}/mp4")
    assert 900 <= made.milliseconds <= 1200
    assert (made.files[0].width, made.files[0].height) == ((322, 240) if kind == "video" else (0, 0))


def test_a_face_in_a_film_is_seen(tmp_path: Path, ffmpeg: str) -> None:
    a_face().save(tmp_path / "face.png")
    given = film(
        ffmpeg, tmp_path / "x.mp4", "-loop", "1", "-i", str(tmp_path / "face.png"), "-t", "1", "-r", "5", "-pix_fmt",
        "yuv420p",
    )  # fmt: skip
    assert encode(given, tmp_path / "media").faces == 1


@pytest.mark.parametrize("words", ["#EXTM3U\n#EXTINF:1,\nfile://{0}\n", "ffconcat version 1.0\nfile '{0}'\n"])
def test_a_list_of_other_files_is_no_film(tmp_path: Path, ffmpeg: str, words: str) -> None:
    other = film(ffmpeg, tmp_path / "other.mp4", "-f", "lavfi", "-i", "testsrc=size=64x64:rate=5:duration=1")
    (tmp_path / "x.mp4").write_text(words.format(other))
    with pytest.raises(Refusal) as refused:
        encode(tmp_path / "x.mp4", tmp_path / "media")
    assert refused.value.code == "media.unreadable"


def test_without_ffmpeg_a_film_is_refused_and_says_what_is_missing(
    tmp_path: Path, ffmpeg: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = film(ffmpeg, tmp_path / "x.mp4", "-f", "lavfi", "-i", "testsrc=size=64x64:rate=5:duration=1")
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    with pytest.raises(Refusal) as refused:
        encode(given, tmp_path / "media")
    assert refused.value.code == "media.no_ffmpeg"


def test_user_data_becomes_free_room_and_no_byte_moves() -> None:
    inner = b"\0\0\0\x10udtaSECRET\0\0"
    film_ = b"\0\0\0\x18moov" + inner + b"\0\0\0\x0bmdatabc"
    made = blanked(film_)
    assert len(made) == len(film_) and b"SECRET" not in made
    assert (left_over(film_, "video/mp4"), left_over(made, "video/mp4")) == (["udta"], [])
