"""The words of a part as a critical edition shows them: cut where their origin changes, each stretch with its kind."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

# how a span's kind is underlined; every other kind is standard text
_KINDS = {"passage": "passage", "quote": "quote", "connector": "connector", "value": "value", "unknown": "unknown"}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words of one origin. kind: passage | quote | connector | block | value | unknown; ref: of the material."""

    text: str
    kind: str
    ref: str


def stretches(text: str, spans: Sequence[Sequence[Any]]) -> tuple[Stretch, ...]:
    """The whole text in order, nothing left out. spans: [start, end, kind, ref, …] in code points, quotes inside."""
    told = sorted(spans, key=lambda span: (span[0], -span[1]))
    edges = sorted({0, len(text), *(edge for span in told for edge in (span[0], span[1]))})
    return tuple(_joined(_pieces(text, told, edges)))


def _pieces(text: str, spans: Sequence[Sequence[Any]], edges: Sequence[int]) -> Iterator[Stretch]:
    for start, end in pairwise(edges):
        over = [span for span in spans if span[0] <= start and end <= span[1]]
        inner = min(over, key=lambda span: span[1] - span[0], default=None)
        kind, ref = (inner[2], inner[3]) if inner else ("unknown", "")
        yield Stretch(text[start:end], _KINDS.get(kind, "block"), ref)


def _joined(pieces: Iterator[Stretch]) -> Iterator[Stretch]:
    """Neighbours of one origin are one stretch; blank stretches belong to what stands before them."""
    last: Stretch | None = None
    for piece in pieces:
        same = last is not None and (not piece.text.strip() or (piece.kind, piece.ref) == (last.kind, last.ref))
        if last is not None and same:
            last = Stretch(last.text + piece.text, last.kind, last.ref)
            continue
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield last
