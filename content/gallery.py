"""Templates as they look on every channel, filled with sample words that are nobody's testimony."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from content import formats
from content.errors import Refusal
from content.offered import OfferedTemplate, shown_templates
from content.organisation import ours
from content.rendering import Material, PartText, Piece, render
from content.template import Template, parse
from content.template_version import TemplateVersion

HOME = "en"
SAMPLE: Mapping[str, Mapping[str, str]] = {
    "en": {
        "passage": "They promised bread for everyone, she said; she stood in line and went home with none.",
        "second": "The lights were off for most of the day.",
        "stance": "They promised much and gave little.",
        "quote": "I went home with none",
        "connector": "In their own words:",
        "source_line": "Example Press, 2015.",
        "disclosure": "Published by the Example Project: https://example.org/en",
        "context": "People of every community were harmed.",
        "helpline": "Worried about someone? Example Line, daily 9-5: 0800 000 0000.",
        "label": "a former member",
    },
    "ar": {
        "passage": "قالت إنهم وعدوا الجميع بالخبز، فوقفت في الطابور وعادت بلا شيء.",
        "second": "كانت الكهرباء مقطوعة معظم النهار.",
        "stance": "وعدوا كثيراً وأعطوا قليلاً.",
        "quote": "عدت بلا شيء",
        "connector": "بكلماتهم:",
        "source_line": "Example Press، 2015.",
        "disclosure": "ينشره مشروع المثال: https://example.org/ar",
        "context": "أصاب الأذى أناساً من كل الجماعات.",
        "helpline": "تقلق على أحد؟ خط المثال، يومياً 9-5: 0800 000 0000.",
        "label": "عضو سابق",
    },
    "fr": {
        "passage": "On promettait du pain à tous, dit-elle ; elle a fait la queue et n’en a pas eu.",
        "second": "L’électricité était coupée presque toute la journée.",
        "stance": "Ils ont beaucoup promis et peu donné.",
        "quote": "Je n’en ai pas eu",
        "connector": "Dans leurs mots :",
        "source_line": "Example Press, 2015.",
        "disclosure": "Publié par le projet Exemple : https://example.org/fr",
        "context": "Des gens de toutes les communautés ont souffert.",
        "helpline": "Inquiet pour un proche ? Ligne Exemple, tous les jours 9-17 h : 0800 000 000.",
        "label": "un ancien membre",
    },
    "de": {
        "passage": "Allen wurde Brot versprochen, sagte sie; sie stand an und ging ohne nach Hause.",
        "second": "Der Strom war fast den ganzen Tag weg.",
        "stance": "Sie versprachen viel und gaben wenig.",
        "quote": "Ich ging ohne nach Hause",
        "connector": "In ihren eigenen Worten:",
        "source_line": "Example Press, 2015.",
        "disclosure": "Herausgegeben vom Beispielprojekt: https://example.org/de",
        "context": "Menschen aller Gemeinschaften wurde Leid getan.",
        "helpline": "Sorge um jemanden? Beispieltelefon, täglich 9-17 Uhr: 0800 000 0000.",
        "label": "ein früheres Mitglied",
    },
}


@dataclass(frozen=True, slots=True)
class Sampled:
    """One channel's words, or why the template has none for it. length: of the longest part, in `unit`."""

    format: str
    parts: tuple[PartText, ...]
    length: int
    unit: str
    limit: int | None
    why: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """One template in one language. spoken: the language of the sample words, where there are none in `language`."""

    template: OfferedTemplate
    theme: str
    languages: tuple[str, ...]
    language: str
    spoken: str
    source: str
    leaves: tuple[Sampled, ...]


def templates(session: Session) -> dict[str, list[OfferedTemplate]]:
    """The newest version of every template, by theme."""
    mine = select(TemplateVersion).where(TemplateVersion.organisation_id == ours())
    rows = session.exec(mine.order_by(col(TemplateVersion.number)))
    newest = {one.name: one for one in rows}
    found: dict[str, list[OfferedTemplate]] = {}
    for one in shown_templates(session, list(newest.values())):
        found.setdefault(newest[one.name].theme, []).append(one)
    return dict(sorted(found.items()))


def sampled(session: Session, name: str, language: str = "") -> Shown:
    """One template on each of its channels. Refuses an unknown one."""
    mine = select(TemplateVersion).where(TemplateVersion.organisation_id == ours(), TemplateVersion.name == name)
    row = session.exec(mine.order_by(col(TemplateVersion.number).desc()).limit(1)).first()
    if row is None:
        raise Refusal("template.none", f"There is no template {name}.", "The list of templates has all.")
    spoken = language if language in row.languages else row.languages[0]
    shown = shown_templates(session, [row])[0]
    template = parse(row.source, row.name)
    material = _material(spoken, shown.connectors)
    return Shown(
        template=shown,
        theme=row.theme,
        languages=tuple(row.languages),
        language=spoken,
        spoken=spoken if spoken in SAMPLE else HOME,
        source=template.body,
        leaves=_leaves(template, material, row.channels),
    )


def _leaves(template: Template, material: Material, channels: Sequence[str]) -> tuple[Sampled, ...]:
    return tuple(_leaf(template, material, name) for name in sorted(channels))


def _leaf(template: Template, material: Material, name: str) -> Sampled:
    shape = formats.find_format(name)
    try:
        parts = render(template, material, name)
    except Refusal as why:
        return Sampled(name, (), 0, shape.unit, shape.limit, why)
    length = max(formats.measure(name, part.text).length for part in parts)
    return Sampled(name, parts, length, shape.unit, shape.limit)


def _material(language: str, connectors: Sequence[str]) -> Material:
    words = SAMPLE.get(language, SAMPLE[HOME])

    def piece(name: str, kind: str = "") -> Piece:
        return Piece(words[name], kind or name, "sample")

    return Material(
        language=language,
        passages=(piece("passage"), piece("second", "passage")),
        source_line=piece("source_line"),
        disclosure=piece("disclosure"),
        stance=piece("stance"),
        quote=piece("quote"),
        connectors=dict.fromkeys(connectors, piece("connector")),
        context=piece("context"),
        helpline=piece("helpline"),
        label=piece("label", "closed"),
    )
