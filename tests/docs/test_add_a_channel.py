"""docs/add-a-channel.md, followed word by word in a copy of the tree: what it says is enough."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "add-a-channel.md"
BLOCK = re.compile(r"^```python (file|after)=(\S+)(?: line=\"([^\n]*)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LEFT_OUT = shutil.ignore_patterns("__pycache__", "screens")


def steps() -> list[tuple[str, str, str, str]]:
    """(file | after, path, line, words) of each block, in order."""
    return [
        (how, path, line.replace('\\"', '"'), words)
        for how, path, line, words in BLOCK.findall(PAGE.read_text("utf-8"))
    ]


def follow(tree: Path) -> None:
    for how, path, line, words in steps():
        if how == "file":
            (tree / path).write_text(words, "utf-8")
            continue
        before = (tree / path).read_text("utf-8")
        assert before.count(f"{line}\n") == 1, f"{path} has no line {line!r}, or several"
        (tree / path).write_text(before.replace(f"{line}\n", f"{line}\n{words}"), "utf-8")


def test_a_channel_touches_three_places() -> None:
    assert {path for _, path, _, _ in steps() if not path.startswith("tests/")} == {
        "worker/channels/drop.py", "worker/channels/__init__.py", "content/promised.py",
    }  # fmt: skip


@pytest.mark.wide
def test_who_follows_the_page_has_a_channel_that_passes_the_suite(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("__pycache__", "planted"))
    for one in ("content", "worker", "cli", "templates", "web"):
        shutil.copytree(ROOT / one, tmp_path / one, ignore=LEFT_OUT)
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    follow(tmp_path)
    words = ["-q", "-n0", "tests/channels/test_drop.py", "tests/channels/test_promised.py",
             "tests/channels/test_conformance.py"]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert re.search(r"\d+ passed", done.stdout)
