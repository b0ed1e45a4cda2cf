"""Boots the real servers with the scripts of boot/, each on ports of its own, and ends what it booted.

`boot/install.sh` fetches what they need. All of it lies in one folder: COUNTERPOINT_SERVERS, else `channel-servers`
in the temporary folder.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

BOOT = Path(__file__).parent / "boot"
SECONDS = 120.0  # a busy machine may take half a minute for one
# Read at once: a test's own surroundings hold no setting, and one may boot a server in its midst.
_FOLDER = Path(os.environ.get("COUNTERPOINT_SERVERS") or Path(tempfile.gettempdir()) / "channel-servers")


def folder() -> Path:
    """Where the servers' programs, states and logs lie."""
    return _FOLDER


@contextmanager
def booted(name: str, *pids: str, **told: str) -> Iterator[str]:
    """Where the server called `name` answers, until the block ends. `pids`: its processes, as its script names them."""
    environment = {**os.environ, "RUN": str(folder()), **told}
    try:
        done = run("bash", str(BOOT / f"{name}.sh"), environment=environment)
        yield done.split()[2]
    finally:
        run("bash", str(BOOT / "stop.sh"), *pids, environment=environment)


def run(*command: str, environment: Mapping[str, str]) -> str:
    """What it printed last. Fails with what it said, where it failed."""
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, f"{command} ended with {done.returncode}: {done.stderr[-800:]}{done.stdout[-200:]}"
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""
