"""Classes of words: stems, endings, alternatives, gaps."""

import pytest

from content.checks.words.vocabulary import Vocabulary, all_folded


def names(entries, *words):
    known = Vocabulary({"x": all_folded(entries)})
    return [(mark.first, mark.last) for mark in known.stands([(word,) for word in words])]


@pytest.mark.parametrize(
    ("entry", "words", "expected"),
    [
        ("rat|rats", ["the", "rats"], [(1, 2)]),
        ("poison*", ["poisonous"], [(0, 1)]),
        ("*pack", ["lumpenpack"], [(0, 1)]),
        ("*pack", ["pack"], []),
        ("how _ you", ["how", "could", "you"], [(0, 3)]),
        ("how _ you", ["how", "you"], []),
        ("Été", ["ete"], [(0, 1)]),
    ],
)
def test_an_entry_is_found_where_it_stands(entry, words, expected):
    assert names([entry], *words) == expected
