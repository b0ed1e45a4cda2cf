"""A line between two programs that can be cut, frozen, slowed and left half open while it is in use."""

import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from tests.faults.counting import injected

MODES = ("pass", "drop", "freeze", "half-open", "delay", "cut")


class Proxy:
    """TCP on loopback in front of a unix socket or a TCP port. `mode` may be changed at any time with `turn`.

    pass: as if it were not there; drop: new and standing connections break; freeze: they stand and nothing comes
    through; half-open: what the caller says gets there, no answer comes back; delay: each piece comes `seconds`
    later; cut: every connection breaks after `after` bytes.
    """

    def __init__(self, target: Path | tuple[str, int]) -> None:
        self._target = target
        self._mode, self._seconds, self._after = "pass", 0.0, 0
        self._change = threading.Condition()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._over = False

    @property
    def port(self) -> int:
        """Where to connect instead."""
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> "Proxy":
        threading.Thread(target=self._accept, daemon=True, name="proxy").start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.turn("drop")

    def turn(self, mode: str, *, seconds: float = 0.0, after: int = 0) -> None:
        """From now on, for standing connections too."""
        assert mode in MODES, mode
        with self._change:
            self._mode, self._seconds, self._after = mode, seconds, after
            self._change.notify_all()
        if mode != "pass":
            injected(f"line:{mode}")
        if mode == "drop":
            for one in list(self._open):
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._over:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(caller,), daemon=True).start()

    def _connect(self, caller: socket.socket) -> None:
        if self._mode == "drop":
            return caller.close()
        with suppress(OSError), caller, self._reached() as other:
            self._open |= {caller, other}
            back = threading.Thread(target=self._carry, args=(other, caller, True), daemon=True)
            back.start()
            self._carry(caller, other, False)
            back.join()
            self._open -= {caller, other}
        return None

    def _reached(self) -> socket.socket:
        if isinstance(self._target, tuple):
            return socket.create_connection(self._target)
        line = socket.socket(socket.AF_UNIX)
        line.connect(str(self._target))
        return line

    def _carry(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        """Bytes one way, until one of the two has gone; then both go."""
        carried = 0
        with suppress(OSError):
            while piece := source.recv(65536):
                self._hold(answers)
                carried += len(piece)
                if self._mode == "cut" and carried > self._after:
                    break
                target.sendall(piece)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _hold(self, answers: bool) -> None:
        """Returns when this piece may go on."""
        if self._mode == "delay":
            time.sleep(self._seconds)
        with self._change:
            self._change.wait_for(lambda: not (self._mode == "freeze" or (answers and self._mode == "half-open")))
