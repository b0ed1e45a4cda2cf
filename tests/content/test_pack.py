"""Evidence to take home: one file that tells what is out and who cleared it, and nothing that is sealed."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from sqlmodel import select

from content import pack, record, stopping
from content.errors import Refusal
from content.lifecycle import Post
from content.narrative import Narrative
from content.record import Record
from content.stop import Recall
from content.store import now
from tests import factory


@pytest.fixture
def house(db: str) -> Iterator[factory.House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def _post(house: factory.House, state: str = "published") -> int:
    with house.store.write() as session:
        return factory.brought(session, factory.cleared_post(session, house), state).id or 0


def _of_post(house: factory.House, number: int, by: str = "dana") -> pack.Pack:
    with house.store.write() as session:
        return pack.of_post(session, house.people[by], number)


def _files(made: pack.Pack) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _told(made: pack.Pack, number: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_files(made)[f"posts/{number}.json"])
    return found


def test_a_pack_tells_the_words_who_cleared_them_and_what_was_sent(house: factory.House) -> None:
    number = _post(house)
    made = _of_post(house, number)
    assert set(_files(made)) == {"README.txt", "pack.json", f"posts/{number}.json", "record.jsonl"}
    told = _told(made, number)
    assert factory.PASSAGE.split(".")[0] in told["words"]["parts"][0] and told["state"] == "published"
    assert told["words"]["digest"] and told["clearance"]["verdicts"] and told["sent"] and told["history"]
    assert told["narrative"] != house.narrative.ref, "outsiders quote the random reference"


def test_people_stand_by_number_and_no_name_reason_or_note_is_in_it(house: factory.House) -> None:
    made = _of_post(house, _post(house))
    whole = b"".join(_files(made).values()).decode()
    assert "person:" in whole
    for person in house.people.values():
        assert person.name not in whole and f'"{person.ref}"' not in whole


@pytest.mark.parametrize("state", ["recalling", "recalled", "recall_impossible"])
def test_of_what_was_taken_down_the_digest_is_left_and_not_the_words(house: factory.House, state: str) -> None:
    number = _post(house, state)
    with house.store.write() as session:
        session.add(Recall(post_id=number, cause="hold", at=now(session), evidence={}))
    made = _of_post(house, number)
    whole = b"".join(_files(made).values()).decode()
    told = _told(made, number)
    assert told["words"]["parts"] is None and told["words"]["digest"] and factory.PASSAGE.split(".")[0] not in whole
    assert {one["cause"] for one in told["recalls"]} == {"stop"}, "a hold is safeguarding's to know"


def test_no_row_of_the_record_in_it_says_that_a_hold_took_it_down(house: factory.House) -> None:
    number = _post(house)
    with house.store.write() as session:
        narrative = session.get_one(Narrative, session.get_one(Post, number).narrative_id)
        stopping.hold(session, house.people["kim"], narrative, "trial", take_down=True)
        record.seal(session)
    rows = _files(_of_post(house, number))["record.jsonl"].decode()
    assert "post.recall" in rows
    assert "hold" not in rows


def test_what_never_went_out_shows_no_words(house: factory.House) -> None:
    number = _post(house, "blocked")
    assert _told(_of_post(house, number), number)["words"]["parts"] is None


def test_the_same_rows_make_the_same_bytes_and_taking_it_is_on_the_record(house: factory.House) -> None:
    number = _post(house)
    first = _of_post(house, number)
    assert _of_post(house, number).data == first.data
    with house.store.read() as session:
        steps = session.exec(select(Record).where(Record.action == "evidence.take")).all()
    assert [(one.subject, one.subject_id) for one in steps] == [("post", str(number))] * 2


def test_a_campaign_s_pack_holds_what_is_out_and_goes_on_where_it_ended(
    house: factory.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = {_post(house), _post(house), _post(house, "recalled")}
    _post(house, "scheduled"), _post(house, "failed")
    monkeypatch.setattr(pack, "MOST", 2)
    found: set[int] = set()
    after = ""
    for _ in range(2):
        with house.store.write() as session:
            made = pack.of_campaign(session, house.people["kim"], "spring", after)
        found |= {int(name[6:-5]) for name in _files(made) if name.startswith("posts/")}
        after = made.after
    assert found == out and after == ""


def test_who_may_not_take_it_is_refused_and_nothing_is_recorded(house: factory.House) -> None:
    number = _post(house)
    with pytest.raises(Refusal, match=r"\[rights.role\]"):
        _of_post(house, number, by="alice")
    with pytest.raises(Refusal, match=r"\[post.unknown\]"):
        _of_post(house, 99999)
    with pytest.raises(Refusal, match=r"\[campaign.none\]"), house.store.write() as session:
        pack.of_campaign(session, house.people["kim"], "none")
    with house.store.read() as session:
        assert session.exec(select(Record).where(Record.action == "evidence.take")).first() is None
