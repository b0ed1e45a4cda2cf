"""What was done is said once, and its undo is sent to a page of ours alone."""

import pytest

from web.toasts import Toast, Undo, read, written


def test_what_was_written_is_read() -> None:
    told = Toast("moved", {"zone": "Europe/London"}, Undo("/calendar/posts/1/move", {"start": "2027-03-01 10:00"}))
    assert read(written(told)) == told


@pytest.mark.parametrize("where", ["https://elsewhere.example/x", "//elsewhere.example/x", "javascript:0", ""])
def test_an_undo_leads_to_no_other_site(where: str) -> None:
    assert read(written(Toast("moved", {}, Undo(where, {})))).undo is None


@pytest.mark.parametrize("told", ["", "paused", "e30=", "W10=", "!!", "bnVsbA=="])
def test_what_is_none_of_ours_says_nothing(told: str) -> None:
    assert read(told) == Toast()
