"""The rules as data: complete, and never other than their version says."""

import inspect
import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from content.checks import engine, facts, rules, shipped, words
from content.checks.engine import Check
from content.checks.finding import Finding, Severity
from content.checks.records import WordsCase
from content.checks.words import lexicons as lists
from content.limits import RULES_FILE, limits
from tests.content.checks import samples as s
from tests.docs.rules import checks, drawn, lexicons, version, written

TOLD = shipped.shipped()


def test_no_list_changed_under_the_version_of_the_rules() -> None:
    assert shipped.unchanged(), "run `python -m tests.docs.rules`, which raises the version, and commit what it writes"


def test_the_file_lists_every_check_with_its_severities_and_every_lexicon() -> None:
    assert TOLD["checks"] == checks()
    assert TOLD["lexicons"] == lexicons()
    assert RULES_FILE.read_text("utf-8") == written(TOLD)
    assert drawn() == TOLD


def test_the_rules_go_by_version_and_digest() -> None:
    assert f"{TOLD['version']}+{shipped.digest()[:12]}" == rules.RULES


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    for folder in shipped.LISTS:
        shutil.copytree(shipped.CONTENT / folder, tmp_path / folder)
    assert shipped.digest_of(TOLD, tmp_path) == shipped.digest()
    return tmp_path


@pytest.mark.parametrize("name", [name for name, _ in shipped.lists(shipped.CONTENT)])
def test_one_more_word_in_any_list_makes_other_rules(copied: Path, name: str) -> None:
    path = copied / name
    path.write_bytes(path.read_bytes() + b"\n#\n")
    assert shipped.digest_of(TOLD, copied) != shipped.digest()


def test_a_list_more_or_less_makes_other_rules(copied: Path) -> None:
    more = copied / "checks/words/lexicon/more.json"
    more.write_text("{}")
    assert shipped.digest_of(TOLD, copied) != shipped.digest()
    more.unlink()
    (copied / "lists/emoji.txt").unlink()
    assert shipped.digest_of(TOLD, copied) != shipped.digest()


def test_another_limit_or_severity_makes_other_rules() -> None:
    told = json.loads(json.dumps(TOLD))
    told["limits"]["hashtag-hygiene.most"] = 4
    assert shipped.digest_of(told, shipped.CONTENT) != shipped.digest()
    told = json.loads(json.dumps(TOLD))
    told["checks"]["hashtag-hygiene"]["many"] = "block"
    assert shipped.digest_of(told, shipped.CONTENT) != shipped.digest()


def test_line_ends_of_another_system_do_not(copied: Path) -> None:
    path = copied / "lists/shorteners.txt"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert shipped.digest_of(TOLD, copied) == shipped.digest()


def test_each_day_counts_its_versions() -> None:
    assert version({"version": "2026-11-22.1"}, "2026-11-29") == "2026-11-29.1"
    assert version({"version": "2026-11-29.9"}, "2026-11-29") == "2026-11-29.10"


def test_every_module_is_in_the_rules_or_nowhere() -> None:
    assert {module.ID for module in (*words.MODULES, *facts.MODULES)} >= set(TOLD["checks"])


@pytest.mark.parametrize(
    ("one", "other", "counts"),
    [
        ("warn", "block", "block"),
        ("block", "warn", "block"),
        ("warn", "specialist:legal", "specialist:legal"),
        ("specialist:legal", "specialist:content", "specialist:content"),
        ("specialist:legal", "warn", "specialist:legal"),
    ],
)
def test_the_rules_can_only_make_a_check_stricter(one: Severity, other: Severity, counts: Severity) -> None:
    assert shipped.stricter(one, other) == counts


def test_no_severity_is_invented() -> None:
    with pytest.raises(ValueError, match="no severity"):
        shipped.stricter("warn", "perhaps")  # type: ignore[arg-type]  # on purpose


def test_what_the_rules_make_stricter_is_counted_so() -> None:
    check = replace(engine.WORDS["hashtag-hygiene"], counted={"many": "block"})
    many = s.words("#LeavingISIS #LeavingISIS #LeavingISIS #LeavingISIS")
    found = engine.run(check, many)
    assert [(one.code, one.severity) for one in found if isinstance(one, Finding)] == [("many", "block")]


ALT = s.words(media=(s.picture(alt={"en": "An empty chair"}),))  # of 14 characters
PALE = s.words(media=(s.picture(contrast=3.5),))
TWO_KINDS = s.words("She is 25 and worked as a teacher.", narrative=s.narrative(tier=2))
FAR_OFF = s.words("Her brother, as all in the whole street knew back then, lives in Berlin.")


@pytest.mark.parametrize(
    ("name", "number", "case", "found"),
    [
        ("accessibility.alt_characters", 14, ALT, False),
        ("accessibility.contrast", 3, PALE, False),
        ("hashtag-hygiene.most", 0, s.words("#LeavingISIS"), True),
        ("id-quasi-combination.kinds", 2, TWO_KINDS, True),
        ("id-quasi-combination.risk_tier", 2, TWO_KINDS, True),
        ("id-relatives.characters", 70, FAR_OFF, True),
        ("moderation-cover.hours", 7, s.facts(), True),
        ("targeting-special-category.age", 21, s.facts(targeting=(("age", "18-24"),)), True),
    ],
)
def test_a_limit_is_the_number_that_counts(name: str, number: float, case: Any, found: bool) -> None:
    checks: Mapping[str, Check[Any]] = engine.WORDS if isinstance(case, WordsCase) else engine.FACTS
    check = checks[name.partition(".")[0]]
    assert _stops(check, case) is not found
    with limits({name: number}), lists.adding({}):  # which forgets what was read
        assert _stops(check, case) is found


def test_fewer_details_tell_who_somebody_is_where_the_risk_is_high() -> None:
    case, check = replace(TWO_KINDS, narrative=s.narrative(tier=3)), engine.WORDS["id-quasi-combination"]
    assert _stops(check, case)
    with limits({f"{check.id}.kinds_at_risk": 3}):
        assert not _stops(check, case)


def _stops(check: Check[Any], case: Any) -> bool:
    warns = set(check.severities.values()) == {"warn"}
    found = [one for one in engine.run(check, case) if isinstance(one, Finding)]
    return any(warns or one.severity != "warn" or one.code == "many" for one in found)


def test_every_limit_is_read_by_the_check_it_is_named_after() -> None:
    for name in TOLD["limits"]:
        check, _, number = name.partition(".")
        modules = [module for module in (*words.MODULES, *facts.MODULES) if check == module.ID]
        read = [inspect.getsource(module) for module in modules]
        assert any(f'"{name}"' in one or f"{{ID}}.{number}" in one for one in read), name
