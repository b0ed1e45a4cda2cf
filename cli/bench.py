"""`counterpoint bench`: measures this program on this machine, beside the bare floor of the same database.

The measuring itself is the worker's side: it is started as a program of its own, in a home that goes with it.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from cli import broker as embedded
from cli.session import AsJson
from cli.supervise import Program, Supervisor, python
from content.settings import load

Database = Annotated[
    str,
    typer.Option(
        "--database",
        metavar="URL",
        help="A PostgreSQL server; a database is made there and dropped after. Default: SQLite in a temporary folder.",
    ),
]
Broker = Annotated[str, typer.Option("--broker", metavar="URL", help="Redis or Valkey. Default: the embedded one.")]
Narratives = Annotated[int, typer.Option("--narratives", min=1, help="Narratives the posts spread over, at least.")]
Accounts = Annotated[int, typer.Option("--accounts", min=1, help="Accounts the posts spread over, at least.")]
Messages = Annotated[int, typer.Option("--messages", min=1, help="How many messages are measured.")]


def register(app: typer.Typer) -> None:
    """Adds `bench` with its verbs."""
    bench = typer.Typer(
        help="Measure this program on this machine, beside the bare floor of the same database.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    for name, verb in VERBS.items():
        bench.command(name)(verb)
    app.add_typer(bench, name="bench")


def release(
    pending: Annotated[int, typer.Option("--pending", min=0, help="Posts that are scheduled for later.")] = 10_000,
    due: Annotated[int, typer.Option("--due", min=1, help="Posts that fall due at one instant.")] = 1000,
    finished: Annotated[int, typer.Option("--finished", min=0, help="Posts that went out long ago.")] = 0,
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="Bursts, with the floor measured in between.")] = 1,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Worker processes.")] = 2,
    kind: Annotated[
        str,
        typer.Option("--class", metavar="exact|once", help="exact: intents in batches; once: one by one."),
    ] = "exact",
    call_ms: Annotated[float, typer.Option("--call-ms", min=0, help="What one call of the channel takes.")] = 0,
    idle: Annotated[float, typer.Option("--idle", min=0, help="Seconds of idling to measure; 0 leaves it out.")] = 5,
    stop: Annotated[
        bool, typer.Option("--stop", help="Hold, withdraw and pause in the middle of the burst, and time each.")
    ] = False,
    narratives: Narratives = 5000,
    accounts: Accounts = 5000,
    database: Database = "",
    broker: Broker = "",
    as_json: AsJson = False,
) -> None:
    """Publish a burst that falls due at one instant while others are pending, with real workers and a real clock.

    The channel appends one line a post. One post in a hundred is planted so that it must be refused; if one goes
    out or is not refused, the run is void and the exit code is 1. Prints the floor: the same rows claimed by one
    bare statement, measured in the same round on the same database, and the ratio to it.
    """
    words = [
        *("--pending", str(pending), "--due", str(due), "--finished", str(finished), "--rounds", str(rounds)),
        *("--workers", str(workers), "--class", kind, "--call-ms", str(call_ms), "--idle", str(idle)),
        *("--narratives", str(narratives), "--accounts", str(accounts)),
        *(("--stop",) if stop else ()),
    ]
    _run("release", words, database, broker, as_json, rings=True)


def peers(
    pending: Annotated[
        int, typer.Option("--pending", min=0, help="Posts or jobs that are scheduled for later.")
    ] = 1000,
    due: Annotated[int, typer.Option("--due", min=1, help="Posts or jobs that fall due at one instant.")] = 1000,
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="Bursts, each system's in turn.")] = 1,
    workers: Annotated[
        int, typer.Option("--workers", min=1, help="Processes of each system that may have several.")
    ] = 2,
    kind: Annotated[str, typer.Option("--class", metavar="exact|once", help="The product's channel.")] = "exact",
    systems: Annotated[
        str, typer.Option("--systems", help="Which others, parted by commas.")
    ] = "celery,apscheduler,procrastinate",
    narratives: Narratives = 5000,
    accounts: Accounts = 5000,
    database: Database = "",
    broker: Broker = "",
    as_json: AsJson = False,
) -> None:
    """Put the same burst through this program, Celery's ETA, APScheduler and procrastinate, in turn.

    The job appends one line, as the product's channel does. The others come with the optional extra `bench`;
    procrastinate needs PostgreSQL. Everything is printed as it was measured.
    """
    unknown = sorted(set(systems.split(",")) - {"celery", "apscheduler", "procrastinate"})
    if unknown:
        raise typer.BadParameter(f"nothing is known of {', '.join(unknown)}", param_hint="--systems")
    words = [
        *("--pending", str(pending), "--due", str(due), "--rounds", str(rounds), "--workers", str(workers)),
        *("--class", kind, "--systems", systems, "--narratives", str(narratives), "--accounts", str(accounts)),
    ]
    _run("peers", words, database, broker, as_json, rings=True)


def intake(
    queue: Annotated[int, typer.Option("--queue", min=0, help="Messages to queue in one transaction.")] = 10_000,
    prepare: Annotated[int, typer.Option("--prepare", min=0, help="Of these, messages to format and check.")] = 500,
    rows: Annotated[int, typer.Option("--rows", min=0, help="Rows of a sheet to import.")] = 5000,
    clearances: Annotated[int, typer.Option("--clearances", min=0, help="Live clearances to judge again.")] = 500,
    narratives: Narratives = 5000,
    accounts: Accounts = 5000,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """Queue, prepare and import messages, and judge live clearances again; 0 leaves a part out.

    Prints the floor of queueing: as many bare rows in one statement into a table of the same columns and indices.
    """
    words = [
        *("--queue", str(queue), "--prepare", str(prepare), "--rows", str(rows), "--clearances", str(clearances)),
        *("--narratives", str(narratives), "--accounts", str(accounts)),
    ]
    _run("intake", words, database, "", as_json, rings=False)


def review(
    items: Annotated[int, typer.Option("--items", min=0, help="Versions that wait for a reviewer.")] = 10_000,
    pending: Annotated[int, typer.Option("--pending", min=0, help="Posts that are scheduled for later.")] = 10_000,
    narratives: Narratives = 5000,
    accounts: Accounts = 5000,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """Ask for the pages of the lists people look at, and see what each takes, in all and in the database.

    Prints the floor: a bare page of fifty rows by primary key from the middle of the table.
    """
    words = [
        *("--items", str(items), "--pending", str(pending)),
        *("--narratives", str(narratives), "--accounts", str(accounts)),
    ]
    _run("review", words, database, "", as_json, rings=False)


def desk(
    rows: Annotated[int, typer.Option("--rows", min=40, help="Posts, messages and record rows, each.")] = 100_000,
    times: Annotated[int, typer.Option("--times", min=1, help="How often each page is asked for, at most.")] = 40,
    database: Database = "",
    as_json: AsJson = False,
) -> None:
    """Ask for every page of the desk that is a list, and the composer's preview, and see what each takes to serve.

    Through the application itself, in this process, signed in as somebody who may see the page: the time until the
    answer is there, the processor time in it, how large it is compressed, and how many statements it took. Ends with 1
    where a page misses its goal.
    """
    _run("desk", ["--rows", str(rows), "--times", str(times)], database, "", as_json, rings=False)


def render(messages: Messages = 1000, as_json: AsJson = False) -> None:
    """Format messages and run the words checks on them, in processor time of one core.

    Prints the floor: the same template as bare compiled Jinja.
    """
    _run("render", ["--messages", str(messages)], "", "", as_json, rings=False)


def checks(
    messages: Messages = 1000,
    terms: Annotated[int, typer.Option("--terms", min=0, help="Protected terms to look for.")] = 1000,
    as_json: AsJson = False,
) -> None:
    """Run the words checks on messages of 400 characters; also their memory, and how long they take to load.

    Prints the floor: one pass of one compiled expression over the same text.
    """
    _run("checks", ["--messages", str(messages), "--terms", str(terms)], "", "", as_json, rings=False)


def _run(verb: str, words: list[str], database: str, broker: str, as_json: bool, *, rings: bool) -> None:
    """Starts the measuring program in a temporary home and ends with its exit code; rings: it needs a broker."""
    with tempfile.TemporaryDirectory(prefix="counterpoint-bench-") as folder, Supervisor() as supervisor:
        told = load(home=Path(folder))
        if rings and not broker:
            embedded.start(supervisor, told)
        given = (*("--home", folder), *("--database", database), *("--broker", broker), *(("--json",) * as_json))
        program = python("bench", "worker.bench", log=None)
        code = supervisor.start(Program("bench", (*program.command, verb, *words, *given))).wait()
        if rings and not broker:
            supervisor.stop()
            embedded.tidy(told)
    raise typer.Exit(code)


VERBS: dict[str, Callable[..., None]] = {
    "release": release,
    "peers": peers,
    "intake": intake,
    "review": review,
    "desk": desk,
    "render": render,
    "checks": checks,
}
