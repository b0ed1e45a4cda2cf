"""`bench checks`: what the words checks cost for one message, with as many protected terms as are asked for.

JSON: {bench, machine, messages, characters, terms, cpu_ms, check_ms {first p50 p95 p99 max mean}, floor_ms
{…}, ratio, facts_ms {…}, languages, by_check, import_s, memory_mb {before, imported, with_terms}, goals}. cpu_ms:
processor time of one message, mean. The floor is one pass of one compiled expression over the same text; ratio: mean ÷
the floor's mean. languages: {LANGUAGE {TERMS {p50_ms p95_ms ratio}}}, all checks together, with 0, 200 and 5,000
protected terms. by_check: {ID {p50_ms p95_ms share}}, each alone on the messages of all languages with 200 terms, the
dearest first; share: of all checks' time. Both are in this thread's processor time.
"""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from content.checks.case import read_case
from content.checks.engine import WORDS, judge_facts, judge_words, run
from content.checks.records import FactsCase, WordsCase
from content.protect import TermIndex, enter
from worker.bench.figures import at_most, machine, percentile, plain, short, spread
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
_OF_LANGUAGE = {
    "en": _WORDS,
    "ar": (
        "وعدونا ببيت ثم أعطونا الأوامر ولم يكن لأحد وقت للأطفال وكان الطريق مغلقا كل شتاء ومن سأل أُبعد بينما صار الخبز "
        "غاليا وتعلم الناس أن يصمتوا في السوق"
    ).split(),
    "fr": (
        "ils nous ont promis une maison et donné des ordres personne n'avait de temps pour les enfants la route était "
        "fermée chaque hiver et ceux qui demandaient étaient renvoyés le pain devenait cher les gens se taisaient"
    ).split(),
    "de": (
        "sie versprachen uns ein Zuhause und gaben uns Befehle niemand hatte Zeit für die Kinder die Straße war jeden "
        "Winter gesperrt wer fragte wurde weggeschickt das Brot wurde teuer und die Leute schwiegen auf dem Markt"
    ).split(),
}
TERMS = (0, 200, 5000)
_SYLLABLES = ("ba", "ro", "shi", "mel", "ta", "ku", "zan", "li", "dor", "fe", "gha", "nu", "pi", "sel", "wa", "yo")


def measure(messages: int, terms: int, seed: int = 1) -> dict[str, Any]:
    """Judges so many messages of 400 characters, one after the other, in this one process."""
    random = Random(seed)
    before = own_memory()
    cases = [_case(random, number) for number in range(messages + WARM)]
    for words, facts in cases[:WARM]:
        judge_words(words), judge_facts(facts)
    imported = own_memory()
    index = _index(random, terms)
    ready = [(_protected(words, index), facts) for words, facts in cases[WARM:]]
    began = time.process_time()
    found = [_timed(lambda words=words: judge_words(words)) for words, _ in ready]  # type: ignore[misc]  # bound now
    used = short((time.process_time() - began) / messages, 1000)
    facts_took = [_timed(lambda facts=facts: judge_facts(facts)) for _, facts in ready]  # type: ignore[misc]  # bound now
    floor = [_timed(lambda text=words.text: _ONE_PASS.findall(text)) for words, _ in ready]  # type: ignore[misc]  # bound now
    checked = spread(found, 1000)
    apart = [_case(random, number, language)[0] for language in _OF_LANGUAGE for number in range(max(1, messages // 4))]
    return {
        "bench": "checks", "machine": machine(), "messages": messages, "characters": LENGTH, "terms": terms,
        "cpu_ms": used, "check_ms": checked, "floor_ms": spread(floor, 1000), "ratio": short(sum(found) / sum(floor)),
        "facts_ms": spread(facts_took, 1000), "languages": _together(random, apart), "by_check": _apart(random, apart),
        "import_s": import_time(),
        "memory_mb": {"before": before, "imported": imported, "with_terms": own_memory()},
        "goals": plain([at_most("5 words checks of one message on one core, mean", 2.5, used, "ms")]),
    }  # fmt: skip


def _together(random: Random, cases: Sequence[WordsCase]) -> dict[str, dict[str, dict[str, float | None]]]:
    """All words checks on the messages of each language, with more and more protected terms."""
    found: dict[str, dict[str, dict[str, float | None]]] = {language: {} for language in _OF_LANGUAGE}
    for terms in TERMS:
        index = _index(random, terms)
        for language, told in found.items():
            some = [_protected(case, index) for case in cases if case.language == language]
            took = [_used(lambda case=case: judge_words(case)) for case in some]  # type: ignore[misc]  # bound now
            floor = sum(_used(lambda text=case.text: _ONE_PASS.findall(text)) for case in some)  # type: ignore[misc]  # bound now
            told[str(terms)] = _milliseconds(took) | {"ratio": short(sum(took) / floor)}
    return found


def _apart(random: Random, cases: Sequence[WordsCase]) -> dict[str, dict[str, float | None]]:
    """Each words check alone, in the order of the rules: the first of several that share a reading pays for it."""
    index = _index(random, TERMS[1])
    took: dict[str, list[float]] = {name: [] for name in WORDS}
    for case in (_protected(case, index) for case in cases):
        for name, check in WORDS.items():
            took[name].append(_used(lambda check=check, case=case: run(check, case)))  # type: ignore[misc]  # bound now
    whole = sum(map(sum, took.values()))
    dearest = sorted(took, key=lambda name: -sum(took[name]))
    return {name: _milliseconds(took[name]) | {"share": short(sum(took[name]) / whole)} for name in dearest}


def _milliseconds(took: Sequence[float]) -> dict[str, float | None]:
    return {"p50_ms": short(percentile(took, 0.5), 1000), "p95_ms": short(percentile(took, 0.95), 1000)}


def _index(random: Random, terms: int) -> TermIndex:
    return TermIndex([enter(_name(random), KEY) for _ in range(terms)], KEY)


def import_time() -> float | None:
    """Seconds until the engine with all its word lists can be used, in a process of its own."""
    done = subprocess.run((sys.executable, "-P", "-c", _IMPORT), capture_output=True, text=True, check=True)
    return short(float(done.stdout))


def _used(work: Callable[[], object]) -> float:
    """This thread's own processor time: what else the machine does counts for nothing."""
    began = time.thread_time()
    work()
    return time.thread_time() - began


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _case(random: Random, number: int, language: str = "en") -> tuple[WordsCase, FactsCase]:
    """A message as `counterpoint check` takes it, with a narrative, a campaign and an organisation beside it."""
    words = text(random, words=_OF_LANGUAGE[language])
    line = {
        "id": number, "text": words, "language": language, "channel": "facebook", "at": "2026-11-22T10:00:00Z",
        "narrative": {"theme": "infighting", "kind": "individual"},
        "campaign": {"territories": ["GB"], "purpose": "prevention"},
    }  # fmt: skip
    case = read_case(json.dumps(line))
    return case.words, case.facts


def text(random: Random, length: int = LENGTH, words: Sequence[str] = _WORDS) -> str:
    """Sentences of everyday words, exactly so long."""
    said: list[str] = []
    while sum(map(len, said)) + len(said) < length + 20:
        sentence = random.choices(words, k=random.randint(6, 12))
        said += [sentence[0].capitalize(), *sentence[1:-1], f"{sentence[-1]}."]
    return f"{' '.join(said)[: length - 1].rstrip('. ')}.".ljust(length, ".")


def _name(random: Random) -> str:
    """Two made-up words, as the names that people protect are."""
    return " ".join("".join(random.choices(_SYLLABLES, k=random.randint(2, 3))).capitalize() for _ in range(2))


def _protected(words: WordsCase, index: TermIndex) -> WordsCase:
    if words.narrative is None:
        return words
    return replace(words, narrative=replace(words.narrative, protected=index))
