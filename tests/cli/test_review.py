"""`queue`, `show`, `preview`, `review`, `go` and `renew` through the real command line."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from content.message import Version, Wording
from content.organisation import raise_epoch
from content.protect import enter
from content.protected_term import ProtectedTerm, TermHit
from content.store import now
from content.zone import local_at
from tests import factory, shortcuts
from tests.cli.conftest import Answer, Shell
from tests.factory import House
from worker import prepare


@pytest.fixture
def house(shell: Shell) -> House:
    return factory.furnish(shell.store)


def words(shell: Shell, message: str = "M-1", person: bool = False, **more: str) -> list[str]:
    """A command that queues a message for tomorrow."""
    with shell.store.read() as session:
        start = now(session) + timedelta(days=1)
    narrative, passage, stance = ("N-1", "p1", "s1") if person else ("N-2", "p2", "s2")
    options = {
        "--campaign": "spring", "--narrative": narrative, "--language": "en", "--template": "infighting/plain",
        "--passage": passage, "--stance": stance, "--account": "site", "--start": f"{start:%Y-%m-%d %H:%M}",
        "--zone": "UTC", "--as": "alice",
    }  # fmt: skip
    given = options | {f"--{key}": value for key, value in more.items()}
    return ["queue", message, *(word for pair in given.items() for word in pair)]


def prepared(shell: Shell) -> None:
    prepare.look(shell.store, shell.told)


def records(answer: Answer) -> list[dict[str, Any]]:
    assert answer.code == 0, answer.err
    return [json.loads(line) for line in answer.out.splitlines()]


def test_a_message_goes_from_the_queue_to_a_clearance(shell: Shell, house: House) -> None:
    assert "number 1" in shell.run(*words(shell, person=True)).out
    assert records(shell.run("show", "--json"))[0]["state"] == "queued"
    prepared(shell)
    (waits,) = records(shell.run("show", "M-1", "--json"))
    assert (waits["state"], waits["tier"], waits["missing"]) == ("waiting", 2, ["content", "safeguarding"])
    (line,) = records(shell.run("review", "list", "--json", "--as", "bob"))
    short, seen = line["digest"][:8], str(line["evaluation"])
    sheet = shell.run("review", "show", short, "--as", "bob")
    assert factory.PASSAGE in sheet.out
    assert "source: Example Press, 2015" in sheet.out
    assert "consent: basis published" in sheet.out
    assert f"--seen {seen}" in sheet.out
    assert "others must still answer" in shell.run("review", "approve", short, "--seen", seen, "--as", "bob").out
    assert "is cleared" in shell.run("review", "approve", short, "--seen", seen, "--as", "dana").out
    prepared(shell)
    (cleared,) = records(shell.run("show", "M-1", "--json"))
    assert cleared["state"] == "cleared"
    assert [post["state"] for post in cleared["posts"]] == ["scheduled"]


def test_the_preview_is_exactly_what_goes_with_length_and_origin(shell: Shell, house: House) -> None:
    shell.run(*words(shell, account="bluesky-en"))
    shown = shell.run("preview", "M-1", "en", "--as", "alice")
    assert shown.code == 0, shown.err
    assert factory.PASSAGE in shown.out
    assert " of 300 graphemes" in shown.out
    assert "passage N-2/p2@1" in shown.out
    leaf, end = records(shell.run("preview", "M-1", "en", "--json", "--as", "alice"))
    assert leaf["parts"][0]["spans"]
    prepared(shell)
    with shell.store.read() as session:
        made = session.exec(select(Version)).one()
    assert made.digest == end["digest"]


def test_a_check_of_an_order_queues_nothing(shell: Shell, house: House) -> None:
    shown = shell.run(*words(shell), "--check")
    assert factory.PASSAGE in shown.out
    with shell.store.read() as session:
        assert session.exec(select(Wording)).all() == []


def test_what_cannot_be_queued_is_said_on_stderr_with_what_to_do(shell: Shell, house: House) -> None:
    answer = shell.run(*words(shell, account="nowhere", passage="p9"))
    assert answer.code == 1
    assert "[message.account]" in answer.err
    assert "[message.passage]" in answer.err


def test_while_composing_a_protected_term_gives_nothing_away_and_is_counted(shell: Shell, house: House) -> None:
    with shell.store.write() as session:
        hashed = enter("Open House", factory.KEYS.terms).as_json()
        session.add(ProtectedTerm(organisation_id=house.organisation.id or 0, narrative_id=house.narrative.id or 0,
                                  hashed=hashed, sealed="", entered_by=house.id("kim"), at=now(session)))  # fmt: skip
        raise_epoch(session, house.organisation.id or 0)
    *_, end = records(shell.run(*words(shell), "--check", "--json"))
    (found,) = [one for one in end["answers"] if one["check"] == "id-protected-term"]
    assert (found["reason"], found["span"], found["leaf"]) == ("Safeguarding needs to see this.", None, None)
    with shell.store.read() as session:
        assert [hit.person_id for hit in session.exec(select(TermHit))] == [house.id("alice")]
    shell.run(*words(shell))
    prepared(shell)
    digest = records(shell.run("show", "--json"))[0]["digest"]
    (blind,) = [r for r in _answers(shell, digest, "bob") if r["check"] == "id-protected-term"]
    assert blind["span"] is None
    assert all(r["span"] for r in _answers(shell, digest, "dana") if r["check"] == "id-protected-term")


def _answers(shell: Shell, digest: str, who: str) -> list[dict[str, Any]]:
    (sheet,) = records(shell.run("review", "show", digest, "--json", "--as", who))
    found: list[dict[str, Any]] = sheet["answers"]
    return found


def test_own_approval_is_refused(shell: Shell, house: House) -> None:
    shell.run(*words(shell, translator="tom"))
    prepared(shell)
    (line,) = records(shell.run("review", "list", "--json", "--as", "bob"))
    answer = shell.run("review", "approve", line["digest"], "--seen", str(line["evaluation"]), "--as", "tom")
    assert answer.code == 1
    assert "[verdict.own]" in answer.err


def test_sending_back_revoking_and_renewing(shell: Shell, house: House) -> None:
    for message in ("M-1", "M-2"):
        shell.run(*words(shell, message))
    prepared(shell)
    one, two = records(shell.run("review", "list", "--json", "--as", "bob"))
    seen = ("--seen", str(one["evaluation"]), "--as", "bob")
    assert shell.run("review", "send-back", one["digest"], *seen).code == 2, "a reason is an option that must be given"
    assert shell.run("review", "send-back", one["digest"], "--reason", "unclear", *seen).code == 0
    assert "sent back: unclear" in shell.run("show", one["message"]).out, "the reason is the author's to read"
    (cleared,) = records(
        shell.run("review", "approve", two["digest"], "--json", "--seen", str(two["evaluation"]), "--as", "bob")
    )
    with shell.store.write() as session:
        shortcuts.post_all(session)
    revoked = shell.run("review", "revoke", str(cleared["clearance"]), "--reason", "a report", "--as", "carol")
    assert revoked.code == 0, revoked.err
    assert "round 2" in shell.run("renew", two["digest"], "--as", "carol").out
    states = {line["message"]: line["state"] for line in records(shell.run("show", "--json"))}
    assert sorted(states.values()) == ["cleared", "sent_back"]


def test_a_go_names_its_day(shell: Shell, house: House) -> None:
    with shell.store.write() as session:
        version = factory.version(session, house)
        given = factory.clearance(session, house, version, tier=3)
        post = factory.post(session, house, given, due=now(session) + timedelta(hours=13))
        session.refresh(post)
        day = local_at(post.due_at, "Europe/London").date()
    assert shell.run("go", "tomorrow", "--as", "sam").code == 1
    assert records(shell.run("go", str(day), "--json", "--as", "sam")) == [{"posts": [post.id]}]


FILE = """ref: M-7
campaign: spring
narrative: N-2
languages:
  en:
    template: infighting/plain
    passages: [p2]
    stance: s2
    accounts: [site, ACCOUNT]
    zone: Europe/London
    start: +2d 18:30
"""


def test_messages_of_a_file_are_queued_or_refused_by_name(shell: Shell, house: House) -> None:
    good = shell.file("good.yaml", "messages:\n  - " + FILE.replace("ACCOUNT", "facebook-gb").replace("\n", "\n    "))
    done = shell.run("queue", "--file", good, "--as", "alice")
    assert (done.code, done.out) == (0, "1 queued, 0 refused\n"), done.err
    bad = shell.file(
        "bad.yaml", "messages:\n  - " + FILE.replace("ACCOUNT", "nowhere").replace("M-7", "M-8").replace("\n", "\n    ")
    )
    refused = shell.run("queue", "--file", bad, "--as", "alice")
    assert refused.code == 1
    assert "[message.account]" in refused.err


def test_words_are_taken_handed_on_and_put_back_in_a_shell(shell: Shell, house: House) -> None:
    shell.run(*words(shell))
    prepared(shell)
    (line,) = records(shell.run("review", "list", "--json", "--as", "bob"))
    short = line["digest"][:8]
    assert "in your hand until" in shell.run("review", "take", short, "--as", "bob").out
    assert records(shell.run("review", "list", "--mine", "--json", "--as", "bob"))[0]["holder"] == "Bob Content"
    assert shell.run("review", "take", short, "--as", "carol").code == 1
    assert "in the hand of carol" in shell.run("review", "hand", short, "--to", "carol", "--as", "bob").out
    assert "in the hand of Carol Content until" in shell.run("review", "show", short, "--as", "bob").out
    assert shell.run("review", "leave", short, "--as", "carol").code == 0
    assert records(shell.run("review", "list", "--mine", "--json", "--as", "carol")) == []


def test_the_list_in_a_shell_is_narrowed_as_on_the_desk(shell: Shell, house: House) -> None:
    shell.run(*words(shell))
    prepared(shell)
    for option, value, found in (("--tier", "1", 1), ("--tier", "3", 0), ("--language", "ar", 0), ("--age", "5", 0)):
        assert len(records(shell.run("review", "list", option, value, "--json", "--as", "bob"))) == found
