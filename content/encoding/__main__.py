"""The child that opens what came from outside: limits, walls, then the work, and one line of JSON for who asked.

python -m content.encoding FOLDER develop SOURCE SIZES      FOLDER card SIZES < words
"""

import json
import resource
import sys
from pathlib import Path
from typing import Any

from content.encoding.walls import shut_in
from content.errors import Refusal

MEMORY = 4 << 30  # bytes of addresses: OpenCV and the system's ffmpeg map much that they never touch
SECONDS = 540  # of computing
FILE = 600_000_000  # bytes of one file


def main() -> None:
    """Answers on standard output: what was made, or {"refused": [code, message, what to do]}."""
    for what, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_FSIZE, FILE)):
        resource.setrlimit(what, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    shut_in()
    folder, verb, *words = sys.argv[1:]
    try:
        told = _card(Path(folder), *words) if verb == "card" else _developed(Path(folder), *words)
    except Refusal as refusal:
        told = {"refused": [refusal.code, refusal.message, refusal.todo]}
    sys.stdout.write(json.dumps(told))


def _developed(folder: Path, source: str, sizes: str) -> dict[str, Any]:
    """A picture where it begins like one, else whatever ffmpeg makes of it."""
    from content.encoding import film, picture  # after the limits: what decodes is loaded under them

    if picture.is_one(Path(source)):
        return picture.develop(Path(source), folder, json.loads(sizes))
    return film.develop(Path(source), folder)


def _card(folder: Path, sizes: str) -> dict[str, Any]:
    from content.encoding import card, picture  # after the limits

    return picture.written(card.draw(json.load(sys.stdin.buffer)), "PNG", folder, json.loads(sizes), faces=0)


if __name__ == "__main__":
    main()
