"""Threads: a long message as several parts, broken only between pieces, each part fit to be shared alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from content.errors import Refusal
from content.formats.length import Length, measure
from content.formats.shape import Format, find_format

EVERY_PART = frozenset({"disclosure", "stance"})  # who publishes and where they stand
JOINERS = frozenset({"connector", "template", "closed"})  # they lean on a neighbour and never stand alone
FOLLOWERS = frozenset({"source_line"})  # they stand with what they source


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one kind (content/rendering.py's kinds, and `disclosure_link`) that is never cut."""

    text: str
    kind: str


Group = tuple[Piece, ...]


def thread(format_name: str, pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The parts a message goes out in, one where it fits; every part repeats the disclosure and the stance.

    Order is kept; blanks where a part begins or ends are dropped, and so is one of two that come to touch.
    Refuses: `format.too_long` (this format does not thread), `format.piece_too_long` (one piece with what
    must stand beside it is too long), `format.too_many_parts`.
    """
    shape = find_format(format_name)
    if _fits(shape, pieces):
        return [list(pieces)]
    if not shape.threads or _measured(shape, pieces).problem:
        raise _too_long(shape, pieces)
    parts = _fill(shape, _groups(pieces))
    if len(parts) > shape.max_parts:
        raise Refusal(
            "format.too_many_parts",
            f"{shape.name} would need {len(parts)} parts and a thread may have {shape.max_parts}.",
            "Shorten the message.",
        )
    return parts


def _fits(shape: Format, pieces: Sequence[Piece]) -> bool:
    return _measured(shape, pieces).fits


def _measured(shape: Format, pieces: Sequence[Piece]) -> Length:
    return measure(shape.name, _text(pieces))


def _too_long(shape: Format, pieces: Sequence[Piece]) -> Refusal:
    length = _measured(shape, pieces)
    if length.problem:
        return Refusal("format.unfit", f"{shape.name} does not take this text: {length.problem}.", "Change the text.")
    return Refusal(
        "format.too_long",
        f"The text has {length.length} {length.unit}; {shape.name} takes {length.limit} and does not thread.",
        "Shorten the message or leave this account out.",
    )


def _groups(pieces: Sequence[Piece]) -> list[Group]:
    """Pieces that must stay together, in order; a blank is a group of its own."""
    groups: list[Group] = []
    for piece in pieces:
        if groups and not _may_break(groups[-1], piece):
            groups[-1] += (piece,)
        else:
            groups.append((piece,))
    return _sourced(groups)


def _may_break(group: Group, following: Piece) -> bool:
    last = group[-1]
    if not last.text.strip() or not following.text.strip():
        return True
    if not (last.text[-1:].isspace() or following.text[:1].isspace()):
        return False
    leans_back = len(group) > 1 and not last.text[:1].isspace()
    return last.kind not in JOINERS or leans_back


def _sourced(groups: list[Group]) -> list[Group]:
    """A source line joins the group before it, with the blank between."""
    joined: list[Group] = []
    for group in groups:
        blank = len(joined) > 1 and not _text(joined[-1]).strip()
        if group[0].kind in FOLLOWERS and joined and not (blank and _repeats(joined[-2])):
            middle = joined.pop() if blank else ()
            before = joined.pop() if joined else ()
            joined.append(before + middle + group)
        else:
            joined.append(group)
    return joined


def _text(group: Sequence[Piece]) -> str:
    return "".join(piece.text for piece in group)


def _repeats(group: Group) -> bool:
    kinds = {piece.kind for piece in group if piece.text.strip()}
    return bool(kinds & EVERY_PART) and kinds <= EVERY_PART | JOINERS


def _fill(shape: Format, groups: list[Group]) -> list[list[Piece]]:
    """Put as many groups into each part as fit, beside those that every part repeats."""
    parts: list[list[Piece]] = []
    chosen: list[int] = []
    for index, group in enumerate(groups):
        if _repeats(group) or not _text(group).strip():
            continue
        if chosen and not _fits(shape, _compose(groups, [*chosen, index])):
            parts.append(_compose(groups, chosen))
            chosen = []
        chosen.append(index)
        if len(chosen) == 1 and not _fits(shape, _compose(groups, chosen)):
            raise _unsplittable(shape, _compose(groups, chosen), group)
    if not chosen:
        raise _unsplittable(shape, _compose(groups, ()), sum(groups, ()))
    return [*parts, _compose(groups, chosen)]


def _compose(groups: list[Group], chosen: Sequence[int]) -> list[Piece]:
    """The chosen groups and those that every part repeats, in order, with the blanks between them."""
    part: list[Piece] = []
    blank: Group = ()
    for index, group in enumerate(groups):
        if not _text(group).strip():
            blank = max(blank, group, key=_break_strength)
        elif index in chosen or _repeats(group):
            part += blank if part else ()
            part += group
            blank = ()
    return part


def _break_strength(group: Group) -> tuple[int, int]:
    text = _text(group)
    return text.count("\n"), len(text)


def _unsplittable(shape: Format, part: Sequence[Piece], group: Group) -> Refusal:
    whole = _measured(shape, part)
    kinds = " with ".join(piece.kind for piece in group if piece.text.strip())
    return Refusal(
        "format.piece_too_long",
        f"One {kinds}, with the disclosure and the stance that stand beside it, has {whole.length} "
        f"{whole.unit}; a part of a {shape.name} thread takes {whole.limit}.",
        "Choose a shorter passage for this account.",
    )
