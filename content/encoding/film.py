"""A film or a sound from outside made anew by the system's ffmpeg: H.264 and AAC in MP4, without a word about itself.

Runs in the child of content/encoding alone; ffmpeg has the same limits, reads files only, and no playlist: one of those
names other files.
"""

import hashlib
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from PIL import Image

from content.encoding.faces import most_faces
from content.encoding.left import blanked, left_over
from content.errors import Refusal

LONGEST = 600  # seconds
_WIDEST = 1280  # pixels
_ONLY = ("-protocol_whitelist", "file", "-format_whitelist", "mov,mp4,matroska,webm,avi,mp3,wav,ogg,flac,aac")
_LOOKS = 60  # frames that are looked at for faces: one a second, then fewer
_LENGTH = re.compile(r"Duration: (\d+):(\d\d):(\d\d)\.(\d\d)")
_SIZE = re.compile(r"Video: .*?, (\d{2,5})x(\d{2,5})")


def develop(source: Path, folder: Path) -> dict[str, Any]:
    """The film or sound as we encode it. Raises Refusal `media.*`."""
    heard = _asked(source)
    picture, sound = "Video:" in heard and "attached pic" not in heard, "Audio:" in heard
    if not (picture or sound):
        raise _unread()
    length = _milliseconds(heard)
    if length > 1000 * LONGEST:
        raise Refusal("media.long", f"It is longer than {LONGEST // 60} minutes.", "Cut it, and give the parts.")
    made = folder / "made.mp4"
    _run(*_input(source), *(_seen() if picture else ["-vn"]), *_heard(), *_CLEAN, str(made))
    if not made.exists() or not made.stat().st_size:
        raise _unread()
    return _told(made, picture)


def _told(made: Path, picture: bool) -> dict[str, Any]:
    data, heard = blanked(made.read_bytes()), _asked(made)
    made.write_bytes(data)
    size = _SIZE.search(heard)
    kind = "video" if picture else "audio"
    form = "video/mp4" if picture else "audio/mp4"
    file = {
        "file": made.name, "sha256": hashlib.sha256(data).hexdigest(), "type": form, "bytes": len(data),
        "width": int(size[1]) if size else 0, "height": int(size[2]) if size else 0,
    }  # fmt: skip
    length = _milliseconds(heard)
    faces = _faces(made, length) if picture else 0
    left = left_over(data, form)
    return {"kind": kind, "files": [file], "faces": faces, "voice": "Audio:" in heard, "milliseconds": length,
            "left": left}  # fmt: skip


def _faces(made: Path, milliseconds: int) -> int:
    """The most that a frame shows, over frames spread evenly."""
    every = max(1.0, milliseconds / 1000 / _LOOKS)
    _run(
        "-i", str(made), "-vf", f"fps=1/{every:.3f}:round=up", "-frames:v", str(_LOOKS), str(made.parent / "look%d.png")
    )
    looks = sorted(made.parent.glob("look*.png"))
    found = most_faces(Image.open(look) for look in looks)
    for look in looks:
        look.unlink()
    return found


def _input(source: Path) -> list[str]:
    return [*_ONLY, "-i", str(source), "-t", str(LONGEST)]


def _seen() -> list[str]:
    """Even sides, as H.264 wants them; no note of the encoder between the pictures."""
    even = f"scale='trunc(min({_WIDEST},iw)/2)*2':-2,format=yuv420p"
    return ["-map", "0:v:0", "-vf", even, "-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-threads", "2",
            "-bsf:v", "filter_units=remove_types=6"]  # fmt: skip


def _heard() -> list[str]:
    return ["-map", "0:a:0?", "-c:a", "aac", "-b:a", "128k", "-ac", "2"]


_CLEAN = ("-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn", "-fflags", "+bitexact", "-flags:v", "+bitexact",
          "-flags:a", "+bitexact", "-movflags", "+faststart", "-empty_hdlr_name", "1", "-f", "mp4")  # fmt: skip


def _asked(path: Path) -> str:
    """What ffmpeg says of a file: it answers so, and ends in an error, where it is given nothing to write."""
    ended = subprocess.run(
        [_ffmpeg(), "-nostdin", "-hide_banner", *_ONLY, "-i", str(path)], capture_output=True, check=False
    )
    return ended.stderr.decode("utf-8", "replace")


def _run(*words: str) -> None:
    command = [_ffmpeg(), "-nostdin", "-hide_banner", "-loglevel", "error", "-y", *words]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        raise _unread()


def _ffmpeg() -> str:
    found = shutil.which("ffmpeg")
    if found is None:
        raise Refusal(
            "media.no_ffmpeg",
            "This machine has no ffmpeg, so films and sounds cannot be encoded anew.",
            "Install the system's package ffmpeg; pictures need none.",
        )
    return found


def _milliseconds(heard: str) -> int:
    length = _LENGTH.search(heard)
    if length is None:
        return 0
    hours, minutes, seconds, hundredths = map(int, length.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + hundredths * 10


def _unread() -> Refusal:
    return Refusal(
        "media.unreadable",
        "The file could not be read as a picture, a film or a sound.",
        "Give a PNG, JPEG or WebP, or a film or sound in a usual format.",
    )
