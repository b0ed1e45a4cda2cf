"""The table of what waits for a reviewer holds every version at which somebody has to look, whatever is done to it."""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from content.evaluation import asks
from content.message import Leaf, Version
from content.migrations import waits
from content.organisation import raise_epoch
from content.review import Clearance, Evaluation, Revocation, Verdict
from content.store import now
from content.waiting import RENEWAL, Waits, WaitsAt, tidy, untidy
from tests import factory
from tests.factory import House

STEPS = 25
CLOSES = (timedelta(days=3), timedelta(days=40))
VALID = (timedelta(days=2), timedelta(days=14), timedelta(days=60))


@pytest.fixture
def house(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


@pytest.mark.parametrize("seed", [0, 1, 2, *(pytest.param(seed, marks=pytest.mark.wide) for seed in range(3, 8))])
def test_whatever_is_done_every_version_at_which_to_look_stands_in_the_table(house: House, seed: int) -> None:
    dice = random.Random(seed)
    with house.store.write() as session:
        first = [written(session, house, dice, ref) for ref in ("M-a", "M-b")]
        assert to_look_at(session) == listed(session) == {one.digest for one in first}
        for _ in range(STEPS):
            done = dice.choice(DEEDS)
            done(session, house, dice)
            assert to_look_at(session) <= listed(session), done.__name__
            assert by_account(session) == leaves(session), done.__name__
            assert shown(session) <= newest(session)


def test_the_table_is_filled_from_what_was_there_before(house: House) -> None:
    dice = random.Random(1)
    with house.store.write() as session:
        for ref in ("M-a", "M-b", "M-c"):
            written(session, house, dice, ref)
        for _ in range(STEPS):
            dice.choice(DEEDS)(session, house, dice)
        session.execute(text("DELETE FROM waits"))
        session.connection().exec_driver_sql(waits.FILL)
        assert by_account(session) == leaves(session)
        session.execute(text("DELETE FROM waits_at"))
        session.connection().exec_driver_sql(waits.FILL_ACCOUNTS)
        assert by_account(session) == leaves(session)
        assert to_look_at(session) <= listed(session) <= newest(session)


def test_words_that_are_cleared_for_all_of_their_window_stand_in_it_no_more(house: House) -> None:
    with house.store.write() as session:
        factory.clearance(session, house, factory.version(session, house), valid=timedelta(days=60))
        assert shown(session) == set()


def test_what_was_judged_anew_while_it_was_being_cleared_stays(house: House) -> None:
    """The clearance names an evaluation after which a stricter one came, of which its writer did not know."""
    with house.store.write() as session:
        version = factory.version(session, house)
        seen = factory.evaluation(session, version)
        raise_epoch(session, house.organisation.id or 0)
        factory.evaluation(session, version, needs_religious=True)
        made = factory.clearance(session, house, factory.version(session, house), valid=timedelta(days=60))
        values = made.model_dump() | {"id": None, "digest": version.digest, "message_id": version.message_id}
        factory.verdict(session, version, seen, house.people["bob"], "content")
        session.add(Clearance(**values | {"evaluation_id": seen.id}))
        session.flush()
        assert listed(session) == {version.digest}


def by_account(session: Session) -> set[tuple[int, int, int, str]]:
    """The same list as the calendar reads it."""
    rows = session.exec(select(WaitsAt))
    return {(one.leaf_id, one.version_id, one.account_id, one.language) for one in rows}


def leaves(session: Session) -> set[tuple[int, int, int, str]]:
    """What it should hold: each leaf of each version that waits."""
    statement = (
        select(Leaf, Version.language)
        .join(Waits, col(Waits.version_id) == col(Leaf.version_id))
        .join(Version, col(Version.id) == col(Leaf.version_id))
    )
    return {(leaf.id or 0, leaf.version_id, leaf.account_id, language) for leaf, language in session.exec(statement)}


def test_each_row_says_in_which_language_its_words_are(house: House) -> None:
    with house.store.write() as session:
        made = {factory.version(session, house, language=language).id: language for language in ("en", "ar", "fr")}
        assert {row.version_id: row.language for row in session.exec(select(Waits))} == made


def test_what_is_over_is_taken_out_and_what_is_to_be_renewed_waits_now(house: House) -> None:
    with house.store.write() as session:
        factory.version(session, house, closes=timedelta(days=1))
        ending = factory.version(session, house, closes=timedelta(days=60))
        factory.clearance(session, house, ending, valid=timedelta(days=10))
        assert not untidy(session)
        factory.move_on(session, timedelta(days=4))
        assert untidy(session)
        assert tidy(session) == 2
        assert not untidy(session)
        assert [(row.version_id, row.cleared_until) for row in session.exec(select(Waits))] == [(ending.id, None)]


# --- what may be done --------------------------------------------------------------------------------


def written(session: Session, house: House, dice: random.Random, ref: str = "") -> Version:
    made = factory.version(session, house, ref=ref or dice.choice(["M-a", "M-b"]), closes=dice.choice(CLOSES))
    factory.evaluation(session, made)
    return made


def judged_anew(session: Session, house: House, dice: random.Random) -> None:
    raise_epoch(session, house.organisation.id or 0)
    for one in session.exec(select(Version)):
        factory.evaluation(session, one, tier=dice.choice([1, 1, 2]), needs_legal=dice.random() < 0.2)


def cleared(session: Session, house: House, dice: random.Random) -> None:
    version = any_version(session, dice)
    last = max((one.round for one in clearances(session, version)), default=0)
    if clearable(session, version, last):
        factory.clearance(session, house, version, valid=dice.choice(VALID), round_=last + 1)


def clearable(session: Session, version: Version, last: int) -> bool:
    """The factory clears as tier 1, without specialists, and judges once in a round."""
    seen = factory.evaluation(session, version)
    given = select(Verdict.id).where(Verdict.digest == version.digest, col(Verdict.round) > last)
    return seen.tier == 1 and not seen.needs_legal and not session.exec(given).all()


def taken_back(session: Session, house: House, dice: random.Random) -> None:
    gone = set(session.exec(select(Revocation.clearance_id)))
    standing = [one for one in session.exec(select(Clearance)) if one.id not in gone]
    if standing:
        one = dice.choice(standing)
        session.add(Revocation(clearance_id=one.id or 0, by=house.id("bob"), reason="no", at=now(session)))
        session.flush()


def opened_again(session: Session, house: House, dice: random.Random) -> None:
    version = any_version(session, dice)
    last = max((one.round for one in clearances(session, version)), default=0)
    if last and clearable(session, version, last):
        seen = factory.evaluation(session, version)
        factory.verdict(session, version, seen, house.people["bob"], "content", round_=last + 1)


def time_passes(session: Session, house: House, dice: random.Random) -> None:
    factory.move_on(session, timedelta(days=dice.choice([1, 5])))


def tidied(session: Session, house: House, dice: random.Random) -> None:
    tidy(session)


DEEDS: list[Callable[[Session, House, random.Random], object]] = [
    written, judged_anew, cleared, cleared, cleared, taken_back, opened_again, time_passes, tidied,
]  # fmt: skip


# --- what is asked -----------------------------------------------------------------------------------


def any_version(session: Session, dice: random.Random) -> Version:
    return dice.choice(session.exec(select(Version).order_by(col(Version.id))).all())


def to_look_at(session: Session) -> set[str]:
    """By definition, from the rows of the review alone."""
    at = now(session)
    return {
        one.digest
        for one in session.exec(select(Version).where(col(Version.not_after) >= at))
        if one.digest in newest(session)
        and not any(settles(session, each, one, at) for each in clearances(session, one))
    }


def clearances(session: Session, version: Version) -> list[Clearance]:
    return list(session.exec(select(Clearance).where(Clearance.digest == version.digest)))


def settles(session: Session, clearance: Clearance, version: Version, at: datetime) -> bool:
    """It holds for a week or for all of the window, and nobody took it back, opened another round or asks for more."""
    current = factory.evaluation(session, version)
    more = select(Evaluation.id).where(Evaluation.id == current.id, Clearance.id == clearance.id, asks())
    next_round = select(Verdict.id).where(Verdict.digest == version.digest, col(Verdict.round) > clearance.round)
    revoked = select(Revocation.id).where(Revocation.clearance_id == clearance.id)
    ends = clearance.valid_until
    return (
        ends > at
        and ends >= min(at + RENEWAL, version.not_after)
        and not any(session.exec(one).first() for one in (more, next_round, revoked))
    )


def newest(session: Session) -> set[str]:
    last: dict[tuple[int, str], Version] = {}
    for one in session.exec(select(Version).order_by(col(Version.number))):
        last[one.message_id, one.language] = one
    return {one.digest for one in last.values()}


def listed(session: Session) -> set[str]:
    """What a reviewer's list reads."""
    soon = now(session) + RENEWAL
    rows = session.exec(select(Version.digest, Waits.cleared_until).join(Waits, col(Waits.version_id) == Version.id))
    return {digest for digest, until in rows if until is None or until < soon}


def shown(session: Session) -> set[str]:
    return set(session.exec(select(Version.digest).join(Waits, col(Waits.version_id) == Version.id)))
