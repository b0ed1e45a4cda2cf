"""`bench render`: formatting and the words checks, messages a second on one core, beside bare compiled Jinja.

JSON: {bench, machine, messages, characters, format_per_s, checks_per_s, both_per_s, floor_per_s, ratio, goals}.
Every figure counts processor time of this one process, so that a busy machine changes little. format: the shipped
template in the sandbox, with the provenance of every stretch; checks: all words checks on those words; floor: the
same template as plain Jinja, compiled once, plain strings in and a string out; ratio: both ÷ floor.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jinja2
from sqlmodel import Session, select

from content.checks.engine import judge_words
from content.checks.records import WordsCase
from content.checks.stored import words_cases
from content.message import Version
from content.rendering import Material, Piece, render
from content.template import Template, read
from worker.bench.figures import at_least, machine, plain, short
from worker.bench.load import load
from worker.bench.material import DISCLOSURE, HELPLINE, TEMPLATE
from worker.bench.place import instance
from worker.bench.plan import SOURCE_LINE, STANCE, Size

FORMAT = "facebook"
WARM = 20  # messages before any is counted


def measure(home: Path, messages: int) -> dict[str, Any]:
    """Loads as many messages into SQLite, so that the checks read what they read in earnest; then works on them."""
    with instance(home, "", "") as (store, told):
        load(store, told, Size(0, 1, narratives=messages + WARM, accounts=1))
        template = read(told.templates / f"{TEMPLATE}.j2")
        with store.read() as session:
            cases = _cases(session)
    passages = [case.text.partition(f" {STANCE}")[0] for case in cases]
    materials = [_material(text) for text in passages]
    formatted = _per_second(lambda material: render(template, material, FORMAT), materials)
    checked = _per_second(judge_words, cases)
    floor = _per_second(_bare(template), passages)
    both = 1 / (1 / formatted + 1 / checked)
    return {
        "bench": "render", "machine": machine(), "messages": messages, "characters": len(cases[0].text),
        "format_per_s": short(formatted), "checks_per_s": short(checked), "both_per_s": short(both),
        "floor_per_s": short(floor), "ratio": short(both / floor),
        "goals": plain([at_least("5 format + words checks on one core", 400, short(both), "messages/s")]),
    }  # fmt: skip


def _cases(session: Session) -> list[WordsCase]:
    return [case for version in session.exec(select(Version)) for _, case in words_cases(session, version)]


def _material(text: str) -> Material:
    return Material(
        language="en",
        passages=(Piece(text, "passage", "N-1/p@1"),),
        source_line=Piece(SOURCE_LINE, "source_line", "N-1/source_line"),
        disclosure=Piece(DISCLOSURE, "disclosure", "disclosure-en@1"),
        stance=Piece(STANCE, "stance", "N-1/s@1"),
        helpline=Piece(HELPLINE, "helpline", "helpline-gb-en@1"),
    )


def _bare(template: Template) -> Callable[[str], str]:
    compiled = jinja2.Environment(autoescape=False).from_string(template.body)  # noqa: S701  # plain text, as posts are

    def filled(passage: str) -> str:
        return compiled.render(
            passage={"text": passage}, stance=STANCE, source_line=SOURCE_LINE, publisher={"disclosure": DISCLOSURE},
            helpline={"line": HELPLINE},
        )  # fmt: skip

    return filled


def _per_second(work: Callable[[Any], object], over: Sequence[Any]) -> float:
    for one in over[:WARM]:
        work(one)
    began = time.process_time()
    for one in over[WARM:]:
        work(one)
    return (len(over) - WARM) / max(1e-9, time.process_time() - began)
