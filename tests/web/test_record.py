"""The record on the desk: searched, in words, verified at a button and taken home as a file."""

import ast
import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from content import audit, people, stopping
from content.record import Record, Step, seal, write
from content.record_search import STEPS, Wanted, first_since, trail_page
from content.store import now
from tests import factory
from tests.house import committed
from tests.web.browser import Browser
from web.record import SUBJECTS

SignIn = Callable[[str], Browser]


def _rows(page: str) -> list[str]:
    """The rows of the table, without markup."""
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    return [" ".join(re.sub("<[^>]+>", " ", row).split()) for row in body.split("</tr>")[:-1]]


def test_a_step_is_told_in_words_with_the_name_of_who_took_it(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        stopping.pause(session, house.people["alice"], "language", "ar")
    page = sign_in("lena").get("/record?step=pause.set").text
    first = _rows(page)[0]
    assert "Alice Author" in first and "paused publishing" in first and 'class="chip">REHEARSAL' in page


def test_the_record_is_searched_by_person_step_subject_and_day(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        post = factory.cleared_post(session, house)
        stopping.pause(session, house.people["alice"], "all")
        today = f"{now(session):%Y-%m-%d}"
        tomorrow = f"{now(session) + timedelta(days=1):%Y-%m-%d}"
    bob = sign_in("bob")
    assert all("Alice Author" in row for row in _rows(bob.get("/record?who=alice").text))
    assert len(_rows(bob.get("/record?who=alice&step=pause.set").text)) == 1
    of_post = _rows(bob.get(f"/record?subject=post&id={post.id}").text)
    assert of_post and all("post" in row for row in of_post)
    assert len(_rows(bob.get(f"/record?step=pause.set&from={today}&to={today}").text)) == 1
    assert _rows(bob.get(f"/record?step=pause.set&from={tomorrow}").text) == []


def _of(house: factory.House, subject: str, named: object) -> list[tuple[str, str]]:
    """What the rows that are found are of, as the record has it."""
    with house.store.read() as session:
        found = trail_page(session, house.people["bob"], Wanted(subject=subject, number=str(named)), limit=200)
        return [(one.subject, one.number) for one in found.items]


@pytest.mark.parametrize(
    ("subject", "named", "action"),
    [
        ("narrative", "N-1", "narrative.risk"), ("account", "facebook-gb", "account.verify"),
        ("campaign", "spring", "evidence.take"), ("person", "tom", "person.disable"),
    ],
)  # fmt: skip
def test_what_a_row_is_of_is_named_as_pages_name_it(
    sign_in: SignIn, house: factory.House, subject: str, named: str, action: str
) -> None:
    rows = {"narrative": house.narrative, "account": house.accounts["facebook-gb"], "campaign": house.campaign,
            "person": house.people["tom"]}  # fmt: skip
    key = str(rows[subject].id)
    with house.store.write() as session:
        write(session, Step("worker:test", action, subject, key, {}))
        write(session, Step("worker:test", action, subject, 99999, {}))
    assert _of(house, subject, named) == _of(house, subject, key) and {*_of(house, subject, named)} == {(subject, key)}
    assert _rows(sign_in("bob").get(f"/record?subject={subject}&id={named}&step={action}").text) != []


def test_words_are_found_by_the_beginning_of_their_digest(house: factory.House) -> None:
    with house.store.write() as session:
        made = factory.version(session, house)
        factory.evaluation(session, made)
    assert {*_of(house, "version", made.digest[:8])} == {("version", made.digest)}


def test_a_message_has_the_rows_of_its_versions_clearances_and_posts_and_no_others(
    sign_in: SignIn, house: factory.House
) -> None:
    with house.store.write() as session:
        post = factory.cleared_post(session, house, ref="M-14")
        factory.cleared_post(session, house, ref="M-15")
    assert {*_of(house, "message", "M-14")} == {
        ("post", str(post.id)), ("version", post.digest), ("clearance", str(post.clearance_id))
    }  # fmt: skip
    assert "record?subject=message&amp;id=M-14" in sign_in("bob").get("/messages/M-14").text


def test_every_row_comes_once_the_newest_first_however_it_is_paged(house: factory.House) -> None:
    with house.store.read() as session:
        found, after = [], ""
        while True:
            page = trail_page(session, house.people["bob"], Wanted(), after, 7)
            found += [one.id for one in page.items]
            after = page.after
            if not after:
                break
        assert found == sorted(session.exec(select(Record.id)), reverse=True)


def test_a_search_leads_to_its_older_rows_with_the_same_questions(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        for _ in range(60):
            stopping.pause(session, house.people["alice"], "all")
    bob = sign_in("bob")
    link = re.search(r'href="(/record\?[^"]*after=[^"]*)"', bob.get("/record?step=pause.set").text)
    assert link
    older = _rows(bob.get(link[1].replace("&amp;", "&")).text)
    assert len(older) == 10 and all("paused publishing" in row for row in older)


def test_the_first_row_since_an_instant_is_found_by_halving(house: factory.House) -> None:
    with house.store.write() as session:
        before = now(session) + timedelta(hours=5)
        factory.move_on(session, timedelta(hours=10))
        stopping.pause(session, house.people["alice"], "all")
    with house.store.read() as session:
        wanted = session.exec(select(Record.id).where(col(Record.at) >= before).order_by(col(Record.id))).first()
        newest = session.exec(select(Record.id).order_by(col(Record.id).desc())).first() or 0
        assert first_since(session, before) == wanted
        assert first_since(session, now(session) + timedelta(days=1)) == newest + 1


def test_whoever_was_erased_has_no_name_in_the_record(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        stopping.pause(session, house.people["alice"], "all", "the red kettle")
        people.erase(session, house.people["kim"], session.get_one(people.Person, house.id("alice")))
    page = sign_in("bob").get("/record?step=pause.set").text
    assert "Alice Author" not in page and "somebody who was erased" in page and "the red kettle" not in page


def test_nobody_reads_in_the_record_that_a_hold_took_a_post_down(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        post = factory.brought(session, factory.cleared_post(session, house), "published")
        stopping.hold(
            session, house.people["kim"], session.get_one(type(house.narrative), post.narrative_id), "trial",
            take_down=True,
        )  # fmt: skip
    page = sign_in("alice").get(f"/record?subject=post&id={post.id}&step=post.recall").text
    assert "asked to take it down" in page and "hold</code>" not in page and "trial" not in page


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("who=nobody", "people.none"), ("step=secret", "record.step"), ("id=4", "record.subject"),
        ("from=x", "record.day"), ("after=nonsense", "page.sign"), ("subject=message", "record.subject"),
        ("subject=message&id=M-none", "message.none"), ("subject=narrative&id=N-none", "narrative.none"),
        ("subject=account&id=none", "account.none"), ("subject=campaign&id=none", "campaign.none"),
        ("subject=person&id=none", "people.none"), ("subject=version&id=00000000", "version.none"),
    ],
)  # fmt: skip
def test_what_cannot_be_looked_for_is_refused_in_prose(sign_in: SignIn, query: str, code: str) -> None:
    answer = sign_in("bob").get(f"/record?{query}")
    assert answer.status_code in (404, 422) and code in answer.text


def test_the_record_is_verified_whole_while_it_is_short(sign_in: SignIn, house: factory.House) -> None:
    page = sign_in("alice").post("/record/verify").text
    assert "The record holds together" in page and "rows were looked at" in page
    assert "counterpoint audit verify" in page


def test_a_row_that_was_changed_is_seen(sign_in: SignIn, house: factory.House) -> None:
    with house.store.write() as session:
        stopping.pause(session, house.people["alice"], "all")
    _forge(house)
    page = sign_in("bob").post("/record/verify").text
    assert "does not hold together" in page and "record.changed" in page


def test_of_a_long_record_the_newest_rows_are_verified_and_the_page_says_so(
    sign_in: SignIn, house: factory.House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.record.WHOLE", 5)
    bob = sign_in("bob")
    good = bob.post("/record/verify").text
    assert "The record holds together" in good and "What is older was not" in good
    with house.store.write() as session:
        stopping.pause(session, house.people["alice"], "all")
        seal(session)
    _forge(house)
    assert "record.changed" in bob.post("/record/verify").text


def test_the_newest_rows_must_follow_from_the_row_before_them(house: factory.House) -> None:
    with house.store.write() as session:
        stopping.pause(session, house.people["alice"], "all")
        seal(session)
    assert audit.verify_newest(house.store, 3).problems == ()
    with house.store.engine.begin() as connection:
        _unguarded(connection, "UPDATE record SET chain = 'other' WHERE seq = (SELECT max(seq) - 3 FROM record)")
    assert [one.code for one in audit.verify_newest(house.store, 3).problems] == ["chain.broken"]


def test_the_record_is_taken_home_as_a_file_that_verifies_elsewhere(
    sign_in: SignIn, house: factory.House, tmp_path: Path
) -> None:
    with house.store.write() as session:
        seal(session)
        whole = audit.export(session)
    answer = sign_in("alice").get("/record/export")
    with house.store.write() as session:
        seal(session)
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.content == whole == b"".join(audit.exported(house.store, 3))[: len(whole)]
    file = tmp_path / "record.jsonl"
    file.write_bytes(answer.content)
    assert audit.verify_file(file, []).problems == ()
    assert json.loads(answer.content.splitlines()[1])["action"] == "instance.init"


def test_every_step_of_the_record_has_its_words() -> None:
    """Those that the code writes by name; the page shows the others by their code."""
    words = committed.text("web/pages/record_words.html")
    assert [one for one in STEPS if f'"{one}":' not in words] == []
    named = set()
    for path in committed.python("content", "worker", "cli"):
        named |= set(re.findall(r'Step\([^"]*"([a-z_]+\.[a-z_]+)"', committed.text(path)))
        named |= set(re.findall(r'_(?:keep|write|written)\(session, .*"([a-z_]+\.[a-z_]+)"', committed.text(path)))
    assert len(named) > 40 and named <= set(STEPS)


def test_whatever_a_row_is_of_has_its_word() -> None:
    said = committed.text("web/pages/record_words.html").partition("set kinds")[2].partition("%}")[0]
    steps = [
        one
        for path in committed.python("content", "worker", "cli", "web")
        for one in ast.walk(ast.parse(committed.text(path)))
        if isinstance(one, ast.Call) and ast.unparse(one.func) in ("Step", "audit.Step")
    ]
    subjects = {one.args[2].value for one in steps if len(one.args) > 2 and isinstance(one.args[2], ast.Constant)}
    assert len(subjects) > 20 and sorted(one for one in {*subjects, *SUBJECTS} if f'"{one}":' not in said) == []


def _forge(house: factory.House) -> None:
    """Somebody with the database in their hands changes a row behind the guards."""
    with house.store.engine.begin() as connection:
        _unguarded(connection, "UPDATE record SET actor = 'person:3' WHERE action = 'pause.set'")


def _unguarded(connection, statement: str) -> None:  # type: ignore[no-untyped-def]
    if connection.dialect.name == "sqlite":
        for (name,) in connection.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'record'")
        ).all():
            connection.execute(text(f"DROP TRIGGER {name}"))
    else:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
    connection.execute(text(statement))
