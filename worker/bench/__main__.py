"""`python -m worker.bench VERB …`: what `counterpoint bench` starts; the command describes every option."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from content.errors import Refusal
from worker.bench import beside, checks, desk, intake, release, render, report, review
from worker.bench.plan import Size

Figures = dict[str, Any]


def main(words: list[str] | None = None) -> int:
    """Measures and prints; 1 where the run is void, refused, or missed goals that it insists on."""
    parser = _parser()
    told = parser.parse_args(words)
    try:
        figures = VERBS[told.verb](told)
    except Refusal as refusal:
        sys.stderr.write(f"refused: {refusal}\n")
        return 1
    sys.stdout.write(json.dumps(figures, sort_keys=True) + "\n" if told.json else report.written(figures))
    return 1 if figures.get("void") or figures.get("missed") else 0


def _release(told: argparse.Namespace) -> Figures:
    size = Size(
        pending=told.pending,
        due=told.due,
        rounds=told.rounds,
        finished=told.finished,
        narratives=told.narratives,
        accounts=told.accounts,
        loose=min(release.LOOSE, told.pending),
    )
    return release.measure(
        release.Wanted(
            told.home, told.database, told.broker, size, told.workers, told.kind, told.call_ms, told.idle, told.stop
        )
    )


def _checks(told: argparse.Namespace) -> Figures:
    return checks.measure(told.messages, told.terms)


def _render(told: argparse.Namespace) -> Figures:
    return render.measure(told.home, told.messages)


def _intake(told: argparse.Namespace) -> Figures:
    return intake.measure(
        intake.Wanted(
            told.home,
            told.database,
            told.queue,
            told.prepare,
            told.rows,
            told.clearances,
            told.narratives,
            told.accounts,
        )
    )


def _peers(told: argparse.Namespace) -> Figures:
    size = Size(told.pending, told.due, told.rounds, narratives=told.narratives, accounts=told.accounts)
    systems = told.systems.split(",") if told.systems else []
    wanted = beside.Wanted(told.home, told.database, told.broker, size, told.workers, told.kind, systems)
    return beside.measure(wanted)


def _review(told: argparse.Namespace) -> Figures:
    wanted = review.Wanted(told.home, told.database, told.items, told.pending, told.narratives, told.accounts)
    return review.measure(wanted)


def _desk(told: argparse.Namespace) -> Figures:
    return desk.measure(desk.Wanted(told.home, told.database, told.rows, told.times))


VERBS: dict[str, Callable[[argparse.Namespace], Figures]] = {
    "release": _release,
    "checks": _checks,
    "render": _render,
    "intake": _intake,
    "peers": _peers,
    "review": _review,
    "desk": _desk,
}
NUMBERS = (
    *("pending", "due", "rounds", "finished", "narratives", "accounts", "workers", "messages", "terms", "queue"),
    *("prepare", "rows", "clearances", "items", "times"),
)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="worker.bench")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in VERBS:
        one = verbs.add_parser(verb)
        one.add_argument("--json", action="store_true")
        one.add_argument("--home", type=Path, required=True)
        one.add_argument("--database", default="")
        one.add_argument("--broker", default="")
        for name in NUMBERS:
            one.add_argument(f"--{name}", type=int, default=0)
        one.add_argument("--class", dest="kind", choices=("exact", "once"), default="exact")
        one.add_argument("--call-ms", type=float, default=0.0)
        one.add_argument("--idle", type=float, default=0.0)
        one.add_argument("--systems", default="")
        one.add_argument("--stop", action="store_true")
    return parser


if __name__ == "__main__":
    sys.exit(main())
