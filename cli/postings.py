"""`counterpoint postings`: what people post and take down by hand - copy, open, paste the address, next."""

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session

from cli.printing import say_json, say_more, say_table
from cli.session import After, As, AsJson, Limit, acting
from content import by_hand, people
from content.page import LIMIT
from content.people import Person
from content.postings import LISTS, Handed, Task, TaskSheet, handed_file, postings_page, task_sheet

Number = Annotated[int, typer.Argument(help="The task's number, as `postings list` printed it.")]
Which = Annotated[str, typer.Argument(help=f"One of {', '.join(LISTS)}.")]
Urls = Annotated[list[str], typer.Argument(help="Where each piece stands, in their order: https://…")]
Over = Annotated[bool, typer.Option("--over", help="Also from a colleague who has it and has not posted it.")]
No = Annotated[bool, typer.Option("--no", help="It is not so: not there, other words, or still there.")]
Save = Annotated[Path | None, typer.Option("--save", help="A folder for the files that go with it.")]
To = Annotated[str, typer.Option("--to", help="The colleague's short name.")]


def register(app: typer.Typer) -> None:
    """Adds the `postings` group."""
    group = typer.Typer(help="What people post and take down by hand.", no_args_is_help=True)
    group.callback()(_group)
    group.command("list")(list_)
    for command in (show, take, hand, posted, unposted, deleted, confirm):
        group.command()(command)
    app.add_typer(group, name="postings")


def list_(
    which: Which = "mine", limit: Limit = LIMIT, after: After = "", name: As = "", as_json: AsJson = False
) -> None:
    """What is to be done by hand: what you have or may take, what is under way, or what is done."""
    with acting(name) as (session, person):
        page = postings_page(session, person, which, after, limit)
    if as_json:
        for one in page.items:
            say_json(asdict(one))
    else:
        say_table(
            "By hand", ["task", "what", "state", "account", "message", "by", "who"], [_row(o) for o in page.items]
        )
    say_more(page.after)


def show(number: Number, save: Save = None, name: As = "", as_json: AsJson = False) -> None:
    """One task: its words, if you have it in hand and nothing stops it, and where it is said to stand."""
    with acting(name) as (session, person):
        found = task_sheet(session, person, number)
        _save(session, person, found, save)
    _say(found, as_json)


def take(number: Number, over: Over = False, save: Save = None, name: As = "", as_json: AsJson = False) -> None:
    """Take a task; its exact words are shown to you, and to nobody else."""
    with acting(name) as (session, person):
        by_hand.take(session, person, number, over=over)
        found = task_sheet(session, person, number)
        _save(session, person, found, save)
    _say(found, as_json)


def hand(number: Number, to: To, name: As = "") -> None:
    """Give a task to a colleague; only if you have not posted it."""
    with acting(name) as (session, person):
        by_hand.hand(session, person, number, people.by_ref(session, to))
    typer.echo(f"task {number} is with {to}")


def posted(number: Number, urls: Urls, name: As = "") -> None:
    """Say where you posted it. A worker opens the address; where it shows no words, a second person confirms."""
    with acting(name) as (session, person):
        done = by_hand.posted(session, person, number, dict(enumerate(urls))) == "done"
    typer.echo(f"task {number} is to be looked at" if done else f"task {number}: other pieces are without an address")


def unposted(number: Number, name: As = "") -> None:
    """Say that you did not post it, or where nobody has it, that nobody will."""
    with acting(name) as (session, person):
        by_hand.unposted(session, person, number)
    typer.echo(f"task {number}: nothing of it was posted")


def deleted(number: Number, name: As = "") -> None:
    """Say that you took it down. It counts once a worker or a second person has seen it."""
    with acting(name) as (session, person):
        by_hand.deleted(session, person, number)
    typer.echo(f"task {number} is to be looked at")


def confirm(number: Number, no: No = False, name: As = "") -> None:
    """Say that you looked and it is so: exactly these words are there, or for a recall, nothing is."""
    with acting(name) as (session, person):
        state = by_hand.confirm(session, person, number, so=not no).state
    typer.echo(f"task {number} is {state}")


def _row(one: Task) -> list[str]:
    by = f"{one.deadline:%Y-%m-%d %H:%M} UTC"
    return [str(one.number), one.kind, one.state, one.account, one.message, by, one.assignee or "-"]


def _say(found: TaskSheet, as_json: bool) -> None:
    if as_json:
        say_json(asdict(found))
        return
    one = found.task
    typer.echo(
        f"task {one.number}: {one.kind} {one.message} on {one.account}, {one.state}, by {one.deadline:%H:%M} UTC"
    )
    if one.had_by and one.free:
        typer.echo(f"its time is over and {one.had_by} had it in hand: it is everybody's now")
    if found.stopped:
        typer.echo(f"post nothing of it now: {found.stopped}")
    for piece in found.pieces:
        typer.echo(f"--- piece {piece.index + 1}{f': {piece.address}' if piece.address else ''}")
        for file in piece.files:
            _say_file(file)
        if found.title and piece.index == 0:
            typer.echo(f"title: {found.title}")
        if piece.text:
            typer.echo(piece.text)


def _say_file(one: Handed) -> None:
    typer.echo(f"{one.kind} {one.name}{' with captions' if one.captions else ''}")
    for what in ("note", "label", "alt"):
        if words := getattr(one, what):
            typer.echo(f"  {what}: {words}")


def _save(session: Session, person: Person, found: TaskSheet, folder: Path | None) -> None:
    """Puts every file of the task into the folder, in their order by name, and the captions beside them."""
    if folder is None:
        return
    for number, one in enumerate((file for piece in found.pieces for file in piece.files), 1):
        told, file = handed_file(session, person, found.task.number, one.sha256)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = folder / f"{number}-{told.name}"
        shutil.copyfile(file.path, target)
        if file.captions:
            target.with_suffix(".vtt").write_text(file.captions, "utf-8")


def _group() -> None:
    """What people post and take down by hand, where a platform lets no program in."""
