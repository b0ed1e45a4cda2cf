"""Captions as WebVTT: read strictly, and written back as cues of plain words and nothing else. Pure."""

import re
from dataclasses import dataclass

from content.errors import Refusal

MOST = 5000  # cues
_TIMES = re.compile(
    r"((?:\d{2,}:)?[0-5]\d:[0-5]\d\.\d{3})[ \t]+-->[ \t]+((?:\d{2,}:)?[0-5]\d:[0-5]\d\.\d{3})(?:[ \t].*)?"
)
_MARK = re.compile(r"<[^>\n]*>")
_PLAIN = (("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&lrm;", "\u200e"), ("&rlm;", "\u200f"), ("&amp;", "&"))


@dataclass(frozen=True, slots=True)
class Captions:
    """The file as we keep it, and the words alone, one line a cue."""

    text: str
    words: str


def read_captions(text: str) -> Captions:
    """Captions without notes, styles and settings: those may say anything and are read by nobody.

    Raises Refusal `captions.*`.
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not re.match(r"WEBVTT(?:[ \t\n]|$)", lines):
        raise Refusal("captions.format", "The captions do not begin with WEBVTT.", "Save them as WebVTT.")
    blocks = [block.strip("\n").split("\n") for block in re.split(r"\n{2,}", lines)[1:]]
    cues = [cue for block in blocks if (cue := _cue(block)) is not None]
    if not cues or len(cues) > MOST:
        raise Refusal("captions.cues", f"The captions have no cue, or more than {MOST:,}.", "Give at least one.")
    _in_order(cues)
    written = "\n\n".join(f"{begins} --> {ends}\n{_marked(words)}" for begins, ends, words in cues)
    return Captions(f"WEBVTT\n\n{written}\n", "\n".join(words for _, _, words in cues))


def _cue(block: list[str]) -> tuple[str, str, str] | None:
    """(begins, ends, words); None for what is no cue: a note, a style, a region, nothing."""
    place = next((number for number, line in enumerate(block[:2]) if "-->" in line), None)
    if place is None:
        return None
    times = _TIMES.fullmatch(block[place].strip())
    if times is None:
        raise Refusal("captions.times", "A cue's times cannot be read.", "Write 00:00:01.000 --> 00:00:04.000.")
    words = "\n".join(line.strip() for line in block[place + 1 :])
    words = _MARK.sub("", words)
    for mark, plain in _PLAIN:
        words = words.replace(mark, plain)
    return (times[1], times[2], words) if words.strip() else None


def _marked(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _in_order(cues: list[tuple[str, str, str]]) -> None:
    starts = [_seconds(begins) for begins, _, _ in cues]
    if any(_seconds(ends) <= start for start, (_, ends, _) in zip(starts, cues, strict=True)) or starts != sorted(
        starts
    ):
        raise Refusal("captions.order", "The cues are not in order.", "Sort them by time; each ends after it begins.")


def _seconds(time: str) -> float:
    total = 0.0
    for part in time.split(":"):
        total = 60 * total + float(part)
    return total
