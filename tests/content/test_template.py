from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content import grammar, template
from content.errors import Refusal

HEADER = """{# ---
name: plain
theme: infighting
languages: [en, ar]
channels: [site, facebook]
blocks: [disclosure, passage]
variables: [passage.text, publisher.disclosure]
--- #}
"""
BODY = "{{ passage.text }}\n{{ publisher.disclosure }}\n"
ATTACKS = [
    "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}",
    "{% for a in range(10**9) %}x{% endfor %}",
    "{% for passage in passages %}{% for passage in passages %}x{% endfor %}{% endfor %}",
    "{% for passage in passages recursive %}{{ loop(passages) }}{% endfor %}",
    "{% for c in passage.text %}{{ c }}{% endfor %}",
    "{% for passage in passages if passage %}x{% endfor %}",
    "{% for passage in [1, 2] %}x{% endfor %}",
    "{% for a, b in passages %}x{% endfor %}",
    "{{ 'a' * 10**9 }}",
    "{{ 'a' * 1000000000 }}",
    "{{ 9**9**9 }}",
    "{{ 9**(9**9) }}",
    "{{ 1 / 0 }}",
    "{{ passage.text|center(10**9) }}",
    "{{ passage.text|center(1000000000) }}",
    "{{ passage.text|upper }}",
    "{{ passage.text|safe }}",
    "{{ passage.text|replace('not ', '') }}",
    "{{ 'x'|center(9) }}",
    "{{ passage.text ~ stance }}",
    "{{ passage.text + stance }}",
    "{{ passage.text * 2 }}",
    "{{ passage.text % 3 }}",
    "{{ passage.text[:5] }}",
    "{{ passage.text[0] }}",
    "{{ passage['text'] }}",
    "{{ passage.text.upper() }}",
    "{{ passage.text.format(stance) }}",
    "{{ passage.text.__class__ }}",
    "{{ passage.text.__class__.__mro__[1].__subclasses__() }}",
    "{{ ''.__class__ }}",
    "{{ stance.join(passages) }}",
    "{{ passages|join }}",
    "{{ passages }}",
    "{{ passage }}",
    "{{ self }}",
    "{{ self.__init__.__globals__ }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ lipsum() }}",
    "{{ lipsum.__globals__ }}",
    "{{ namespace() }}",
    "{{ dict(a=1) }}",
    "{{ config }}",
    "{{ request }}",
    "{{ loop }}",
    "{{ 'somebody else says so' }}",
    "{{ 7 }}",
    "{{ [1, 2] }}",
    "{{ {'a': 1} }}",
    "{{ not stance }}",
    "{{ stance and quote }}",
    "{{ stance if quote else context }}",
    "{{ stance if quote }}",
    "{{ language }}",
    "{{ format }}",
    "{{ connector.__class__ }}",
    "{{ connector._names }}",
    "{{ connector.a.b }}",
    "{{ connector['a'] }}",
    "{{ date }}",
    "{{ date|date }}",
    "{{ date|date('%Y' * 99) }}",
    "{{ date|date(stance) }}",
    "{{ date|date('year', 'iso') }}",
    "{{ date|date(style='year') }}",
    "{{ date|date('never heard of') }}",
    "{{ stance|date('year') }}",
    "{{ date|date('year')|upper }}",
    "{{ stance|attr('__class__') }}",
    "{{ passages|map(attribute='text')|join }}",
    "{% set stance = 'mine' %}",
    "{% set stance %}mine{% endset %}",
    "{% with stance = 'mine' %}{{ stance }}{% endwith %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% call m() %}x{% endcall %}",
    "{% filter upper %}x{% endfilter %}",
    "{% block b %}x{% endblock %}",
    "{% extends 'plain.j2' %}",
    "{% include 'plain.j2' %}",
    "{% import 'plain.j2' as p %}",
    "{% from 'plain.j2' import p %}",
    "{% autoescape true %}x{% endautoescape %}",
    "{% if 9**9**9 %}x{% endif %}",
    "{% if passage.text == 'x' %}x{% endif %}",
    "{% if stance is defined %}x{% endif %}",
    "{% if language == stance %}x{% endif %}",
    "{% if language in 'en' * 9 %}x{% endif %}",
    "{% if language < 'en' %}x{% endif %}",
    "{% if 'en' == language == 'en' %}x{% endif %}",
    "{% if language == 7 %}x{% endif %}",
    "{% if loop.first %}x{% endif %}",
    "{% for passage in passages %}{% if loop.length %}x{% endif %}{% endfor %}",
    "{% if connector.x %}x{% endif %}",
    "{% if true %}x{% endif %}",
    "{% do passages.append(1) %}",
    "{% trans %}x{% endtrans %}",
    "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
    "{{ " + "not " * 3000 + "stance }}",
    "{% if stance %}" * 900 + "{% endif %}" * 900,
    "{{ " + "9" * 5000 + " }}",
    "{{ 1e999999999 }}",
    "{{ stance }}" * 401,
    "a zero width\u200bspace",
    "a line\u2028separator",
    "a bidi \u202eoverride",
    "a byte order\ufeffmark",
    "a private \ue000 character",
    "a tab\there",
    "{{ unfinished",
    "{% if stance %}never closed",
]


def body_refusals(body: str) -> list[Refusal]:
    return template.examine(HEADER + body, "t.j2")[1]


def test_a_plain_template_is_read_with_its_header_and_hash() -> None:
    read = template.parse(HEADER + BODY, "t.j2")
    assert (read.name, read.theme, read.languages) == ("plain", "infighting", ("en", "ar"))
    assert read.channels == ("site", "facebook")
    assert read.body == BODY
    assert len(read.sha256) == 64
    assert read.ref == f"infighting/plain@{read.sha256[:8]}"


def test_any_change_of_the_file_is_another_hash() -> None:
    one = template.parse(HEADER + BODY, "t.j2")
    assert template.parse(HEADER + BODY + "\n", "t.j2").sha256 != one.sha256
    assert template.parse(HEADER.replace(", ar", "") + BODY, "t.j2").sha256 != one.sha256


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_when_saved_and_never_compiled(attack: str) -> None:
    refusals = body_refusals(attack)
    assert refusals
    assert {r.code for r in refusals} <= {"template.grammar", "template.syntax", "template.too_big"}
    assert all(r.todo and r.where.startswith("t.j2") for r in refusals)
    with pytest.raises(Refusal):
        grammar.compiled(attack)


@pytest.mark.parametrize("attack", ["{{ passage.text }}{{ 9**9**9 }}", "{% if stance %}{{ lipsum }}{% endif %}"])
def test_an_attack_beside_honest_words_is_refused(attack: str) -> None:
    assert body_refusals(attack)


@pytest.mark.parametrize(
    "body",
    [
        "{{ stance }}",
        "{% if stance %}{{ stance }}{% elif quote %}{{ quote }}{% else %}x{% endif %}",
        "{% if not stance and (quote or context) %}x{% endif %}",
        "{% for passage in passages %}{{ passage.text }}{% if not loop.last %} {% endif %}{% endfor %}",
        '{% if language == "ar" %}«{{ quote }}»{% endif %}',
        '{% if language in ["ar", "fr"] and format != "x" %}x{% endif %}',
        '{{ date|date("year") }}',
        "{{ connector.and_then }}",
        "{% raw %}{{ 9**9**9 }}{% endraw %}",
        "{# 9**9**9 #}x",
    ],
)
def test_what_the_grammar_holds_is_allowed_and_compiles(body: str) -> None:
    assert {r.code for r in body_refusals(body)} <= {"template.undeclared", "template.unused"}
    grammar.compiled(body)


def test_a_refusal_names_the_line() -> None:
    refusals = body_refusals("{{ passage.text }}\n\n{{ stance|upper }}\n{{ lipsum }}\n")
    assert [r.where for r in refusals] == ["t.j2:11", "t.j2:12"]
    with pytest.raises(Refusal, match="upper"):
        template.parse(HEADER + "{{ passage.text }}\n\n{{ stance|upper }}\n", "t.j2")


def test_the_header_names_exactly_what_the_words_use() -> None:
    codes = {(r.code, r.where) for r in body_refusals("{{ passage.text }}\n{{ stance }}\n")}
    assert codes == {("template.undeclared", "t.j2:10"), ("template.unused", "t.j2:2")}


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("", 1),
        ("{# just a comment #}\n", 1),
        (HEADER.replace("infighting", "heroism"), 3),
        (HEADER.replace("[en, ar]", "[english]"), 4),
        (HEADER.replace("[en, ar]", "[]"), 4),
        (HEADER.replace("[en, ar]", "[no]"), 4),
        (HEADER.replace("name: plain", "name: ../../etc/passwd"), 2),
        (HEADER.replace("name: plain", "name: 7"), 2),
        (HEADER.replace("name: plain", "name: plain\ncolour: red"), 3),
        (HEADER.replace("name: plain", "name: plain\nname: other"), 2),
        (HEADER.replace("name: plain\n", ""), 2),
        (HEADER.replace("[en, ar]", "&a [en, *a]"), 2),
        (HEADER.replace("name: plain", "name: !!python/object/apply:os.getcwd []"), 2),
        (HEADER.replace("name: plain", "- a list"), 2),
        (HEADER.replace("name: plain", "name: [" * 2000), 1),
        (HEADER.replace("name: plain", "name: plain #} {{ 9**9**9 }} {#"), 1),
    ],
)
def test_a_wrong_header_is_refused_with_its_line(header: str, line: int) -> None:
    read, refusals = template.examine(header + BODY, "t.j2")
    assert read is None
    assert [(r.code, r.where) for r in refusals] == [("template.header", f"t.j2:{line}")]


def test_a_bomb_of_anchors_is_refused_at_once() -> None:
    bomb = "a: &a [x, x, x, x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}]\n"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    refusals = template.examine(HEADER.replace("name: plain\n", bomb) + BODY, "t.j2")[1]
    assert "anchors" in refusals[0].message


def test_a_huge_file_is_refused() -> None:
    assert template.examine(HEADER + "x" * 16_001, "t.j2")[1][0].code == "template.too_big"


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60), st.sampled_from(ATTACKS[:60]), st.text(max_size=20))
def test_whatever_is_written_is_read_or_refused_in_prose(before: str, middle: str, after: str) -> None:
    for source in (before, HEADER + before + middle + after):
        read, refusals = template.examine(source, "t.j2")
        assert (read is None) == bool(refusals)


@pytest.mark.parametrize("path", list(template.shipped()), ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_each_shipped_template_is_sound(path: Path) -> None:
    read = template.read(path)
    grammar.compiled(read.body)
    assert read.ref.startswith(f"{path.parent.name}/{path.stem}@")


def test_each_theme_has_two_templates_and_each_language() -> None:
    read = [template.read(path) for path in template.shipped()]
    for theme in template.THEMES:
        mine = [t for t in read if t.theme == theme]
        assert len(mine) >= 2
        assert {"en", "ar", "fr", "de"} <= {language for t in mine for language in t.languages}


def test_a_file_that_stands_in_the_wrong_folder_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "brutality" / "plain.j2"
    path.parent.mkdir()
    path.write_text(HEADER + BODY, encoding="utf-8")
    with pytest.raises(Refusal, match="stands elsewhere"):
        template.read(path)


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plain.j2"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(Refusal, match="UTF-8"):
        template.read(path)
