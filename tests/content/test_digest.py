import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.digest import leaf_digest, version_digest

LEAF: dict[str, Any] = {
    "texts": ["One.", "Two."],
    "account_identity": "did:plc:alice",
    "format_name": "bluesky",
    "links": ["https://example.org/a"],
    "card": {"title": "T", "text": "x", "image": "00"},
    "media": [{"sha256": "11", "alt": "a door"}],
}
VERSION: dict[str, Any] = {
    "organisation_ref": "otp",
    "message_ref": "M-1",
    "number": 1,
    "language": "en",
    "leaf_digests": ["aa", "bb"],
    "window": {"not_before": "2026-01-01T00:00:00Z", "count": 1},
}
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@pytest.mark.parametrize(
    "change",
    [
        {"texts": ["One.", "Two"]},
        {"texts": ["One.Two."]},
        {"texts": ["Two.", "One."]},
        {"texts": ["One.", "Two.", ""]},
        {"account_identity": "did:plc:bob"},
        {"format_name": "mastodon"},
        {"links": []},
        {"links": ["https://example.org/b"]},
        {"card": None},
        {"card": {"title": "T", "text": "x", "image": "01"}},
        {"media": []},
        {"media": [{"sha256": "11", "alt": "a Door"}]},
    ],
)
def test_any_change_of_what_a_reader_sees_is_another_leaf(change: dict[str, Any]) -> None:
    assert leaf_digest(**(LEAF | change)) != leaf_digest(**LEAF)


@pytest.mark.parametrize(
    "change",
    [
        {"organisation_ref": "other"},
        {"message_ref": "M-2"},
        {"number": 2},
        {"language": "ar"},
        {"leaf_digests": ["aa"]},
        {"leaf_digests": ["aa", "bc"]},
        {"leaf_digests": ["aa", "bb", "bb"]},
        {"leaf_digests": ["aabb"]},
        {"window": {"not_before": "2026-01-01T00:00:01Z", "count": 1}},
        {"window": {"not_before": "2026-01-01T00:00:00Z", "count": 2}},
        {"window": {"not_before": "2026-01-01T00:00:00Z"}},
    ],
)
def test_any_change_of_a_version_is_another_digest(change: dict[str, Any]) -> None:
    assert version_digest(**(VERSION | change)) != version_digest(**VERSION)


@given(st.permutations(["aa", "bb", "cc", "dd"]))
def test_the_order_of_leaves_does_not_count(order: list[str]) -> None:
    assert version_digest("o", "m", 1, "en", order, {}) == version_digest("o", "m", 1, "en", sorted(order), {})


@given(st.lists(words, max_size=4), st.lists(words, max_size=4), words, words)
def test_two_leaves_agree_only_where_all_agrees(a: list[str], b: list[str], x: str, y: str) -> None:
    one = leaf_digest(a, x, "site", [], None, [])
    other = leaf_digest(b, y, "site", [], None, [])
    assert (one == other) == ((a, x) == (b, y))


@given(words, st.integers(0, 200), st.characters(exclude_categories=["Cs"]))
def test_one_character_changed_anywhere_is_another_leaf(text: str, at: int, new: str) -> None:
    at = at % (len(text) + 1)
    changed = text[:at] + new + text[at + 1 :]
    assert (leaf_digest([text], "a", "x", [], None, []) == leaf_digest([changed], "a", "x", [], None, [])) == (
        text == changed
    )


def test_the_encoding_stays_what_was_documented() -> None:
    text = '{"account":"a","card":null,"format":"site","links":[],"media":[],"parts":["é\\n"]}'
    expected = hashlib.sha256(f"counterpoint/leaf/1\n{text}".encode()).hexdigest()
    assert leaf_digest(["é\n"], "a", "site", [], None, []) == expected


def test_a_leaf_is_never_taken_for_a_version() -> None:
    assert leaf_digest([], "", "", [], None, []) != version_digest("", "", 0, "", [], {})


@pytest.mark.parametrize("odd", [1.5, float("nan"), {1: "x"}, b"x", object()])
def test_values_with_more_than_one_encoding_are_refused(odd: object) -> None:
    with pytest.raises(TypeError):
        version_digest("o", "m", 1, "en", [], {"odd": odd})
