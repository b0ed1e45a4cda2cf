"""`counterpoint import`: what files propose. Material comes whole or not at all, messages row by row."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from cli.printing import say_json, say_refused, say_table
from cli.session import As, AsJson, acting, reading
from content import people, template
from content.errors import Refusal, Refusals
from content.intake import Item, Proposal, Rejected, give_back, give_back_yaml, parse
from content.intake.queueing import Message
from content.intake.storing import Stored, store_material, store_words
from content.sample import FOLDER
from content.settings import settings
from content.store import now
from content.template import Template

AT_ONCE = 1000  # messages queued in one transaction
WRITERS = ("author", "translator")
Files = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[FILE]...", help="YAML, JSON and CSV files, *.j2 templates, or folders of them."),
]
Check = Annotated[bool, typer.Option("--check", help="Only say what would be proposed; change nothing.")]
Sample = Annotated[bool, typer.Option("--sample", help="The sample that ships, with its templates.")]


class _Undo(Exception):
    """Ends a dry run: whatever it wrote is rolled back."""


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("import")(import_)


def import_(
    files: Files = None, check: Check = False, sample: Sample = False, name: As = "", as_json: AsJson = False
) -> None:
    """Propose material and messages from files. Nothing in a file is anybody's decision.

    Material (organisation, accounts, narratives, consent, holds, publications of before, blocks, campaigns, calendar,
    templates) is taken whole or not at all. Messages are taken row by row; refused ones come back in FILE.rejected.csv
    or .yaml with the reasons.
    """
    given = [*(files or []), *([FOLDER] if sample else [])]
    if not given:
        raise typer.BadParameter("Name a file, or --sample.", param_hint="FILE")
    with reading() as session:
        at = now(session)
    proposal = parse([path for path in given if path.suffix != ".j2"], at)
    templates = _templates([*given, *([settings().templates] if sample else [])])
    stored = _tried(name, proposal, templates) if check else _done(name, proposal, templates, sample)
    _say(stored, as_json, check)
    if stored.rejected:
        kept = [] if check else _give_back(stored.rejected, given)
        _say_rejected(stored.rejected, kept)
        raise typer.Exit(1)


def _templates(given: Sequence[Path]) -> list[Template]:
    """The template files among these, and in folders among these. Raises Refusals with what is wrong in each."""
    found, problems = [], []
    for path in dict.fromkeys(file for one in given for file in _below(one)):
        try:
            found.append(template.read(path))
        except Refusal as refusal:
            problems.append(refusal)
    if problems:
        raise Refusals(problems)
    return found


def _below(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(path.rglob("*.j2"))
    return [path] if path.suffix == ".j2" else []


def _tried(name: str, proposal: Proposal, templates: list[Template]) -> Stored:
    """What would be stored: all of it is tried in a transaction that is rolled back."""
    stored = Stored()
    try:
        with acting(name) as (session, person):
            stored = store_material(session, person, proposal, templates, stops=False)
            stored += store_words(session, person, proposal.messages)
            raise _Undo
    except _Undo:
        return stored


def _done(name: str, proposal: Proposal, templates: list[Template], sample: bool) -> Stored:
    with acting(name) as (session, person):
        stored = store_material(session, person, proposal, templates)
        writes = bool(set(WRITERS) & people.roles(session, person.id or 0, now(session)))
    if sample and not writes:
        typer.echo("The sample's messages wait: import it once more `--as` somebody who is author.", err=True)
        return stored
    for some in _batches(proposal.messages):
        with acting(name) as (session, person):
            stored += store_words(session, person, some)
    return stored


def _batches(messages: Sequence[Item[Message]]) -> Iterator[Sequence[Item[Message]]]:
    """The messages in lots; a progress bar on a terminal, none in a pipe."""
    lots = [messages[start : start + AT_ONCE] for start in range(0, len(messages), AT_ONCE)]
    if len(lots) < 2 or not sys.stderr.isatty():
        return iter(lots)
    return iter(track(lots, description="Messages", console=Console(stderr=True)))


def _say(stored: Stored, as_json: bool, check: bool) -> None:
    kinds = dict.fromkeys(kind for kind, _ in stored.counts)
    ways = ("new", "changed", "unchanged", "stopped")
    rows = [[kind, *(stored.counts.get((kind, how), 0) for how in ways)] for kind in kinds]
    if as_json:
        for row in rows:
            say_json({"check": check, **dict(zip(("kind", *ways), row, strict=True))})
    else:
        title = "What would be proposed" if check else "Proposed"
        say_table(title, ["kind", *ways], [[str(cell) for cell in row] for row in rows])
    for notice in stored.notices:
        typer.echo(f"notice: {notice}", err=True)
    if check:
        typer.echo("Nothing was changed: this was only a check.", err=True)
    elif any(how in ("new", "changed") for _, how in stored.counts):
        typer.echo("Proposed is not cleared: `counterpoint doctor` says what people must decide next.", err=True)


def _give_back(rejected: Sequence[Rejected], given: Sequence[Path]) -> list[Path]:
    """Writes the refused messages beside the files they came from; returns the files written."""
    places = {path.name: path for path in reversed([file for path in given for file in _files(path)])}
    groups: dict[str, list[Rejected]] = {}
    for entry in rejected:
        groups.setdefault(entry.where.rpartition(":")[0] or entry.where, []).append(entry)
    written = []
    for file, entries in groups.items():
        sheet = file.lower().endswith(".csv")
        beside = places.get(file, Path(file))
        target = _writable(beside.with_name(f"{beside.name}.rejected.{'csv' if sheet else 'yaml'}"))
        target.write_text(give_back(entries) if sheet else give_back_yaml(entries), "utf-8")
        written.append(target)
    return written


def _files(path: Path) -> list[Path]:
    return sorted(path.rglob("*")) if path.is_dir() else [path]


def _writable(target: Path) -> Path:
    """Beside the file, or in the working folder where that one cannot be written."""
    try:
        target.touch()
    except OSError:
        return Path.cwd() / target.name
    return target


def _say_rejected(rejected: Sequence[Rejected], kept: Sequence[Path]) -> None:
    for entry in rejected:
        say_refused(Refusals(list(entry.refusals)))
    what = f"{len(rejected)} message{'' if len(rejected) == 1 else 's'} not taken"
    where = f"; mend and import {', '.join(map(str, kept))}" if kept else ""
    typer.echo(f"{what}{where}.", err=True)
