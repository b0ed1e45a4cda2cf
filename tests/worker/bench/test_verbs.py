"""Each verb of `bench` measures something and says it in the shape its docstring promises."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from content.checks import rules
from content.errors import Refusal
from worker.bench import beside, checks, desk, render, review
from worker.bench.burst import Stand
from worker.bench.figures import at_least, at_most, percentile
from worker.bench.plan import Size
from worker.bench.report import written

SMALL = ("--narratives", "30", "--accounts", "30")


def bench(tmp_path: Path, *words: str) -> dict[str, Any]:
    """What `counterpoint bench … --json` prints."""
    environment = {**os.environ, "TMPDIR": str(tmp_path), "COUNTERPOINT_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        (sys.executable, "-P", "-c", "from cli.main import main; main()", "bench", *words, "--json"),
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert list(tmp_path.glob("counterpoint-bench-*")) == [], "the run left its folder behind"
    return found


@pytest.mark.wide
def test_checks_says_what_one_message_costs() -> None:
    found = checks.measure(messages=4, terms=5)
    assert found.keys() == {
        "bench", "machine", "messages", "characters", "terms", "cpu_ms", "check_ms", "floor_ms", "ratio", "facts_ms",
        "languages", "by_check", "import_s", "memory_mb", "goals",
    }  # fmt: skip
    assert found["languages"].keys() == {"en", "ar", "fr", "de"}
    assert all(told.keys() == {"0", "200", "5000"} for told in found["languages"].values())
    assert found["languages"]["ar"]["200"].keys() == {"p50_ms", "p95_ms", "ratio"}
    assert found["by_check"].keys() == set(rules.WORDS)
    assert sum(told["share"] for told in found["by_check"].values()) == pytest.approx(1, abs=0.01)
    assert found["check_ms"]["mean"] > found["floor_ms"]["mean"]
    assert "bench checks" in written(found)


@pytest.mark.parametrize("language", ["en", "ar", "fr", "de"])
def test_a_message_of_checks_has_four_hundred_characters(language: str) -> None:
    words = checks._OF_LANGUAGE[language]
    assert {len(checks.text(random.Random(seed), words=words)) for seed in range(20)} == {400}


@pytest.mark.wide
def test_render_compares_with_bare_jinja(tmp_path: Path) -> None:
    found = render.measure(tmp_path / "home", 5)
    assert found.keys() == {
        "bench", "machine", "messages", "characters", "format_per_s", "checks_per_s", "both_per_s", "floor_per_s",
        "ratio", "goals",
    }  # fmt: skip
    assert found["floor_per_s"] > found["both_per_s"] > 0


@pytest.mark.wide
@pytest.mark.timeout(300)  # some sixty pages, each by whom it lets in, and all that stands behind them
def test_desk_asks_every_list_for_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "UNITS", 300)
    monkeypatch.setattr(desk, "WARM", 0)
    found = desk.measure(desk.Wanted(tmp_path / "home", "", rows=1200, times=1))
    assert {*desk.PAGES, "messages, on", "record, far on", "preview"} <= found["pages"].keys()
    assert all(one["wall_ms"]["p95"] > 0 and one["bytes"] > 500 for one in found["pages"].values())
    assert len(found["goals"]) == len(found["pages"]) + 1
    assert "record of a person" in written(found)


@pytest.mark.wide
def test_review_asks_every_list_for_a_page(tmp_path: Path) -> None:
    wanted = review.Wanted(tmp_path / "home", "", items=30, pending=30, narratives=5, accounts=5)
    found = review.measure(wanted)
    assert found["lists"].keys() == found["ratio"].keys() == {*review.LISTS, "review list from the middle"}
    assert found["lists"]["review list"]["rows"] == 30, "all that wait"
    assert found["lists"]["review list from the middle"]["rows"] == 15, "all that come after that"
    assert found["lists"]["show one message"]["rows"] == 1
    assert found["floor_ms"]["p50"] > 0
    assert "review list" in written(found)


def test_peers_says_how_to_install_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(beside, "find_spec", lambda name: None)
    wanted = beside.Wanted(tmp_path, "", "", Size(0, 1), 1, "exact", ["celery", "apscheduler"])
    with pytest.raises(Refusal, match=r"uv sync --extra bench") as refused:
        beside.measure(wanted)
    assert refused.value.code == "bench.peers"


@pytest.mark.fault
@pytest.mark.timeout(300)
def test_peers_puts_one_burst_through_each(tmp_path: Path) -> None:
    found = bench(tmp_path, "peers", "--due", "20", "--pending", "5", "--workers", "1", "--systems",
                  "celery,apscheduler", *SMALL)  # fmt: skip
    (round_,) = found["rounds"]
    assert round_.keys() == {"counterpoint", "celery", "apscheduler"}
    assert round_["counterpoint"]["lost"] == round_["counterpoint"]["early"] == 0
    for one in round_.values():
        assert {"rate_per_s", "lateness_ms", "early", "lost", "doubled", "memory_mb"} <= one.keys()


@pytest.mark.fault
@pytest.mark.timeout(300)
def test_intake_queues_prepares_imports_and_judges_again(tmp_path: Path) -> None:
    found = bench(tmp_path, "intake", "--queue", "20", "--prepare", "5", "--rows", "10", "--clearances", "5", *SMALL)
    assert {name: found[name]["done"] >= least for name, least in
            (("queue", 20), ("prepare", 5), ("import", 10), ("reevaluate", 5))} == dict.fromkeys(
        ("queue", "prepare", "import", "reevaluate"), True)  # fmt: skip
    assert len(found["goals"]) == 3


@pytest.mark.fault
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["exact", "once"])
def test_release_sends_a_burst_once_and_refuses_what_was_planted(tmp_path: Path, kind: str) -> None:
    found = bench(tmp_path, "release", "--pending", "50", "--due", "20", "--class", kind, "--workers", "1", "--idle",
                  "1", *SMALL)  # fmt: skip
    (burst,) = found["rounds"]
    assert burst["posts"] == 15
    assert {name: burst[name] for name in ("early", "lost", "doubled", "uncertain", "unrecorded")} == dict.fromkeys(
        ("early", "lost", "doubled", "uncertain", "unrecorded"), 0
    )
    assert all(told == {"planted": 1, "refused": 1, "sent": 0} for told in burst["planted"].values())
    assert burst["void"] == found["void"] == []
    assert 0 < burst["ratio"] < 1
    assert found["memory_mb"].keys() == {"worker-1", "beat"}
    assert found["start_up_s"] > 0


@pytest.mark.fault
@pytest.mark.timeout(300)
def test_release_times_stops_in_the_middle_of_a_burst(tmp_path: Path) -> None:
    found = bench(tmp_path, "release", "--pending", "0", "--due", "40", "--workers", "1", "--idle", "0", "--call-ms",
                  "50", "--class", "once", "--stop", *SMALL)  # fmt: skip
    assert [stop["kind"] for stop in found["stops"]] == ["hold", "withdrawal", "pause"]
    assert [stop["intents_after"] for stop in found["stops"]] == [0, 0, 0]
    assert found["rounds"][0]["states"]["scheduled"] > 0, "the pause kept something back"


def test_a_planted_post_ends_by_being_refused() -> None:
    assert Stand("scheduled", "hold-window: not now").ended("held")
    assert Stand("scheduled", "").ended("held"), "a claim may leave out what is held"
    assert Stand("blocked", "version.changed").ended("digest")
    assert not Stand("scheduled", "").ended("digest")
    assert not Stand("published", "").ended("digest")
    assert not Stand("scheduled", "hold-window: not now").ended(None)


def test_goals_and_percentiles() -> None:
    assert [percentile(list(range(1, 101)), share) for share in (0, 0.5, 0.99, 1)] == [1, 50, 99, 100]
    assert percentile([], 0.5) is None
    assert (at_most("a", 1, 1.0).holds, at_most("a", 1, 1.1).holds, at_least("a", 2, None).holds) == (True, False, None)


def test_one_in_a_hundred_is_planted_at_the_end_of_each_burst() -> None:
    size = Size(pending=0, due=1000, rounds=2)
    kinds = [size.kind(unit) for unit in range(1, size.units)]
    assert [index + 1 for index, kind in enumerate(kinds) if kind] == [*range(991, 1001), *range(1991, 2001)]
    assert {kinds.count(kind) for kind in {*kinds} - {None}} == {4}
