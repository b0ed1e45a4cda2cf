"""docs/commands.md is what the program says of itself."""

import os
import subprocess
import sys

import pytest

from cli.main import MODULES
from tests.docs.commands import PAGE, WIDTH, commands, described, helps, page


def test_the_page_is_what_the_program_says() -> None:
    assert PAGE.read_text("utf-8") == page(), "run `python -m tests.docs.commands` and commit what it writes"


def test_every_command_stands_on_the_page() -> None:
    headings = {line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("#")}
    assert {f"### counterpoint {name}" for name in MODULES} <= headings


def test_every_command_says_what_it_does() -> None:
    assert [" ".join(words) for words, command in commands() if not described(command)] == []


def test_every_option_and_argument_says_what_it_is() -> None:
    silent = [
        f"{' '.join(words)}: {one.name}"
        for words, command in commands()
        for one in command.params
        if not getattr(one, "hidden", False) and not getattr(one, "help", None)
    ]
    assert silent == []


def test_no_line_of_a_help_is_wider_than_the_page() -> None:
    wide = [line for _, text in helps() for line in text.splitlines() if len(line) > WIDTH]
    assert wide == []


@pytest.mark.wide
def test_the_page_does_not_depend_on_the_terminal() -> None:
    surroundings = os.environ | {"COLUMNS": "43", "FORCE_COLOR": "1", "TERM": "xterm-256color", "HOME": "/nowhere"}
    written = subprocess.run(
        [sys.executable, "-c", "from tests.docs.commands import page; print(page(), end='')"],
        env=surroundings,
        cwd=PAGE.parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert written.stdout == page()
