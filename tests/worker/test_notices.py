"""Notices: who is told, once, at their own pace, and never a word of what it is about; a rehearsal tells nobody."""

import base64
import logging
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import Session, col, select

from content import absence, by_hand, notice, noticing, people
from content.absence import Absence
from content.errors import Refusal
from content.notice import Notice, NoticeTold
from content.organisation import Instance
from content.people import Person
from content.posting import Posting
from content.record import Record
from content.settings import Settings, load
from content.store import now
from content.stranger import Stranger
from tests import factory
from tests.channels.mail_server import GONE, MailServer
from tests.channels.receiver import SECRET, Receiver
from tests.factory import House
from worker import notices
from worker.channels.webhook import identity
from worker.node import Node

BUILDS = {"desk": "live"}  # it is one in earnest here
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CANARIES = (
    "Canary Campaign", "canary-campaign", "Alice Author", "alice", "M-canary", factory.PASSAGE, "He said", "bluesky-en",
    "N-1", "N-2", "/postings", "Open House",
)  # fmt: skip


@dataclass
class Desk:
    """A live, armed house and its relay."""

    house: House
    settings: Settings
    relay: MailServer

    def change(self, work: Any) -> Any:
        with self.house.store.write() as session:
            return work(session)

    def person(self, ref: str) -> Person:
        return self.house.people[ref]

    def wants(self, ref: str, how: str = "at_once", address: str = "") -> None:
        at = address or f"{ref}@people.example.org"
        self.change(lambda session: notice.choose(session, self.person(ref), how, at))

    def task(self, who: str | None = "alice", kind: str = "post", opened: timedelta = -timedelta(minutes=1),
             lasts: timedelta = HOUR, **words: Any) -> int:  # fmt: skip
        """A task by hand in somebody's hands, opened so long ago."""

        def made(session: Session) -> int:
            post = factory.cleared_post(session, self.house, of=self._own(session), **words)
            factory.brought(session, post, "uncertain" if kind == "post" else "recalling")
            since = now(session) + opened
            row = Posting(post_id=post.id or 0, kind=kind, opened_at=since, deadline=since + lasts,
                          assignee_id=self.house.id(who) if who else None)  # fmt: skip
            session.add(row)
            session.flush()
            return row.id or 0

        return int(self.change(made))

    def _own(self, session: Session) -> Any:
        """A narrative of its own for each."""
        number = len(session.exec(select(Posting.id)).all())
        made = factory.narrative(session, self.house.organisation, self.person("alice"), f"N-{number + 10}",
                                 kind="aggregate")  # fmt: skip
        factory.consented(session, self.house, made)
        return made

    def later(self, by: timedelta) -> None:
        """As if so much time had passed since each of them was told or had trouble."""

        def earlier(session: Session) -> None:
            for row in session.exec(select(Notice).where(Notice.how != "none")):
                row.sent_at = row.sent_at - by if row.sent_at else None
                row.rest_until = row.rest_until - by if row.rest_until else None
                row.lease_until = row.lease_until - by if row.lease_until else None
                session.add(row)

        self.change(earlier)

    def look(self) -> int:
        return notices.look(self.house.store, self.settings, Node("test"))

    def sent_to(self) -> list[str]:
        """To whom mails went, in order."""
        return [_field(one, "To").partition("@")[0] for one in self.relay.taken]

    def row(self, ref: str) -> Notice:
        with self.house.store.read() as session:
            return session.exec(select(Notice).where(Notice.person_id == self.house.id(ref))).one()


def _field(mail: bytes, name: str) -> str:
    return next(line for line in mail.decode().split("\r\n") if line.startswith(f"{name}: ")).partition(": ")[2]


@pytest.fixture
def desk(db: str, tmp_path: Path) -> Iterator[Desk]:
    with factory.opened(db) as store, MailServer() as relay:
        yield _armed(factory.house(store, "live"), tmp_path, relay)


def _armed(house: House, folder: Path, relay: MailServer, **more: Any) -> Desk:
    told = load(
        home=folder / "home", desk="https://desk.house.example.org", outbound_allow=(relay.pair,),
        notice_relay=f"smtp+none://{relay.pair}", notice_from="desk@house.example.org", **more,
    )  # fmt: skip
    with house.store.write() as session:
        session.execute(update(Instance).values(armed=True))
    return Desk(house, told, relay)


def test_who_has_a_post_in_hand_is_told_once_by_one_sentence_and_a_link(desk: Desk) -> None:
    desk.wants("alice")
    desk.wants("tom")
    desk.task("alice")
    assert [desk.look(), desk.look()] == [1, 0]
    head, _, body = desk.relay.taken[0].decode().partition("\r\n\r\n")
    assert body == "1 item needs you.\r\n\r\nhttps://desk.house.example.org/\r\n"
    assert desk.sent_to() == ["alice"] and "Subject: 1 item needs you\r\n" in head


def test_nothing_of_what_it_is_about_is_in_a_notice_a_row_or_a_log(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    desk.change(lambda session: session.add(_renamed(session, desk)))
    desk.wants("alice", address="canary-address@people.example.org")
    for _ in range(2):
        desk.task("alice", ref=f"M-canary-{_}")
    desk.relay.told["mail"] = 451
    assert desk.look() == 0
    desk.relay.told.clear()
    desk.later(HOUR)
    assert desk.look() == 1
    told = desk.relay.taken[0].decode().replace("canary-address@people.example.org", "")
    assert "2 items need you" in told and [one for one in CANARIES if one in told] == []
    assert "canary-address" not in caplog.text
    with desk.house.store.read() as session:
        kept = [str(one.model_dump()) for table in (Notice, NoticeTold, Record) for one in session.exec(select(table))]
    assert len(kept) > 3 and not [one for one in kept if "canary-address" in one]


def _renamed(session: Session, desk: Desk) -> Any:
    row = session.merge(desk.house.campaign)
    row.name = "Canary Campaign"
    return row


@pytest.mark.parametrize(
    ("opened", "marks"),
    [(timedelta(minutes=-5), ["new"]), (timedelta(minutes=-31), ["half", "new"]), (-HOUR, ["full", "half", "new"])],
)
def test_half_of_the_time_and_all_of_it_are_told(desk: Desk, opened: timedelta, marks: Sequence[str]) -> None:
    desk.wants("alice")
    number = desk.task("alice", kind="recall", opened=opened)
    desk.look()
    with desk.house.store.read() as session:
        told = session.exec(select(NoticeTold).order_by(col(NoticeTold.mark))).all()
    assert [(one.about, one.mark) for one in told] == [(f"posting:{number}", mark) for mark in marks]


def test_each_mark_is_told_when_it_comes(desk: Desk) -> None:
    desk.wants("alice")
    about = f"posting:{desk.task('alice', opened=timedelta(minutes=-40))}"
    known = desk.row("alice").id or 0
    desk.change(lambda session: session.add(NoticeTold(notice_id=known, about=about, mark="new", at=now(session))))
    assert [desk.look(), desk.look()] == [1, 0]


def test_two_within_half_an_hour_are_one_notice(desk: Desk) -> None:
    desk.wants("alice")
    desk.task("alice")
    desk.look()
    desk.task("alice")
    assert desk.look() == 0
    desk.later(timedelta(minutes=29))
    assert desk.look() == 0
    desk.later(timedelta(minutes=2))
    assert desk.look() == 1 and _field(desk.relay.taken[1], "Subject") == "2 items need you"


def test_a_take_down_does_not_wait_for_the_pace_nor_for_the_morning(desk: Desk) -> None:
    desk.wants("alice")
    desk.wants("tom", "daily")
    desk.task("alice")
    desk.task("tom")
    desk.look()
    assert desk.sent_to() == ["alice"]
    desk.later(timedelta(minutes=3))
    desk.task("alice", kind="recall")
    desk.task("tom", kind="recall")
    desk.look()
    assert sorted(desk.sent_to()) == ["alice", "alice", "tom"]


def test_who_chose_once_a_day_is_told_in_the_morning(desk: Desk) -> None:
    desk.wants("alice", "daily")
    desk.task("alice")
    assert desk.look() == 0
    row = desk.row("alice")
    morning = row.chosen_at.replace(hour=6, minute=0, second=0, microsecond=0)
    morning += DAY if row.chosen_at >= morning else timedelta()
    assert [notice.may_go(row, morning + by, urgent=False) for by in (-timedelta(seconds=1), HOUR)] == [False, True]
    row.sent_at = morning + HOUR
    assert [notice.may_go(row, morning + by, urgent=False) for by in (2 * HOUR, DAY + HOUR)] == [False, True]


def test_what_nobody_has_in_hand_is_told_to_all_who_may_take_it(desk: Desk) -> None:
    for ref in ("alice", "tom", "lena"):  # lena judges Arabic and posts nothing
        desk.wants(ref)
    desk.task(None)
    desk.look()
    assert sorted(desk.sent_to()) == ["alice", "tom"]


def test_a_late_take_down_goes_back_and_is_told_to_everybody_who_may_do_it(desk: Desk) -> None:
    for ref in ("alice", "kim", "bob"):
        desk.wants(ref)
    desk.task("tom", kind="recall", opened=-timedelta(minutes=5))
    assert desk.look() == 0
    desk.task("tom", kind="recall", opened=-2 * HOUR)
    desk.look()
    assert sorted(desk.sent_to()) == ["alice", "bob", "kim"]


def test_one_that_somebody_took_late_is_told_again_when_it_goes_back_again(desk: Desk) -> None:
    desk.wants("bob")
    number = desk.task("tom", kind="recall", opened=-2 * HOUR)
    assert desk.look() == 1
    desk.change(lambda session: by_hand.take(session, desk.person("tom"), number))
    desk.later(HOUR)
    assert desk.look() == 0, "tom has it in hand"
    past = {"again_at": desk.change(now) - timedelta(seconds=1)}
    desk.change(lambda session: session.execute(update(Posting).where(col(Posting.id) == number).values(**past)))
    assert [desk.look(), desk.look()] == [1, 0]


def test_a_late_take_down_in_somebodys_hands_is_told_to_those_who_protect_people(desk: Desk) -> None:
    for ref in ("kim", "bob"):
        desk.wants(ref)
    number = desk.task(None, kind="recall", opened=-2 * HOUR)
    desk.change(lambda session: by_hand.take(session, desk.person("tom"), number))
    desk.look()
    assert desk.sent_to() == ["kim"]


def test_a_stranger_s_post_is_told_to_who_answers_it(desk: Desk) -> None:
    desk.wants("alice")
    desk.wants("bob")

    def raised(session: Session) -> None:
        account, at, url = desk.house.accounts["bluesky-en"], now(session), "https://social.example.org/x"
        session.add(
            Stranger(account_id=account.id or 0, remote_id="x", url=url, posted_at=at, seen_at=at, raised_at=at)
        )

    desk.change(raised)
    desk.look()
    assert desk.sent_to() == ["bob"]


def _words(desk: Desk, opens: timedelta, made: timedelta, **more: Any) -> str:
    """Words that wait for a verdict; opens: when their window does; made: how long ago they were."""

    def work(session: Session) -> str:
        version = factory.version(session, desk.house, opens=opens, ago=made, **more)
        factory.evaluation(session, version)
        return version.digest

    return str(desk.change(work))


def test_words_are_told_to_the_reviewers_they_wait_for_at_half_of_their_time(desk: Desk) -> None:
    for ref in ("alice", "bob", "lena"):
        desk.wants(ref)
    _words(desk, opens=3 * HOUR, made=HOUR)
    assert desk.look() == 0
    _words(desk, opens=HOUR, made=2 * HOUR)
    assert [desk.look(), desk.look()] == [1, 0]
    assert desk.sent_to() == ["bob"]
    desk.later(HOUR)
    _words(desk, opens=-timedelta(minutes=1), made=2 * HOUR)
    desk.look()
    with desk.house.store.read() as session:
        told = session.exec(select(NoticeTold.mark).where(NoticeTold.notice_id == desk.row("bob").id)).all()
    assert sorted(told) == ["full", "half", "half"] and desk.sent_to() == ["bob", "bob"]


def test_who_is_not_waited_for_is_not_told_of_words_and_keeps_their_pace(desk: Desk) -> None:
    desk.wants("lena")
    _words(desk, opens=HOUR, made=2 * HOUR)
    assert desk.look() == 0
    with desk.house.store.read() as session:
        assert len(session.exec(select(NoticeTold)).all()) == 1
    assert desk.row("lena").sent_at is None


# --- away ---------------------------------------------------------------------------------------------------


def _away(desk: Desk, who: str, deputy: str) -> None:
    def leaves(session: Session) -> None:
        at = now(session)
        session.add(Absence(person_id=desk.house.id(who), deputy_id=desk.house.id(deputy), starts_at=at - DAY,
                            ends_at=at + DAY, entered_by=desk.house.id(who), created_at=at))  # fmt: skip

    desk.change(leaves)


def test_while_somebody_is_away_their_deputy_is_told(desk: Desk) -> None:
    for ref in ("alice", "tom"):
        desk.wants(ref)
    _away(desk, "alice", "tom")
    desk.task("alice")
    desk.look()
    assert desk.sent_to() == ["tom"] and _field(desk.relay.taken[0], "Subject") == "1 item needs you"


def test_somebody_who_is_back_is_told_themselves(desk: Desk) -> None:
    for ref in ("alice", "tom"):
        desk.wants(ref)
    _away(desk, "alice", "tom")
    desk.change(lambda session: absence.back(session, desk.person("alice"), desk.person("alice")))
    desk.task("alice")
    desk.look()
    assert desk.sent_to() == ["alice"]


def test_two_who_stand_in_for_each_other_and_are_both_away_end_no_look(desk: Desk) -> None:
    for ref in ("alice", "tom", "bob"):
        desk.wants(ref)
    _away(desk, "alice", "tom")
    _away(desk, "tom", "alice")
    desk.task("alice")
    desk.task("bob")
    desk.look()
    assert desk.sent_to() == ["bob"]


def test_what_is_in_the_hands_of_who_is_gone_is_told_to_all_who_may_take_it(desk: Desk) -> None:
    desk.wants("bob")
    desk.task("tom", kind="recall")
    desk.change(lambda session: people.disable(session, desk.person("kim"), desk.person("tom")))
    desk.look()
    assert desk.sent_to() == ["bob"]


def test_what_its_owner_and_their_deputies_are_all_away_from_is_told_to_all_who_may_take_it(desk: Desk) -> None:
    desk.wants("bob")
    _away(desk, "alice", "tom")
    _away(desk, "tom", "alice")
    desk.task("alice", kind="recall")
    desk.look()
    assert desk.sent_to() == ["bob"]


# --- nobody is told -----------------------------------------------------------------------------------------


def test_a_rehearsal_tells_nobody(db: str, tmp_path: Path) -> None:
    with factory.opened(db) as store, MailServer() as relay:
        desk = _armed(factory.house(store, "rehearsal"), tmp_path, relay)
        desk.wants("alice")
        desk.task("alice")
        assert (desk.look(), relay.heard) == (0, [])


def test_a_disarmed_instance_tells_nobody(desk: Desk) -> None:
    desk.wants("alice")
    desk.task("alice")
    desk.change(lambda session: session.execute(update(Instance).values(armed=False)))
    assert (desk.look(), desk.relay.heard) == (0, [])


def test_it_is_off_until_it_is_set_up(desk: Desk) -> None:
    desk.wants("alice")
    desk.task("alice")
    bare = load(home=desk.settings.home)
    assert (notices.look(desk.house.store, bare, Node("test")), desk.relay.heard) == (0, [])


def test_who_wants_none_or_is_switched_off_is_told_nothing(desk: Desk) -> None:
    desk.wants("alice")
    desk.wants("alice", "none")
    desk.wants("tom")
    desk.change(lambda session: people.disable(session, desk.person("kim"), desk.person("tom")))
    desk.task("alice")
    desk.task("tom")
    assert desk.look() == 0
    assert desk.row("alice").sealed == ""


def test_whose_key_was_erased_has_no_address_any_more(desk: Desk) -> None:
    desk.wants("alice")
    desk.change(lambda session: people.erase(session, desk.person("kim"), desk.person("alice")))
    with desk.house.store.read() as session:
        row = session.exec(select(Notice)).one()
        assert people.read_words(session, row.person_id or 0, row.sealed, "notice", row.chosen_at) == ""


# --- trouble ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("stage", "code"), [("mail", 451), ("rcpt", 452), ("greeting", GONE), ("dot", 451)])
def test_what_did_not_go_out_is_sent_a_while_later(desk: Desk, stage: str, code: int) -> None:
    desk.wants("alice")
    desk.task("alice")
    desk.relay.told[stage] = code
    assert [desk.look(), desk.look()] == [0, 0] and desk.row("alice").trouble.startswith("relay.")
    desk.relay.told.clear()
    desk.later(timedelta(minutes=2))
    assert desk.look() == 1 and desk.row("alice").trouble == ""


def test_an_address_that_the_relay_does_not_take_is_left_alone_for_hours(desk: Desk) -> None:
    desk.wants("alice")
    desk.wants("tom")
    desk.task("alice")
    desk.task("tom")
    desk.relay.told["rcpt"] = 550
    desk.look()
    asked = len(desk.relay.heard)
    desk.later(HOUR)
    desk.look()
    assert len(desk.relay.heard) == asked and desk.row("tom").trouble == "relay.550"


def test_a_word_lost_after_the_last_dot_is_not_sent_again(desk: Desk) -> None:
    desk.wants("alice")
    desk.task("alice")
    desk.relay.told["dot"] = GONE
    desk.look()
    desk.relay.told.clear()
    desk.later(HOUR)
    assert desk.look() == 0 and len(desk.relay.taken) == 1


def test_a_worker_that_dies_after_sending_has_it_sent_once_more_and_never_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: Any) -> None:
        raise SystemExit  # which no handler of ours catches

    desk.wants("alice")
    desk.task("alice")
    monkeypatch.setattr(notice, "done", dies)
    for _ in range(4):
        with pytest.raises(SystemExit) if len(desk.relay.taken) < 2 else nullcontext():
            desk.look()
        assert desk.look() == 0, "while its lease lasts nobody else sends it"
        desk.later(timedelta(minutes=2))
    assert len(desk.relay.taken) == 2
    assert _field(desk.relay.taken[0], "Message-ID") == _field(desk.relay.taken[1], "Message-ID")


def test_one_that_another_worker_sends_is_left_to_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.wants("alice")
    desk.task("alice")
    held = desk.change(lambda session: noticing.claim(session, desk.row("alice").id or 0))
    assert desk.look() == 0
    desk.change(lambda session: notice.done(session, held))
    assert (desk.look(), desk.relay.taken) == (0, [])


def test_whoever_lost_it_writes_nothing_down(desk: Desk) -> None:
    desk.wants("alice")
    desk.task("alice")
    number = desk.row("alice").id or 0
    first = desk.change(lambda session: noticing.claim(session, number))
    desk.later(timedelta(minutes=2))
    second = desk.change(lambda session: noticing.claim(session, number))
    desk.change(lambda session: notice.not_done(session, first, "relay.451", HOUR))
    assert (desk.row("alice").fence, desk.row("alice").trouble) == (second.fence, "")


def test_without_encryption_nothing_is_said_to_a_relay_that_is_not_named(desk: Desk) -> None:
    desk.wants("alice")
    desk.task("alice")
    strict = load(home=desk.settings.home, desk=desk.settings.desk, notice_from=desk.settings.notice_from,
                  notice_relay=desk.settings.notice_relay)  # fmt: skip
    assert notices.look(desk.house.store, strict, Node("test")) == 0
    assert (desk.relay.heard, desk.row("alice").trouble) == ([], "outbound.plain")


# --- a room of the organisation's ---------------------------------------------------------------------------


@pytest.fixture
def room() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def _with_room(desk: Desk, room: Receiver) -> Desk:
    told = load(
        home=desk.settings.home, desk=desk.settings.desk, outbound_allow=(room.pair,), notice_webhook=room.url,
        notice_secret="whsec_" + base64.b64encode(SECRET).decode(),
    )  # fmt: skip
    return Desk(desk.house, told, desk.relay)


def test_a_room_hears_how_many_things_there_are_signed_and_without_a_name(desk: Desk, room: Receiver) -> None:
    desk = _with_room(desk, room)
    desk.task("alice", ref="M-canary-room")
    desk.task("tom")
    assert [desk.look(), desk.look()] == [1, 0]
    assert list(room.events.values()) == [{
        "type": "notice", "text": "2 items need you. https://desk.house.example.org/",
        "data": {"items": 2, "desk": "https://desk.house.example.org/"},
    }]  # fmt: skip
    assert desk.relay.heard == []


def test_a_room_that_is_busy_is_asked_later_with_the_same_key(desk: Desk, room: Receiver) -> None:
    desk = _with_room(desk, room)
    desk.task("alice")
    room.told = [(500, {}), (429, {"retry-after": "120"})]
    assert desk.look() == 0
    desk.later(timedelta(minutes=2))
    assert [desk.look(), room.calls] == [0, 2]
    desk.later(timedelta(minutes=1))
    assert desk.look() == 0
    desk.later(timedelta(minutes=2))
    assert [desk.look(), room.calls, len(room.events)] == [1, 3, 1]


# --- where the organisation publishes -----------------------------------------------------------------------


def publishes(desk: Desk, channel: str, identity: str) -> None:
    def made(session: Session) -> None:
        row = factory.account(session, desk.house.organisation, "letters", channel=channel, form="mail")
        row.remote_identity = identity
        session.add(row)

    desk.change(made)


def test_nobody_is_told_at_an_address_where_the_organisation_publishes(desk: Desk) -> None:
    publishes(desk, "list", "mailto:Letters@house.example.org")
    with pytest.raises(Refusal, match=r"notice\.channel"):
        desk.wants("alice", address="letters@house.example.org")


def test_an_address_that_became_a_channel_of_ours_since_is_told_nothing(desk: Desk) -> None:
    desk.wants("alice", address="letters@house.example.org")
    publishes(desk, "list", "mailto:letters@house.example.org")
    desk.task("alice")
    assert (desk.look(), desk.relay.taken, desk.row("alice").trouble) == (0, [], "notice.channel")


def test_a_room_that_is_a_channel_of_ours_hears_nothing(desk: Desk, room: Receiver) -> None:
    desk = _with_room(desk, room)
    publishes(desk, "webhook", identity(room.url))
    desk.task("alice")
    assert (desk.look(), room.calls) == (0, 0)
