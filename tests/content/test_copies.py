"""What a channel is given, and the keys that keep it from being sent twice, on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from content import rescheduling
from content.copies import copies, part_key
from content.lifecycle import Action, Post, move, where
from content.store import now
from content.zone import local_at
from tests import factory
from tests.factory import House


@pytest.fixture
def home(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def keys(session: Session, *posts: Post) -> list[list[str]]:
    found = copies(session, posts)
    return [[part.key for part in found[post.id or 0].parts] for post in posts]


def test_a_post_asked_for_again_keeps_its_key(home: House) -> None:
    """Had the expired one been out after all, the channel creates nothing under the key it knows."""
    with home.store.write() as session:
        first = factory.cleared_post(session, home)
        move(session, where([first]), Action.EXPIRE, at=now(session))
    with home.store.write() as session:
        start = local_at(now(session) + timedelta(hours=5), "UTC").strftime("%Y-%m-%d %H:%M:%S")
        again = rescheduling.requeue(session, home.people["alice"], first.id or 0, start, "UTC")
        assert again.id != first.id
        assert keys(session, again) == keys(session, first)


def test_the_same_words_next_week_have_another_key(home: House) -> None:
    with home.store.write() as session:
        made = factory.version(session, home)
        cleared = factory.clearance(session, home, made)
        posts = [factory.post(session, home, cleared, occurrence=number) for number in range(3)]
        assert len({key for found in keys(session, *posts) for key in found}) == 3


def test_another_message_that_says_the_same_on_the_same_account_has_another_key(home: House) -> None:
    """Else the second would be taken for the first: never sent, and taken down with it."""
    with home.store.write() as session:
        posts = [factory.cleared_post(session, home, ref=ref) for ref in ("M-1", "M-2")]
        assert len({key for found in keys(session, *posts) for key in found}) == 2


@pytest.mark.parametrize("number", range(5))
def test_another_version_words_account_occurrence_or_part_have_another_key(number: int) -> None:
    same: list[Any] = ["v", "l", "i", 0, 0]
    other = [*same]
    other[number] = f"{other[number]}2" if number < 3 else 1
    assert part_key(*other) != part_key(*same)


def test_a_key_never_changes_from_one_release_of_the_program_to_the_next() -> None:
    assert part_key("version", "leaf", "site:house", 0, 0).startswith("699ed7acb4aa9721")
