"""What reviewers are told of a channel is what the sender obeys."""

from datetime import timedelta
from pathlib import Path

from content.outcome import Undecidable
from content.promised import PROMISED
from content.settings import Settings
from tests.channels.letters import a_release
from worker.channels import channels


def test_reviewers_are_told_of_every_channel_what_it_can_do(tmp_path: Path) -> None:
    known = channels(Settings(home=tmp_path))
    hour = timedelta(hours=1)
    does = {
        name: (
            str(one.caps.delivery),
            str(one.caps.recall),
            one.caps.recall_window // hour if one.caps.recall_window else None,
            (one.caps.alt_text, str(one.caps.find), one.caps.edit, one.caps.stands, one.caps.lists),
            one.caps.counts,
        )
        for name, one in known.items()
    }
    assert does == {
        name: (
            one.delivery, one.recall, one.hours, (one.alt_text, one.find, one.edit, one.stands, one.lists), one.counts
        )
        for name, one in PROMISED.items()
    }  # fmt: skip


def test_what_is_said_not_to_be_looked_at_again_cannot_be(tmp_path: Path) -> None:
    """That the others can is tried on each of them (tests/channels/suite.py, Watched)."""
    release = a_release("Words.", channel="", form="site", identity="x")
    blind = {
        name: (one.stands(release, release.parts[0], "x"), one.listed(release.account, release.due_at))
        for name, one in channels(Settings(home=tmp_path)).items()
        if not (one.caps.stands or one.caps.lists)
    }
    assert blind.keys() == {name for name, one in PROMISED.items() if not one.stands} != set()
    assert all(isinstance(said, Undecidable) for both in blind.values() for said in both)
    assert {name for name, one in PROMISED.items() if one.stands != one.lists} == set()


def test_media_are_promised_where_the_sender_takes_them(tmp_path: Path) -> None:
    takes = {name: one.caps.media for name, one in channels(Settings(home=tmp_path)).items()}
    assert takes == {name: one.media for name, one in PROMISED.items()}
