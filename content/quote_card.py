"""A quote card: a picture drawn from a cleared passage or quotation, with an alt text of the same words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from content import consent
from content.clearing import cleared
from content.direction import comma, direction
from content.encoding import CARD_INK, CARD_PAPER, Encoded, contrast
from content.errors import Refusal
from content.medium import Given, Medium, Words, add
from content.narrative import Narrative, Passage, Quote
from content.organisation import ours
from content.people import Person, require
from content.store import now

_ANGLES = ("«", "»")
_MARKS: Mapping[str, tuple[str, str]] = {"de": ("„", "“"), "fr": _ANGLES, "ar": _ANGLES, "fa": _ANGLES, "ru": _ANGLES}


@dataclass(frozen=True, slots=True)
class Card:
    """What is drawn: text, as people cleared it; told: who said it and where, beneath; of: the material, as
    Medium.drawn_of has it; quoted: it stands between quotation marks."""

    text: str
    told: str
    language: str
    narrative: str
    of: str
    quoted: bool

    @property
    def words(self) -> str:
        """The text as it is drawn."""
        opens, closes = _MARKS.get(self.language, ("“", "”"))
        return f"{opens}{self.text}{closes}" if self.quoted else self.text

    @property
    def alt(self) -> str:
        """The same words for who cannot see them."""
        return f"{self.words} — {self.told}"

    def order(self) -> dict[str, Any]:
        """What encoding.draw takes."""
        return {"text": self.words, "from": self.told, "rtl": direction(self.language) == "rtl"}


def card(session: Session, person: Person, kind: str, ref: str) -> Card:
    """The card of a passage or quote, N-1/p1. Raises Refusal `card.*`, `material.none`, `rights.role`."""
    require(session, person, now(session), "medium.add")
    narrative_ref, _, name = ref.partition("@")[0].rpartition("/")
    of_ours = select(Narrative).where(Narrative.organisation_id == ours(), Narrative.ref == narrative_ref)
    narrative = session.exec(of_ours).first()
    found = None if narrative is None else _found(session, narrative, kind, name)
    if narrative is None or found is None:
        raise Refusal("material.none", f"There is no {kind} {ref}.", "Look at its spelling, or import it first.")
    number = found.number if isinstance(found, Passage) else 1
    if not _is_cleared(session, narrative, found):
        raise Refusal(
            "card.uncleared", f"Nobody cleared {ref}, so nothing is drawn from it.", "Have it cleared first.", ref
        )
    if any(one.withdrawn for one in consent.scopes(session, {narrative.id or 0}, now(session)).values()):
        why = f"The consent for {narrative.ref} was withdrawn, so nothing is drawn from it."
        raise Refusal("card.withdrawn", why, "Choose another narrative.", ref)
    of = f"{kind} {narrative.ref}/{found.ref} {number} {found.id}"
    return Card(found.text, _told(narrative, found.language), found.language, narrative.ref, of, kind == "quote")


def keep(session: Session, person: Person, drawn: Card, encoded: Encoded, licence: str) -> Medium:
    """Keeps a card that was just drawn, if its words still stand as they were. Raises as `card` and medium.add."""
    kind, ref, _, _ = drawn.of.split(" ")
    if card(session, person, kind, ref) != drawn:
        raise Refusal("card.changed", f"{ref} has changed meanwhile.", "Draw the card again.", ref)
    given = Given(
        licence=licence,
        texts="only",
        contrast=contrast(CARD_INK, CARD_PAPER),
        narrative=drawn.narrative,
        illustration=True,
        drawn=drawn.text,
        drawn_of=drawn.of,
        language=drawn.language,
    )
    return add(session, person, encoded, given, {drawn.language: Words(alt=drawn.alt)})


def _found(session: Session, narrative: Narrative, kind: str, name: str) -> Passage | Quote | None:
    """The newest passage of that name, or the quote."""
    if kind == "quote":
        quotes = select(Quote).where(Quote.narrative_id == narrative.id, Quote.ref == name)
        return session.exec(quotes).first()
    if kind != "passage":
        raise Refusal("card.kind", f"No card is drawn from a {kind}.", "Name a passage or a quote.")
    passages = select(Passage).where(Passage.narrative_id == narrative.id, Passage.ref == name)
    return session.exec(passages.order_by(col(Passage.number).desc())).first()


def _is_cleared(session: Session, narrative: Narrative, found: Passage | Quote) -> bool:
    """A passage that people cleared; a quote that is approved and stands in one."""
    if isinstance(found, Passage):
        return found.id in cleared(session, "passage", [found.id or 0])
    held = session.exec(select(Passage).where(Passage.narrative_id == narrative.id)).all()
    holding = [row.id or 0 for row in held if found.ref in row.quotes]
    return found.approved and bool(cleared(session, "passage", holding))


def _told(narrative: Narrative, language: str) -> str:
    """The approved way to refer to the person, and where it was published."""
    line, label = narrative.source_line.get(language, "").strip(), narrative.display_label.get(language, "").strip()
    if not line:
        raise Refusal(
            "narrative.source_line_none",
            f"{narrative.ref} has no source line in “{language}”.",
            "Add one: publisher and year, as a reader of that language expects it.",
            narrative.ref,
        )
    return comma(language).join(part for part in (label if narrative.kind == "individual" else "", line) if part)
