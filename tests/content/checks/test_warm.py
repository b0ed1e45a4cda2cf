"""After the warm-up nothing is built at a language's first message."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from content.checks.engine import judge_words
from content.checks.warm import warm
from content.checks.words import lexicons
from tests.content.checks import samples as s

MESSAGES = {
    "en": "Marlow Finch was 19 when he left a village near the border in May 2015. “They lied,” he says.",
    "ar": "كان عمره تسعة عشر عاما حين غادر قريته قرب الحدود في مايو 2015. يقول خالد: «كذبوا علينا».",
    "fr": "Il avait 19 ans quand il a quitté un village près de la frontière en mai 2015. « Ils mentaient », dit-il.",
    "de": "Er war 19, als er im Mai 2015 ein Dorf nahe der Grenze verließ. „Sie haben gelogen“, sagt er heute.",
}

LATIN = "7ayat el nas kanet sa3ba awi, w howa rege3 le beto ba3d sana."


def built() -> dict[str, int]:
    """How often each thing that is kept for good was built; what keeps only the last texts or words is left out."""
    return {name: one.cache_info().misses for name, one in kept() if one.cache_info().maxsize is None}


def kept() -> Iterator[tuple[str, Any]]:
    """Everything that keeps what it made, by its name."""
    for name, module in sorted(sys.modules.items()):
        if name.startswith("content."):
            for key, value in sorted(vars(module).items()):
                if hasattr(value, "cache_info") and value.__module__ == name:
                    yield f"{name}.{key}", value


@pytest.fixture(scope="module")
def warmed() -> None:
    """As in a process that starts: with what the checks themselves build when they are loaded, and nothing else."""
    for name, one in kept():
        if name.startswith("content.checks.words."):
            one.cache_clear()
    warm()


def test_the_warm_up_knows_every_language_of_the_lexicons() -> None:
    assert set(lexicons.languages()) == set(MESSAGES)


@pytest.mark.usefixtures("warmed")
@pytest.mark.parametrize(("language", "text"), [*MESSAGES.items(), ("ar", LATIN)])
def test_the_first_message_in_a_language_builds_nothing(language: str, text: str) -> None:
    before = built()
    assert before["content.checks.words.vocabulary.vocabulary"] == len(MESSAGES)
    judge_words(s.words(text, language=language))
    assert {name: times for name, times in built().items() if times != before.get(name, 0)} == {}
