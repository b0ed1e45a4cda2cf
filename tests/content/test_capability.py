"""What reviewers are told of an account: its channel's promise, its format's shape, and what its server told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from content.capability import Capability, capability
from content.organisation import Account
from content.owning import OWNED_FOR

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
SPANS = [[[0, 5, "passage", "N-1/p1@1"], [6, 9, "disclosure", "d@1"]]]


def of(channel: str = "mastodon", form: str = "mastodon", spans: Any = SPANS, **more: Any) -> Capability:
    row = Account(
        organisation_id=1, ref="a", channel=channel, format=form, name="A", remote_identity="x", reach="worldwide",
        territories=[], languages=[], **({"settings": {}, "told": {}} | more),
    )  # fmt: skip
    return capability(row, form, spans, AT)


def test_what_a_server_told_counts_before_what_is_usual_there() -> None:
    usual, told = of(), of(told={"characters": 5000, "media": 8, "alt": 10_000, "types": ["image/png"]})
    assert (usual.limit, usual.images, usual.alt_text, usual.parts) == (500, 4, 1500, 10)
    assert (told.limit, told.images, told.alt_text, told.parts) == (5000, 8, 10_000, 10)


def test_of_media_it_takes_what_both_the_format_and_the_channel_do() -> None:
    found = {name: of(name, form) for name, form in (("site", "site"), ("list", "mail"), ("telegram", "telegram"))}
    assert {name: (one.images, one.films) for name, one in found.items()} == {
        "site": (20, 20), "list": (4, 0), "telegram": (1, 1),
    }  # fmt: skip


def test_what_does_not_thread_is_one_piece() -> None:
    assert [of("site", "facebook").parts, of("bluesky", "bluesky").parts] == [1, 10]


def test_a_count_is_promised_where_somebody_counts() -> None:
    assert of("bluesky", "bluesky").counts == ()
    assert of("bluesky", "bluesky", settings={"appview": "https://view.example.org"}).counts[:1] == ("likes",)
    assert (of().counts[:1], of("paper.mastodon").counts, of("matrix", "matrix").counts) == (("reblogs",), (), ())


def test_a_channel_that_nobody_knows_promises_nothing() -> None:
    found = of("elsewhere", "site")
    assert (found.promised, found.images, found.counts) == (None, 0, ())


@pytest.mark.parametrize(
    ("spans", "said"),
    [
        (SPANS, "every"),
        ([*SPANS, [[0, 5, "passage", "x"]]], "some"),
        ([[[0, 5, "passage", "x"]]], "none"),
        ([], "none"),
    ],
)
def test_who_publishes_is_said_in_every_part_in_some_or_in_none(spans: Any, said: str) -> None:
    assert of(spans=spans).disclosed == said


def test_whose_it_is_and_who_answers_there_grow_old() -> None:
    told: dict[str, Any] = {"ownership_first": 1, "ownership_second": 2, "identity_seen": "x"}
    young = of(**told, ownership_verified_at=AT, identity_verified_at=AT)
    assert (young.owned, young.identity, young.owned_at, young.identity_at) == ("verified", "verified", AT, AT)
    long_ago = AT - OWNED_FOR - timedelta(days=1)
    old = of(**told, ownership_verified_at=long_ago, identity_verified_at=long_ago)
    assert (old.owned, old.identity) == ("old", "old")
    assert of(identity_seen="y", identity_verified_at=AT).identity == "other"
