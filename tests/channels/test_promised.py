"""What reviewers are told of a channel is what the sender obeys."""

from datetime import timedelta
from pathlib import Path

from content.promised import PROMISED
from content.settings import Settings
from worker.channels import channels


def test_reviewers_are_told_of_every_channel_what_it_can_do(tmp_path: Path) -> None:
    known = channels(Settings(home=tmp_path))
    hour = timedelta(hours=1)
    does = {
        name: (
            str(one.caps.delivery),
            str(one.caps.recall),
            one.caps.recall_window // hour if one.caps.recall_window else None,
        )
        for name, one in known.items()
    }
    assert does == {name: (one.delivery, one.recall, one.hours) for name, one in PROMISED.items()}


def test_media_are_promised_where_the_sender_takes_them(tmp_path: Path) -> None:
    takes = {name: one.caps.media for name, one in channels(Settings(home=tmp_path)).items()}
    assert takes == {name: one.media for name, one in PROMISED.items()}
