import time
import unicodedata
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content import formats, template
from content.errors import Refusal
from content.rendering import Material, PartText, Piece, Quoted, render

HEADER = """{{# ---
name: made
theme: infighting
languages: [en, ar, fr, de]
channels: [bluesky, facebook, instagram, mastodon, site, telegram, x]
blocks: {blocks}
variables: {variables}
--- #}}
"""


def made(body: str) -> template.Template:
    """A template with a header that fits its words."""
    bare = HEADER.format(blocks="[]", variables="[]") + body
    needs = [r for r in template.examine(bare, "made.j2")[1] if r.code == "template.undeclared"]
    names = {key: [r.message.split("`")[1] for r in needs if f"`{key}`" in r.todo] for key in ("variables", "blocks")}
    lists = {key: f"[{', '.join(sorted(found))}]" for key, found in names.items()}
    return template.parse(HEADER.format(**lists) + body, "made.j2")


PLAIN = "{{ passage.text }} {{ stance }}\n{{ source_line }}\n{{ publisher.disclosure }}\n{{ helpline.line }}\n"
SAMPLES = {
    "en": (
        "Former members studied by researchers spoke of power cuts, shortages and dull duties.",
        "They spoke out against the group so that others would not follow.",
        "Source: ICSR, King's College London, 2015.",
        "Published by the Open Testimony Project (demo).",
        "Worried about someone? ACT Early support line, police-run, daily 9-5: 0800 011 3764.",
        "They harmed Yazidi, Christian, Shia, Kurdish and Sunni communities alike.",
    ),
    "ar": (
        "قال عائد من شمال أفريقيا إن ما وجده كان مختلفاً تماماً عمّا وُعد به.",
        "وهو يتحدث اليوم كي لا يمرّ غيره بما مرّ به.",
        "المصدر: وكالة أسوشيتد برس، ٢٠١٥ (ترجمتنا).",
        "تنشره مؤسسة «شهادات مفتوحة» (نسخة تجريبية).",
        "للحديث بسرّية وبالعربية: مركز الإرشاد في النمسا، جهة غير حكومية، 0800 20 20 44.",
        "أضرّ هذا التنظيم بالإيزيديين والمسيحيين والشيعة والأكراد والسُّنّة على حدّ سواء.",
    ),
    "fr": (
        "Dans des messages envoyés à leurs familles, des recrues racontent des corvées, l’hiver et la peur.",
        "Elles demandaient de l’aide pour rentrer.",
        "Source : Le Figaro, 2014, cité par l’Ottawa Citizen.",
        "Publié par le Projet Témoignages Ouverts (démo).",
        "Un doute pour un proche ? 0 800 005 696, service du ministère de l’Intérieur, lundi-vendredi 9 h-18 h.",
        "Ce groupe a frappé yézidis, chrétiens, chiites, Kurdes et sunnites.",
    ),
    "de": (
        "Eine Ausgestiegene berichtet, sie habe irgendwann Angst vor sich selbst bekommen.",
        "Heute spricht sie öffentlich gegen die Gruppe.",
        "Quelle: CNN, 2014 (eigene Übersetzung).",
        "Herausgegeben vom Projekt Offene Zeugnisse (Demo).",
        "Sorgen um jemanden? Beratungsstelle Extremismus (Österreich, NGO), kostenlos: 0800 20 20 44.",
        "Die Gruppe hat Jesiden, Christen, Schiiten, Kurden und Sunniten gleichermaßen geschadet.",
    ),
}
MEDIA = {
    "en": ("site", "facebook", "instagram"),
    "ar": ("site", "facebook", "telegram"),
    "fr": ("site", "instagram"),
    "de": ("site", "instagram"),
}


def material(language: str = "en") -> Material:
    passage, stance, source, disclosure, helpline, context = SAMPLES[language]
    return Material(
        language=language,
        passages=(Piece(passage, "passage", "N-12/p1@1"),),
        stance=Piece(stance, "stance", "N-12/s1@1"),
        source_line=Piece(source, "source_line", "S-1@1"),
        disclosure=Piece(disclosure, "disclosure", "B-1@1"),
        helpline=Piece(helpline, "helpline", "B-2@1"),
        context=Piece(context, "context", "B-3@1"),
    )


def words(part: PartText, kind: str) -> list[str]:
    return [part.text[s.start : s.end] for s in part.spans if s.kind == kind]


def said(body: str, given: Material | None = None, format_name: str = "site") -> str:
    return render(made(body), given or material(), format_name)[0].text


def covers(part: PartText) -> bool:
    """The spans, quotes inside others aside, cover the text in order without a gap."""
    at = 0
    for span in part.spans:
        if span.start == at:
            at = span.end
        elif not (span.kind == "quote" and span.end <= at):
            return False
    return at == len(part.text)


# --- the sample messages


@pytest.mark.parametrize(("language", "format_name"), [(k, f) for k, fs in MEDIA.items() for f in fs])
@pytest.mark.parametrize("name", ["plain", "with_context", "with_quote"])
def test_a_sample_message_fits_each_format_of_its_campaign_in_one_part(
    language: str, format_name: str, name: str
) -> None:
    for theme in template.THEMES:
        read = template.read(template.folder() / theme / f"{name}.j2")
        (part,) = render(read, material(language), format_name)
        assert covers(part)
        for piece in SAMPLES[language][:5]:
            assert piece in part.text
        assert formats.measure(format_name, part.text).fits


def test_the_sample_reads_as_it_should() -> None:
    passage, stance, source, disclosure, helpline, _ = SAMPLES["en"]
    assert said(PLAIN) == f"{passage} {stance}\n{source}\n{disclosure}\n{helpline}"


# --- provenance


def test_each_stretch_knows_where_it_comes_from() -> None:
    plain = made(PLAIN)
    (part,) = render(plain, material(), "site")
    assert [(s.kind, s.ref) for s in part.spans if s.kind != "template"] == [
        ("passage", "N-12/p1@1"),
        ("stance", "N-12/s1@1"),
        ("source_line", "S-1@1"),
        ("disclosure", "B-1@1"),
        ("helpline", "B-2@1"),
    ]
    assert {s.ref for s in part.spans if s.kind == "template"} == {plain.ref}
    assert words(part, "passage") == [SAMPLES["en"][0]]
    assert covers(part)


def test_the_templates_own_words_are_marked_as_the_templates() -> None:
    (part,) = render(made("Read this: {{ passage.text }}"), material(), "site")
    assert words(part, "template") == ["Read this: "]


def test_words_that_look_like_a_passage_but_stand_in_the_template_are_not_one() -> None:
    (part,) = render(made(SAMPLES["en"][0]), material(), "site")
    assert words(part, "passage") == []


def test_a_piece_in_a_place_of_another_kind_is_unattributed() -> None:
    wrong = replace(material(), stance=Piece("Trust me.", "passage", "N-12/p2@1"))
    (part,) = render(made(PLAIN), wrong, "site")
    assert words(part, "unattributed") == ["Trust me."]


def test_template_signs_inside_a_passage_stay_words() -> None:
    sly = replace(material(), passages=(Piece("{{ 7 * 7 }}{% if x %}", "passage", "N-1/p1@1"),))
    assert said("{{ passage.text }}", sly) == "{{ 7 * 7 }}{% if x %}"


def test_a_quote_inside_a_passage_is_marked_where_the_material_says_so() -> None:
    text = "He said it was “far from” the promise."
    at = text.index("far from")
    quoted = Piece(text, "passage", "N-7/p1@1", quotes=(Quoted(at, at + 8, "N-7/q1@1", "src"),))
    (part,) = render(made("– {{ passage.text }}"), replace(material(), passages=(quoted,)), "site")
    assert words(part, "quote") == ["far from"]
    assert words(part, "passage") == [text]
    assert covers(part)


def test_a_quotes_place_is_never_guessed() -> None:
    loose = Piece("e\u0301 said “so”", "passage", "N-7/p1@1", quotes=(Quoted(9, 11, "N-7/q1@1"),))
    with pytest.raises(Refusal, match=r"text\.not_normal"):
        said("{{ passage.text }}", replace(material(), passages=(loose,)))


def test_several_passages_are_read_in_order() -> None:
    two = replace(material(), passages=(Piece("One.", "passage", "a@1"), Piece("Two.", "passage", "b@1")))
    body = "{% for passage in passages %}{{ passage.text }}{% if not loop.last %} {% endif %}{% endfor %}"
    assert said(body, two) == "One. Two."


def test_closed_values_are_closed() -> None:
    rich = replace(material(), hashtags=("#one", "#two"), link="https://example.org/h", day=date(2015, 9, 21))
    body = '{{ passage.text }}\n{{ hashtags }}\n{{ link }}\n{{ date|date("iso") }} {{ date|date("year") }}'
    (part,) = render(made(body), rich, "site")
    assert words(part, "closed") == ["#one #two", "https://example.org/h", "2015-09-21", "2015"]


@pytest.mark.parametrize(("language", "shown"), [("en", "“q”"), ("ar", "«q»"), ("fr", "«q»"), ("de", "„q“")])
def test_a_quote_stands_in_the_marks_of_its_language(language: str, shown: str) -> None:
    connector = {"in_their_words": Piece("C:", "connector", "B-9@1")}
    quoted = replace(material(language), quote=Piece("q", "quote", "N-7/q1@1"), connectors=connector)
    (part,) = render(template.read(template.folder() / "brutality" / "with_quote.j2"), quoted, "site")
    assert f"\nC: {shown}\n" in part.text
    assert words(part, "quote") == ["q"]
    assert words(part, "connector") == ["C:"]


# --- what an absent piece leaves behind


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("A\n{{ quote }}\nB", "A\nB"),
        ("A\n\n{{ quote }}\n\nB", "A\n\nB"),
        ("A {{ quote }}\nB", "A\nB"),
        ("A {{ quote }} B", "A B"),
        ("{{ quote }} A", "A"),
        ("{{ quote }}\n{{ label }}\nA", "A"),
        ("A\n{{ quote }} {{ label }}\n", "A"),
        ("A\n{{ quote }}\n{{ label }}", "A"),
        ("A   \n\n\n\nB\n\n", "A\n\nB"),
        ("A\n{% if quote %}\nx\n{% endif %}\nB", "A\nB"),
        ("({{ quote }})", "()"),
    ],
)
def test_an_absent_piece_leaves_no_gap(body: str, expected: str) -> None:
    (part,) = render(made(body), material(), "site")
    assert part.text == expected
    assert covers(part)


def test_a_piece_of_spaces_counts_as_absent() -> None:
    empty = replace(material(), quote=Piece("  \n ", "quote", "q@1"))
    assert said("A\n{{ quote }}\nB", empty) == "A\nB"


def test_words_are_composed_and_trimmed() -> None:
    loose = replace(material(), passages=(Piece(" Cafe\u0301  \r\nnoir ", "passage", "a@1"),))
    assert said("{{ passage.text }} \nB", loose) == "Café\nnoir\nB"


@given(
    st.lists(
        st.sampled_from(["{{ quote }}", "{{ stance }}", "{{ passage.text }}", " ", "\n", "w", "é"]),
        max_size=14,
    )
)
def test_whatever_is_laid_out_is_clean_and_covered(pieces: list[str]) -> None:
    try:
        (part,) = render(made("".join(pieces)), material(), "site")
    except Refusal as refusal:
        assert refusal.code == "template.empty"
        return
    assert covers(part)
    assert part.text == part.text.strip("\n ")
    assert " \n" not in part.text
    assert "\n\n\n" not in part.text
    assert unicodedata.is_normalized("NFC", part.text)
    assert words(part, "passage") == [SAMPLES["en"][0]] * pieces.count("{{ passage.text }}")


# --- refusals


@pytest.mark.parametrize("hidden", ["\u200b", "\u202e", "\ufeff", "\u2066", "\ue000", "\x07", "\u00ad", "\U000e0041"])
def test_characters_nobody_can_see_are_refused_with_the_passage_they_stand_in(hidden: str) -> None:
    sly = replace(material(), passages=(Piece(f"He{hidden}llo", "passage", "N-1/p1@1"),))
    with pytest.raises(Refusal, match=r"text\.invisible") as caught:
        said(PLAIN, sly)
    assert caught.value.where == "N-1/p1@1"


@pytest.mark.parametrize("needed", ["می\u200cخواهم", "\u200f0800\u200e", "👨\u200d👩\u200d👧", "a\u00a0b", "❤\ufe0f"])
def test_characters_a_language_needs_stay(needed: str) -> None:
    piece = replace(material(), passages=(Piece(needed, "passage", "N-1/p1@1"),))
    assert said("{{ passage.text }}", piece) == needed


def test_an_accent_that_would_join_the_piece_before_is_refused() -> None:
    loose = replace(material(), stance=Piece("\u0301x", "stance", "s@1"))
    with pytest.raises(Refusal, match=r"text\.not_composed"):
        said("e{{ stance }}", loose)


def test_a_missing_connector_is_refused() -> None:
    with pytest.raises(Refusal, match=r"template\.missing"):
        said("{{ connector.and_then }}")


def test_a_language_or_channel_the_template_is_not_made_for_is_refused() -> None:
    with pytest.raises(Refusal, match=r"template\.language"):
        said(PLAIN, replace(material(), language="tr"))
    with pytest.raises(Refusal, match=r"template\.channel"):
        said(PLAIN, format_name="carrier_pigeon")


def test_nothing_to_say_is_refused() -> None:
    with pytest.raises(Refusal, match=r"template\.empty"):
        said("{{ quote }}")


def test_words_too_long_are_refused_saying_by_how_much_in_the_channels_own_unit() -> None:
    long = replace(material(), passages=(Piece("x" * 2200, "passage", "N-1/p1@1"),))
    with pytest.raises(Refusal, match=r"text\.too_long") as caught:
        said("{{ passage.text }}12345", long, "instagram")
    limit = formats.measure("instagram", "")
    assert f"5 {limit.unit} too long for instagram" in caught.value.message


# --- threads


def test_a_message_too_long_for_one_post_becomes_a_thread() -> None:
    parts = render(made(PLAIN.replace("{{ helpline", "{{ context }}\n{{ helpline")), material(), "bluesky")
    assert len(parts) == 2
    for number, part in enumerate(parts, 1):
        assert formats.measure("bluesky", part.text).fits
        assert covers(part)
        assert part.text.endswith(f"\n{number}/2")
        assert words(part, "closed")[-1] == f"{number}/2"
        assert "\n\n" not in part.text


def test_each_part_of_a_thread_says_who_publishes_and_where_they_stand() -> None:
    for part in render(made(PLAIN), material(), "bluesky"):
        assert words(part, "disclosure") == [SAMPLES["en"][3]]
        assert words(part, "stance") == [SAMPLES["en"][1]]


def test_a_thread_splits_only_between_pieces_and_loses_none() -> None:
    parts = render(made(PLAIN), material(), "bluesky")
    assert [w for p in parts for w in words(p, "passage")] == [SAMPLES["en"][0]]
    assert [w for p in parts for w in words(p, "source_line")] == [SAMPLES["en"][2]]
    assert [w for p in parts for w in words(p, "helpline")] == [SAMPLES["en"][4]]


def test_a_piece_too_long_for_a_post_of_its_own_is_refused() -> None:
    long = replace(material(), passages=(Piece("word " * 80, "passage", "N-1/p1@1"),))
    with pytest.raises(Refusal, match="too_long"):
        said(PLAIN, long, "bluesky")


def test_a_format_that_does_not_thread_never_gets_parts() -> None:
    two = replace(material(), passages=tuple(Piece("x" * 1200, "passage", f"N-1/p{n}@1") for n in (1, 2)))
    body = "{% for passage in passages %}{{ passage.text }}\n{% endfor %}"
    with pytest.raises(Refusal, match=r"201 characters too long for instagram \(2,401 of 2,200\)"):
        said(body, two, "instagram")
    assert len(render(made(body), two, "telegram")) == 1


def test_a_quote_keeps_its_place_in_a_part_of_a_thread() -> None:
    text = "He said “so” and then told it all again. " + "y" * 150
    at = text.index("so")
    quoted = Piece(text, "passage", "N-7/p1@1", quotes=(Quoted(at, at + 2, "N-7/q1@1"),))
    first, *_ = render(made(PLAIN), replace(material(), passages=(quoted,), stance=None), "bluesky")
    assert words(first, "quote") == ["so"]


def test_words_a_platform_refuses_for_another_reason_say_so() -> None:
    tagged = replace(material(), hashtags=tuple(f"#t{n}" for n in range(31)))
    with pytest.raises(Refusal, match=r"more than 30 hashtags.*text\.unfit"):
        said("{{ passage.text }}\n{{ hashtags }}", tagged, "instagram")


# --- speed


def test_a_long_run_of_spaces_costs_no_more_than_its_length() -> None:
    wide = replace(material(), passages=(Piece("a" + " " * 90_000 + "b", "passage", "N-1/p1@1"),))
    start = time.perf_counter()
    said("{{ passage.text }}", wide)
    assert time.perf_counter() - start < 1


def test_rendering_is_quick_once_compiled() -> None:
    plain, given_material = made(PLAIN), material()
    render(plain, given_material, "site")
    start = time.perf_counter()
    for _ in range(200):
        render(plain, given_material, "site")
    assert 200 / (time.perf_counter() - start) > 500  # measured well above 2,000; slack for a busy machine
