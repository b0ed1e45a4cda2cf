"""`user`, `clear`, `consent`, `hold`, `pause`, `resume`, `recall`, `helpline`, `protect`, `audit`, `status`."""

import io
import json

import pytest
from sqlmodel import select

from content import journal
from content.protected_term import ProtectedTerm
from content.record import seal
from tests import factory
from tests.cli.conftest import Shell
from tests.factory import House


@pytest.fixture
def house(shell: Shell) -> House:
    return factory.furnish(shell.store)


def test_a_role_is_given_in_a_shell_and_no_name_is_printed(shell: Shell) -> None:
    given = shell.run("user", "grant", "alice", "legal", "--as", "bob")
    number = given.out.split()[1].rstrip(":")
    assert "[rights.role]" in shell.run("user", "confirm", number, "--as", "carol").err
    assert shell.run("user", "confirm", number, "--as", "dana").code == 0
    listed = shell.run("user", "list", "--json")
    assert not any(founder.name in listed.out for founder in factory.FOUNDERS)
    row = next(row for row in map(json.loads, listed.out.splitlines()) if row["grant"] == int(number))
    assert (row["person"], row["role"], row["state"]) == ("alice", "legal", "confirmed")
    assert shell.run("user", "revoke", number, "--as", "kim").code == 0


def test_somebody_new_is_entered_without_a_role_and_can_be_erased(
    shell: Shell, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("Nora Newcomer\n"))
    entered = shell.run("user", "add", "nora", "--as", "kim")
    assert entered.code == 0, entered.err
    assert "Newcomer" not in entered.out
    assert "[rights.role]" in shell.run("user", "erase", "nora", "--as", "nora").err
    assert shell.run("user", "erase", "nora", "--as", "dana").code == 0
    assert "[rights.unknown]" in shell.run("pause", "all", "--as", "nora").err
    assert [row["stop"].partition(":")[0] for row in journal.stops_book(shell.told.journal, None).rows] == ["erased"]


def test_words_that_name_nothing_are_refused_in_prose(shell: Shell, house: House) -> None:
    for words, code in (
        (("hold", "N-1", "--kind", "boredom"), "hold.kind"),
        (("hold", "N-404"), "narrative.none"),
        (("hold", "N-1", "--until", "tomorrow"), "instant.unreadable"),
        (("consent", "grant", "N-1", "--basis", "rumour"), "consent.basis"),
        (("pause", "weather"), "pause.scope"),
        (("user", "grant", "nobody", "legal"), "people.none"),
        (("recall", "404"), "post.none"),
        (("clear",), "clearing.nothing"),
    ):
        answer = shell.run(*words, "--as", "dana")
        assert (answer.code, f"[{code}]" in answer.err) == (1, True), answer.err


def test_a_wrong_token_acts_for_nobody(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTERPOINT_TOKEN", "wrong")
    for ref in ("dana", "nobody"):
        answer = shell.run("user", "grant", "alice", "legal", "--as", ref)
        assert (answer.code, "[rights.unknown]" in answer.err) == (1, True)


def test_material_is_cleared_in_a_shell_by_two(shell: Shell, house: House) -> None:
    with shell.store.write() as session:
        factory.passage(session, house.narrative, house.people["alice"], "p9", "A new sentence.")
    assert "[clearing.tags]" in shell.run("clear", "N-1/p9", "--as", "bob").err
    assert shell.run("clear", "N-1/p9", "--no-tags", "--as", "bob").out == "N-1/p9: cleared as content\n"
    waiting = shell.run("clear", "--waiting", "--json", "--as", "dana")
    assert [json.loads(line)["text"] for line in waiting.out.splitlines()] == ["A new sentence."]
    done = shell.run("clear", "N-1/p9", "--attribute", "origin", "--as", "dana")
    assert done.out == "N-1/p9: cleared as safeguarding\n"


def test_several_are_cleared_together_or_none(shell: Shell, house: House) -> None:
    with shell.store.write() as session:
        factory.block(session, house.organisation, house.people["alice"], "new-en", "connector", "They said:")
    before = shell.rows()
    assert "[material.none]" in shell.run("clear", "new-en", "no-such-block", "--as", "bob").err
    assert shell.rows() == before
    assert shell.run("clear", "new-en", "--as", "bob").code == 0


def test_a_withdrawal_shows_its_numbers_before_and_after(shell: Shell, house: House) -> None:
    with shell.store.write() as session:
        waiting = factory.cleared_post(session, house, of=house.narrative)
        live = factory.brought(session, factory.cleared_post(session, house, of=house.narrative), "published")
    before = shell.rows()
    shown = shell.run("consent", "withdraw", "N-1", "--preview", "--as", "kim")
    assert "1 cancelled, 1 recalled" in shown.out
    assert shell.rows() == before
    done = shell.run("consent", "withdraw", "N-1", "--json", "--as", "kim")
    assert json.loads(done.out) | {"id": 0} == {
        "kind": "withdraw", "id": 0, "cancelled": [waiting.id], "recalled": [live.id], "running": [],
    }  # fmt: skip
    assert [row["kind"] for row in journal.stops_book(shell.told.journal, None).rows] == ["withdraw"]


def test_consent_is_granted_assessed_narrowed_and_shown(shell: Shell, house: House) -> None:
    with shell.store.write() as session:
        factory.narrative(session, house.organisation, house.people["alice"], "N-9")
    scope = ("--channels", "site,facebook", "--languages", "en", "--territories", "GB", "--reach", "fenced")
    granted = shell.run(
        "consent", "grant", "N-9", "--basis", "published", *scope, "--until", "2031-12-31", "--as", "kim"
    )
    assert granted.code == 0, granted.err
    assert "[rights.role]" in shell.run("consent", "assess", "N-9", "--ok", "--as", "bob").err
    assert shell.run("consent", "assess", "N-9", "--ok", "--as", "dana").code == 0
    assert shell.run("consent", "narrow", "N-9", "--channels", "site", "--as", "kim").code == 0
    assert shell.run("consent", "reconfirm", "N-9", "--reconfirm-by", "2030-01-01", "--as", "kim").code == 0
    shown = json.loads(shell.run("consent", "show", "N-9", "--as", "kim").out)
    assert (shown["channels"], shown["reuse_decision"]) == (["site"], "ok")
    assert shown["until"].startswith("2032-01-01T00:00")
    assert "[consent.reach]" in shell.run("consent", "narrow", "N-9", "--reach", "galaxy", "--as", "kim").err


def test_anyone_pauses_and_two_resume(shell: Shell, house: House) -> None:
    paused = json.loads(shell.run("pause", "theme", "brutality", "--json", "--as", "alice").out)
    assert "waits for a second person" in shell.run("resume", str(paused["id"]), "--as", "bob").out
    assert "is lifted" in shell.run("resume", str(paused["id"]), "--as", "dana").out
    assert shell.run("pause", "--list", "--json", "--as", "alice").out == ""
    assert [row["kind"] for row in journal.stops_book(shell.told.journal, None).rows] == ["pause"]


def test_a_hold_is_set_listed_and_lifted_and_staff_never_see_why(shell: Shell, house: House) -> None:
    held = shell.run("hold", "N-1", "--kind", "asylum", "--until", "2031-01-31", "--as", "kim")
    assert held.code == 0, held.err
    assert "[rights.role]" in shell.run("hold", "--list", "--as", "alice").err
    row = json.loads(shell.run("hold", "--list", "--json", "--as", "dana").out)
    assert (row["narrative"], row["kind"]) == ("N-1", "asylum")
    assert "[rights.own]" in shell.run("hold", "--lift", str(row["hold"]), "--as", "kim").err
    assert shell.run("hold", "--lift", str(row["hold"]), "--as", "dana").code == 0


def test_one_reviewer_recalls(shell: Shell, house: House) -> None:
    with shell.store.write() as session:
        live = factory.brought(session, factory.cleared_post(session, house), "published")
    assert shell.run("recall", str(live.id), "--reason", "a slip", "--as", "carol").code == 0
    with shell.store.read() as session:
        assert factory.states(session, live) == ["recalling"]


def test_a_helpline_is_verified_by_a_person(shell: Shell, house: House) -> None:
    before = shell.rows()["helpline_check"]
    assert shell.run("helpline", "verify", "helpline-gb-en", "--as", "bob").code == 0
    assert shell.rows()["helpline_check"] == before + 1
    assert "[rights.role]" in shell.run("helpline", "verify", "helpline-gb-en", "--as", "alice").err
    assert "[helpline.none]" in shell.run("helpline", "verify", "context-en", "--as", "bob").err


def test_the_keeper_sees_who_met_protected_terms_again_and_again_and_no_author_does(shell: Shell) -> None:
    assert "Nobody's" in shell.run("protect", "--alarms", "--as", "kim").out
    assert shell.run("protect", "--alarms", "--as", "alice").code == 1


def test_a_protected_term_is_never_echoed_or_stored(
    shell: Shell, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("Zubeyda Qanari\n\nمريم القناري\n".encode())))
    answer = shell.run("protect", "N-1", "--as", "kim")
    assert (answer.code, answer.out) == (0, "2 protected for N-1\n")
    with shell.store.read() as session:
        stored = session.exec(select(ProtectedTerm)).all()
    assert len(stored) == 2
    assert "Qanari" not in json.dumps([row.model_dump(mode="json") for row in stored])


def test_a_term_nobody_could_match_is_refused_without_saying_it(
    shell: Shell, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"Sel Darane\n!?!\n")))
    answer = shell.run("protect", "N-1", "--as", "kim")
    assert answer.code == 1
    assert "term 2" in answer.err
    assert "!?!" not in answer.err
    assert shell.rows()["protected_term"] == 0


def test_the_record_is_verified_here_and_offline(shell: Shell, house: House) -> None:
    with shell.store.write() as session:
        seal(session)
    with shell.store.read() as session:
        journal.export(session, shell.told.journal)
    assert "verified" in shell.run("audit", "verify").out
    file = shell.folder / "record.jsonl"
    assert shell.run("audit", "export", "--out", file).code == 0
    assert json.loads(shell.run("audit", "verify", file, "--json").out)["keyed"] is True
    lines = file.read_text("utf-8").splitlines()
    file.write_text("\n".join(lines[:-1]) + "\n", "utf-8")
    cut = shell.run("audit", "verify", file)
    assert (cut.code, "[head.cut]" in cut.err) == (1, True)


def test_a_rehearsal_says_so_and_its_clock_moves_forward_only(shell: Shell) -> None:
    assert shell.run("status").out.startswith("REHEARSAL")
    assert shell.run("rehearse", "+2d", "--as", "kim").code == 0
    assert json.loads(shell.run("status", "--json").out)["clock_offset"] == 172_800
    for step in ("-1h", "soon", "+0h"):
        assert shell.run("rehearse", "--as", "kim", "--", step).code == 1
