"""Help is the same pages that come with the program: made from Markdown without HTML, linked among themselves."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from content.alarms import NEXT
from tests.house.committed import paths, text
from tests.web.browser import Browser
from web import manual
from web.language import LANGUAGES
from web.manual import PAGES, help_page

SignIn = Callable[[str], Browser]


def test_help_leads_to_every_page_and_each_opens(sign_in: SignIn) -> None:
    lena = sign_in("lena")
    front = lena.get("/help").text
    for name in PAGES:
        assert f'href="/help/{name}"' in front
        page = lena.get(f"/help/{name}")
        assert (page.status_code, page.text.count("<h1")) == (200, 1), name


def test_there_is_no_page_beside_those(sign_in: SignIn) -> None:
    lena = sign_in("lena")
    for name in ("secret", "..%2fREADME", "performance"):
        assert lena.get(f"/help/{name}").status_code == 404, name


def test_a_page_that_was_written_in_a_reader_s_language_is_read_in_it(sign_in: SignIn) -> None:
    lena = sign_in("lena")
    lena.client.cookies.set("__Host-language", "ar")
    page = lena.get("/help/desk").text
    assert '<article class="prose" lang="ar" dir="rtl">' in page and "يوم في مكتب العمل" in page
    assert '<article class="prose" lang="en" dir="ltr">' in lena.get("/help/start").text


def test_a_translated_page_has_the_parts_of_its_english_one() -> None:
    """Headings, items, steps and rows: whoever changes one changes the other. And the wheel holds it."""
    translated = [one for one in paths() if re.fullmatch(f"docs/({'|'.join(LANGUAGES)})/.*", one)]
    assert translated
    marks = re.compile(r"^(#+ |- |\d\. |\|)", re.M)
    for one in translated:
        assert marks.findall(text(one)) == marks.findall(text(f"docs/{Path(one).name}")), one
        assert f'"{one}" = "web/{one}"' in text("pyproject.toml"), one


def test_every_alarm_has_its_place_on_a_page_of_help() -> None:
    body = help_page("operate").body
    assert [code for code in NEXT if f'id="{code}"' not in body] == []


def test_an_alarm_on_the_start_page_leads_to_its_place(sign_in: SignIn) -> None:
    assert 'href="/help/operate#worker.silent"' in sign_in("lena").get("/").text


def test_what_is_refused_leads_to_help(sign_in: SignIn) -> None:
    assert 'href="/help"' in sign_in("lena").get("/posts/999999").text


@pytest.mark.parametrize("name", PAGES)
def test_a_page_links_to_pages_that_there_are_and_breaks_no_policy(name: str) -> None:
    body = help_page(name).body
    inside = {one for one in re.findall(r'href="([^"]+)"', body) if not one.startswith(("https://", "http://", "#"))}
    assert {one.partition("#")[0] for one in inside} <= {f"/help/{page}" for page in PAGES}
    assert "style=" not in body and "<script" not in body and "javascript:" not in body


def test_html_in_a_page_is_shown_as_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = "# Title\n\n<script>x</script> [a](javascript:x) [b](commands.md#c) [d](../e.md)\n"
    (tmp_path / "start.md").write_text(words)
    monkeypatch.setattr(manual, "folder", lambda: tmp_path)
    body = help_page.__wrapped__("start").body
    assert "<script>" not in body and 'href="javascript' not in body
    assert 'href="/help/commands#c"' in body and "e.md" not in body and "d" in body


def test_what_the_wheel_is_told_to_hold_is_what_help_reads() -> None:
    assert all(f'"docs/{name}.md" = "web/docs/{name}.md"' in text("pyproject.toml") for name in PAGES)
    assert all((manual.folder() / f"{name}.md").is_file() for name in PAGES)
    assert {"!web", "!docs", "docs/screens"} <= {*text(".dockerignore").split()}
    assert "COPY docs ./docs" in text("Dockerfile") and "COPY web ./web" in text("Dockerfile")
