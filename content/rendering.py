"""Template + cleared pieces + format -> the exact words of a leaf, and where each stretch comes from.

Provenance is recorded while rendering, never matched afterwards: pieces are strings that know their origin,
literal words of the template become kind `template`, anything else becomes `unattributed`, which blocks.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate

import jinja2

from content import formats
from content.errors import Refusal
from content.grammar import ABSENT, KINDS, VARIABLES, Attributed, compiled
from content.template import Template

MAX_OUTPUT = 100_000  # code points; far beyond any format, there to end a render that went wrong


@dataclass(frozen=True, slots=True)
class Quoted:
    """A verbatim quote inside a piece; offsets are code points in the piece's text."""

    start: int
    end: int
    ref: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """Cleared words.

    kind: one of grammar.KINDS; ref: `N-12/p1@1` (ref@number); text must be `normal` where it has quotes.
    """

    text: str
    kind: str
    ref: str
    source: str = ""
    quotes: tuple[Quoted, ...] = ()


@dataclass(frozen=True, slots=True)
class Material:
    """All that a template may draw on, in one language. None = this message has none."""

    language: str
    passages: tuple[Piece, ...]
    source_line: Piece
    disclosure: Piece
    stance: Piece | None = None
    quote: Piece | None = None
    connectors: Mapping[str, Piece] = field(default_factory=dict)
    disclosure_link: Piece | None = None  # kind closed: it may stand in a later part than the disclosure
    context: Piece | None = None
    helpline: Piece | None = None
    label: Piece | None = None  # kind closed
    hashtags: tuple[str, ...] = ()
    link: str | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one part; offsets are code points. A `quote` span may lie inside a `passage` span."""

    start: int
    end: int
    kind: str
    ref: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class PartText:
    """The words of one part. Spans are in order and, quotes inside passages aside, cover it without a gap."""

    text: str
    spans: tuple[Span, ...]


# --- rendering ---------------------------------------------------------------------------------------


def render(template: Template, material: Material, format_name: str) -> tuple[PartText, ...]:
    """The words for one format: one part, or several where the format threads and one does not hold them.

    Refusals: template.language, template.channel, template.missing, template.empty, text.too_long,
    text.unfit, text.invisible, text.not_composed, text.not_normal, and those of formats.thread.
    """
    _meant_for(template, material.language, format_name)
    chunks = _collect(template, _variables(material, format_name))
    whole = _checked(_lay(chunks), template)
    length = formats.measure(format_name, whole.text)
    if length.fits:
        return (whole,)
    if not formats.find_format(format_name).threads:
        raise _too_long(format_name, length, template)
    return _thread(whole, format_name, template)


def normal(text: str) -> str:
    """The one spelling in which words are stored and shown: NFC, plain line ends, no space before them."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    return _BLANK_RUN.sub("\n\n", _LINE_END.sub("", text)).strip("\n ")


def _meant_for(template: Template, language: str, format_name: str) -> None:
    for key, has, wanted in (
        ("language", template.languages, language),
        ("channel", template.channels, format_name),
    ):
        if wanted not in has:
            raise Refusal(
                f"template.{key}",
                f"This template is not made for the {key} {wanted} (only {', '.join(has)}).",
                "Choose another template, or add it to the header and have the template cleared again.",
                template.ref,
            )


class _Namespace:
    """`helpline.line`, `connector.and_then`: names by attribute, and nothing else to get hold of."""

    __slots__ = ("_names",)

    def __init__(self, names: Mapping[str, Attributed | None]) -> None:
        self._names = names

    def __getitem__(self, name: str) -> Attributed | None:
        return self._names[name]


def _variables(material: Material, format_name: str) -> dict[str, object]:
    passages = [_Namespace({"text": _known(p, "passage")}) for p in material.passages]
    tags = " ".join(material.hashtags)
    return {
        "passages": passages,
        "passage": passages[0] if passages else _Namespace({"text": None}),
        "quote": _known(material.quote, "quote"),
        "stance": _known(material.stance, "stance"),
        "source_line": _known(material.source_line, "source_line"),
        "publisher": _Namespace(
            {
                "disclosure": _known(material.disclosure, "disclosure"),
                "link": _known(material.disclosure_link, VARIABLES["publisher.link"]),
            }
        ),
        "context": _known(material.context, "context"),
        "helpline": _Namespace({"line": _known(material.helpline, "helpline")}),
        "connector": _Namespace({k: _known(p, "connector") for k, p in material.connectors.items()}),
        "label": _known(material.label, "closed"),
        "hashtags": Attributed(tags, "closed", "hashtags") if tags else None,
        "link": Attributed(material.link, "closed", "link") if material.link else None,
        "date": material.day,
        "language": material.language,
        "format": format_name,
    }


def _known(piece: Piece | None, kind: str) -> Attributed | None:
    """A piece in a place that is not its own loses its origin, which blocks."""
    if piece is None or not piece.text.strip():
        return None
    text = normal(piece.text)
    if piece.quotes and text != piece.text:
        raise Refusal(
            "text.not_normal",
            "A passage that holds quotes is not stored in its normal spelling, so they cannot be placed.",
            "Save the passage again.",
            piece.ref,
        )
    if piece.kind != kind or kind not in KINDS:
        return Attributed(text, "unattributed", piece.ref)
    marks = tuple((q.start, q.end, q.ref, q.source) for q in piece.quotes)
    return Attributed(text, kind, piece.ref, piece.source, marks)


def _collect(template: Template, variables: dict[str, object]) -> list[Attributed]:
    """Every stretch the template prints, in order, each with its origin."""
    program = compiled(template.body)
    chunks: list[Attributed] = []
    room = MAX_OUTPUT
    try:
        for printed in program.root_render_func(program.new_context(variables)):
            chunk = printed if isinstance(printed, Attributed) else _literal(printed, template.ref)
            chunks.append(_visible(chunk))
            room -= len(chunk)
            if room < 0:
                raise Refusal(
                    "text.too_long",
                    f"The words exceed {MAX_OUTPUT:,} characters.",
                    "Shorten them.",
                    template.ref,
                )
    except jinja2.UndefinedError as error:
        raise Refusal(
            "template.missing",
            f"The template asks for something this message does not have: {error.message}.",
            "Add it, or choose another template.",
            template.ref,
        ) from error
    return chunks


def _literal(text: str, ref: str) -> Attributed:
    return Attributed(unicodedata.normalize("NFC", text), "template", ref)


def _visible(chunk: Attributed) -> Attributed:
    hidden = _INVISIBLE.search(chunk)
    if hidden is None:
        return chunk
    raise Refusal(
        "text.invisible",
        f"The words hold a character nobody can see (U+{ord(hidden[0]):04X}).",
        "Remove it from the passage or block it stands in.",
        chunk.ref,
    )


# --- laying out --------------------------------------------------------------------------------------

_GAP = "\ue000"  # stands where a piece is absent; private use, refused in the words themselves
_LINE_END = re.compile(r"(?<![^\S\n])[^\S\n]+(?=\n|\Z)")  # looks back so that a long run costs linear time
_BLANK_RUN = re.compile(r"\n{3,}")
_CUTS = (
    re.compile(rf"(?m)^(?=[ {_GAP}]*{_GAP})[ {_GAP}]*(?:\n|\Z)"),  # a line whose pieces are all absent
    re.compile(rf"(?m)^[ {_GAP}]*{_GAP} *|(?<= ){_GAP}[ {_GAP}]*|{_GAP}"),  # a piece absent within a line
    _LINE_END,
    re.compile(r"\A[\n ]+|(?<=\n\n)\n+|\n+\Z"),
)
_INVISIBLE = re.compile(  # ZWNJ, ZWJ, LRM, RLM and ALM may be needed; the checks judge where
    r"[^\n\u0020-\ud7ff\uf900-\ufffd\U00010000-\U000dffff]|"
    r"[\u007f-\u009f\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2028-\u202e\u2060-\u206f"
    r"\u2800\u3164\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a]"
)


def _lay(chunks: Iterable[Attributed]) -> PartText:
    """Joins the stretches and drops the lines, spaces and blank lines that absent pieces leave behind."""
    words: list[str] = []
    spans: list[Span] = []
    at = 0
    for chunk in chunks:
        text = _GAP if chunk is ABSENT else chunk
        words.append(text)
        if chunk is not ABSENT:
            spans.append(Span(at, at + len(text), chunk.kind, chunk.ref, chunk.source))
            spans += [Span(at + s, at + e, "quote", ref, source) for s, e, ref, source in chunk.marks]
        at += len(text)
    text = "".join(words)
    for pattern in _CUTS:
        text, spans = _cut(text, spans, pattern)
    return PartText(text, tuple(spans))


def _cut(text: str, spans: list[Span], pattern: re.Pattern[str]) -> tuple[str, list[Span]]:
    """Removes every match and moves the spans with the words."""
    gone = [m.span() for m in pattern.finditer(text) if m.end() > m.start()]
    if not gone:
        return text, spans
    starts = [start for start, _ in gone]
    removed = [0, *accumulate(end - start for start, end in gone)]

    def moved(at: int) -> int:
        n = bisect_right(starts, at)
        if n == 0:
            return at
        inside = min(at, gone[n - 1][1]) - starts[n - 1]
        return at - removed[n - 1] - inside

    kept = [Span(moved(s.start), moved(s.end), s.kind, s.ref, s.source) for s in spans]
    left = [0, *(end for _, end in gone)]
    text = "".join(text[a:b] for a, b in zip(left, [*starts, len(text)], strict=True))
    return text, [s for s in kept if s.end > s.start]


def _checked(part: PartText, template: Template) -> PartText:
    """Refuses words that are empty, or that change their spelling where pieces meet."""
    if not part.text:
        raise Refusal("template.empty", "Nothing is left to say.", "Choose a passage.", template.ref)
    if not unicodedata.is_normalized("NFC", part.text):
        raise Refusal(
            "text.not_composed",
            "A piece begins with an accent that would join the piece before it.",
            "Correct the passage or block.",
            template.ref,
        )
    return part


# --- fitting the format ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Held(formats.Piece):
    """A piece on its way through formats.thread, with the stretch it came from."""

    chunk: Attributed


def _thread(whole: PartText, format_name: str, template: Template) -> tuple[PartText, ...]:
    """Splits between pieces. The counter stands in every part, so it travels as a disclosure does."""
    pieces = [_Held(str(chunk), chunk.kind, chunk) for chunk in _chunks_of(whole)]
    parts: list[list[formats.Piece]] = []
    for widest in ("9/9", "99/99"):
        if not parts or len(parts) > 9:
            parts = formats.thread(format_name, [*pieces, _NEW_LINE, _counter(widest)])
    laid = [_numbered(part, f"{n}/{len(parts)}") for n, part in enumerate(parts, 1)]
    return tuple(_checked(part, template) for part in laid)


def _chunks_of(part: PartText) -> list[Attributed]:
    """The stretches a part was laid from; quotes inside one stay with it."""
    chunks: list[Attributed] = []
    end = 0
    for span in part.spans:
        if span.start < end:
            continue
        end = span.end
        marks = tuple(
            (q.start - span.start, q.end - span.start, q.ref, q.source)
            for q in part.spans
            if q is not span and q.kind == "quote" and span.start <= q.start and q.end <= end
        )
        chunks.append(Attributed(part.text[span.start : end], span.kind, span.ref, span.source, marks))
    return chunks


def _counter(text: str) -> _Held:
    return _Held(text, "disclosure", Attributed(text, "closed", "counter"))


_NEW_LINE = _Held("\n", "closed", Attributed("\n", "closed", "counter_line"))


def _numbered(part: list[formats.Piece], counter: str) -> PartText:
    held = [piece for piece in part if isinstance(piece, _Held)]
    chunks = [_counter(counter).chunk if h.chunk.ref == "counter" else h.chunk for h in held]
    return _lay(chunks)


def _too_long(format_name: str, length: formats.Length, template: Template) -> Refusal:
    if length.problem:
        message = f"{format_name} does not take these words: {length.problem}."
        return Refusal("text.unfit", message, "Change the words or leave this account out.", template.ref)
    over = length.length - (length.limit or 0)
    return Refusal(
        "text.too_long",
        f"The words are {over:,} {length.unit} too long for {format_name} "
        f"({length.length:,} of {length.limit or 0:,}).",
        "Choose a shorter passage or stance, or leave the context out.",
        template.ref,
    )
