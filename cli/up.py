"""`counterpoint up`, `worker`, `beat` and `web`: the daily programs, together in one terminal or each alone."""

import os
import sys

import typer

from cli import broker
from cli.supervise import GaveUp, Supervisor, python
from content.settings import Settings, settings

PROGRAMS = {"worker": "worker", "beat": "worker.beat"}
BESIDE = {"web": "web", "probe": "worker.probe"}  # the desk, and health for whoever watches; no post depends on them


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (up, worker, beat, web):
        app.command()(command)


def up() -> None:
    """Run worker, beat, desk and probe (and the embedded broker where no REDIS_URL is set) until Ctrl-C."""
    told = settings()
    told.make_folders()
    try:
        with Supervisor(say=_say) as supervisor:
            start(supervisor, told)
            for name, module in BESIDE.items():
                supervisor.start(python(name, module, told.environment()))
            supervisor.watch()
    except GaveUp as error:
        _say(f"{error} Read its messages above; `counterpoint doctor` says more. [up.gave_up]")
        raise typer.Exit(1) from error
    finally:
        broker.tidy(told)


def start(supervisor: Supervisor, told: Settings) -> None:
    """Start broker, worker and beat under the supervisor, with these settings."""
    if told.embedded_broker:
        ours = broker.start(supervisor, told)
        _say(f"broker {'started' if ours else 'was running'}: {told.socket}")
    for name, module in PROGRAMS.items():
        supervisor.start(python(name, module, told.environment()))
        _say(f"{name} started")


def worker() -> None:
    """Run a worker alone: it formats, checks, publishes on the second and recalls."""
    _become("worker")


def beat() -> None:
    """Run the exact clock alone: it rings for workers when a post falls due. Two may run."""
    _become("beat")


def web() -> None:
    """Serve the desk alone, on COUNTERPOINT_WEB_HOST and COUNTERPOINT_WEB_PORT."""
    _become("web")


def _become(name: str) -> None:
    # In our place, not under us: signals and exit code are then the program's own.
    os.execv(sys.executable, [sys.executable, "-P", "-m", (PROGRAMS | BESIDE)[name]])  # noqa: S606  # no shell is wanted


def _say(text: str) -> None:
    typer.echo(text, err=True)
