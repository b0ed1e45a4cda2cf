"""Three hosts on this machine, as network namespaces: one with the database, two for workers, and the world outside.

Each worker's host has two cables: one to the hub (10.77.0.0/24: database, broker), one to the world (10.78.0.0/24:
the platforms). Cutting the first leaves a worker that can still call but can ask nobody whether it may. Needs root.
"""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

import pytest

HUB, WORLD = "10.77.0.1", "10.78.0.1"
HOSTS = ("one", "two")
_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)


class Hosts:
    """Use as a context manager; whatever was made is gone afterwards."""

    def __init__(self) -> None:
        self._mark = f"cp{os.getpid()}"

    def __enter__(self) -> "Hosts":
        if os.geteuid() != 0:
            pytest.skip("network namespaces need root")
        _clear_after_the_dead()
        try:
            self._make()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._remove()

    @contextmanager
    def on(self, host: str) -> Iterator[None]:
        """What this thread starts or opens in the meantime belongs to that host."""
        ours = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        theirs = os.open(f"/run/netns/{self._name(host)}", os.O_RDONLY)
        try:
            _enter(theirs)
            yield
        finally:
            _enter(ours)
            os.close(theirs)
            os.close(ours)

    def cut(self, host: str) -> None:
        """Silence between that host and the hub: nothing arrives, nobody is told."""
        _ip("-n", self._name("hub"), "link", "set", f"hub-{host}", "nomaster")

    def heal(self, host: str) -> None:
        _ip("-n", self._name("hub"), "link", "set", f"hub-{host}", "master", "hub")

    def _name(self, host: str) -> str:
        return f"{self._mark}-{host}"

    def _make(self) -> None:
        for host in ("hub", *HOSTS):
            _ip("netns", "add", self._name(host))
            _ip("-n", self._name(host), "link", "set", "lo", "up")
        for net, address in (("hub", HUB), ("world", WORLD)):
            self._bridge(net, address)
            for number, host in enumerate(HOSTS, 2):
                self._cable(net, host, f"{address.rpartition('.')[0]}.{number}")

    def _bridge(self, net: str, address: str) -> None:
        _ip("-n", self._name("hub"), "link", "add", net, "type", "bridge")
        _ip("-n", self._name("hub"), "addr", "add", f"{address}/24", "dev", net)
        _ip("-n", self._name("hub"), "link", "set", net, "up")

    def _cable(self, net: str, host: str, address: str) -> None:
        hub, there = self._name("hub"), self._name(host)
        end = f"{net}-{host}"
        _ip("-n", hub, "link", "add", end, "type", "veth", "peer", "name", net, "netns", there)
        _ip("-n", hub, "link", "set", end, "master", net, "up")
        _ip("-n", there, "addr", "add", f"{address}/24", "dev", net)
        _ip("-n", there, "link", "set", net, "up")

    def _remove(self) -> None:
        for host in ("hub", *HOSTS):
            if Path(f"/run/netns/{self._name(host)}").exists():
                with suppress(subprocess.CalledProcessError):
                    _ip("netns", "del", self._name(host))


def _clear_after_the_dead() -> None:
    """A run that was killed -9 could not tidy up: its hosts bear its number."""
    for left in Path("/run/netns").glob("cp*-*"):
        owner = left.name[2:].partition("-")[0]
        if owner.isdecimal() and not Path(f"/proc/{owner}").exists():
            with suppress(subprocess.CalledProcessError):
                _ip("netns", "del", left.name)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=20)


def _enter(namespace: int) -> None:
    if _LIBC.setns(namespace, _NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
