"""Runs the checks of the rules in force, and counts what they answer as the gate does.

A check that raises, takes too long or answers outside its declared severities blocks, by name.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Generic, TypeVar

from content.checks import facts, rules, shipped, words
from content.checks.finding import Answer, Finding, Missing, Severity, unseen
from content.checks.records import FactsCase, WordsCase
from content.checks.words import id_protected_term
from content.checks.words.beside import READERS, found_in, read_too

RULES = rules.RULES
BUDGET = 1.0  # seconds of this thread's own processor time, for one check on one leaf

Case = TypeVar("Case", WordsCase, FactsCase)


@dataclass(frozen=True, slots=True)
class Check(Generic[Case]):
    """One built check: its stable id, the severity of each sub-code, and the pure function.

    counted: what a sub-code counts as where the rules make it stricter than the check itself says.
    """

    id: str
    severities: Mapping[str, Severity]
    judge: Callable[[Case], Iterable[Answer]]
    counted: Mapping[str, Severity] = field(default_factory=dict)


def _registry(modules: Iterable[ModuleType], listed: tuple[str, ...]) -> dict[str, Check[Case]]:
    """The listed checks, in the order of the rules. A listed check that is not built stops the program."""
    built: dict[str, Check[Case]] = {module.ID: _check(module) for module in modules}
    return {name: built[name] for name in listed}


def _check(module: ModuleType) -> Check[Case]:
    counted = shipped.severities(module.ID, module.SEVERITIES)
    return Check(module.ID, module.SEVERITIES, module.check, counted)


WORDS: Mapping[str, Check[WordsCase]] = _registry(words.MODULES, rules.WORDS)
FACTS: Mapping[str, Check[FactsCase]] = _registry(facts.MODULES, rules.FACTS)


def judge_words(case: WordsCase, checks: Mapping[str, Check[WordsCase]] | None = None) -> tuple[Answer, ...]:
    """What the words checks answer on one leaf, in the order of the rules, then of the text; then on the texts of what
    it shows.

    checks: those of other rules, to see what they would change.
    """
    began, asked = time.thread_time(), WORDS if checks is None else checks
    answers = [answer for check in asked.values() for answer in run(check, case, BUDGET, began)]
    if case.media:
        answers += _beside(case, [check for name, check in asked.items() if name in READERS], answers)
    return tuple(_hushed(case, answers))


def _beside(case: WordsCase, checks: Sequence[Check[WordsCase]], known: Sequence[Answer]) -> Iterator[Answer]:
    """What these checks answer on the texts of the media, each read once for all of them; what they could not see is
    not said twice."""
    seen = set(known)
    for one, text in read_too(case):
        began = time.thread_time()
        for check in checks:
            told = (found_in(one, answer) for answer in run(check, text, BUDGET, began))
            yield from (answer for answer in told if isinstance(answer, Finding) or answer not in seen)


def _hushed(case: WordsCase, answers: list[Answer]) -> Iterator[Answer]:
    """The answers, where a protected term stands in the words: reasons that repeat them leave it out."""
    matcher = case.narrative.protected if case.narrative else None
    holds = any(isinstance(one, Finding) and one.check == id_protected_term.ID for one in answers)
    for answer in answers:
        if matcher is None or not holds or isinstance(answer, Missing):
            yield answer
        else:
            yield replace(answer, reason=_without(answer.reason, matcher.find(answer.reason)))


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in reversed(spans):
        text = f"{text[:start]}…{text[end:]}"
    return text


def judge_facts(case: FactsCase) -> tuple[Answer, ...]:
    """What the facts checks answer on one leaf at one instant, in the order of the rules."""
    began = time.thread_time()
    return tuple(answer for check in FACTS.values() for answer in run(check, case, BUDGET, began))


def run(check: Check[Case], case: Case, budget: float = BUDGET, began: float | None = None) -> list[Answer]:
    """One check's answers, each once, sorted. `budget` is in seconds of processor time. Never raises.

    began: the thread's processor time when this leaf's checks began. To read it is a call of the system, which the wall
    clock is not: only a check that took long by that is asked for the other, the few before it counted in.
    """
    began = time.thread_time() if began is None else began
    wall = time.perf_counter()
    try:
        answers = list(dict.fromkeys(check.judge(case)))
    except Exception as error:  # whatever went wrong in it, the words must not pass for that
        return [_broken(check.id, f"stopped with {type(error).__name__}", "raised")]
    slow = time.perf_counter() - wall > budget and time.thread_time() - began > budget
    if not answers and not slow:  # most checks, of most texts
        return answers
    if not all(_declared(check, answer) for answer in answers):
        answers.append(_broken(check.id, "answered outside its rules", "undeclared"))
    if slow:
        answers.append(_broken(check.id, "took too long", "slow"))
    return sorted((_counted(check, answer) for answer in answers), key=_place)


def _counted(check: Check[Case], answer: Answer) -> Answer:
    if isinstance(answer, Missing) or not _declared(check, answer):
        return answer
    counted = check.counted.get(answer.code, answer.severity)
    return answer if counted == answer.severity else replace(answer, severity=counted)


def _declared(check: Check[Case], answer: Answer) -> bool:
    return isinstance(answer, Missing) or check.severities.get(answer.code) == answer.severity


def _broken(check: str, what: str, code: str) -> Finding:
    reason = f"The check {check} {what}, so nothing was judged. Tell whoever runs this instance, and wait."
    return Finding(check, "block", reason, code=code)


def _place(answer: Answer) -> tuple[bool, tuple[int, int], str, str]:
    if isinstance(answer, Missing):
        return True, (0, 0), "", answer.missing
    return False, answer.span or (-1, -1), answer.code, answer.reason


def gate_view(answers: Iterable[Answer]) -> tuple[Finding, ...]:
    """As the gate counts them: what could not be looked at is a block."""
    return tuple(_unseen(answer) if isinstance(answer, Missing) else answer for answer in answers)


def _unseen(answer: Missing) -> Finding:
    return Finding(answer.check, "block", unseen(answer), code="not-evaluated")


def blocks(answers: Iterable[Answer]) -> int:
    """How many block, as the gate counts."""
    return sum(finding.severity == "block" for finding in gate_view(answers))


def needs(answers: Iterable[Answer]) -> frozenset[str]:
    """The specialists that findings name: safeguarding, legal, religious, language, content."""
    found = (answer.severity for answer in answers if isinstance(answer, Finding))
    return frozenset(severity.partition(":")[2] for severity in found if severity.startswith("specialist:"))
