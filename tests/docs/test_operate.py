"""docs/operate.md says what to do for every alarm, and of none that there is not; its rules can be read."""

import re
from typing import Any

import pytest
import yaml

from content.alarms import LIMITS, NEXT, alarms
from tests.content.test_alarms import QUIET
from tests.docs.test_pages import typed, understood
from tests.house.committed import ROOT
from worker import metrics

PAGE = ROOT / "docs" / "operate.md"
RULES = ROOT / "docs" / "prometheus-alarms.yml"


def sections() -> dict[str, str]:
    """What stands under each heading of the third level, by heading."""
    parts = re.split(r"(?m)^### (\S+)\n", PAGE.read_text("utf-8"))[1:]
    return {name: re.split(r"(?m)^## ", body)[0] for name, body in zip(parts[::2], parts[1::2], strict=True)}


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"] for rule in group["rules"]]


def test_every_alarm_has_its_section_and_every_section_its_alarm() -> None:
    assert sorted(sections()) == sorted(NEXT)


@pytest.mark.parametrize("code", NEXT)
def test_each_section_says_how_grave_it_is_and_what_to_do(code: str) -> None:
    first, _, rest = sections()[code].strip().partition(" ")
    assert first.rstrip(".,") in ("warn", "critical")
    assert len(rest.split()) >= 15
    if code in LIMITS:
        assert ("critical" in sections()[code].split(".")[0]) == (LIMITS[code].critical is not None)


def test_every_command_of_the_page_can_be_typed() -> None:
    words = list(typed(PAGE))
    assert len(words) >= 6
    for one in words:
        understood(one)


def test_every_rule_reads_a_series_that_there_is() -> None:
    told = metrics.text(QUIET, alarms(QUIET))
    known = {line.split()[2] for line in told.splitlines() if line.startswith("# TYPE")} | {"up"}
    for rule in rules():
        names = set(re.findall(r"\b(up|counterpoint_[a-z_]+)\b", rule["expr"]))
        assert names, rule["alert"]
        assert names <= known, rule["alert"]
        assert {"summary", "todo"} <= rule["annotations"].keys()
        assert rule["labels"]["severity"] in ("warning", "critical")
