"""`counterpoint probe`: health over HTTP, for whoever watches."""

import os
import sys
from typing import Annotated

import typer

Host = Annotated[str, typer.Option("--host", help="Address of this machine to listen on.")]
Port = Annotated[int, typer.Option("--port", help="Port to listen on.", min=1, max=65535)]
Elsewhere = Annotated[
    bool, typer.Option("--elsewhere", help="Other machines may reach that address; without it only this one may.")
]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(probe)


def probe(host: Host = "127.0.0.1", port: Port = 8079, elsewhere: Elsewhere = False) -> None:
    """Answer /live, /ready, /health and /metrics (Prometheus) over HTTP, from the rows alone, until a signal ends it.

    No password, no keys and no words: numbers, codes and the names of programs. /health is 503 while a critical
    alarm stands; docs/operate.md says what to do for each.
    """
    words = ["--host", host, "--port", str(port), *(["--elsewhere"] if elsewhere else [])]
    # In our place, not under us: signals and exit code are then the program's own.
    os.execv(sys.executable, [sys.executable, "-P", "-m", "worker.probe", *words])  # noqa: S606  # no shell is wanted
