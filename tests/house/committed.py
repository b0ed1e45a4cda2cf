"""What is committed: the files git knows, as text."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


@cache
def paths() -> tuple[str, ...]:
    """Every file that git tracks and that is there, relative to the root."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return tuple(path for path in listed.stdout.split("\0") if path and (ROOT / path).is_file())


@cache
def text(path: str) -> str:
    """The file's text; an empty one for what is not text (a picture)."""
    try:
        return (ROOT / path).read_text("utf-8")
    except UnicodeDecodeError:
        return ""


def python(*folders: str) -> list[str]:
    """The Python files below these folders."""
    return [path for path in paths() if path.endswith(".py") and path.split("/")[0] in folders]
