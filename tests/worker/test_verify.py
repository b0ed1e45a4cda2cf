"""Looking at accounts: when they are asked, what is kept of the answer, and what an unusable one leaves behind."""

from datetime import timedelta

from sqlmodel import select

from content.organisation import Account, the_instance
from content.outcome import Refused, Retry
from content.store import now
from tests.worker.conftest import Desk
from tests.worker.scripted import Scripted
from worker import verify
from worker.caps import Verified


class Answering(Scripted):
    def __init__(self, answer: Verified | Retry | Refused) -> None:
        super().__init__()
        self.answer = answer

    def verify(self, account: object) -> Verified | Retry | Refused:
        return self.answer


def an_account(desk: Desk, ref: str = "facebook-gb") -> Account:
    with desk.store.read() as session:
        return session.exec(select(Account).where(Account.ref == ref)).one()


def age(desk: Desk, ref: str = "facebook-gb", **by: float) -> None:
    with desk.store.write() as session:
        for row in session.exec(select(Account)):
            row.identity_verified_at = now(session) - (timedelta(**by) if row.ref == ref else timedelta())
            session.add(row)


def asked(desk: Desk) -> list[str]:
    with desk.store.read() as session:
        return [row.ref for row in session.exec(verify.wanted(the_instance(session), now(session)))]


def test_an_account_is_asked_once_a_day(desk: Desk) -> None:
    age(desk, hours=19)
    assert asked(desk) == []
    age(desk, hours=21)
    assert asked(desk) == ["facebook-gb"]


def test_and_within_the_hour_before_a_post(desk: Desk) -> None:
    age(desk, hours=2)
    desk.post(due=2 * 3600)
    assert asked(desk) == []
    desk.post(due=1800)
    assert asked(desk) == ["facebook-gb"]
    age(desk, minutes=10)
    assert asked(desk) == []


def test_limits_that_the_other_side_tells_are_kept_and_trouble_is_over(desk: Desk) -> None:
    row = an_account(desk)
    assert not verify._verify(desk.store, Answering(Refused("wall.401", "No.")), row, desk.node)
    assert an_account(desk).verify_trouble == "wall.401"
    assert verify._verify(desk.store, Answering(Verified(row.remote_identity, {"characters": 500})), row, desk.node)
    kept = an_account(desk)
    assert kept.told == {"characters": 500}
    assert kept.verify_trouble is None


def test_an_answer_that_is_none_leaves_the_identity_as_it_was_seen(desk: Desk) -> None:
    before = an_account(desk)
    verify._verify(desk.store, Answering(Retry(timedelta(minutes=1), "wall.503")), before, desk.node)
    after = an_account(desk)
    assert (after.identity_seen, after.identity_verified_at) == (before.identity_seen, before.identity_verified_at)
    assert after.verify_trouble == "wall.503"
