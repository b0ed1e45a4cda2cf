"""What staff queued is answered: a version with what the checks found, or the reasons why there is none."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from content import medium
from content.composing import Composed, Composer
from content.errors import Refusal
from content.evaluation import Judged
from content.lifecycle import Post
from content.medium import Words
from content.message import Message, Version, Wording, involve, queue
from content.narrative import Exposure, Passage
from content.organisation import Organisation, raise_epoch
from content.review import Clearance, Evaluation
from tests import factory
from tests.factory.media import ALT, agreed, picture
from tests.worker.conftest import Desk
from worker import prepare


def ordered(desk: Desk, message: str) -> int:
    with desk.store.write() as session:
        told = factory.order(session, message, start=timedelta(days=2))
        return queue(session, desk.house.people["alice"], told).id or 0


def wording(desk: Desk, which: int) -> Wording:
    with desk.store.read() as session:
        return session.get_one(Wording, which)


def test_a_queued_message_becomes_a_version_with_an_evaluation(desk: Desk) -> None:
    one = ordered(desk, "M-1")
    assert prepare.look(desk.store, desk.settings) >= 1
    assert wording(desk, one).refused is None
    with desk.store.read() as session:
        version = session.exec(select(Version).where(Version.wording_id == one)).one()
        assert session.exec(select(Evaluation).where(Evaluation.digest == version.digest)).all()
    assert prepare.answer(desk.store, one) is False


@pytest.mark.parametrize(
    ("fault", "code"),
    [(Refusal("template.missing", "There is no such template."), "template.missing"), (ValueError(), "prepare.failed")],
)
def test_one_bad_order_is_answered_and_stops_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, fault: Exception, code: str
) -> None:
    bad, good = ordered(desk, "M-1"), ordered(desk, "M-2")
    compose = prepare.Composer.compose

    def breaking(composer: Composer, row: Wording) -> Composed:
        if row.id == bad:
            raise fault
        return compose(composer, row)

    monkeypatch.setattr(prepare.Composer, "compose", breaking)
    prepare.look(desk.store, desk.settings)
    refused = wording(desk, bad).refused
    assert refused and refused[0]["code"] == code
    assert wording(desk, bad).answered_at is not None
    assert wording(desk, good).refused is None


def test_new_clearances_get_their_posts(desk: Desk) -> None:
    with desk.store.write() as session:
        factory.clearance(session, desk.house, factory.version(session, desk.house), valid_from=timedelta(hours=-1))
    assert prepare.look(desk.store, desk.settings) >= 1
    assert prepare.look(desk.store, desk.settings) == 0


def test_a_clearance_whose_posts_cannot_be_made_keeps_no_other_from_its_posts(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with desk.store.write() as session:
        bad, good = (factory.clearance(session, desk.house, factory.version(session, desk.house)) for _ in range(2))
    post = prepare.post

    def breaking(session: Session, clearance: Clearance) -> object:
        if clearance.id == bad.id:
            raise ValueError
        return post(session, clearance)

    monkeypatch.setattr(prepare, "post", breaking)
    prepare.look(desk.store, desk.settings)
    with desk.store.read() as session:
        assert session.exec(select(Post.clearance_id)).all() == [good.id]


def test_words_that_cannot_be_judged_keep_no_other_from_being_looked_at_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for message in ("M-1", "M-2"):
        ordered(desk, message)
    prepare.look(desk.store, desk.settings)
    desk.change(lambda session: raise_epoch(session, desk.house.organisation.id or 0))
    judge_all = prepare.judge_all

    def breaking(session: Session, versions: Sequence[Version]) -> list[tuple[Version, Judged]]:
        if any(version.id == 1 for version in versions):
            raise ValueError
        return judge_all(session, versions)

    monkeypatch.setattr(prepare, "judge_all", breaking)
    prepare.look(desk.store, desk.settings)
    with desk.store.read() as session:
        other = session.get_one(Version, 2)
        assert {one.epoch for one in session.exec(select(Evaluation).where(Evaluation.digest == other.digest))} == {
            1,
            2,
        }
        assert session.exec(select(Organisation)).one().evaluated_epoch < 2  # the first still waits


def _tagged_after_it_went_out(desk: Desk) -> None:
    with desk.store.write() as session:
        house = desk.house
        factory.brought(session, factory.cleared_post(session, house), "published")
        passage = session.get_one(Passage, house.passages["p2"].id)
        raise_epoch(session, house.organisation.id or 0)
        factory.clearing(
            session, "passage", passage.id or 0, passage.entered_by, house.people["sam"], "content",
            tags={"attributes": ["town"]},
        )  # fmt: skip


def test_what_is_tagged_more_strictly_after_it_went_out_is_counted_as_exposed(desk: Desk) -> None:
    _tagged_after_it_went_out(desk)
    for _ in range(2):
        prepare.look(desk.store, desk.settings)
    with desk.store.read() as session:
        assert session.exec(select(Exposure.attribute)).all() == ["town"]
        organisation = session.exec(select(Organisation)).one()
        assert organisation.evaluated_epoch == organisation.material_epoch


def test_exposures_that_cannot_be_counted_keep_no_words_from_being_judged_and_are_not_forgotten(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordered(desk, "M-1")
    prepare.look(desk.store, desk.settings)
    _tagged_after_it_went_out(desk)

    def breaking(session: Session) -> int:
        raise ValueError

    with monkeypatch.context() as broken:
        broken.setattr(prepare, "catch_up", breaking)
        for _ in range(2):
            prepare.look(desk.store, desk.settings)
        with desk.store.read() as session:
            organisation = session.exec(select(Organisation)).one()
            assert {one.epoch for one in session.exec(select(Evaluation))} >= {organisation.material_epoch}
            assert organisation.evaluated_epoch < organisation.material_epoch
    prepare.look(desk.store, desk.settings)
    with desk.store.read() as session:
        assert session.exec(select(Exposure.attribute)).all() == ["town"]


def test_a_message_that_would_show_words_of_who_judged_it_is_refused_and_stops_no_other(desk: Desk) -> None:
    desk.store.media = desk.settings.media
    with desk.store.write() as session:
        agreed(session, desk.house)
        one = picture(session, desk.house)
        first = queue(session, desk.house.people["alice"], factory.order(session, "M-1", start=timedelta(days=2)))
        involve(session, session.get_one(Message, first.message_id), desk.house.people["bob"], "judges")
        medium.say(session, desk.house.people["bob"], one.row.ref, "en", Words(alt=ALT))
        choices = {"template": "infighting/plain", "passages": ["p2"], "stance": "s2", "media": [one.row.ref]}
        told = factory.order(session, "M-1", choices=choices, accounts=("facebook-gb",), start=timedelta(days=2))
        bad = queue(session, desk.house.people["alice"], told).id or 0
    good = ordered(desk, "M-2")
    prepare.look(desk.store, desk.settings)
    refused = wording(desk, bad).refused
    assert refused is not None and [one["code"] for one in refused] == ["message.judged"]
    assert wording(desk, good).answered_at is not None and wording(desk, good).refused is None
