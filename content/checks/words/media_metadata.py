"""media-metadata: what is sent is our own re-encoding, without a word about who, where, when or on what it was made.

Nothing about the file may stay but its size and colours, and its name is a random one.
"""

import re
from collections.abc import Iterator

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import MediaRecord, WordsCase
from content.checks.words.beside import shown
from content.checks.words.media import each

ID = "media-metadata"
SEVERITIES: dict[str, Severity] = {"metadata": "block", "name": "block"}

# What every file says of itself, whoever made it: how large it is, and how its bytes are to be read.
_HARMLESS = frozenset(
    "width height imagewidth imageheight imagesize mode format filetype mimetype bitdepth bitspersample colortype "
    "colorspace compression interlace gamma srgb duration codec framerate samplerate channels bitrate".split()
)
_PLAIN = re.compile(r"[^a-z]")
_RANDOM = re.compile(
    r"(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{16,64}|(?=[a-z2-7]{0,31}[2-7])[a-z2-7]{20,32})"
    r"\.(?:[a-z0-9]{2,5})"
)


def check(case: WordsCase) -> Iterator[Answer]:
    yield from each(case, ID, _judge)


def _judge(number: int, one: MediaRecord) -> Iterator[Answer]:
    if one.metadata_keys is None:
        yield Missing(ID, f"media.{number}.metadata_keys")
    elif left := sorted(key for key in one.metadata_keys if _PLAIN.sub("", key.lower()) not in _HARMLESS):
        reason = (
            f"{shown(one, number)} still says {', '.join(left[:5])} of itself, which can lead to who made it or where. "
            "Encode it again without metadata."
        )
        yield Finding(ID, "block", reason, code="metadata")
    if one.file_name is None:
        yield Missing(ID, f"media.{number}.file_name")
    elif not _RANDOM.fullmatch(one.file_name):
        reason = f"The file name of {shown(one, number)} may tell something. Give it a random one."
        yield Finding(ID, "block", reason, code="name")
