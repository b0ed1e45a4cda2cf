"""The words of a part as a critical edition shows them: cut where their origin changes, each stretch with its kind."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

# how a span's kind is underlined; every other kind is standard text
_KINDS = {"passage": "passage", "quote": "quote", "connector": "connector", "value": "value", "unknown": "unknown"}
_SECOND = {"block", "value"}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words of one origin. kind: passage | quote | connector | block | value | unknown; ref: of the material.

    told: the kind as rendering says it: a disclosure, a helpline; empty where nobody knows. mark: how grave a finding
    is that names these words.
    """

    text: str
    kind: str
    ref: str
    told: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a part; gap: a blank line stands before it; second: it holds standard text alone."""

    pieces: tuple[Stretch, ...]
    gap: bool
    second: bool

    @property
    def origins(self) -> tuple[Stretch, ...]:
        """Where it comes from, each once, in order."""
        return tuple({(one.told, one.ref): one for one in self.pieces if one.ref and one.told != "closed"}.values())


def lines(pieces: Sequence[Stretch]) -> tuple[Line, ...]:
    """The words line by line, as they go: each line names its origins beside it."""
    found: list[list[Stretch]] = [[]]
    for piece in pieces:
        if piece.text and "\n" not in piece.text:
            found[-1].append(piece)
            continue
        first, *more = piece.text.split("\n")
        found[-1] += [replace(piece, text=first)] if first else []
        found += [[replace(piece, text=text)] if text else [] for text in more]
    return tuple(
        Line(tuple(line), bool(index) and not found[index - 1], all(one.kind in _SECOND for one in line))
        for index, line in enumerate(found)
        if line
    )


def stretches(text: str, spans: Sequence[Sequence[Any]]) -> tuple[Stretch, ...]:
    """The whole text in order, nothing left out. spans: [start, end, kind, ref, …] in code points, quotes inside."""
    told = sorted(spans, key=lambda span: (span[0], -span[1]))
    edges = sorted({0, len(text), *(edge for span in told for edge in (span[0], span[1]))})
    return tuple(_joined(_pieces(text, told, edges)))


def marked(pieces: Sequence[Stretch], marks: Sequence[tuple[int, int, str]]) -> tuple[Stretch, ...]:
    """The same words, cut where a mark begins or ends. Of marks upon each other the first is seen."""
    if not marks:
        return tuple(piece for piece in pieces if piece.text)
    found, at = list[Stretch](), 0
    for piece in pieces:
        end = at + len(piece.text)
        edges = sorted({at, end, *(edge for mark in marks for edge in mark[:2] if at < edge < end)})
        for first, last in pairwise(edges):
            over = next((kind for begins, ends, kind in marks if begins <= first and last <= ends), "")
            found.append(replace(piece, text=piece.text[first - at : last - at], mark=over))
        at = end
    return tuple(found)


def _pieces(text: str, spans: Sequence[Sequence[Any]], edges: Sequence[int]) -> Iterator[Stretch]:
    for start, end in pairwise(edges):
        over = [span for span in spans if span[0] <= start and end <= span[1]]
        inner = min(over, key=lambda span: span[1] - span[0], default=None)
        kind, ref = (inner[2], inner[3]) if inner else ("unknown", "")
        yield Stretch(text[start:end], _KINDS.get(kind, "block"), ref, "" if kind == "unknown" else kind)


def _joined(pieces: Iterator[Stretch]) -> Iterator[Stretch]:
    """Neighbours of one origin are one stretch; blank stretches belong to what stands before them."""
    last: Stretch | None = None
    for piece in pieces:
        same = last is not None and (not piece.text.strip() or (piece.told, piece.ref) == (last.told, last.ref))
        if last is not None and same:
            last = replace(last, text=last.text + piece.text)
            continue
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield last
