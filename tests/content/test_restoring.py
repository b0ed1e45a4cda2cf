"""A database put back beside its journal: what was stopped stays stopped, what went out never goes out again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from content import arming, audit, deputy, gate, journal, owning, people, restoring, retiring, stopping
from content.consent import ConsentEvent
from content.lifecycle import Attempt, Part, Post
from content.organisation import Account, the_instance, the_organisation
from content.people import PersonKey
from content.record import Record, Step, seal, write
from content.restoring import Place
from content.retired import MediumRetirement
from content.review import Clearance, Revocation
from content.stop import Hold, Pause
from content.store import Store, now
from tests import factory, snapshots
from tests.factory import House
from tests.factory.media import picture


@dataclass
class Stand:
    """An armed live instance with its journal, and a way to put yesterday's database in its place."""

    house: House
    folder: Path

    @property
    def store(self) -> Store:
        return self.house.store

    def backup(self) -> None:
        snapshots.keep(self.store, "backup")

    def put_back(self) -> None:
        """As by hand: the same file, the same name, nothing said to the journal."""
        snapshots.restore(self.store, "backup")

    def sealed(self) -> None:
        """What the worker does each second."""
        with self.store.write() as session:
            while seal(session):
                pass
        with self.store.read() as session:
            seq = journal.export(session, self.folder)
        with self.store.write() as session:
            journal.mark(session, seq)

    def armed(self) -> bool:
        with self.store.read() as session:
            return the_instance(session).armed

    def problems(self) -> list[str]:
        with self.store.read() as session:
            return [str(one) for one in audit.verified(session, journal.read_heads(self.folder)).problems]


@pytest.fixture
def stand(db: str, tmp_path: Path) -> Iterator[Stand]:
    with factory.opened(db) as store:
        house = factory.house(store, "live")
        for ref in ("kim", "dana"):
            with store.write() as session:
                arming.arm(session, house.people[ref])
        made = Stand(house, tmp_path / "journal")
        with store.read() as session:
            journal.write_epoch(made.folder, the_instance(session).epoch)
        made.sealed()
        yield made


def boot(stand: Stand) -> restoring.Settled | None:
    return restoring.boot(stand.store, stand.folder, "worker:")


def test_a_database_that_is_where_its_journal_left_off_starts_as_it_was(stand: Stand) -> None:
    assert boot(stand) is None
    assert stand.armed()


def test_a_database_put_back_by_hand_is_noticed_and_disarmed(stand: Stand) -> None:
    stand.backup()
    with stand.store.write() as session:
        factory.cleared_post(session, stand.house)
    stand.sealed()
    stand.put_back()
    with stand.store.read() as session:
        epoch = the_instance(session).epoch
        assert restoring.place(session, stand.folder) is Place.BEHIND
    settled = boot(stand)
    assert settled is not None and settled.lost > 0
    assert not stand.armed()
    with stand.store.read() as session:
        assert the_instance(session).epoch != epoch
        assert journal.family(the_instance(session).epoch) == epoch
        assert restoring.place(session, stand.folder) is Place.OWN
    stand.sealed()
    assert stand.problems() == []
    assert boot(stand) is None


def test_stops_since_the_backup_hold_again(stand: Stand) -> None:
    house = stand.house
    with stand.store.write() as session:
        post = factory.cleared_post(session, house, of=house.narrative)
        cleared = session.get_one(Clearance, post.clearance_id)
    stand.backup()
    with stand.store.write() as session:
        stopping.withdraw(session, house.people["kim"], house.narrative, languages=["ar"])
        stopping.narrow(session, house.people["kim"], house.finding, channels=["site"])
        stopping.hold(session, house.people["dana"], house.narrative, "asylum")
        stopping.pause(session, house.people["alice"], "campaign", "spring")
        people.erase(session, house.people["dana"], house.people["tom"])
        session.add(Revocation(clearance_id=cleared.id or 0, by=house.id("bob"), reason="", at=now(session)))
        write(session, Step("person:3", "clearance.revoke", "clearance", cleared.id or 0))
    stand.sealed()
    stand.put_back()
    settled = boot(stand)
    assert settled is not None
    assert (settled.stops.made, settled.stops.unknown) == (6, [])
    with stand.store.read() as session:
        kinds = session.exec(select(ConsentEvent.kind).where(col(ConsentEvent.kind).in_(["withdraw", "narrow"]))).all()
        assert sorted(kinds) == ["narrow", "withdraw"]
        assert session.exec(select(Hold.kind)).all() == ["other"]
        assert session.exec(select(Pause.value)).all() == [str(house.campaign.id)]
        assert session.get(PersonKey, house.id("tom")) is None
        assert session.exec(select(Revocation.clearance_id)).all() == [cleared.id]
    stand.sealed()
    assert stand.problems() == []


def test_what_was_published_since_ends_published_with_its_address(stand: Stand) -> None:
    with stand.store.write() as session:
        post = factory.cleared_post(session, stand.house)
    stand.backup()
    with stand.store.write() as session:
        factory.brought(session, session.get_one(Post, post.id), "published")
    stand.sealed()
    stand.put_back()
    settled = boot(stand)
    assert settled is not None
    assert (settled.posts.published, settled.posts.uncertain) == (1, 0)
    with stand.store.read() as session:
        assert session.get_one(Post, post.id).state == "published"
        assert session.get_one(Part, (post.id, 0)).remote_id == f"remote-{post.id}"
    stand.sealed()
    assert stand.problems() == []


def test_what_was_due_since_is_uncertain_until_it_is_found(stand: Stand) -> None:
    with stand.store.write() as session:
        due = factory.cleared_post(session, stand.house)
        version = factory.version(session, stand.house)
        later = factory.post(
            session, stand.house, factory.clearance(session, stand.house, version), due=now(session) + timedelta(days=1)
        )
    stand.backup()
    with stand.store.write() as session:
        stopping.pause(session, stand.house.people["alice"], "theme", "brutality")
    stand.sealed()
    stand.put_back()
    settled = boot(stand)
    assert settled is not None and settled.posts.uncertain == 1
    with stand.store.read() as session:
        assert factory.states(session, due, later) == ["uncertain", "scheduled"]
        assert session.exec(select(Attempt.post_id)).all() == [due.id]
    stand.sealed()
    assert stand.problems() == []


def test_a_copy_without_its_journal_is_disarmed_and_writes_none(stand: Stand, tmp_path: Path) -> None:
    assert restoring.boot(stand.store, tmp_path / "elsewhere", "worker:") is None
    assert not stand.armed()
    with stand.store.read() as session, pytest.raises(restoring.Refusal, match=r"journal\.other"):
        journal.export(session, tmp_path / "elsewhere")


def test_nothing_is_recorded_twice_when_it_is_done_again(stand: Stand) -> None:
    stand.backup()
    with stand.store.write() as session:
        stopping.pause(session, stand.house.people["alice"], "all")
    stand.sealed()
    stand.put_back()
    for _ in range(2):
        restoring.settle(stand.store, stand.folder)
    with stand.store.read() as session:
        assert len(session.exec(select(Pause.id)).all()) == 1
        assert len(session.exec(select(Record.id).where(Record.action == "pause.set")).all()) == 1
    stand.sealed()
    assert stand.problems() == []


def test_a_post_that_is_made_again_after_the_restore_does_not_go_again(stand: Stand) -> None:
    with stand.store.write() as session:
        cleared = factory.clearance(session, stand.house, factory.version(session, stand.house))
    stand.backup()
    with stand.store.write() as session:
        factory.brought(session, factory.post(session, stand.house, cleared), "published")
    stand.sealed()
    stand.put_back()
    settled = boot(stand)
    assert settled is not None and settled.posts.gone == 1
    stand.sealed()
    with stand.store.write() as session:
        again = factory.post(session, stand.house, cleared)
        answer = gate.judge(session, [again], now(session))[again.id or 0]
    assert isinstance(answer, gate.Stood)
    assert (answer.how, answer.code) == ("block", "post.gone_out")


def test_a_medium_that_was_retired_since_the_backup_is_retired_again(stand: Stand) -> None:
    with stand.store.write() as session:
        stand.store.media = session.info["media"] = stand.folder.parent / "media"
        one = picture(session, stand.house)
    stand.sealed()
    stand.backup()
    with stand.store.write() as session:
        retiring.retire(session, stand.house.people["kim"], one.row.ref, "asked", "She wrote to us.")
    stand.sealed()
    assert "wrote" not in (stand.folder / journal.STOPS).read_text("utf-8")
    stand.put_back()
    with stand.store.read() as session:
        before = the_organisation(session).material_epoch
    settled = boot(stand)
    assert settled is not None and settled.stops.made == 1
    with stand.store.read() as session:
        row = session.exec(select(MediumRetirement)).one()
        assert (row.why, row.reason, row.by) == ("asked", "", stand.house.id("kim"))
        assert the_organisation(session).material_epoch == before + 1
    assert boot(stand) is None and stand.problems() == []


def test_whoever_was_switched_off_since_the_backup_is_switched_off_again(stand: Stand) -> None:
    bob = stand.house.people["bob"]
    stand.backup()
    with stand.store.write() as session:
        people.disable(session, stand.house.people["kim"], bob)
    stand.sealed()
    stand.put_back()
    settled = boot(stand)
    assert settled is not None and (settled.stops.made, settled.stops.unknown) == (1, [])
    with stand.store.read() as session:
        assert people.roles(session, bob.id or 0, now(session)) == frozenset()
        with pytest.raises(restoring.Refusal, match=r"rights\.unknown"):
            people.identify(session, "bob", stand.house.tokens["bob"])
    assert boot(stand) is None
    stand.sealed()
    assert stand.problems() == []


def test_a_profile_that_was_said_to_pose_since_the_backup_gets_nothing_once_it_is_put_back(stand: Stand) -> None:
    bob, kim = stand.house.people["bob"], stand.house.people["kim"]
    stand.backup()
    with stand.store.write() as session:
        for ref in ("facebook-gb", "bluesky-en"):
            owning.poses(session, bob, ref)
        for who in (bob, kim):
            owning.opened(session, who, "bluesky-en")
    stand.sealed()
    stand.put_back()
    settled = boot(stand)
    assert settled is not None and (settled.stops.made, settled.stops.unknown) == (1, [])
    with stand.store.read() as session:
        posing = select(Account.ref).where(col(Account.persona))
        assert session.exec(posing).all() == ["facebook-gb"]
    restoring.settle(stand.store, stand.folder)
    with stand.store.read() as session:
        assert len(session.exec(select(Record.id).where(Record.action == "account.pose")).all()) == 1
    stand.sealed()
    assert stand.problems() == []


def test_whoever_stood_in_for_safeguarding_until_that_was_ended_does_so_no_more_after_a_restore(stand: Stand) -> None:
    dana, kim, lena = (stand.house.people[one] for one in ("dana", "kim", "lena"))
    with stand.store.write() as session:
        until = f"{now(session) + timedelta(days=9):%Y-%m-%d}"
        number = deputy.name(session, dana, lena, until).id or 0
        deputy.confirm(session, kim, number)
    stand.sealed()
    stand.backup()
    with stand.store.write() as session:
        deputy.end(session, dana, number)
    stand.sealed()
    stand.put_back()
    settled = boot(stand)
    assert settled is not None and (settled.stops.made, settled.stops.unknown) == (1, [])
    with stand.store.read() as session:
        assert deputy.standing(session) == ()
    assert boot(stand) is None
    stand.sealed()
    assert stand.problems() == []
