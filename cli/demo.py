"""`counterpoint demo`: the whole story on a rehearsal instance, with a real worker, beat and broker beside it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from cli import broker
from cli.cast import AUTHOR, KEEPER, SAFEGUARDING
from cli.stage import Stage
from cli.story import Story
from cli.supervise import GaveUp, Supervisor, python
from cli.telling import StoryBroke, Telling
from cli.up import PROGRAMS
from content import keys, sign_in
from content.migrations import upgrade
from content.settings import Settings, load
from content.store import Store

# who looks at the desk when the story is over; each under a host of their own, so that one browser holds all three
VIEWS = {AUTHOR: "author", SAFEGUARDING: "reviewer", KEEPER: "keeper"}


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("demo")(demo)


def demo(
    leave: Annotated[bool, typer.Option("--exit", help="End with the story instead of staying until Ctrl-C.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the folder of the demo.")] = False,
) -> None:
    """Tell the whole story in under a minute, on this machine alone: nothing leaves it."""
    telling = Telling()
    try:
        with _home(keep, telling) as home, _programs(home, telling) as (store, told):
            stage = Stage(store, told, telling)
            Story(stage).tell()
            if not leave:
                _stay(stage, home / "web.log")
    except (StoryBroke, GaveUp) as broken:
        typer.echo(f"The demo broke off: {broken} [demo.broke]", err=True)
        raise typer.Exit(1) from broken


@contextmanager
def _home(keep: bool, telling: Telling) -> Iterator[Path]:
    """A new folder for this run, gone afterwards unless it is to be kept."""
    home = Path(tempfile.mkdtemp(prefix="counterpoint-demo-"))
    try:
        yield home
    finally:
        if keep:
            telling.answered(f"kept: {home}")
        else:
            shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _programs(home: Path, telling: Telling) -> Iterator[tuple[Store, Settings]]:
    """A fresh database and keys, and the three programs that work on it; none is left behind."""
    told = load(home=home / "instance", database_url="", redis_url="")
    told.make_folders()
    made = keys.create(told.keys, home / "keeper-private.key")
    upgrade(told.database)
    store = Store(told.database, made, media=told.media)
    try:
        with Supervisor() as supervisor:
            broker.start(supervisor, told)
            for name, module in PROGRAMS.items():
                supervisor.start(python(name, module, told.environment(), log=home / f"{name}.log"))
            yield store, told
    finally:
        store.close()
        broker.tidy(told)


def _stay(stage: Stage, log: Path) -> None:
    """Until Ctrl-C: the desk as three people see it, and the public pages in the site folder."""
    told = stage.told
    given = told.environment() | {"COUNTERPOINT_WEB_PORT": "0"}  # any port that is free
    with Supervisor() as waiting:
        waiting.start(python("web", "web", given, log=log))
        stage.telling.wait("the desk", lambda: "\n" in (log.read_text("utf-8") if log.exists() else ""))
        port = log.read_text("utf-8").partition("\n")[0].rpartition(":")[2]
        for ref, seat in VIEWS.items():
            with stage.acting(ref) as (session, person):
                token = sign_in.begin(session, person.id or 0)
            stage.telling.answered(f"The desk as {ref}, {seat}: http://{ref}.localhost:{port}/as/{token}")
        stage.telling.answered(f"The public archive lies in {told.site}. Ctrl-C ends the demo.")
        waiting.watch()
