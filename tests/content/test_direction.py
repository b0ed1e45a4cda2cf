"""Which way words are written: told to every channel, and to the reader's browser."""

import pytest

from content.direction import comma, direction


@pytest.mark.parametrize("language", ["ar", "ar-IQ", "ckb", "fa", "he", "ps", "ug", "ur", "sd", "yi"])
def test_these_are_read_from_the_right(language: str) -> None:
    assert direction(language) == "rtl"


@pytest.mark.parametrize("language", ["en", "de", "fr", "ku", "so", "tr", "zh", "arn", ""])
def test_these_are_read_from_the_left(language: str) -> None:
    assert direction(language) == "ltr"


def test_the_comma_is_the_script_s_own() -> None:
    assert comma("ckb") == "، "
    assert comma("he") == comma("en") == ", "
