"""Review: who may say yes to which words, and what becomes of them when something changes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from content import people
from content.composing import compose
from content.errors import Refusal, Refusals
from content.evaluation import current
from content.lifecycle import Post
from content.message import Version, queue
from content.organisation import Instance, raise_epoch
from content.people import RoleGrant
from content.record import Record
from content.review import Clearance, Go, Verdict
from content.stop import Hold
from content.store import now
from content.verdict import go, reevaluate, renew, revoke, verdict, waiting
from content.zone import local_at
from tests import factory, shortcuts
from tests.factory import House

PERSON = {"narrative": "N-1", "choices": {"template": "infighting/plain", "passages": ["p1"], "stance": "s1"}}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def house(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def made(session: Session, house: House, **more: Any) -> Version:
    """A version as prepare makes it, evaluated."""
    wording = queue(session, house.people["alice"], factory.order(session, **more))
    version = shortcuts.store_version(session, wording, compose(session, wording), now(session))
    shortcuts.evaluate(session, version, now(session))
    return version


def judge(session: Session, house: House, who: str, version: Version, answer: str = "approve", **more: Any) -> Any:
    """A verdict on what that person sees now."""
    found = current(session, version.digest)
    seen = more.pop("seen", found.id if found else 0)
    return verdict(session, house.people[who], version.digest, answer, seen=seen, **more)


def refused(session: Session, house: House, who: str, version: Version, *given: Any, **more: Any) -> str:
    with pytest.raises((Refusal, Refusals)) as caught:
        judge(session, house, who, version, *given, **more)
    found = caught.value
    return found.refusals[0].code if isinstance(found, Refusals) else str(found.code)


def tag(session: Session, house: House, **tags: Any) -> None:
    """Carol sees in p2 what nobody saw before."""
    row = house.passages["p2"]
    factory.clearing(session, "passage", row.id or 0, row.entered_by, house.people["carol"], "content", tags)
    raise_epoch(session, house.organisation.id or 0)


def later(session: Session, by: timedelta) -> None:
    """The rehearsal's clock moves on."""
    seconds = int(by.total_seconds())
    session.execute(update(Instance).values(clock_offset=col(Instance.clock_offset) + seconds))


def states(session: Session) -> list[str]:
    return [post.state for post in factory.as_stored(session, *session.exec(select(Post)).all())]


# --- clearing ----------------------------------------------------------------------------------------


def test_one_content_reviewer_clears_an_aggregate_at_once(house: House) -> None:
    with house.store.write() as session:
        version = made(session, house)
        cleared = judge(session, house, "bob", version)
        assert (cleared.tier, cleared.content_by, cleared.safeguarding_by) == (1, house.id("bob"), None)
        assert cleared.valid_from == cleared.cleared_at
        assert cleared.valid_until - cleared.valid_from == 90 * DAY
        assert (cleared.not_before, cleared.not_after) == (version.not_before, version.not_after)
        assert shortcuts.post_all(session) == 1


def test_one_persons_account_takes_two_and_waits_an_hour(house: House) -> None:
    with house.store.write() as session:
        version = made(session, house, **PERSON)
        assert judge(session, house, "bob", version) is None
        cleared = judge(session, house, "dana", version)
        assert (cleared.tier, cleared.content_by, cleared.safeguarding_by) == (2, house.id("bob"), house.id("dana"))
        assert cleared.valid_from - cleared.cleared_at == HOUR
        assert cleared.valid_until - cleared.valid_from == 30 * DAY


def test_tier_3_takes_a_second_content_reviewer_and_waits_half_a_day(house: House) -> None:
    with house.store.write() as session:
        house.narrative.reprisal_risk = "high"
        session.add(house.narrative)
        version = made(session, house, **PERSON)
        assert judge(session, house, "bob", version) is None
        assert judge(session, house, "dana", version) is None
        cleared = judge(session, house, "carol", version)
        assert (cleared.tier, cleared.third_by, cleared.third_role) == (3, house.id("carol"), "content")
        assert cleared.valid_from - cleared.cleared_at == 12 * HOUR


def test_a_named_specialist_takes_the_third_seat(house: House) -> None:
    with house.store.write() as session:
        tag(session, house, religious_claim=True)
        version = made(session, house)
        for who in ("bob", "dana", "carol"):
            assert judge(session, house, who, version) is None
        cleared = judge(session, house, "farid", version)
        assert (cleared.third_by, cleared.third_role) == (house.id("farid"), "religious")
        assert cleared.religious_by == house.id("farid")


def test_only_a_board_of_three_opens_tier_4_for_a_day(house: House) -> None:
    with house.store.write() as session:
        house.narrative.identifiable = True
        session.add(house.narrative)
        for who in ("bob", "dana", "lena"):
            at = now(session)
            session.add(RoleGrant(person_id=house.id(who), role="board", founding=True, granted_at=at, valid_from=at))
        session.flush()
        version = made(session, house, start=2 * DAY, **PERSON)
        for who in ("carol", "sam", "bob", "lena"):
            assert judge(session, house, who, version) is None
        cleared = judge(session, house, "dana", version)
        board = {cleared.board1_by, cleared.board2_by, cleared.board3_by}
        assert board == {house.id("bob"), house.id("dana"), house.id("lena")}
        assert (cleared.tier, cleared.legal_by, cleared.safeguarding_by) == (4, house.id("lena"), house.id("dana"))
        assert cleared.valid_from - cleared.cleared_at == DAY
        assert cleared.valid_until - cleared.valid_from == DAY


def test_a_fact_that_names_a_specialist_asks_for_that_seat_too(house: House) -> None:
    with house.store.write() as session:
        house.finding.mosaic_budget = 0
        session.add(house.finding)
        tag(session, house, attributes=["origin"])
        version = made(session, house)
        assert judge(session, house, "bob", version) is None, "the mosaic budget asks for safeguarding"
        cleared = judge(session, house, "dana", version)
        assert (cleared.tier, cleared.safeguarding_by) == (1, house.id("dana"))


def test_each_step_is_on_the_record(house: House) -> None:
    with house.store.write() as session:
        version = made(session, house, **PERSON)
        judge(session, house, "bob", version)
        judge(session, house, "dana", version)
    with house.store.read() as session:
        wanted = select(Record).where(col(Record.action).in_(["verdict.approve", "clearance.give"]))
        rows = session.exec(wanted.order_by(col(Record.id))).all()
    assert [(row.action, row.actor) for row in rows] == [
        ("verdict.approve", f"person:{house.id('bob')}"),
        ("verdict.approve", f"person:{house.id('dana')}"),
        ("clearance.give", f"person:{house.id('dana')}"),
    ]


# --- refusing ----------------------------------------------------------------------------------------


def test_nobody_judges_what_they_wrote_not_even_the_translator(house: House) -> None:
    with house.store.write() as session:
        version = made(session, house, translator="tom", writers=("bob",))
        for who in ("alice", "tom", "bob"):
            assert refused(session, house, who, version) == "verdict.own"


def test_the_database_refuses_own_approval_too(house: House) -> None:
    with house.store.write() as session:
        version = made(session, house, writers=("bob",))
        found = current(session, version.digest)
        assert found
    own = Verdict(digest=version.digest, message_id=version.message_id, language="en", reviewer_id=house.id("bob"),
                  role="content", answer="approve", evaluation_id=found.id or 0, at=found.at)  # fmt: skip
    with pytest.raises(IntegrityError), house.store.write() as session:
        session.add(own)
        session.flush()


def test_who_judged_a_version_cannot_write_the_next(house: House) -> None:
    with house.store.write() as session:
        judge(session, house, "bob", made(session, house))
        with pytest.raises(Refusal) as caught:
            queue(session, house.people["alice"], factory.order(session, writers=("bob",)))
    assert caught.value.code == "message.judged"


def test_a_verdict_on_an_evaluation_that_is_no_longer_the_last_is_refused(house: House) -> None:
    with house.store.write() as session:
        version = made(session, house)
        seen = current(session, version.digest)
        raise_epoch(session, house.organisation.id or 0)
        assert refused(session, house, "bob", version, seen=seen.id if seen else 0) == "verdict.stale"
        shortcuts.evaluate(session, version, now(session))
        assert refused(session, house, "bob", version, seen=seen.id if seen else 0) == "verdict.stale"
        assert judge(session, house, "bob", version) is not None


def test_an_older_version_cannot_be_cleared_once_a_newer_is_queued(house: House) -> None:
    with house.store.write() as session:
        version = made(session, house)
        queue(session, house.people["alice"], factory.order(session))
        assert refused(session, house, "bob", version) == "verdict.stale"


def test_what_blocks_has_no_override(house: House) -> None:
    with house.store.write() as session:
        tag(session, house, operational=True)
        version = made(session, house)
        assert refused(session, house, "bob", version) == "verdict.blocks"
        assert judge(session, house, "bob", version, "send_back", reason="too close") is None


def test_roles_one_does_not_hold_are_refused(house: House) -> None:
    with house.store.write() as session:
        version = made(session, house)
        assert refused(session, house, "kim", version) == "rights.role"
        assert refused(session, house, "bob", version, roles=["safeguarding"]) == "rights.role"
        assert refused(session, house, "farid", version, roles=["language"]) == "rights.role", "he reads Arabic"


def test_sending_back_takes_a_reason_and_ends_it_for_these_words(house: House) -> None:
    with house.store.write() as session:
        version = made(session, house, **PERSON)
        assert refused(session, house, "bob", version, "send_back") == "verdict.reason"
        judge(session, house, "bob", version, "send_back", reason="the second line reads like praise")
        assert refused(session, house, "dana", version) == "verdict.sent_back"
        stored = session.exec(select(Verdict)).one()
        assert "praise" not in stored.reason, "free words are kept encrypted, so that they can be erased"
        words = people.read_words(session, stored.reviewer_id, stored.reason, "verdict", stored.at)
        assert words == "the second line reads like praise"


def test_an_answer_is_given_once(house: House) -> None:
    with house.store.write() as session:
        version = made(session, house, **PERSON)
        judge(session, house, "bob", version)
        assert refused(session, house, "bob", version) == "verdict.given"


def test_a_hold_at_the_planned_time_refuses_the_clearing(house: House) -> None:
    with house.store.write() as session:
        at = now(session)
        hold = factory_hold(house, at + 12 * HOUR, at + 36 * HOUR)
        session.add(hold)
        session.flush()
        assert refused(session, house, "bob", made(session, house)) == "hold-window"
        assert judge(session, house, "bob", made(session, house, message="M-2", start=2 * DAY)) is not None


def factory_hold(house: House, starts: Any, ends: Any) -> Any:
    return Hold(narrative_id=house.finding.id or 0, kind="trial", starts_at=starts, ends_at=ends, territories=[],
                by=house.id("kim"), at=starts)  # fmt: skip


def test_consent_that_does_not_cover_the_account_refuses_the_clearing(house: House) -> None:
    with house.store.write() as session:
        factory.consent_event(session, house.finding, house.people["kim"], "narrow", channels=["site"])
        assert judge(session, house, "bob", made(session, house)) is not None
        version = made(session, house, message="M-2", accounts=("facebook-gb",))
        assert refused(session, house, "bob", version) == "consent-scope"


def test_a_wait_that_outlasts_the_window_is_said_at_once(house: House) -> None:
    with house.store.write() as session:
        at = now(session)
        plan = {
            "start": f"{at + HOUR / 4:%Y-%m-%d %H:%M}",
            "zone": "UTC",
            "not_after": f"{at + HOUR / 2:%Y-%m-%d %H:%M}",
        }
        assert refused(session, house, "bob", made(session, house, plan=plan, **PERSON)) == "verdict.no_time"


def test_after_the_window_nothing_is_cleared(house: House) -> None:
    with house.store.write() as session:
        version = made(session, house)
        later(session, 9 * DAY)
        assert refused(session, house, "bob", version) == "verdict.closed"


def test_a_role_taken_back_meanwhile_no_longer_counts(house: House) -> None:
    with house.store.write() as session:
        version = made(session, house, **PERSON)
        judge(session, house, "bob", version)
        given = session.exec(select(RoleGrant).where(RoleGrant.person_id == house.id("bob"))).one()
        people.revoke(session, house.people["dana"], given.id or 0)
        assert judge(session, house, "dana", version) is None
        assert judge(session, house, "carol", version) is not None


def test_whoever_gave_a_role_does_not_complete_a_quorum_with_who_got_it(house: House) -> None:
    with house.store.write() as session:
        given = people.grant(session, house.people["dana"], house.people["lena"], "content")
        people.confirm(session, house.people["sam"], given.id or 0)
        later(session, 25 * HOUR)
        version = made(session, house, **PERSON)
        judge(session, house, "lena", version)
        assert judge(session, house, "dana", version) is None
        assert judge(session, house, "sam", version) is None
        assert judge(session, house, "carol", version) is not None


# --- afterwards --------------------------------------------------------------------------------------


def cleared(session: Session, house: House, **more: Any) -> tuple[Version, Clearance]:
    version = made(session, house, **more)
    found = judge(session, house, "bob", version)
    shortcuts.post_all(session)
    return version, found


def test_a_reviewer_takes_a_clearance_back_and_its_posts_are_blocked(house: House) -> None:
    with house.store.write() as session:
        version, given = cleared(session, house)
        before = session.exec(select(Instance.stops)).one()
        revoke(session, house.people["carol"], given.id or 0, "a new report")
        assert states(session) == ["blocked"]
        assert session.exec(select(Instance.stops)).one() == before + 1
        assert refused(session, house, "carol", version) == "verdict.cleared"
        with pytest.raises(Refusal, match="already"):
            revoke(session, house.people["bob"], given.id or 0, "again")


def test_once_a_newer_version_is_cleared_the_older_one_never_goes_out(house: House) -> None:
    with house.store.write() as session:
        old, _ = cleared(session, house)
        assert states(session) == ["scheduled"]
        new, _ = cleared(session, house)
        assert new.number == old.number + 1
        assert sorted(states(session)) == ["cancelled", "scheduled"]
        kept = session.exec(select(Post).where(Post.state == "scheduled")).one()
        assert kept.digest == new.digest


def test_until_the_newer_version_is_cleared_the_older_one_stands(house: House) -> None:
    with house.store.write() as session:
        cleared(session, house)
        made(session, house)
        assert states(session) == ["scheduled"]


def test_a_superseded_clearance_without_posts_yet_makes_none(house: House) -> None:
    with house.store.write() as session:
        old = made(session, house)
        judge(session, house, "bob", old)
        new = made(session, house)
        judge(session, house, "bob", new)
        shortcuts.post_all(session)
        assert [post.digest for post in session.exec(select(Post))] == [new.digest]


def test_fresh_verdicts_renew_the_same_words_and_free_their_posts(house: House) -> None:
    with house.store.write() as session:
        version, given = cleared(session, house)
        assert refused(session, house, "carol", version) == "verdict.cleared"
        revoke(session, house.people["carol"], given.id or 0, "a new report")
        assert renew(session, house.people["carol"], version.digest) == 2
        newest = session.exec(select(Clearance).where(Clearance.round == 2)).one()
        assert newest.content_by == house.id("carol")
        assert states(session) == ["scheduled"]
        assert [post.clearance_id for post in session.exec(select(Post))] == [newest.id]
        assert shortcuts.post_all(session) == 0


def test_a_renewal_takes_the_whole_quorum_again(house: House) -> None:
    with house.store.write() as session:
        version = made(session, house, start=5 * DAY, **PERSON)
        judge(session, house, "bob", version)
        judge(session, house, "dana", version)
        assert renew(session, house.people["carol"], version.digest) == 2
        assert len(session.exec(select(Clearance)).all()) == 1
        assert judge(session, house, "sam", version).round == 2


def test_a_new_finding_blocks_posts_until_that_one_role_answers(house: House) -> None:
    with house.store.write() as session:
        house.campaign.tier_min = 3
        session.add(house.campaign)
        version = made(session, house, start=2 * DAY)
        for who in ("bob", "dana", "carol"):
            judge(session, house, who, version)
        shortcuts.post_all(session)
        assert states(session) == ["scheduled"]
        tag(session, house, religious_claim=True)
        reevaluate(session, 20)
        assert states(session) == ["blocked"]
        (line,) = waiting(session, house.people["farid"])
        assert (line.missing, line.roles) == (("religious",), ("religious",))
        assert judge(session, house, "farid", version) is None, "the clearance stands; it is only answered"
        assert states(session) == ["scheduled"]


def test_words_that_a_late_answer_sent_back_are_not_renewed(house: House) -> None:
    """Else a next round would clear what somebody said must be other words."""
    with house.store.write() as session:
        version, _ = cleared(session, house)
        tag(session, house, religious_claim=True)
        reevaluate(session, 20)
        judge(session, house, "farid", version, "send_back", reason="It is no ruling.")
    with pytest.raises(Refusal, match=r"verdict\.sent_back"), house.store.write() as session:
        renew(session, house.people["carol"], version.digest)


def test_a_new_block_stops_posts_until_it_is_gone(house: House) -> None:
    with house.store.write() as session:
        cleared(session, house)
        house.organisation.allowed_domains = []
        house.campaign.link_hosts = []
        session.add_all([house.organisation, house.campaign])
        raise_epoch(session, house.organisation.id or 0)
        assert reevaluate(session, 20) == 2
        assert states(session) == ["blocked"]
        house.campaign.link_hosts = ["house.example.org"]
        raise_epoch(session, house.organisation.id or 0)
        assert reevaluate(session, 20) == 2
        assert states(session) == ["scheduled"]
        assert reevaluate(session, 20) == 0


def test_a_rise_of_the_tier_takes_a_renewal_and_posts_of_their_own(house: House) -> None:
    with house.store.write() as session:
        version, _ = cleared(session, house, start=3 * DAY)
        house.campaign.tier_min = 2
        session.add(house.campaign)
        raise_epoch(session, house.organisation.id or 0)
        reevaluate(session, 20)
        assert states(session) == ["blocked"]
        renew(session, house.people["carol"], version.digest)
        assert judge(session, house, "dana", version).tier == 2
        assert shortcuts.post_all(session) == 1
        assert sorted(states(session)) == ["cancelled", "scheduled"]


# --- the day's go ------------------------------------------------------------------------------------


def strict_post(session: Session, house: House, **more: Any) -> Post:
    """A post of tier 3, due in 13 hours."""
    version = factory.version(session, house, **more)
    given = factory.clearance(session, house, version, tier=3)
    return factory.post(session, house, given, due=now(session) + 13 * HOUR)


def test_safeguarding_gives_the_days_go(house: House) -> None:
    with house.store.write() as session:
        post = strict_post(session, house)
        day = local_at(post.due_at, "Europe/London").date()
        assert go(session, house.people["sam"], day) == [post.id]
        assert session.exec(select(Go)).one().by == house.id("sam")
        with pytest.raises(Refusal) as caught:
            go(session, house.people["bob"], day)
        assert caught.value.code == "rights.role"


def test_a_go_is_for_that_day_and_for_the_next_24_hours_only(house: House) -> None:
    with house.store.write() as session:
        post = strict_post(session, house)
        day = local_at(post.due_at, "Europe/London").date()
        with pytest.raises(Refusal) as caught:
            go(session, house.people["sam"], day + 3 * DAY)
        assert caught.value.code == "go.none"
        far = factory.version(session, house)
        given = factory.clearance(session, house, far, tier=3)
        factory.post(session, house, given, due=now(session) + 5 * DAY)
        with pytest.raises(Refusal) as caught:
            go(session, house.people["sam"], local_at(now(session) + 5 * DAY, "Europe/London").date())
        assert caught.value.code == "go.early"


def test_no_go_for_what_one_wrote(house: House) -> None:
    with house.store.write() as session:
        post = strict_post(session, house, author="sam")
        day = local_at(post.due_at, "Europe/London").date()
        with pytest.raises(Refusal) as caught:
            go(session, house.people["sam"], day)
        assert caught.value.code == "go.own"
        assert go(session, house.people["dana"], day) == [post.id]


# --- the list ----------------------------------------------------------------------------------------


def test_the_list_shows_each_reviewer_what_they_may_still_judge(house: House) -> None:
    with house.store.write() as session:
        version = made(session, house, **PERSON)
        (for_bob,) = waiting(session, house.people["bob"])
        assert (for_bob.digest, for_bob.roles, for_bob.tier) == (version.digest, ("content",), 2)
        assert for_bob.missing == ("content", "safeguarding")
        judge(session, house, "bob", version)
        assert waiting(session, house.people["bob"]) == []
        assert waiting(session, house.people["carol"]) == []
        assert [line.missing for line in waiting(session, house.people["dana"])] == [("safeguarding",)]
        judge(session, house, "dana", version)
        assert waiting(session, house.people["sam"]) == []


def test_the_list_leaves_out_what_was_written_sent_back_or_overtaken(house: House) -> None:
    with house.store.write() as session:
        made(session, house, writers=("carol",))
        assert waiting(session, house.people["carol"]) == []
        first = made(session, house, message="M-2")
        second = made(session, house, message="M-2")
        assert first.digest not in {line.digest for line in waiting(session, house.people["bob"])}
        judge(session, house, "bob", second, "send_back", reason="unclear")
        assert second.digest not in {line.digest for line in waiting(session, house.people["bob"])}


def test_a_clearance_that_ends_before_its_window_is_offered_for_renewal(house: House) -> None:
    with house.store.write() as session:
        start = now(session) + DAY
        plan = {"start": f"{start:%Y-%m-%d %H:%M}", "zone": "UTC", "rule": "FREQ=WEEKLY", "count": 20}
        version, given = cleared(session, house, plan=plan)
        assert waiting(session, house.people["carol"]) == []
        later(session, given.valid_until - now(session) - 6 * DAY)
        (line,) = waiting(session, house.people["carol"])
        assert (line.digest, line.renewal, line.round) == (version.digest, True, 2)


def test_two_verdicts_at_the_same_time_make_exactly_one_clearance(house: House) -> None:
    with house.store.write() as session:
        version = made(session, house, **PERSON)
    start = Barrier(2)

    def answer(who: str) -> bool:
        start.wait()
        with house.store.write() as session:
            return judge(session, house, who, version) is not None

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(answer, ("bob", "dana"))) == [False, True]
    with house.store.read() as session:
        assert len(session.exec(select(Clearance)).all()) == 1
