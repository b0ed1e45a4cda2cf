"""`rules` and `check --shadow` as people type them."""

import json

from sqlalchemy import text

from content.checks.rules import RULES
from content.organisation import Adoption
from content.sample import FOLDER
from content.store import now
from tests.cli.conftest import Shell

FILES = ("organisation.yaml", "blocks.yaml", "campaigns", "narratives", "consent.yaml")
OLD = "2026-01-01.1+0123456789ab"


def imported(shell: Shell) -> None:
    shell.run("import", *(FOLDER / name for name in FILES), "--as", "kim")


def upgraded(shell: Shell) -> None:
    """As if an older program had founded it."""
    imported(shell)
    with shell.store.write() as session:
        at = now(session)
        made = Adoption(organisation_id=1, rules=OLD, proposed_by=1, proposed_at=at, confirmed_by=2, confirmed_at=at)
        session.add(made)
        session.flush()
        session.execute(text("UPDATE organisation SET rules = :old"), {"old": OLD})


def doctor(shell: Shell) -> dict[str, object]:
    rows = map(json.loads, shell.run("doctor", "--json").out.splitlines())
    return next(row for row in rows if row["name"] == "rules")


def test_a_fresh_instance_goes_by_the_rules_it_was_founded_with(shell: Shell) -> None:
    imported(shell)
    assert json.loads(shell.run("rules", "show", "--json").out)["adopted"] == RULES
    assert "Nothing waits." in shell.run("rules", "show").out
    assert doctor(shell)["ready"] is True


def test_two_people_adopt_what_an_upgrade_brings(shell: Shell) -> None:
    upgraded(shell)
    assert "rules propose" in str(doctor(shell)["todo"])
    assert shell.run("rules", "propose", "--as", "bob").code == 0
    assert "bob proposed" in shell.run("rules", "show").out
    assert "rules.second" in shell.run("rules", "confirm", "--as", "bob").err
    assert "They are proposed" in str(doctor(shell)["todo"])
    assert shell.run("rules", "confirm", "--as", "dana").code == 0
    assert doctor(shell)["ready"] is True


def test_a_shadow_run_answers_in_words_and_in_json(shell: Shell) -> None:
    imported(shell)
    file = shell.file("new.json", '{"checks": {"hashtag-hygiene": "shadow"}}')
    before = shell.rows()
    answer = shell.run("check", "--shadow", file, "--days", "30")
    assert answer.code == 0
    assert "newly blocked: 0; newly needs: 0; newly free: 0; only watched: 0. Nothing was written." in answer.out
    assert json.loads(shell.run("check", "--shadow", file, "--json").out) == {"judged": 0, "days": 90}
    assert shell.rows() == before


def test_a_check_takes_cases_or_a_shadow(shell: Shell) -> None:
    assert shell.run("check").code == 2
    file = shell.file("bad.json", "{")
    assert "proposal.json" in shell.run("check", "--shadow", file).err
    assert "proposal.unreadable" in shell.run("check", "--shadow", shell.folder / "none.json").err


def test_a_shadow_run_is_kept_for_the_page_by_somebody_who_may_adopt_rules(shell: Shell) -> None:
    imported(shell)
    file = shell.file("new.json", '{"checks": {"hashtag-hygiene": "shadow"}}')
    rows = shell.rows()
    refused = shell.run("check", "--shadow", file, "--keep", "--as", "alice")
    assert (refused.code, "[rights.role]" in refused.err, shell.rows()) == (1, True, rows)
    kept = shell.run("check", "--shadow", file, "--keep", "--as", "bob")
    assert (kept.code, "Kept for the page of rules." in kept.out) == (0, True), kept.err
    assert shell.rows()["trial"] == 1
