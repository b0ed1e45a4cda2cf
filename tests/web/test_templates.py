"""The templates on the desk: what each takes, and how it looks on every channel with words that are nobody's."""

import re
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from content.gallery import SAMPLE
from tests import factory
from tests.web.browser import Browser

SignIn = Callable[[str], Browser]
PLAIN = "/templates/infighting/plain"


def _words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def test_every_template_is_listed_with_what_it_takes(sign_in: SignIn) -> None:
    page = sign_in("alice").get("/templates").text
    assert f'href="{PLAIN}"' in page and "one passage, stance, helpline" in _words(page)


@pytest.mark.parametrize("language", ["en", "ar", "fr", "de"])
def test_a_template_is_shown_on_each_of_its_channels(sign_in: SignIn, language: str) -> None:
    page = sign_in("alice").get(f"{PLAIN}?language={language}").text
    assert all(name in page for name in ("bluesky", "facebook", "instagram", "mastodon", "site", "telegram"))
    words = _words(page)
    assert SAMPLE[language]["passage"] in words and "Nobody knows where this is from" not in words


def test_no_testimony_stands_in_the_samples(sign_in: SignIn) -> None:
    assert factory.PASSAGE not in _words(sign_in("alice").get(PLAIN).text)


def test_a_template_that_is_not_there_is_said_so(sign_in: SignIn) -> None:
    assert sign_in("alice").get("/templates/infighting/none").status_code == 404


def test_strangers_see_no_template(stranger: TestClient) -> None:
    assert stranger.get(PLAIN).headers["location"].startswith("/sign-in")
