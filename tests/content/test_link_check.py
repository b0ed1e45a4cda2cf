"""Pages that words lead to: nothing goes out that leads where nobody has looked of late, and copies are kept."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from content import gate
from content.ending import links
from content.errors import Refusal
from content.gate import Passed, Stood
from content.limits import limit
from content.link_check import (
    KEEP,
    LASTS,
    Link,
    LinkCheck,
    LinkCopy,
    Seen,
    copy_of,
    due,
    links_page,
    looked,
    need,
    write_look,
)
from content.message import Version
from content.needs import needs
from content.record import Record, seal
from content.store import now
from tests import factory
from tests.factory import House

PAGE = "https://house.example.org/story"
WORDS = f"{factory.PASSAGE} {PAGE}"


@pytest.fixture
def home(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def judged(house: House) -> Passed | Stood:
    """What the gate says of a post whose words lead to PAGE, now."""
    with house.store.write() as session:
        post = factory.cleared_post(session, house, text=WORDS)
        factory.evaluation(session, session.exec(select(Version).where(Version.digest == post.digest)).one())
        seal(session)
        return gate.judge(session, [post], now(session))[post.id or 0]


def look(session: Session, house: House, who: str = "carol", **more: Any) -> LinkCheck:
    return looked(session, house.people[who], PAGE, **{"good": True, "kept": "the shelf"} | more)


def by_a_worker(session: Session, answer: str, body: bytes = b"", status: int | None = 200) -> LinkCheck:
    link = session.exec(select(Link).where(Link.url == PAGE)).one()
    return write_look(session, link, Seen(answer, status, "house.example.org", body), "worker:test")


def code(found: Passed | Stood) -> str:
    return found.code if isinstance(found, Stood) else "goes"


def test_a_post_that_leads_where_nobody_has_looked_waits_and_goes_once_somebody_has(home: House) -> None:
    stood = judged(home)
    assert isinstance(stood, Stood)
    assert (stood.code, stood.how) == ("link-safety", "wait")
    with home.store.write() as session:
        look(session, home)
    assert code(judged(home)) == "goes"


def test_a_page_that_a_person_found_gone_stops_what_leads_there(home: House) -> None:
    with home.store.write() as session:
        look(session, home)
        look(session, home, good=False, kept="")
    assert code(judged(home)) == "link-safety"


def test_a_look_counts_for_a_week(home: House) -> None:
    with home.store.write() as session:
        look(session, home)
        factory.move_on(session, timedelta(days=7, minutes=1))
        for account in home.accounts.values():
            account.identity_verified_at = account.ownership_verified_at = now(session)
            session.merge(account)
    assert code(judged(home)) == "link-safety"


def test_a_page_that_does_not_answer_tells_nothing_and_the_look_before_goes_on_counting(home: House) -> None:
    with home.store.write() as session:
        look(session, home)
        by_a_worker(session, "silent", status=None)
    assert code(judged(home)) == "goes"


def test_what_another_organisation_saw_counts_for_nobody_else(home: House) -> None:
    with home.store.write() as session:
        other = factory.an_organisation(session, "elsewhere")
        session.flush()
        made = Link(organisation_id=other.id or 0, url=PAGE, needed_until=now(session), next_at=now(session))
        session.add(made)
        session.flush()
        write_look(session, made, Seen("good", 200, "house.example.org", b"x"), "worker:test")
    assert code(judged(home)) == "link-safety"


def test_only_whoever_may_look_records_a_look(home: House) -> None:
    with home.store.write() as session, pytest.raises(Refusal) as refused:
        look(session, home, "alice")
    assert refused.value.code == "rights.role"


@pytest.mark.parametrize(
    ("url", "more", "expected"),
    [
        (PAGE, {"kept": " "}, "link.copy"),
        (PAGE, {"kept": "x" * 201}, "link.kept"),
        ("http://house.example.org/", {}, "link.address"),
        ("not an address", {}, "link.address"),
    ],
)
def test_a_look_that_proves_nothing_is_refused(home: House, url: str, more: dict[str, str], expected: str) -> None:
    with home.store.write() as session, pytest.raises(Refusal) as refused:
        looked(session, home.people["carol"], url, **{"good": True, "kept": "the shelf"} | more)  # type: ignore[arg-type]  # a plain dict of both kinds
    assert refused.value.code == expected


def test_the_copy_of_a_saved_page_is_kept_and_read_back_byte_for_byte(home: House) -> None:
    page = b"<p>Helpline</p>" * 100
    with home.store.write() as session:
        check = look(session, home, copy=page, kept="")
        assert check.sha256 == hashlib.sha256(page).hexdigest()
        assert copy_of(session, PAGE) == page
    with home.store.read() as session:
        step = session.exec(select(Record).where(Record.action == "link.check").order_by(col(Record.id).desc())).first()
        assert step is not None
        assert check.sha256 and check.sha256 in str(step.detail)


def test_a_page_that_is_never_the_same_does_not_fill_the_shelves(home: House) -> None:
    with home.store.write() as session:
        look(session, home)
        for number in range(3):
            factory.move_on(session, timedelta(days=1))
            by_a_worker(session, "good", b"page %d" % number)
        assert len(session.exec(select(LinkCopy)).all()) == 1
        factory.move_on(session, timedelta(days=31))
        by_a_worker(session, "good", b"y" * (KEEP + 1))
        assert copy_of(session, PAGE) == b"y" * KEEP


def test_the_database_refuses_a_page_that_is_there_without_a_copy_or_an_answer(home: House) -> None:
    with home.store.write() as session:
        link = look(session, home).link_id
    for kept, status in (("", 200), ("the shelf", 500)):
        with pytest.raises(IntegrityError), home.store.write() as session:
            session.add(LinkCheck(link_id=link, at=now(session), answer="good", status=status, host="", kept=kept))
            session.flush()


def test_looks_and_copies_never_change_and_never_go(home: House) -> None:
    with home.store.write() as session:
        look(session, home, copy=b"page")
    for statement in (
        "UPDATE link_check SET answer = 'silent'", "DELETE FROM link_check", "DELETE FROM link",
        "DELETE FROM link_copy", "UPDATE link SET url = 'https://other.example.org'",
    ):  # fmt: skip
        with pytest.raises(IntegrityError), home.store.write() as session:
            session.execute(text(statement))


# --- what waits to be opened -------------------------------------------------------------------------------


def wanted(session: Session, house: House, **more: Any) -> list[str]:
    made = factory.version(session, house, text=WORDS, **more)
    need(session, [made.id or 0], now(session))
    return [link.url for link in due(session, now(session), 10)]


def test_words_that_wait_have_their_pages_opened_daily_until_their_window_closes(home: House) -> None:
    with home.store.write() as session:
        assert wanted(session, home, closes=timedelta(days=2)) == [PAGE]
        by_a_worker(session, "good", b"page")
        assert due(session, now(session), 10) == []
        factory.move_on(session, timedelta(hours=21))
        assert [link.url for link in due(session, now(session), 10)] == [PAGE]
        factory.move_on(session, timedelta(days=9))
        assert due(session, now(session), 10) == []


def test_later_words_keep_a_page_looked_after(home: House) -> None:
    with home.store.write() as session:
        wanted(session, home, closes=timedelta(days=1))
        wanted(session, home, closes=timedelta(days=30))
        factory.move_on(session, timedelta(days=29))
        assert [link.url for link in due(session, now(session), 10)] == [PAGE]


def test_a_page_that_waiting_words_lead_to_comes_to_whoever_may_look_before_its_week_is_over(home: House) -> None:
    def asked(session: Session, who: str) -> list[str]:
        return [one.what for one in needs(session, home.people[who]).items if one.kind == "link"]

    with home.store.write() as session:
        wanted(session, home)
        assert asked(session, "carol") == [PAGE]
        assert asked(session, "alice") == []
        look(session, home)
        assert asked(session, "carol") == []
        factory.move_on(session, timedelta(days=5, hours=1))
        assert asked(session, "carol") == [PAGE]
        assert len(links(session, now(session))) == 1


def test_the_list_tells_who_looked_and_what_they_saw(home: House) -> None:
    with home.store.write() as session:
        wanted(session, home)
        look(session, home)
        by_a_worker(session, "silent", status=None)
        one = next(one for one in links_page(session).items if one.url == PAGE)
        assert (one.by, one.answer, one.kept, one.fresh, one.waiting) == ("carol", "good", "the shelf", True, True)
        assert one.silent is not None
        first = links_page(session, limit=1)
        assert len(first.items) == 1
        assert links_page(session, first.after).items[0].url > first.items[0].url


def test_no_copy_no_answer(home: House) -> None:
    with home.store.read() as session, pytest.raises(Refusal) as refused:
        copy_of(session, "https://house.example.org/nowhere")
    assert refused.value.code == "link.none"


def test_the_rules_say_how_long_a_look_counts() -> None:
    assert timedelta(days=limit("link-safety.days")) == LASTS
