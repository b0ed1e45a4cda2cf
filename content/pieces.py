"""From the rows an author chose to the pieces that are rendered, each with where it comes from."""

from collections.abc import Mapping
from typing import Any

from content import formats
from content.block import Block
from content.choosing import Chosen
from content.errors import Refusal
from content.narrative import Narrative, Passage, Quote
from content.rendering import Material, Piece, Quoted, normal


def card_of(format_name: str, material: Material) -> dict[str, Any] | None:
    """Where a platform draws a link card from our own words, it says who publishes."""
    if not formats.find_format(format_name).card or not material.link:
        return None
    return {"link": material.link, "title": normal(material.disclosure.text), "text": "", "image": None}


def material_of(chosen: Chosen, narrative: Narrative, language: str, choices: Mapping[str, Any]) -> Material:
    """All that the words of one message in one language are made of, each piece with its origin."""
    return Material(
        language=language,
        passages=tuple(_passage(row, "passage", narrative, chosen.quotes) for row in chosen.passages),
        source_line=_source_line(narrative, language),
        disclosure=_block(chosen.disclosure),
        stance=_passage(chosen.stance, "stance", narrative, {}) if chosen.stance else None,
        quote=_quote(chosen.quote, narrative) if chosen.quote else None,
        connectors={name: _block(block) for name, block in chosen.connectors.items()},
        context=_block(chosen.context) if chosen.context else None,
        helpline=_block(chosen.helpline) if chosen.helpline else None,
        label=_label(narrative, language),
        hashtags=tuple(f"#{tag.removeprefix('#')}" for tag in choices.get("hashtags") or ()),
        link=choices.get("link"),
    )


def _passage(row: Passage, kind: str, narrative: Narrative, quotes: Mapping[str, Quote]) -> Piece:
    held = [quotes[ref] for ref in row.quotes if ref in quotes]
    marks = [_placed(row.text, quote, narrative) for quote in held]
    found = tuple(sorted((mark for mark in marks if mark is not None), key=lambda mark: mark.start))
    return Piece(row.text, kind, f"{narrative.ref}/{row.ref}@{row.number}", "", found)


def _placed(text: str, quote: Quote, narrative: Narrative) -> Quoted | None:
    """Where the quote stands word for word; a marked cut of it is the quote check's affair."""
    start = text.find(quote.text)
    if start < 0:
        return None
    return Quoted(start, start + len(quote.text), f"{narrative.ref}/{quote.ref}@1", quote.source_ref)


def _quote(row: Quote, narrative: Narrative) -> Piece:
    return Piece(row.text, "quote", f"{narrative.ref}/{row.ref}@1", row.source_ref)


def _block(row: Block) -> Piece:
    return Piece(row.text, row.kind, f"{row.ref}@{row.number}")


def _source_line(narrative: Narrative, language: str) -> Piece:
    line = narrative.source_line.get(language, "")
    if not line.strip():
        raise Refusal(
            "narrative.source_line_none",
            f"{narrative.ref} has no source line in “{language}”.",
            "Add one: publisher and year, as a reader of that language expects it.",
            narrative.ref,
        )
    return Piece(line, "source_line", f"{narrative.ref}/source_line")


def _label(narrative: Narrative, language: str) -> Piece | None:
    label = narrative.display_label.get(language)
    return Piece(label, "closed", f"{narrative.ref}/label") if label else None
