"""From what an author chose by name to the rows it means: the newest version of each template, passage and block."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from content.block import Block
from content.campaign import Campaign
from content.errors import Refusal, Refusals
from content.medium import Whole
from content.narrative import Narrative, Passage, Quote
from content.showing import misshown, refs_of
from content.stock import Stock
from content.template import Template, parse
from content.template_version import TemplateVersion


@dataclass(frozen=True, slots=True)
class Chosen:
    """All that the words of one message in one language are made of."""

    stored: TemplateVersion
    template: Template
    passages: tuple[Passage, ...]
    disclosure: Block
    stance: Passage | None = None
    quote: Quote | None = None
    quotes: Mapping[str, Quote] = field(default_factory=dict)  # the narrative's, by ref
    connectors: Mapping[str, Block] = field(default_factory=dict)
    context: Block | None = None
    helpline: Block | None = None
    media: tuple[Whole, ...] = ()


def choose(stock: Stock, campaign: Campaign, narrative: Narrative, language: str, choices: Mapping[str, Any]) -> Chosen:
    """The rows that these choices mean; which standard text is needed is said by the template's header.

    Raises Refusals with everything that is wrong: message.template passage passage_language stance quote connector,
    block.disclosure_none context_none helpline_none kind language none; media media_twice media_retired
    media_narrative media_language of message.
    """
    asking = _Asking(stock, campaign, narrative, language)
    stored, template = asking.template(str(choices.get("template", "")))
    passages = asking.passages(choices.get("passages") or ())
    stance = asking.stance(choices.get("stance"))
    quote = asking.quote(choices.get("quote"))
    connectors = {name: asking.named("connector", ref) for name, ref in (choices.get("connectors") or {}).items()}
    disclosure = asking.disclosure()
    variables = template.variables if template else ()
    context = asking.context(choices.get("context")) if "context" in variables else None
    helpline = asking.helpline(choices.get("helpline")) if "helpline.line" in variables else None
    refs = refs_of(choices)
    asking.refusals += misshown(stock.media, refs, narrative.id, language)
    if asking.refusals or stored is None or template is None or disclosure is None:
        raise_all(asking.refusals)
        raise AssertionError("something is missing and nothing was refused")
    found = {name: block for name, block in connectors.items() if block is not None}
    media = tuple(stock.media[ref] for ref in refs)
    return Chosen(stored, template, passages, disclosure, stance, quote, asking.quotes, found, context, helpline, media)


def raise_all(refusals: Iterable[Refusal]) -> None:
    """Raises what there is to refuse: the one Refusal, or all of them together."""
    found = list(refusals)
    if len(found) == 1:
        raise found[0]
    if found:
        raise Refusals(found)


class _Asking:
    """Looks each name up in rows read before, and keeps what has to be refused."""

    def __init__(self, stock: Stock, campaign: Campaign, narrative: Narrative, language: str) -> None:
        self.stock, self.campaign, self.narrative, self.language = stock, campaign, narrative, language
        self.refusals: list[Refusal] = []
        self.known = stock.passages.get(narrative.id or 0, {})
        self.blocks = stock.blocks
        self.quotes = stock.quotes.get(narrative.id or 0, {})

    def refuse(self, code: str, message: str, todo: str, where: str = "") -> None:
        self.refusals.append(Refusal(code, message, todo, where))

    def template(self, name: str) -> tuple[TemplateVersion | None, Template | None]:
        stored = self.stock.templates.get(name.partition("@")[0])
        if stored is None:
            self.refuse("message.template", f"There is no template {name!r}.", "Name one as theme/name.")
            return None, None
        return stored, parse(stored.source, stored.name)

    def passages(self, refs: Iterable[str]) -> tuple[Passage, ...]:
        found = [self._passage(ref, "account", "passage") for ref in refs]
        if not found:
            self.refuse("message.passage", "The message has no passage.", "Choose at least one.")
        return tuple(one for one in found if one is not None)

    def stance(self, ref: str | None) -> Passage | None:
        return self._passage(ref, "stance", "stance") if ref else None

    def _passage(self, ref: str, kind: str, word: str) -> Passage | None:
        name = ref.rpartition("/")[2].partition("@")[0]
        found = self.known.get(name)
        where = f"{self.narrative.ref}/{name}"
        if found is None or found.kind != kind:
            self.refuse(f"message.{word}", f"{where} is no {word} of this narrative.", "Choose one of its own.", where)
            return None
        if found.language != self.language:
            self.refuse(
                "message.passage_language",
                f"{where} is in “{found.language}”, the message in “{self.language}”.",
                "Choose one in the message's language, or propose a translation.",
                where,
            )
        return found

    def quote(self, ref: str | None) -> Quote | None:
        if not ref:
            return None
        found = self.quotes.get(ref.rpartition("/")[2])
        if found is None:
            self.refuse("message.quote", f"{ref} is no quote of this narrative.", "Choose one of its own.", ref)
        return found

    def named(self, kind: str, ref: str) -> Block | None:
        """A block that was chosen by name: it must be of that kind and in the message's language."""
        found = self.blocks.get(ref.partition("@")[0])
        if found is None:
            self.refuse("block.none", f"There is no block {ref}.", "Look at its spelling, or import it.", ref)
        elif found.kind != kind:
            self.refuse("block.kind", f"{ref} is a {found.kind}, not a {kind}.", f"Choose a {kind}.", ref)
        elif found.language != self.language:
            self.refuse("block.language", f"{ref} is in “{found.language}”.", f"Choose one in “{self.language}”.", ref)
        else:
            return found
        return None

    def disclosure(self) -> Block | None:
        found = self._of_kind("disclosure")
        if not found:
            self._none("disclosure", f"The organisation has no disclosure in “{self.language}”.")
        return found[0] if found else None

    def context(self, ref: str | None) -> Block | None:
        """The chosen context line, else the campaign's first in this language; none where the campaign lists none."""
        if ref:
            return self.named("context", ref)
        listed = self.campaign.context_blocks
        found = [block for block in self._of_kind("context") if block.ref in listed]
        if listed and not found:
            self._none("context", f"The campaign has no context line in “{self.language}”.")
        return min(found, key=lambda block: listed.index(block.ref)) if found else None

    def helpline(self, ref: str | None) -> Block | None:
        """The chosen helpline, else the one in this language that serves most of the campaign's territories."""
        if ref:
            return self.named("helpline", ref)
        territories = {*self.campaign.territories}
        found = [block for block in self._of_kind("helpline") if territories & {*block.territories}]
        if not found:
            where = ", ".join(sorted(territories)) or "this campaign"
            self._none("helpline", f"No helpline in “{self.language}” serves {where}.")
        return min(found, key=lambda block: (-len(territories & {*block.territories}), block.ref)) if found else None

    def _none(self, kind: str, message: str) -> None:
        self.refuse(f"block.{kind}_none", message, f"Import a {kind} and have it cleared.", self.campaign.ref)

    def _of_kind(self, kind: str) -> list[Block]:
        """In the order of their refs."""
        return list(self.stock.standard.get((kind, self.language), ()))
