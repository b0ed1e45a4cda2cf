"""Sandboxes: each plays its channel's classes and limits, has the same troubles for the same seed, and ends."""

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from content.outcome import Impossible, Refused, Retry, Sent, TooLate, Undecidable, Unknown
from content.promised import PROMISED, in_sandbox
from content.release import Release
from content.settings import load
from tests.channels.letters import a_release
from tests.channels.suite import AtMostOnce, NoRecall, Once, Recalls, Suite, Tried, called
from worker.channels import Channel, Delivery, Undo, channels
from worker.channels.sandbox import CALLS
from worker.shelf import locked

PLAYED = sorted(name for name in PROMISED if in_sandbox(name))
CALM = {"faults": 0}


def sandbox(home: Path, name: str) -> Channel:
    return channels(load(home=home))[name]


def letter(name: str, *texts: str, **more: Any) -> Release:
    told = {"channel": name, "form": "facebook", "identity": f"{name}:desk", "settings": CALM}
    return a_release(*texts, **(told | more))


def tried_on(home: Path, name: str) -> Tried:
    def out() -> dict[str, str]:
        walls = (home / "paper" / in_sandbox(name) / "out").glob("*.json")
        return {path.stem: json.loads(path.read_bytes())["text"] for path in walls}

    return Tried(sandbox(home, name), lambda *texts, **more: letter(name, *texts, **more), out)


def of(*classes: Delivery) -> list[str]:
    return [name for name in PLAYED if PROMISED[name].delivery in {str(one) for one in classes}]


class TestAll(Suite):
    """Without trouble."""

    @pytest.fixture(params=PLAYED)
    def tried(self, request: pytest.FixtureRequest, tmp_path: Path) -> Tried:
        return tried_on(tmp_path, request.param)


class TestOnce(Once):
    """Where the channel itself makes one of two."""

    @pytest.fixture(params=of(Delivery.EXACT, Delivery.KEYED, Delivery.TWO_PHASE, Delivery.RECEIVER_DEDUPES))
    def tried(self, request: pytest.FixtureRequest, tmp_path: Path) -> Tried:
        return tried_on(tmp_path, request.param)


class TestAtMostOnce(AtMostOnce):
    """Where it does not."""

    @pytest.fixture(params=of(Delivery.AT_MOST_ONCE))
    def tried(self, request: pytest.FixtureRequest, tmp_path: Path) -> Tried:
        return tried_on(tmp_path, request.param)


class TestRecalls(Recalls):
    """Where it takes back."""

    @pytest.fixture(params=[name for name in PLAYED if PROMISED[name].recall in (Undo.FULL, Undo.WINDOW)])
    def tried(self, request: pytest.FixtureRequest, tmp_path: Path) -> Tried:
        return tried_on(tmp_path, request.param)


class TestNoRecall(NoRecall):
    """Where it never does."""

    @pytest.fixture(params=[name for name in PLAYED if PROMISED[name].recall == Undo.NONE])
    def tried(self, request: pytest.FixtureRequest, tmp_path: Path) -> Tried:
        return tried_on(tmp_path, request.param)


def test_every_channel_with_a_platform_of_others_can_be_played() -> None:
    assert {in_sandbox(name) for name in PLAYED} == {
        name for name in PROMISED if not in_sandbox(name) and name not in ("paper", "site", "manual")
    }


def answers(home: Path, seed: int, faults: int = 100, posts: int = 40) -> list[str]:
    way = sandbox(home, "paper.bluesky")
    told = {"seed": seed, "faults": faults, "slow": 1}
    found = (called(way, letter("paper.bluesky", f"Words {n}.", settings=told)) for n in range(posts))
    return [f"{type(one).__name__} {getattr(one, 'detail', '')}" for one in found]


def test_the_same_seed_has_the_same_troubles_and_another_has_others(tmp_path: Path) -> None:
    first, again, other = (answers(tmp_path / str(n), seed) for n, seed in enumerate((7, 7, 8)))
    assert first == again
    assert first != other


def test_every_trouble_comes_and_none_where_none_is_wanted(tmp_path: Path) -> None:
    kinds = Counter(one.partition(" ")[0] for one in answers(tmp_path / "all", 1, posts=60))
    assert kinds.keys() == {"Retry", "Unknown", "Sent"}  # a slow answer is an answer
    assert set(answers(tmp_path / "none", 1, faults=0)) == {"Sent "}


def test_a_piece_meets_trouble_twice_at_most(tmp_path: Path) -> None:
    way = sandbox(tmp_path, "paper.bluesky")
    for number in range(20):
        release = letter("paper.bluesky", f"Words {number}.", settings={"faults": 100, "slow": 1})
        for _ in range(CALLS):
            assert isinstance(called(way, release), (Retry, Unknown, Sent))
        assert isinstance(called(way, release), Sent)


def test_where_nothing_knows_the_key_a_second_call_is_a_second_post(tmp_path: Path) -> None:
    tried = tried_on(tmp_path, "paper.telegram")
    release = letter("paper.telegram", "Words.")
    called(tried.way, release)
    called(tried.way, release)
    assert list(tried.out().values()) == ["Words.", "Words."]
    assert isinstance(tried.way.find(release, release.parts[0]), Undecidable)


def test_after_its_window_a_channel_takes_nothing_back(tmp_path: Path) -> None:
    way = sandbox(tmp_path, "paper.telegram")
    release = letter("paper.telegram", "Words.")
    sent = called(way, release)
    with locked(tmp_path / "paper" / "telegram"):
        sheet = next((tmp_path / "paper" / "telegram" / "out").glob("*.json"))
        os.utime(sheet, (0, 0))
    assert isinstance(way.recall(release, release.parts[0], sent.parts[0].remote_id), TooLate)


def test_words_too_long_for_the_format_are_refused(tmp_path: Path) -> None:
    way = sandbox(tmp_path, "paper.bluesky")
    assert isinstance(called(way, letter("paper.bluesky", "w" * 301, form="bluesky")), Refused)


def test_a_list_takes_nothing_back_and_says_so(tmp_path: Path) -> None:
    way = sandbox(tmp_path, "paper.list")
    release = letter("paper.list", "Words.")
    called(way, release)
    assert isinstance(way.recall(release, release.parts[0], None), Impossible)
