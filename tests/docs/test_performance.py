"""docs/performance.md: what it tells people to type is understood, and every figure it explains is one that is told."""

from tests.docs.test_pages import typed, understood
from tests.house.committed import ROOT
from worker.bench.__main__ import VERBS

PAGE = ROOT / "docs" / "performance.md"


def test_every_command_of_the_page_can_be_typed() -> None:
    words = list(typed(PAGE))
    assert {one[1] for one in words} == set(VERBS)
    for one in words:
        understood(one)


def test_every_figure_is_one_that_a_verb_tells() -> None:
    rows = [line.split("|")[1] for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    told = "".join((ROOT / "worker" / "bench" / f"{name}.py").read_text("utf-8") for name in ("release", "burst"))
    named = {name.strip() for row in rows for name in row.split(",")} & set(FIGURES)
    assert named == set(FIGURES)
    assert [name for name in FIGURES if name not in told] == []


FIGURES = (
    "floor_per_s", "rate_per_s", "ratio", "cpu_ms_a_post", "lateness_ms", "lost", "doubled", "uncertain", "unrecorded",
    "enqueue_per_s", "tick_ms", "start_up_s", "idle", "memory_mb", "stops",
)  # fmt: skip
