"""Draws docs/commands.md from the command line itself: `python -m tests.docs.commands` writes it anew.

A fixed width and no colour, so that the file is the same on every machine.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from cli.main import MODULES, build

PAGE = Path(__file__).parent.parent.parent / "docs" / "commands.md"
WIDTH = 100
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_OPENING = """# Commands

Drawn from the program by `python -m tests.docs.commands`; a test fails when this page and the program differ.

Exit codes: 0 done; 1 refused, or something is not as it should be (the reasons on stderr, each with a code and
what to do next); 2 wrong usage. `--as NAME` says who acts; the token comes from `COUNTERPOINT_TOKEN`, else from
the file that `init` or `user add` wrote. `--json` prints one record a line.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_OPENING, *(_section(*one) for one in helps())])


def helps() -> Iterator[tuple[tuple[str, ...], str]]:
    """(words of the command, its help), the program itself first, then in the order of MODULES."""
    program: Any = typer.main.get_command(build())
    yield from _below(program, None, ("counterpoint",), tuple(MODULES))


def described(command: Any) -> bool:
    """Whether somebody wrote down what this command does."""
    return bool((command.help or "").strip())


def commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    """(words, command) for the program, each command and each subcommand."""
    program: Any = typer.main.get_command(build())
    yield from _walk(program, ("counterpoint",), tuple(MODULES))


def _walk(command: Any, words: tuple[str, ...], names: tuple[str, ...] | None = None) -> Iterator[tuple[Any, Any]]:
    yield words, command
    for name in names or tuple(getattr(command, "commands", ())):
        yield from _walk(command.commands[name], (*words, name))


def _below(
    command: Any, parent: Any, words: tuple[str, ...], names: tuple[str, ...] | None = None
) -> Iterator[tuple[tuple[str, ...], str]]:
    context = command.context_class(
        command, info_name=words[-1], parent=parent, terminal_width=WIDTH, max_content_width=WIDTH, color=False
    )
    yield words, _plain(command.get_help(context))
    for name in names or tuple(getattr(command, "commands", ())):
        yield from _below(command.commands[name], context, (*words, name))


def _plain(text: str) -> str:
    return "\n".join(line.rstrip() for line in _COLOUR.sub("", text).strip("\n").splitlines())


def _section(words: tuple[str, ...], text: str) -> str:
    return f"{'#' * min(len(words) + 1, 3)} {' '.join(words)}\n\n```text\n{text}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
