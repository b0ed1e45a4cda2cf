"""What takes two people takes two who may do it when it is done: the word of somebody who lost the role since, or was
switched off, counts no more, and the next person's is the first."""

from collections.abc import Callable, Iterator

import pytest
from sqlmodel import Session, select

from content import arming, confirming, crisis, deciding, invitation, owning, people, stopping
from content.errors import Refusal
from content.people import Person, RoleGrant
from content.store import now
from tests import factory
from tests.factory import House

Act = Callable[[Session, Person], bool]  # one person's word; True where the two are complete


@pytest.fixture
def live(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store, "live")


def _pause(session: Session, house: House) -> Act:
    number = stopping.pause(session, house.people["alice"], "all").id
    return lambda session, who: stopping.resume(session, who, number).lifted_at is not None


def _crisis(session: Session, house: House) -> Act:
    number = crisis.declare(session, house.people["alice"], "GB", "An attack").id or 0
    return lambda session, who: crisis.lift(session, who, number).lifted_at is not None


def _arming(session: Session, house: House) -> Act:
    return arming.arm


def _owning(session: Session, house: House) -> Act:
    return lambda session, who: owning.confirm(session, who, "site").ownership_asked is None


def _opening(session: Session, house: House) -> Act:
    owning.poses(session, house.people["sam"], "site")
    return lambda session, who: not owning.opened(session, who, "site").persona


def _giving_up(session: Session, house: House) -> Act:
    key = factory.brought(session, factory.cleared_post(session, house), "uncertain").id or 0
    return lambda session, who: deciding.give_up(session, who, key, "I looked at the page.")


def _inviting(session: Session, house: House) -> Act:
    return lambda session, who: invitation.invite(session, who, house.people["bob"]) is not None


def _lost(session: Session, house: House, ref: str) -> None:
    for one in session.exec(select(RoleGrant).where(RoleGrant.person_id == house.id(ref))).all():
        people.revoke(session, house.people["sam"], one.id or 0)


def _off(session: Session, house: House, ref: str) -> None:
    people.disable(session, house.people["sam"], house.people[ref])


BEGUN = [_pause, _crisis, _arming, _owning, _opening, _giving_up, _inviting]


@pytest.mark.parametrize("gone", [_lost, _off])
@pytest.mark.parametrize("begin", BEGUN)
def test_who_may_not_any_more_is_not_one_of_the_two(
    live: House, begin: Callable[[Session, House], Act], gone: Callable[[Session, House, str], None]
) -> None:
    with live.store.write() as session:
        say = begin(session, live)
        assert not say(session, live.people["kim"])
    with live.store.write() as session:
        gone(session, live, "kim")
    with live.store.write() as session:
        assert not say(session, live.people["dana"])
    with live.store.write() as session:
        assert say(session, live.people["sam"])


def _kinds(house: House, ref: str) -> set[str]:
    with house.store.read() as session:
        at = now(session)
        held = people.roles(session, house.id(ref), at)
        return {one.kind for one in confirming.confirming(session, house.people[ref], held, at)}


def test_nothing_of_theirs_waits_for_a_second_person(live: House) -> None:
    with live.store.write() as session:
        for begin in (_pause, _arming, _owning, _inviting):
            begin(session, live)(session, live.people["kim"])
        people.grant(session, live.people["kim"], live.people["alice"], "content")
    assert _kinds(live, "dana") == {"pause", "arm", "account", "invitation", "role"}
    with live.store.write() as session:
        _off(session, live, "kim")
    assert _kinds(live, "dana") == set()


def test_a_role_that_somebody_gave_who_may_give_none_any_more_is_not_confirmed(live: House) -> None:
    with live.store.write() as session:
        given = people.grant(session, live.people["kim"], live.people["alice"], "content").id or 0
        _lost(session, live, "kim")
        with pytest.raises(Refusal, match=r"rights\.role"):
            people.confirm(session, live.people["dana"], given)
        people.revoke(session, live.people["dana"], given)
        again = people.grant(session, live.people["bob"], live.people["alice"], "content").id or 0
        assert people.confirm(session, live.people["dana"], again).confirmed_by == live.id("dana")
