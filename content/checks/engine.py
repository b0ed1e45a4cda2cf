"""Runs the checks of the rules in force, and counts what they answer as the gate does.

A check that raises, takes too long or answers outside its declared severities blocks, by name.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Generic, TypeVar

from content.checks import facts, rules, words
from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import FactsCase, WordsCase

RULES = rules.RULES
BUDGET = 1.0  # seconds of this thread's own processor time, for one check on one leaf

Case = TypeVar("Case", WordsCase, FactsCase)


@dataclass(frozen=True, slots=True)
class Check(Generic[Case]):
    """One built check: its stable id, the severity of each sub-code, and the pure function."""

    id: str
    severities: Mapping[str, Severity]
    judge: Callable[[Case], Iterable[Answer]]


def _registry(modules: Iterable[ModuleType], listed: tuple[str, ...]) -> dict[str, Check[Case]]:
    """The listed checks, in the order of the rules. A listed check that is not built stops the program."""
    built = {module.ID: Check(module.ID, module.SEVERITIES, module.check) for module in modules}
    return {name: built[name] for name in listed}


WORDS: Mapping[str, Check[WordsCase]] = _registry(words.MODULES, rules.WORDS)
FACTS: Mapping[str, Check[FactsCase]] = _registry(facts.MODULES, rules.FACTS)


def judge_words(case: WordsCase) -> tuple[Answer, ...]:
    """What the words checks answer on one leaf, in the order of the rules, then of the text."""
    return tuple(answer for check in WORDS.values() for answer in run(check, case))


def judge_facts(case: FactsCase) -> tuple[Answer, ...]:
    """What the facts checks answer on one leaf at one instant, in the order of the rules."""
    return tuple(answer for check in FACTS.values() for answer in run(check, case))


def run(check: Check[Case], case: Case, budget: float = BUDGET) -> list[Answer]:
    """One check's answers, each once, sorted. `budget` is in seconds of processor time. Never raises."""
    began = time.thread_time()
    try:
        answers = list(dict.fromkeys(check.judge(case)))
    except Exception as error:  # whatever went wrong in it, the words must not pass for that
        return [_broken(check.id, f"stopped with {type(error).__name__}", "raised")]
    slow = time.thread_time() - began > budget
    if not all(_declared(check, answer) for answer in answers):
        answers.append(_broken(check.id, "answered outside its rules", "undeclared"))
    if slow:
        answers.append(_broken(check.id, "took too long", "slow"))
    return sorted(answers, key=_place)


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
    reason = f"{answer.check} could not look: {answer.missing} is not recorded. Have it recorded first."
    return Finding(answer.check, "block", reason, code="not-evaluated")


def blocks(answers: Iterable[Answer]) -> int:
    """How many block, as the gate counts."""
    return sum(finding.severity == "block" for finding in gate_view(answers))


def needs(answers: Iterable[Answer]) -> frozenset[str]:
    """The specialists that findings name: safeguarding, legal, religious, language, content."""
    found = (answer.severity for answer in answers if isinstance(answer, Finding))
    return frozenset(severity.partition(":")[2] for severity in found if severity.startswith("specialist:"))
