"""What the pages tell people to type can be typed, and what they point to is there."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from cli.main import build
from tests.house.committed import ROOT

PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "docs/start.md")]
LINKED = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_TYPED = re.compile(r"(?m)^ +(?:\$ )?(?:.*&& )?(?:uv run |\.venv/bin/)?counterpoint ((?:.*\\\n)*.+)$")
_INLINE = re.compile(r"`(?:uv run )?counterpoint ([^`]+)`")
_LINK = re.compile(r"\]\(([^)#\s]+)(#[^)]*)?\)")


def typed(page: Path) -> Iterator[list[str]]:
    """The commands of the indented examples, as words."""
    for found in _TYPED.findall(page.read_text("utf-8")):
        yield shlex.split(found.replace("\\\n", " "), comments=True)


def understood(words: list[str]) -> None:
    """Raises where the command line would answer `wrong usage`; nothing is run."""
    command: Any = typer.main.get_command(build(words[0]))
    context = command.make_context("counterpoint", [words[0], *words[1:]])
    while getattr(command, "commands", None):
        name, command, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        context = command.make_context(name, rest, parent=context)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_an_example_can_be_typed(page: Path) -> None:
    for words in typed(page):
        understood(words)


def test_the_examples_are_found() -> None:
    assert len(list(typed(ROOT / "README.md"))) >= 8
    assert len(list(typed(ROOT / "docs" / "start.md"))) >= 20


def test_a_slip_in_an_example_is_noticed() -> None:
    with pytest.raises(Exception, match="No such option"):
        understood(["forecast", "--dayz", "2"])


@pytest.mark.parametrize("page", LINKED, ids=lambda page: page.name)
def test_every_command_named_in_a_sentence_exists(page: Path) -> None:
    names = {found.split()[0] for found in _INLINE.findall(page.read_text("utf-8"))}
    program: Any = typer.main.get_command(build())
    assert {name for name in names if name.isalpha()} <= set(program.commands)


@pytest.mark.parametrize("page", LINKED, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_that_is_there(page: Path) -> None:
    targets = [one for one, _ in _LINK.findall(page.read_text("utf-8")) if "://" not in one]
    assert [one for one in targets if not (page.parent / one).exists()] == []
