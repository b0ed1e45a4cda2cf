"""What people post by hand, from the worker's looks: handed out, posted, seen, published; stopped, late, taken down."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from content import absence, assigning, by_hand, handing, health, journal, people, postings, restoring, stopping, window
from content.alarms import alarms
from content.errors import Refusal
from content.health import Some
from content.lifecycle import Post
from content.needs import needs
from content.organisation import Account, Instance, the_instance
from content.people import RoleGrant
from content.posting import PostedPart, Posting, posted_parts
from content.record import Record, seal
from content.release import begin
from content.settings import load
from content.stop import Recall
from content.store import now
from tests import factory, snapshots
from tests.worker import by_hand as hand
from tests.worker.by_hand import HOST, Platform, ToLoopback, armed, look, out, posted, send, take, task, waiting
from tests.worker.conftest import Desk
from worker import dispatch, recall, reconcile
from worker.channels.manual import Manual
from worker.handing import Rows

URL = f"https://{HOST}/posts/1"


@pytest.fixture
def social() -> Iterator[tuple[Platform, int]]:
    with hand.platform() as made:
        yield made


@pytest.fixture
def crew(db: str, tmp_path: Path, social: tuple[Platform, int], monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with factory.opened(db) as store:
        settings = load(home=tmp_path / "home")
        settings.make_folders()
        made = armed(Desk(factory.house(store, "live"), settings))
        network = ToLoopback((f"127.0.0.1:{social[1]}",), social[1])
        way = Manual(network, Rows(lambda: store))
        for module in (dispatch, reconcile, recall):
            monkeypatch.setattr(module, "channels", lambda _: {"manual": way})
        yield made


def refused(desk: Desk, work: Any) -> str:
    with pytest.raises(Refusal) as met:
        desk.change(work)
    return met.value.code


def person(desk: Desk, ref: str) -> Any:
    return desk.house.people[ref]


def test_a_post_is_handed_out_posted_confirmed_by_a_second_person_and_published(crew: Desk) -> None:
    post, number = waiting(crew)
    assert (task(crew, post).state, crew.row(post).note) == ("open", "posting.waits")
    look(crew)
    assert crew.state(post) == "uncertain"
    take(crew, "alice", number)
    assert posted(crew, "alice", number, URL) == "done"
    look(crew)
    assert crew.state(post) == "uncertain", "that somebody says so is not enough"
    crew.change(lambda session: by_hand.confirm(session, person(crew, "bob"), number, so=True))
    look(crew)
    assert (crew.state(post), crew.parts(post)[0].url) == ("published", URL)


def test_an_address_that_shows_the_exact_words_confirms_itself(crew: Desk, social: tuple[Platform, int]) -> None:
    post, number = waiting(crew)
    take(crew, "alice", number)
    social[0].pages["/posts/1"] = factory.PASSAGE.replace(" ", "\n  ", 2)
    posted(crew, "alice", number, URL)
    look(crew)
    assert (crew.state(post), task(crew, post).state) == ("published", "confirmed")
    assert task(crew, post).confirmed_by is None


@pytest.mark.parametrize("shown", ["Other words.", factory.PASSAGE[:-2], None])
def test_other_words_or_none_confirm_nothing(crew: Desk, social: tuple[Platform, int], shown: str | None) -> None:
    post, number = waiting(crew)
    take(crew, "alice", number)
    if shown is not None:
        social[0].pages["/posts/1"] = shown
    posted(crew, "alice", number, URL)
    look(crew)
    assert (crew.state(post), task(crew, post).state) == ("uncertain", "done")
    with crew.store.read() as session:
        assert posted_parts(session, post)[0].seen == ("gone" if shown is None else "other")


def test_an_address_is_not_opened_for_ever(crew: Desk, social: tuple[Platform, int]) -> None:
    _, number = waiting(crew)
    take(crew, "alice", number)
    posted(crew, "alice", number, URL)
    for _ in range(9):
        look(crew)
    assert len(social[0].asked) == 6


def test_a_post_in_peoples_hands_is_handed_out_once(crew: Desk) -> None:
    post, number = waiting(crew)
    for _ in range(3):
        look(crew)
        send(crew)
    assert task(crew, post).id == number
    assert crew.history(post).count("begin") == 1


def test_a_call_that_lost_its_post_hands_nothing_out(crew: Desk) -> None:
    post = crew.post("page-en")
    claimed = dispatch.claim(crew.store, crew.node)
    released = crew.change(lambda session: begin(session, claimed, "test").releases[0])
    answer = crew.change(lambda session: handing.opened(session, post, released.step, "another"))
    assert answer is not None and answer.code == "posting.lapsed"
    assert crew.change(lambda session: handing.standing(session, post, 0)).how == "absent"


# --- stops, and time ----------------------------------------------------------------------------------------


def pause(desk: Desk) -> None:
    desk.change(lambda session: stopping.pause(session, person(desk, "kim"), "account", "page-en"))


def test_a_stop_before_the_words_were_shown_takes_the_post_back_into_the_plan(crew: Desk) -> None:
    post, number = waiting(crew)
    pause(crew)
    assert refused(crew, lambda s: by_hand.take(s, person(crew, "alice"), number)) == "posting.stopped"
    look(crew)
    assert (crew.state(post), task(crew, post).state) == ("scheduled", "stopped")
    assert task(crew, post).why.startswith("post.paused: ")


def test_a_stop_after_the_words_were_shown_waits_for_the_word_of_who_had_them(crew: Desk) -> None:
    post, number = waiting(crew)
    take(crew, "alice", number)
    pause(crew)
    look(crew)
    assert (crew.state(post), task(crew, post).state) == ("uncertain", "stopped")
    assert "posted" in crew.row(post).note
    crew.change(lambda session: by_hand.unposted(session, person(crew, "alice"), number))
    look(crew)
    assert crew.state(post) == "scheduled"


def test_what_was_posted_although_a_stop_had_come_is_taken_down(crew: Desk) -> None:
    post, number = waiting(crew)
    take(crew, "alice", number)
    pause(crew)
    assert posted(crew, "alice", number, URL) == "done"
    assert crew.state(post) == "recalling"
    look(crew)
    assert (task(crew, post).kind, task(crew, post).state) == ("recall", "open")
    with crew.store.read() as session:
        assert session.exec(select(Recall.cause)).one() == "pause"


def test_what_was_posted_after_a_stop_is_taken_down_though_it_is_told_too_late(
    crew: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    post, number = waiting(crew)
    take(crew, "alice", number)
    pause(crew)
    monkeypatch.setitem(window.LATENESS, 1, timedelta())
    assert posted(crew, "alice", number, URL) == "done"
    assert crew.state(post) == "recalling"


def test_that_it_was_posted_too_late_alone_takes_nothing_down(crew: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    post, number = waiting(crew)
    take(crew, "alice", number)
    monkeypatch.setitem(window.LATENESS, 1, timedelta())
    assert posted(crew, "alice", number, URL) == "done"
    assert crew.state(post) == "uncertain"


def test_the_words_of_what_was_taken_down_are_shown_to_nobody_any_more(crew: Desk) -> None:
    post, number = out(crew)
    crew.change(lambda session: factory.brought(session, session.get_one(Post, post), "recalled"))
    with crew.store.read() as session:
        sheet = postings.task_sheet(session, person(crew, "kim"), number)
    assert (sheet.pieces[0].text, bool(sheet.stopped)) == ("", True)


def test_a_lifted_stop_hands_the_post_out_anew(crew: Desk) -> None:
    post, number = waiting(crew)
    made = crew.change(lambda session: stopping.pause(session, person(crew, "kim"), "account", "page-en"))
    look(crew)
    for who in ("bob", "dana"):
        crew.change(lambda session, who=who: stopping.resume(session, person(crew, who), made.id))
    look(crew)
    send(crew)
    assert (crew.state(post), task(crew, post).state) == ("uncertain", "open")
    assert task(crew, post).id != number


def test_what_nobody_took_in_time_passes(crew: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    post, number = waiting(crew)
    monkeypatch.setitem(window.LATENESS, 1, timedelta())
    assert refused(crew, lambda s: by_hand.take(s, person(crew, "alice"), number)) == "posting.stopped"
    look(crew)
    assert task(crew, post).state == "missed"
    look(crew)
    assert crew.state(post) == "expired"


def test_what_was_shown_and_not_posted_in_time_is_uncertain_until_somebody_says(
    crew: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    post, number = waiting(crew)
    take(crew, "alice", number)
    monkeypatch.setitem(window.LATENESS, 1, timedelta())
    look(crew)
    assert (task(crew, post).state, crew.state(post)) == ("missed", "uncertain")
    assert posted(crew, "alice", number, URL) == "done"
    crew.change(lambda session: by_hand.confirm(session, person(crew, "bob"), number, so=True))
    look(crew)
    assert crew.state(post) == "published"


def test_what_nobody_will_post_has_failed_and_is_not_handed_out_again(crew: Desk) -> None:
    post, number = waiting(crew)
    crew.change(lambda session: by_hand.unposted(session, person(crew, "alice"), number))
    look(crew)
    send(crew)
    assert (crew.state(post), task(crew, post).id) == ("failed", number)


# --- taking down --------------------------------------------------------------------------------------------


def recalled(desk: Desk, post: int) -> None:
    desk.change(lambda session: stopping.recall(session, person(desk, "bob"), post, "It names a place."))
    look(desk)


def test_a_recall_is_a_task_that_ends_with_a_second_persons_look(crew: Desk) -> None:
    post, _ = out(crew)
    recalled(crew, post)
    number = task(crew, post).id or 0
    assert (task(crew, post).kind, crew.state(post)) == ("recall", "recalling")
    crew.change(lambda session: by_hand.deleted(session, person(crew, "alice"), number))
    look(crew)
    assert crew.state(post) == "recalling"
    crew.change(lambda session: by_hand.confirm(session, person(crew, "bob"), number, so=True))
    look(crew)
    assert crew.state(post) == "recalled"


@pytest.mark.parametrize("after", [None, "Not there any more."])
def test_an_address_that_showed_the_words_and_does_no_more_proves_that_they_are_down(
    crew: Desk, social: tuple[Platform, int], after: str | None
) -> None:
    post, number = waiting(crew)
    take(crew, "alice", number)
    social[0].pages["/posts/1"] = factory.PASSAGE
    posted(crew, "alice", number, URL)
    look(crew)
    recalled(crew, post)
    del social[0].pages["/posts/1"]
    if after is not None:
        social[0].pages["/posts/1"] = after
    look(crew)
    assert crew.state(post) == "recalling", "nobody has said that it is down"
    number = task(crew, post).id or 0
    crew.change(lambda session: by_hand.deleted(session, person(crew, "alice"), number))
    look(crew)
    look(crew)
    assert crew.state(post) == "recalled"


def test_a_page_that_never_showed_the_words_proves_nothing_by_showing_none(
    crew: Desk, social: tuple[Platform, int]
) -> None:
    social[0].signed_in_only = True
    social[0].pages["/posts/1"] = factory.PASSAGE
    post, _ = out(crew)
    recalled(crew, post)
    number = task(crew, post).id or 0
    crew.change(lambda session: by_hand.deleted(session, person(crew, "alice"), number))
    del social[0].pages["/posts/1"]
    look(crew)
    assert crew.state(post) == "recalling"


def test_it_is_still_there_opens_the_recall_again(crew: Desk) -> None:
    post, _ = out(crew)
    recalled(crew, post)
    number = task(crew, post).id or 0
    crew.change(lambda session: by_hand.deleted(session, person(crew, "alice"), number))
    crew.change(lambda session: by_hand.confirm(session, person(crew, "bob"), number, so=False))
    assert task(crew, post).state == "open"
    look(crew)
    assert crew.state(post) == "recalling"


def test_what_nobody_had_in_hand_is_taken_back_at_once(crew: Desk) -> None:
    post, number = waiting(crew)
    recalled(crew, post)
    assert (crew.state(post), task(crew, post).id, task(crew, post).state) == ("recalled", number, "stopped")


def test_what_somebody_had_in_hand_has_to_be_looked_for(crew: Desk) -> None:
    post, number = waiting(crew)
    take(crew, "alice", number)
    recalled(crew, post)
    assert (crew.state(post), task(crew, post).kind) == ("recalling", "recall")


@pytest.mark.parametrize(("tier", "of", "hours"), [(1, "finding", 4.0), (2, "narrative", 1.0), (3, "narrative", 0.5)])
def test_the_riskier_the_sooner_it_has_to_be_down(crew: Desk, tier: int, of: str, hours: float) -> None:
    post = crew.post("page-en", tier=tier, due=60.0, of=getattr(crew.house, of))
    crew.change(lambda session: factory.brought(session, session.get_one(Post, post), "recalling"))
    look(crew)
    made = task(crew, post)
    assert made.deadline - made.opened_at == pytest.approx(timedelta(hours=hours), abs=timedelta(seconds=2))


def test_what_people_have_in_hand_is_counted_apart_and_alarms_once_it_is_overdue(crew: Desk) -> None:
    waiting(crew)
    found = health.look(crew.store)
    assert (found.postings.number, found.uncertain.number, found.unconfirmed.number) == (1, 0, 0)
    post = crew.post("page-two", of=crew.narrative("N-3"))
    crew.change(lambda session: factory.brought(session, session.get_one(Post, post), "recalling"))
    look(crew)
    found = health.look(crew.store)
    assert (found.takedowns.number, found.recalling.number, found.overdue.number) == (1, 0, 0)
    late = replace(found, overdue=Some(1, 1.0))
    assert {"recall.by_hand"} == {one.code for one in alarms(late)} - {one.code for one in alarms(found)}


def test_an_overdue_recall_comes_to_the_keeper_in_whoevers_hands_it_is(crew: Desk) -> None:
    def overdue(session: Session) -> None:
        post = factory.brought(session, factory.cleared_post(session, crew.house), "recalling")
        factory.by_hand(session, post, "recall", assignee_id=crew.house.id("alice"))
        other = factory.brought(session, factory.cleared_post(session, crew.house), "recalling")
        at = now(session) - timedelta(hours=2)
        session.add(Posting(post_id=other.id or 0, kind="recall", opened_at=at, deadline=at + timedelta(hours=1),
                            assignee_id=crew.house.id("alice")))  # fmt: skip

    crew.change(overdue)
    with crew.store.read() as session:
        kinds = {ref: [one.kind for one in needs(session, person(crew, ref)).items] for ref in ("kim", "tom", "alice")}
    assert [kinds[ref].count("takedown") for ref in ("kim", "tom", "alice")] == [1, 0, 2]


# --- insiders -----------------------------------------------------------------------------------------------


def test_nobody_confirms_what_they_said_or_wrote(crew: Desk) -> None:
    _, number = waiting(crew, author="tom")
    take(crew, "dana", number)
    posted(crew, "dana", number, URL)
    crew.change(lambda session: _role(session, crew, "tom", "content"))
    assert refused(crew, lambda s: by_hand.confirm(s, person(crew, "dana"), number, so=True)) == "posting.own"
    assert refused(crew, lambda s: by_hand.confirm(s, person(crew, "tom"), number, so=True)) == "posting.wrote"
    assert refused(crew, lambda s: by_hand.confirm(s, person(crew, "alice"), number, so=True)) == "rights.role"


@pytest.mark.parametrize("who", ["tom", "dana"])
def test_the_database_refuses_a_writer_and_the_same_person(crew: Desk, who: str) -> None:
    _, number = waiting(crew, author="tom")
    take(crew, "dana", number)
    posted(crew, "dana", number, URL)

    def by_raw_sql(session: Session) -> None:
        told = {"state": "confirmed", "confirmed_at": now(session), "confirmed_by": crew.house.id(who)}
        session.execute(update(Posting).where(col(Posting.id) == number).values(told))

    with pytest.raises(DBAPIError, match=r"who wrote the words|confirmed_by_another"):
        crew.change(by_raw_sql)


def _role(session: Session, desk: Desk, who: str, role: str) -> None:
    at = now(session) - timedelta(days=2)
    session.add(RoleGrant(person_id=desk.house.id(who), role=role, granted_by=desk.house.id("bob"), granted_at=at,
                          confirmed_by=desk.house.id("dana"), confirmed_at=at, valid_from=at))  # fmt: skip
    session.flush()


def test_an_address_counts_for_one_post_only(crew: Desk) -> None:
    out(crew)
    _, second = waiting(crew, "page-two", of=crew.narrative("N-3"))
    take(crew, "alice", second)
    assert refused(crew, lambda s: by_hand.posted(s, person(crew, "alice"), second, {0: URL})) == "posting.used"
    again = f"{URL}/#top"
    assert refused(crew, lambda s: by_hand.posted(s, person(crew, "alice"), second, {0: again})) == "posting.used"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://social.example.org/posts/2", "posting.address"),
        ("https://social.example.org/", "posting.address"),
        ("https://bob@social.example.org/posts/2", "posting.address"),
        ("https://social.example.org:8443/posts/2", "posting.address"),
        ("https://social.example.org.evil.example/posts/2", "posting.host"),
        ("https://127.0.0.1/posts/2", "posting.host"),
        ("javascript:alert(1)", "posting.address"),
    ],
)
def test_an_address_stands_on_the_accounts_own_platform(crew: Desk, url: str, code: str) -> None:
    _, number = waiting(crew)
    take(crew, "alice", number)
    assert refused(crew, lambda s: by_hand.posted(s, person(crew, "alice"), number, {0: url})) == code


def test_what_one_has_in_hand_no_other_posts(crew: Desk) -> None:
    _, number = waiting(crew)
    take(crew, "alice", number)
    assert refused(crew, lambda s: by_hand.take(s, person(crew, "bob"), number)) == "posting.taken"
    assert refused(crew, lambda s: by_hand.posted(s, person(crew, "bob"), number, {0: URL})) == "posting.yours"
    assert refused(crew, lambda s: by_hand.unposted(s, person(crew, "bob"), number)) == "posting.yours"
    crew.change(lambda session: by_hand.hand(session, person(crew, "alice"), number, person(crew, "bob")))
    take(crew, "bob", number)
    assert posted(crew, "bob", number, URL) == "done"


def test_whoever_is_switched_off_or_has_no_role_does_nothing(crew: Desk) -> None:
    _, number = waiting(crew)
    crew.change(lambda session: people.disable(session, person(crew, "kim"), person(crew, "tom")))
    assert refused(crew, lambda s: by_hand.take(s, person(crew, "tom"), number)) == "rights.role"
    assert refused(crew, lambda s: by_hand.take(s, person(crew, "lena"), number)) == "rights.role"


def test_a_task_of_another_organisation_is_none(crew: Desk) -> None:
    assert refused(crew, lambda s: by_hand.take(s, person(crew, "alice"), 99_999)) == "posting.none"


def test_what_was_said_once_is_not_said_again(crew: Desk) -> None:
    _, number = out(crew)
    assert refused(crew, lambda s: by_hand.confirm(s, person(crew, "carol"), number, so=True)) == "posting.over"
    assert refused(crew, lambda s: by_hand.posted(s, person(crew, "alice"), number, {0: URL})) == "posting.over"


def test_each_step_stands_in_the_record_without_the_address(crew: Desk) -> None:
    out(crew)
    with crew.store.read() as session:
        rows = session.exec(select(Record).where(col(Record.action).like("posting.%")).order_by(col(Record.id))).all()
    assert [row.action for row in rows] == ["posting.open", "posting.take", "posting.posted", "posting.confirm"]
    assert HOST not in str([row.detail for row in rows])


def test_an_account_without_hosts_hands_nothing_out(crew: Desk) -> None:
    def without(session: Session) -> None:
        row = session.exec(select(Account).where(Account.ref == "page-en")).one()
        row.settings, row.format = {}, "site"
        session.add(row)

    crew.change(without)
    post = crew.post("page-en")
    send(crew)
    assert crew.state(post) == "failed"
    with crew.store.read() as session:
        assert session.exec(select(PostedPart)).first() is None


# --- in whose hands it is -----------------------------------------------------------------------------------


def posts_there(crew: Desk, who: str | None, account: str = "page-en") -> None:
    named = person(crew, who) if who else None
    crew.change(lambda session: assigning.name_poster(session, person(crew, "bob"), account, named))


def away(crew: Desk, who: str, deputy: str) -> None:
    def leaves(session: Session) -> None:
        first, last = (f"{now(session) + timedelta(days=days):%Y-%m-%d}" for days in (0, 2))
        absence.leave(session, person(crew, who), person(crew, who), person(crew, deputy), first, last)

    crew.change(leaves)


def hands(crew: Desk, post: int) -> str:
    found = task(crew, post).assignee_id
    return next((ref for ref in crew.house.people if crew.house.id(ref) == found), "")


def test_a_new_post_is_in_the_hands_of_who_posts_at_its_account(crew: Desk) -> None:
    posts_there(crew, "tom")
    post, number = waiting(crew)
    assert (hands(crew, post), task(crew, post).shown_at) == ("tom", None)
    assert refused(crew, lambda s: by_hand.take(s, person(crew, "alice"), number)) == "posting.taken"
    take(crew, "tom", number)
    assert posted(crew, "tom", number, URL) == "done"


def test_who_is_named_may_hand_it_on_and_others_may_take_it_over(crew: Desk) -> None:
    posts_there(crew, "tom")
    post, number = waiting(crew)
    crew.change(lambda session: by_hand.hand(session, person(crew, "tom"), number, person(crew, "alice")))
    assert hands(crew, post) == "alice"
    take(crew, "bob", number, over=True)
    assert hands(crew, post) == "bob"


def test_nobody_is_named_any_more(crew: Desk) -> None:
    posts_there(crew, "tom")
    posts_there(crew, None)
    assert hands(crew, waiting(crew)[0]) == ""


def test_only_who_may_post_is_named_and_only_where_people_post(crew: Desk) -> None:
    named = assigning.name_poster
    assert refused(crew, lambda s: named(s, person(crew, "bob"), "page-en", person(crew, "lena"))) == "posting.nobody"
    assert refused(crew, lambda s: named(s, person(crew, "bob"), "site", person(crew, "tom"))) == "posting.not_by_hand"
    assert refused(crew, lambda s: named(s, person(crew, "alice"), "page-en", person(crew, "tom"))) == "rights.role"
    assert refused(crew, lambda s: named(s, person(crew, "bob"), "nowhere", person(crew, "tom"))) == "account.none"


def test_who_lost_the_role_since_gets_nothing_more(crew: Desk) -> None:
    posts_there(crew, "tom")
    crew.change(lambda session: people.disable(session, person(crew, "kim"), person(crew, "tom")))
    assert hands(crew, waiting(crew)[0]) == ""


def test_while_who_posts_there_is_away_the_deputy_has_it(crew: Desk) -> None:
    posts_there(crew, "tom")
    away(crew, "tom", "alice")
    post, number = waiting(crew)
    assert hands(crew, post) == "alice"
    take(crew, "alice", number)
    assert posted(crew, "alice", number, URL) == "done"


def test_a_deputy_who_lost_the_role_gets_nothing(crew: Desk) -> None:
    posts_there(crew, "tom")
    away(crew, "tom", "alice")
    crew.change(lambda session: people.disable(session, person(crew, "kim"), person(crew, "alice")))
    assert hands(crew, waiting(crew)[0]) == ""


def test_what_is_handed_to_somebody_away_goes_to_the_deputy(crew: Desk) -> None:
    away(crew, "tom", "bob")
    post, number = waiting(crew)
    crew.change(lambda session: by_hand.hand(session, person(crew, "alice"), number, person(crew, "tom")))
    assert hands(crew, post) == "bob"
    assert refused(crew, lambda s: by_hand.hand(s, person(crew, "bob"), number, person(crew, "tom"))) == "posting.away"


def test_taking_down_is_in_the_hands_of_who_had_it_or_of_the_deputy(crew: Desk) -> None:
    post, _ = out(crew)
    away(crew, "alice", "tom")
    crew.change(lambda session: stopping.recall(session, person(crew, "bob"), post, "Wrong."))
    recall.look(crew.store, crew.settings, crew.node)
    assert (task(crew, post).kind, hands(crew, post)) == ("recall", "tom")


def test_the_record_says_who_was_named_and_who_got_it(crew: Desk) -> None:
    posts_there(crew, "tom")
    waiting(crew)
    with crew.store.read() as session:
        rows = session.exec(select(Record).where(col(Record.action).in_(("account.poster", "posting.open")))).all()
    assert all(f'"to":{crew.house.id("tom")}' in row.detail for row in rows) and len(rows) == 2


# --- once a backup was put back ------------------------------------------------------------------------------


def put_back(crew: Desk, work: Callable[[], None]) -> None:
    """What is done meanwhile is lost with the database, but for what the journal tells; then two people arm it."""
    folder = crew.settings.journal
    with crew.store.read() as session:
        journal.write_epoch(folder, the_instance(session).epoch)
    written_down(crew)
    snapshots.keep(crew.store, "before")
    work()
    written_down(crew)
    snapshots.restore(crew.store, "before")
    assert restoring.boot(crew.store, folder, "worker:") is not None
    crew.change(lambda session: session.execute(update(Instance).values(armed=True)))


def written_down(crew: Desk) -> None:
    """As the worker does each second."""
    with crew.store.write() as session:
        while seal(session):
            pass
    with crew.store.read() as session:
        seq = journal.export(session, crew.settings.journal)
    crew.change(lambda session: journal.mark(session, seq))


def test_what_was_handed_out_since_a_backup_is_not_handed_out_again(crew: Desk) -> None:
    post = crew.post("page-en")

    def posted_meanwhile() -> None:
        send(crew)
        take(crew, "alice", task(crew, post).id or 0)

    put_back(crew, posted_meanwhile)
    for _ in range(2):  # a look may put it back into the plan, and the next sending would hand it out
        look(crew)
        send(crew)
    assert (crew.state(post), crew.row(post).note.partition(":")[0]) == ("uncertain", "find.undecidable")
    assert (task(crew, post).state, task(crew, post).why.partition(":")[0]) == ("missed", "posting.lost")


def test_what_lay_there_to_be_taken_when_a_backup_was_made_is_taken_by_nobody_once_it_is_put_back(crew: Desk) -> None:
    post, number = waiting(crew)
    put_back(crew, lambda: take(crew, "alice", number))
    assert refused(crew, lambda s: by_hand.take(s, person(crew, "tom"), number)) == "posting.over"
    look(crew)
    assert (crew.state(post), task(crew, post).state) == ("uncertain", "missed")
    crew.change(lambda session: by_hand.unposted(session, person(crew, "alice"), number))
    look(crew)
    assert crew.state(post) == "scheduled"


def test_what_was_handed_out_and_called_back_since_a_backup_is_looked_for_by_people(crew: Desk) -> None:
    post = crew.post("page-en")

    def called_back_meanwhile() -> None:
        send(crew)
        take(crew, "alice", task(crew, post).id or 0)
        crew.change(lambda session: stopping.recall(session, person(crew, "carol"), post, "She asks for it."))

    put_back(crew, called_back_meanwhile)
    look(crew)
    assert (crew.state(post), task(crew, post).kind, task(crew, post).state) == ("recalling", "recall", "open")


def test_a_task_that_was_opened_anew_since_a_backup_counts_too(crew: Desk) -> None:
    post, _ = waiting(crew)
    made = crew.change(lambda session: stopping.pause(session, person(crew, "kim"), "account", "page-en"))
    look(crew)
    for who in ("bob", "dana"):
        crew.change(lambda session, who=who: stopping.resume(session, person(crew, who), made.id))
    assert (crew.state(post), task(crew, post).state) == ("scheduled", "stopped")

    def handed_out_meanwhile() -> None:
        look(crew)
        send(crew)
        take(crew, "alice", task(crew, post).id or 0)

    put_back(crew, handed_out_meanwhile)
    look(crew)
    assert (crew.state(post), task(crew, post).why.partition(":")[0]) == ("uncertain", "posting.lost")
