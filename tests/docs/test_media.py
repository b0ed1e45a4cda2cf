"""docs/channels.md says of each channel what it shows, as queueing will judge it."""

from content.formats import FORMATS
from content.posting import PLACES
from content.promised import AT_HOME, PROMISED
from tests.docs.media import PAGE, PAIRS, drawn, table


def test_the_table_of_media_is_drawn_from_what_queueing_reads() -> None:
    page = PAGE.read_text("utf-8")
    assert table() in page and page == drawn(page), "run `python -m tests.docs.media`"


def test_every_channel_outside_and_every_platform_posted_by_hand_is_in_it() -> None:
    assert {channel for channel, _ in PAIRS} == {*PROMISED} - AT_HOME | {"site"}
    by_hand = {name for name in PLACES if FORMATS[name].images or FORMATS[name].films}
    assert by_hand <= {name for _, name in PAIRS}
