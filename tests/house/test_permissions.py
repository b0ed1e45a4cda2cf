"""The table of verbs is the only one: every command stands in it, and every verb of it is asked for somewhere."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from cli.main import build
from content.people import ROLES
from content.permission import PERMISSIONS
from tests.house import committed

# Commands that act for nobody: they start programs, found the instance, or only read what their caller could read.
LOCAL = {
    "demo", "up", "worker", "beat", "web", "probe", "init", "migrate", "rehearse", "settings", "check", "length",
    "calendar", "template check", "bench release", "bench peers", "bench intake", "bench review", "bench desk",
    "bench render", "bench checks",
}  # fmt: skip


def commands(group: Any, before: str = "") -> Iterator[str]:
    for name, one in group.commands.items():
        if hasattr(one, "commands"):
            yield from commands(one, f"{before}{name} ")
        else:
            yield f"{before}{name}"


def test_every_command_is_a_verb_of_the_table_or_acts_for_nobody() -> None:
    told = [command for one in PERMISSIONS.values() for command in one.commands]
    assert len(told) == len(set(told)), "a command stands under two verbs"
    assert set(commands(typer.main.get_command(build()))) == {*told, *LOCAL}
    assert not LOCAL & set(told)


ASKED = re.compile(r'(?:require|allowed|verb=|page|act)\([^()]*"([a-z]+\.[a-z_]+)"')


def asked() -> set[str]:
    """The verbs that the code names where somebody's right is looked at, and that pages are under."""
    found = set[str]()
    for path in committed.paths():
        if path.startswith(("content/", "cli/", "web/")) and path.endswith(".py"):
            found |= set(ASKED.findall(committed.text(path)))
    return found


def test_every_verb_that_the_code_asks_for_stands_in_the_table() -> None:
    assert len(asked()) > 20
    assert asked() <= PERMISSIONS.keys()


@pytest.mark.parametrize("verb", sorted(PERMISSIONS))
def test_a_verb_takes_roles_that_exist(verb: str) -> None:
    assert set(PERMISSIONS[verb].roles) <= set(ROLES)
