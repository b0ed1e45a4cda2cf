"""The gate and the intent on both databases: what goes, what stands, and that nothing goes twice."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlmodel import Session, col, select

from content import release, settling
from content.campaign import Campaign
from content.gate import Stood
from content.lifecycle import Action, Attempt, Part, Post, move, where
from content.message import Leaf, Message, Version
from content.narrative import Exposure
from content.organisation import Account
from content.outcome import Refused, Retry, Sent, SentPart, Unknown
from content.people import RoleGrant
from content.record import Record, Step, seal, write
from content.review import Go, Revocation
from content.schedule import new_post
from content.stop import Hold, Pause
from content.store import Store, now
from tests import factory
from tests.factory import House


@pytest.fixture
def home(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def a_post(house: House, *, due: timedelta = timedelta(seconds=-1), tier: int = 1, **words: Any) -> int:
    """A cleared post due around now on the first named account; returns its id."""
    accounts = words.setdefault("accounts", ("facebook-gb",))
    with house.store.write() as session:
        made = factory.version(session, house, **words)
        cleared = factory.clearance(session, house, made, tier=tier, valid_from=timedelta(hours=-1))
        leaf = factory.leaf_of(session, made, house.accounts[accounts[0]])
        post = insert(session, house, cleared, leaf, due)
        session.flush()
        write(session, Step("worker:", "post.schedule", "post", post.id or 0, {"digest": made.digest}))
        seal(session)
        return post.id or 0


def insert(session: Session, house: House, cleared: Any, leaf: Leaf, due: timedelta) -> Post:
    message = session.get_one(Message, cleared.message_id)
    campaign = session.get_one(Campaign, message.campaign_id)
    post = new_post(cleared, message, campaign, leaf, 0, now(session) + due, "UTC", now(session))
    session.add(post)
    session.flush()
    return post


def claimed(store: Store, *ids: int, fence: str = "f") -> list[Post]:
    with store.write() as session:
        posts = list(session.exec(select(Post).where(col(Post.id).in_(ids))))
        at = now(session)
        move(session, where(posts), Action.CLAIM, at=at, lease_until=at + timedelta(seconds=30), fence=fence)
    with store.read() as session:
        return list(session.exec(select(Post).where(col(Post.id).in_(ids)).order_by(col(Post.id))))


def begun(store: Store, *ids: int, fence: str = "f") -> release.Begun:
    posts = claimed(store, *ids, fence=fence)
    with store.write() as session:
        return release.begin(session, posts, "node")


def state(store: Store, post: int) -> str:
    with store.read() as session:
        return session.get_one(Post, post).state


def stood(store: Store, post: int) -> Stood:
    found = begun(store, post)
    assert not found.releases
    return found.stood[0]


# --- what goes ---------------------------------------------------------------------------------------------


def test_a_cleared_due_post_is_released_with_exactly_the_cleared_words(home: House) -> None:
    post = a_post(home)
    found = begun(home.store, post)
    assert not found.stood
    (made,) = found.releases
    assert [part.text for part in made.parts] == [factory.PASSAGE]
    assert made.words == made.leaf
    assert state(home.store, post) == "publishing"


def test_an_intent_writes_attempt_part_and_record_together(home: House) -> None:
    post = a_post(home)
    (made,) = begun(home.store, post).releases
    with home.store.read() as session:
        attempt = session.exec(select(Attempt)).one()
        assert (attempt.post_id, attempt.step, attempt.digest) == (post, made.step, made.digest)
        assert session.exec(select(Part)).one().key == made.parts[0].key
        assert session.exec(select(Record).where(Record.action == "post.begin")).one().subject_id == str(post)


def test_a_release_is_single_use(home: House) -> None:
    post = a_post(home)
    posts = claimed(home.store, post)
    with home.store.write() as session:
        assert release.begin(session, posts, "node").releases
    with home.store.write() as session:
        again = release.begin(session, posts, "node")
    assert not again.releases
    assert not again.stood


def test_an_individual_s_attributes_become_exposures_once(home: House) -> None:
    with home.store.write() as session:
        for one in home.passages.values():
            if one.narrative_id == home.narrative.id:
                person = home.people["carol"]
                factory.clearing(
                    session, "passage", one.id or 0, one.entered_by, person, "content", {"attributes": ["origin"]}
                )
    post = a_post(home, of=home.narrative)
    begun(home.store, post)
    with home.store.read() as session:
        found = session.exec(select(Exposure)).all()
        assert [(one.attribute, one.post_id) for one in found] == [("origin", post)]


def tagged(session: Session, house: House, ref: str, *attributes: str) -> None:
    """A passage of the person's account that gives these away."""
    one = factory.passage(session, house.narrative, house.people["alice"], ref, "He came from the south.")
    for who, role in (("bob", "content"), ("dana", "safeguarding")):
        tags = {"attributes": list(attributes)}
        factory.clearing(session, "passage", one.id or 0, one.entered_by, house.people[who], role, tags)
    house.passages[ref] = one


@pytest.mark.parametrize("seen", [False, True])
def test_what_other_words_gave_away_since_safeguarding_looked_is_over_the_budget(home: House, seen: bool) -> None:
    """Each alone was within it when it was approved; safeguarding answers only for what it could see."""
    with home.store.write() as session:
        session.merge(home.narrative).mosaic_budget = 1
        tagged(session, home, "p7", "origin")
        first = factory.cleared_post(session, home, of=home.narrative, tier=2)
        tagged(session, home, "p8", "role")
        words = factory.version(session, home, of=home.narrative)
        if not seen:
            second = factory.post(session, home, factory.clearance(session, home, words, tier=2))
    assert begun(home.store, first.id or 0).releases
    if seen:
        with home.store.write() as session:
            second = factory.post(session, home, factory.clearance(session, home, words, tier=2))
        assert begun(home.store, second.id or 0, fence="g").releases
    else:
        assert stood(home.store, second.id or 0).code == "id-mosaic-budget"


def test_sent_confirms_the_post_and_its_parts(home: House) -> None:
    post = a_post(home)
    (made,) = begun(home.store, post).releases
    with home.store.write() as session:
        assert settling.settle(session, made, Sent((SentPart(0, "remote-1", "https://house.example.org/1"),)))
    with home.store.read() as session:
        part = session.get_one(Part, (post, 0))
        assert part.remote_id == "remote-1"
        assert part.confirmed_at is not None
        assert session.exec(select(Attempt)).one().outcome == "sent"
    assert state(home.store, post) == "published"


@pytest.mark.parametrize(
    ("outcome", "ends"),
    [
        (Retry(timedelta(seconds=30), "rate.limited"), "scheduled"),
        (Refused("account.gone"), "failed"),
        (Unknown("no answer"), "uncertain"),
    ],
)
def test_every_other_outcome_ends_in_its_state(home: House, outcome: Any, ends: str) -> None:
    post = a_post(home)
    (made,) = begun(home.store, post).releases
    with home.store.write() as session:
        assert settling.settle(session, made, outcome)
    assert state(home.store, post) == ends


def test_an_outcome_under_a_lost_fence_changes_nothing(home: House) -> None:
    post = a_post(home)
    (made,) = begun(home.store, post).releases
    with home.store.write() as session:
        at = now(session)
        found = session.get_one(Post, post)
        move(session, where([found]), Action.LOSE_TRACK, at=at, lease_until=None, fence=None)
    with home.store.write() as session:
        assert not settling.settle(session, made, Sent((SentPart(0, "remote-1"),)))
    assert state(home.store, post) == "uncertain"


def test_standing_down_blocks_the_post_and_closes_its_attempt(home: House) -> None:
    post = a_post(home)
    (made,) = begun(home.store, post).releases
    with home.store.write() as session:
        assert settling.stand_down(session, made, "paused")
    assert state(home.store, post) == "blocked"
    with home.store.read() as session:
        assert session.exec(select(Attempt)).one().outcome == "stood_down"


def test_standing_down_for_a_stop_that_is_lifted_again_puts_the_post_back_into_the_plan(home: House) -> None:
    post = a_post(home)
    (made,) = begun(home.store, post).releases
    with home.store.write() as session:
        assert settling.stand_down(session, made, "post.paused", waits=True)
    assert state(home.store, post) == "scheduled"
    with home.store.read() as session:
        assert session.exec(select(Attempt)).one().outcome == "stood_down"


# --- what stands -------------------------------------------------------------------------------------------


def test_a_post_that_is_not_due_waits(home: House) -> None:
    assert stood(home.store, a_post(home, due=timedelta(seconds=30))).code == "post.early"


def test_a_post_later_than_its_tier_allows_expires(home: House) -> None:
    post = a_post(home, due=timedelta(minutes=-20), tier=3)
    assert (stood(home.store, post).code, state(home.store, post)) == ("post.late", "expired")


def test_a_pause_makes_the_post_wait_and_leaves_it_scheduled(home: House) -> None:
    post = a_post(home)
    with home.store.write() as session:
        session.add(
            Pause(
                organisation_id=home.organisation.id,
                scope="all",
                value="",
                languages=[],
                by=home.id("tom"),
                at=now(session),
            )
        )
    assert (stood(home.store, post).code, state(home.store, post)) == ("post.paused", "scheduled")


def test_a_pause_of_another_campaign_stops_nothing(home: House) -> None:
    post = a_post(home)
    with home.store.write() as session:
        session.add(
            Pause(
                organisation_id=home.organisation.id,
                scope="campaign",
                value="99",
                languages=[],
                by=home.id("tom"),
                at=now(session),
            )
        )
    assert begun(home.store, post).releases


def test_a_hold_makes_the_post_wait(home: House) -> None:
    post = a_post(home, of=home.narrative)
    with home.store.write() as session:
        at = now(session)
        session.add(
            Hold(
                narrative_id=home.narrative.id,
                kind="reprisal",
                starts_at=at - timedelta(1),
                territories=[],
                by=home.id("kim"),
                at=at,
            )
        )
    assert (stood(home.store, post).code, state(home.store, post)) == ("hold-window", "scheduled")


def test_a_withdrawal_blocks(home: House) -> None:
    post = a_post(home, of=home.narrative)
    with home.store.write() as session:
        factory.consent_event(session, home.narrative, home.people["kim"], "withdraw")
    assert (stood(home.store, post).code, state(home.store, post)) == ("consent-withdrawn", "blocked")


def test_a_revoked_clearance_blocks(home: House) -> None:
    post = a_post(home)
    with home.store.write() as session:
        cleared = session.get_one(Post, post).clearance_id
        session.add(Revocation(clearance_id=cleared, by=home.id("bob"), reason="changed my mind", at=now(session)))
    assert (stood(home.store, post).code, state(home.store, post)) == ("clearance.revoked", "blocked")


def test_who_takes_back_a_later_round_takes_back_the_words(home: House) -> None:
    """A post that the later round did not take over still stands on the earlier clearance of the same words."""
    post = a_post(home)
    with home.store.write() as session:
        version = session.exec(select(Version)).one()
        later = factory.clearance(session, home, version, round_=2)
        session.add(Revocation(clearance_id=later.id or 0, by=home.id("bob"), reason="not these", at=now(session)))
    assert stood(home.store, post).code == "clearance.revoked"


def test_no_stored_evaluation_under_the_current_material_means_no_release(home: House) -> None:
    post = a_post(home)
    with home.store.write() as session:
        session.execute(text("UPDATE organisation SET material_epoch = material_epoch + 1"))
    assert (stood(home.store, post).code, state(home.store, post)) == ("evaluation.none", "scheduled")


def test_a_new_evaluation_that_blocks_stops_the_post(home: House) -> None:
    post = a_post(home)
    with home.store.write() as session:
        session.execute(text("UPDATE organisation SET material_epoch = material_epoch + 1"))
        version = session.exec(select(Version)).one()
        factory.evaluation(session, version, blocks=1)
    assert (stood(home.store, post).code, state(home.store, post)) == ("evaluation.blocks", "blocked")


def test_a_new_need_without_its_verdict_stops_the_post(home: House) -> None:
    post = a_post(home)
    with home.store.write() as session:
        session.execute(text("UPDATE organisation SET material_epoch = material_epoch + 1"))
        version = session.exec(select(Version)).one()
        factory.evaluation(session, version, needs_legal=True)
    assert stood(home.store, post).code == "evaluation.needs"


def test_tier_three_needs_a_go_of_the_last_day(home: House) -> None:
    post = a_post(home, tier=3)
    assert (stood(home.store, post).code, state(home.store, post)) == ("go.none", "scheduled")
    with home.store.write() as session:
        yesterday = now(session) - timedelta(hours=25)
        session.execute(update(RoleGrant).values(valid_from=yesterday))
        session.add(Go(post_id=post, by=home.id("sam"), at=yesterday))
    assert stood(home.store, post).code == "go.none"
    with home.store.write() as session:
        session.add(Go(post_id=post, by=home.id("sam"), at=now(session)))
    assert begun(home.store, post).releases


def test_an_account_not_verified_today_makes_the_post_wait(home: House) -> None:
    post = a_post(home)
    with home.store.write() as session:
        account = session.exec(select(Account).where(Account.ref == "facebook-gb")).one()
        account.identity_verified_at = now(session) - timedelta(hours=25)
        session.add(account)
    assert (stood(home.store, post).code, state(home.store, post)) == ("account-authentic", "scheduled")


def test_a_profile_that_changed_hands_gets_nothing(home: House) -> None:
    post = a_post(home)
    with home.store.write() as session:
        account = session.exec(select(Account).where(Account.ref == "facebook-gb")).one()
        account.identity_seen = "paper:somebody-else"
        session.add(account)
    assert stood(home.store, post).code == "account-authentic"


def test_two_posts_of_one_account_within_its_gap_do_not_both_go(home: House) -> None:
    one, two = a_post(home), a_post(home, of=home.narrative)
    first = begun(home.store, one)
    assert {s.code for s in first.stood} == {"frequency-cap"}
    assert state(home.store, one) == "blocked"
    assert begun(home.store, two, fence="g").releases


def test_an_unsealed_record_stops_everything(home: House) -> None:
    post = a_post(home)
    with home.store.write() as session:
        session.execute(text("UPDATE instance SET clock_offset = 120"))
        write(session, Step("worker:", "test", "post", post), at=now(session) - timedelta(seconds=90))
    assert stood(home.store, post).code == "record.lag"


def test_a_disarmed_instance_sends_on_paper_and_its_own_site_only(home: House) -> None:
    post = a_post(home)
    with home.store.write() as session:
        session.execute(text("UPDATE instance SET armed = false"))
        account = session.exec(select(Account).where(Account.ref == "facebook-gb")).one()
        account.channel = "webhook"
        session.add(account)
    assert stood(home.store, post).code == "instance.disarmed"


def test_stored_words_that_were_changed_behind_the_guards_are_not_sent(home: House) -> None:
    post = a_post(home)
    with home.store.write() as session:
        guards_off(session)
        session.execute(text("UPDATE leaf_part SET text = text || '!'"))
    assert (stood(home.store, post).code, state(home.store, post)) == ("version.changed", "blocked")


def guards_off(session: Session) -> None:
    """What a superuser could do."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("DROP TRIGGER guard_leaf_part_never_changes"))
    else:
        session.execute(text("ALTER TABLE leaf_part DISABLE TRIGGER ALL"))


def test_one_bad_post_does_not_hold_up_the_others(home: House) -> None:
    good, bad = a_post(home), a_post(home, of=home.narrative, accounts=("telegram-ar",))
    with home.store.write() as session:
        factory.consent_event(session, home.narrative, home.people["kim"], "withdraw")
    found = begun(home.store, good, bad)
    assert [one.post_id for one in found.releases] == [good]
    assert [one.post_id for one in found.stood] == [bad]
