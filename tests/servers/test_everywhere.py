"""One campaign on every channel at once, through the worker's own looks, and then its consent is withdrawn.

What it measures is the table in docs/channels.md: `python -m tests.servers.everywhere` puts it there.
"""

import json

import pytest

from content.promised import PROMISED
from tests.servers.everywhere import PAGE, Everywhere, Row, on_paper, opened

OUTSIDE = set(PROMISED) - {"manual"}  # what a person posts by hand is no worker's to send


@pytest.fixture(scope="module")
def told(
    pds: str, synapse: str, wordpress: str, mail: str, postgresql_server: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Row]:
    with opened(tmp_path_factory.mktemp("everywhere"), pds, synapse, wordpress, mail) as house:
        found: Everywhere = house
        return found.told()


def test_every_channel_had_exactly_one_copy(told: dict[str, Row]) -> None:
    assert told.keys() == OUTSIDE
    assert {name: (row.state, row.copies) for name, row in told.items()} == dict.fromkeys(OUTSIDE, ("published", 1))


def test_withdrawn_it_is_gone_from_every_channel_that_takes_anything_back(told: dict[str, Row]) -> None:
    left = {name: row.left for name, row in told.items() if row.left}
    assert left == {"list": 1}
    ends = {name: row.end for name, row in told.items()}
    assert ends == dict.fromkeys(OUTSIDE, "recalled") | {"list": "recall_impossible"}


def test_that_it_is_gone_was_seen_wherever_anybody_can_look(told: dict[str, Row]) -> None:
    only_told = {"webhook", "telegram"}
    proofs = {name: row.proof for name, row in told.items() if name != "list"}
    assert proofs == {name: "told" if name in only_told else "seen" for name in OUTSIDE - {"list"}}


def test_the_page_s_table_names_every_channel() -> None:
    page = on_paper(PAGE.read_text("utf-8"))
    assert set(page) == OUTSIDE, json.dumps(sorted(page))
