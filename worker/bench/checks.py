"""`bench checks`: what the words checks cost for one message, with as many protected terms as are asked for.

JSON: {bench, machine, messages, characters, terms, cpu_ms, check_ms {first p50 p95 p99 max mean}, floor_ms
{…}, ratio, facts_ms {…}, import_s, memory_mb {before, imported, with_terms}, goals}. cpu_ms: processor time of one
message, mean. The floor is one pass of one compiled expression over the same text; ratio: mean ÷ the floor's mean.
"""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from content.checks.case import read_case
from content.checks.engine import judge_facts, judge_words
from content.checks.records import FactsCase, WordsCase
from content.protect import TermIndex, enter
from worker.bench.figures import at_most, machine, plain, short, spread
from worker.bench.programs import own_memory

LENGTH = 400  # characters of a message
KEY = b"bench-key-of-no-instance-at-all!"  # 32 bytes: these terms protect nobody
WARM = 20  # messages before any is counted
_ONE_PASS = re.compile(r"\w+")
_IMPORT = "import time; t = time.perf_counter(); import content.checks.engine; print(time.perf_counter() - t)"
_WORDS = (
    "they promised us a home and gave us orders nobody had time for the children the road was closed each winter "
    "and those who asked were sent away while bread became dear people learned to say nothing at the market"
).split()
_SYLLABLES = ("ba", "ro", "shi", "mel", "ta", "ku", "zan", "li", "dor", "fe", "gha", "nu", "pi", "sel", "wa", "yo")


def measure(messages: int, terms: int, seed: int = 1) -> dict[str, Any]:
    """Judges so many messages of 400 characters, one after the other, in this one process."""
    random = Random(seed)
    before = own_memory()
    cases = [_case(random, number) for number in range(messages + WARM)]
    for words, facts in cases[:WARM]:
        judge_words(words), judge_facts(facts)
    imported = own_memory()
    index = TermIndex([enter(_name(random), KEY) for _ in range(terms)], KEY)
    ready = [(_protected(words, index), facts) for words, facts in cases[WARM:]]
    began = time.process_time()
    found = [_timed(lambda words=words: judge_words(words)) for words, _ in ready]  # type: ignore[misc]  # bound now
    used = short((time.process_time() - began) / messages, 1000)
    facts_took = [_timed(lambda facts=facts: judge_facts(facts)) for _, facts in ready]  # type: ignore[misc]  # bound now
    floor = [_timed(lambda text=words.text: _ONE_PASS.findall(text)) for words, _ in ready]  # type: ignore[misc]  # bound now
    checked = spread(found, 1000)
    return {
        "bench": "checks", "machine": machine(), "messages": messages, "characters": LENGTH, "terms": terms,
        "cpu_ms": used, "check_ms": checked, "floor_ms": spread(floor, 1000), "ratio": short(sum(found) / sum(floor)),
        "facts_ms": spread(facts_took, 1000), "import_s": import_time(),
        "memory_mb": {"before": before, "imported": imported, "with_terms": own_memory()},
        "goals": plain([at_most("5 words checks of one message on one core, mean", 2.5, used, "ms")]),
    }  # fmt: skip


def import_time() -> float | None:
    """Seconds until the engine with all its word lists can be used, in a process of its own."""
    done = subprocess.run((sys.executable, "-P", "-c", _IMPORT), capture_output=True, text=True, check=True)
    return short(float(done.stdout))


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _case(random: Random, number: int) -> tuple[WordsCase, FactsCase]:
    """A message as `counterpoint check` takes it, with a narrative, a campaign and an organisation beside it."""
    line = {
        "id": number, "text": text(random), "language": "en", "channel": "facebook", "at": "2026-11-22T10:00:00Z",
        "narrative": {"theme": "infighting", "kind": "individual"},
        "campaign": {"territories": ["GB"], "purpose": "prevention"},
    }  # fmt: skip
    case = read_case(json.dumps(line))
    return case.words, case.facts


def text(random: Random, length: int = LENGTH) -> str:
    """Sentences of everyday words, exactly so long."""
    words: list[str] = []
    while sum(map(len, words)) + len(words) < length + 20:
        sentence = random.choices(_WORDS, k=random.randint(6, 12))
        words += [sentence[0].capitalize(), *sentence[1:-1], f"{sentence[-1]}."]
    return f"{' '.join(words)[: length - 1].rstrip('. ')}.".ljust(length, ".")


def _name(random: Random) -> str:
    """Two made-up words, as the names that people protect are."""
    return " ".join("".join(random.choices(_SYLLABLES, k=random.randint(2, 3))).capitalize() for _ in range(2))


def _protected(words: WordsCase, index: TermIndex) -> WordsCase:
    if words.narrative is None:
        return words
    return replace(words, narrative=replace(words.narrative, protected=index))
