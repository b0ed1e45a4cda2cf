"""A line on which answers get lost from one call on: what is sent before it is answered as usual."""

import socket
from pathlib import Path

from tests.faults.proxy import Proxy


class Losing(Proxy):
    """Once these bytes went by, what the caller says still gets there and no answer comes back, until `turn`."""

    def __init__(self, target: Path | tuple[str, int]) -> None:
        super().__init__(target)
        self.mark = b""

    def lose_after(self, mark: bytes) -> None:
        self.mark = mark

    def _carry(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        super()._carry(source if answers else Watched(source, self), target, answers)  # type: ignore[arg-type]


class Watched:
    """A socket whose bytes are looked through for the mark as they are read."""

    def __init__(self, inner: socket.socket, line: Losing) -> None:
        self._inner, self._line, self._tail = inner, line, b""

    def recv(self, most: int) -> bytes:
        piece = self._inner.recv(most)
        self._tail = (self._tail + piece)[-100_000:]
        if self._line.mark and self._line.mark in self._tail:
            self._line.mark, self._tail = b"", b""
            self._line.turn("half-open")
        return piece

    def shutdown(self, how: int) -> None:
        self._inner.shutdown(how)
