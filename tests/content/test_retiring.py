"""A retired medium: nothing new shows it, what is planned with it is blocked, what is out is named."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from content import gate, medium, retiring
from content.composing import compose
from content.errors import Refusal, Refusals
from content.evaluation import current
from content.lifecycle import Post
from content.media import listed
from content.medium import Given, Whole
from content.message import Version, queue
from content.offered import offered
from content.organisation import the_instance, the_organisation
from content.people import erase
from content.record import Record, seal
from content.reevaluating import reevaluate
from content.retired import MediumRetirement
from content.store import now
from content.where_used import Met, met
from tests import factory, shortcuts
from tests.factory import House
from tests.factory.media import agreed, encoded, picture

CHOICES = {"template": "infighting/plain", "passages": ["p2"], "stance": "s2"}


@pytest.fixture
def house(db: str, tmp_path: Path) -> Iterator[House]:
    with factory.opened(db) as store:
        store.media = tmp_path / "media"
        yield factory.house(store)


def refused(code: str) -> object:
    return pytest.raises(Refusal, match=rf"\[{code}\]")


def wording(session: Session, house: House, one: Whole, message: str = "M-1") -> Any:
    order = factory.order(
        session, message, choices=CHOICES | {"media": [one.row.ref]}, accounts=("facebook-gb",), start=timedelta(days=2)
    )
    return queue(session, house.people["alice"], order)


def planned(session: Session, house: House, one: Whole) -> tuple[Version, Post]:
    """A version that the checks pass, cleared and scheduled, as the worker makes it."""
    ordered = wording(session, house, one)
    version = shortcuts.store_version(session, ordered, compose(session, ordered), now(session))
    found = shortcuts.evaluate(session, version, now(session))
    assert found.blocks == 0, found.answers
    clearance = factory.clearance(session, house, version, tier=found.tier)
    return version, factory.post(session, house, clearance, account="facebook-gb")


def test_no_new_version_shows_a_retired_medium(house: House) -> None:
    with house.store.write() as session:
        agreed(session, house)
        one, other = picture(session, house), picture(session, house)
        before = wording(session, house, one, "M-9")  # queued before, and composed afterwards
        retiring.retire(session, house.people["bob"], one.row.ref, "licence")
        with pytest.raises((Refusal, Refusals), match="was retired") as queued:
            wording(session, house, one)
        with pytest.raises((Refusal, Refusals), match="was retired"):
            compose(session, before)
        shown = {each.row.ref for each in offered(session, "spring", "N-2", "en").media}
    assert "message.media_retired" in str(queued.value)
    assert shown == {other.row.ref}


def test_what_is_planned_with_it_is_blocked_by_a_finding_that_says_what_to_do(house: House) -> None:
    with house.store.write() as session:
        agreed(session, house)
        one = picture(session, house)
        version, post = planned(session, house, one)
        retiring.retire(session, house.people["dana"], one.row.ref, "asked", "She wrote to us.")
        seal(session)
        assert (gate.judge(session, [post], post.due_at)[post.id or 0]).code == "evaluation.none"  # type: ignore[union-attr]  # it waits
        reevaluate(session, 20)
        found = current(session, version.digest)
        (stored,) = factory.as_stored(session, post)
    assert found is not None and found.blocks == 1
    (answer,) = found.answers
    assert (answer["check"], answer["code"]) == ("text-provenance", "retired")
    assert "somebody who is seen or heard in it asks" in answer["reason"] and "recall what is out" in answer["reason"]
    assert stored.state == "blocked" and (stored.note or "").startswith("evaluation.blocks")


def test_who_may_retire_it_is_the_keeper_or_who_clears_and_it_is_on_the_record(house: House) -> None:
    with house.store.write() as session:
        one = picture(session, house)
        before, stops = the_organisation(session).material_epoch, the_instance(session).stops
        for ref in ("alice", "lena"):
            with refused("rights.role"):
                retiring.retire(session, house.people[ref], one.row.ref, "licence")
        retiring.retire(session, house.people["kim"], one.row.ref, "wrong", "It shows another town.")
        session.expire_all()
        assert the_organisation(session).material_epoch == before + 1
        assert the_instance(session).stops == stops + 1  # what a worker has in hand is looked at once more
        row = session.exec(select(Record).where(Record.action == "medium.retire")).one()
        assert (row.subject, row.subject_id) == ("medium", str(one.row.id))
    assert '"why":"wrong"' in row.detail and "town" not in row.detail


def test_its_words_lie_sealed_and_go_with_who_said_them(house: House) -> None:
    with house.store.write() as session:
        one = picture(session, house)
        made = retiring.retire(session, house.people["bob"], one.row.ref, "other", "The agency wrote to us.")
        assert "agency" not in made.reason and retiring.words_of(session, made) == "The agency wrote to us."
        erase(session, house.people["kim"], house.people["bob"])
        assert retiring.words_of(session, made) == ""


@pytest.mark.parametrize(
    ("why", "reason", "code"),
    [("dull", "", "media.why"), ("other", " ", "media.why"), ("licence", "x" * 1001, "media.why")],
)
def test_it_is_said_why(house: House, why: str, reason: str, code: str) -> None:
    with house.store.write() as session:
        one = picture(session, house)
        with refused(code):
            retiring.retire(session, house.people["kim"], one.row.ref, why, reason)
        assert session.exec(select(MediumRetirement)).all() == []


def test_it_is_retired_once_and_for_good(house: House) -> None:
    with house.store.write() as session:
        one = picture(session, house)
        retiring.retire(session, house.people["kim"], one.row.ref, "licence")
        with refused("media.retired"):
            retiring.retire(session, house.people["kim"], one.row.ref, "wrong")
        with refused("media.none"):
            retiring.retire(session, house.people["kim"], "0" * 16, "wrong")
    for statement in ("UPDATE medium_retirement SET why = 'wrong'", "DELETE FROM medium_retirement"):
        with pytest.raises(DBAPIError), house.store.write() as session:
            session.connection().execute(text(statement))


def test_the_same_bytes_do_not_come_back_under_another_name(house: House) -> None:
    with house.store.write() as session:
        one = picture(session, house)
        retiring.retire(session, house.people["kim"], one.row.ref, "licence")
        again = encoded(house.store.media)
        object.__setattr__(again.files[0], "sha256", one.files[0].sha256)
        with pytest.raises(Refusal, match="It was retired: use another"):
            medium.add(session, house.people["alice"], again, Given("own"), {})


def test_the_list_and_the_medium_say_that_it_is_retired_and_how_many_posts_carry_it(house: House) -> None:
    with house.store.write() as session:
        one = picture(session, house)
        post = factory.brought(session, factory.cleared_post(session, house, account="facebook-gb", shows=[one]),
                               "published")  # fmt: skip
        factory.cleared_post(session, house, account="facebook-gb", shows=[one])
        retiring.retire(session, house.people["kim"], one.row.ref, "licence")
        (item,) = listed(session, house.people["alice"]).items
        assert item.whole.retired is not None and item.whole.retired.why == "licence"
        assert met(session, "medium", one.row.ref) == Met(planned=1, out=1)
        assert factory.as_stored(session, post)[0].state == "published"  # it takes nothing down
