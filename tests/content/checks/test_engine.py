"""The engine: order, severities, time, and how the gate counts."""

import time
from dataclasses import replace

from content.checks import engine, rules, words
from content.checks.finding import Finding, Missing
from tests.content.checks import samples as s

CHECK = engine.WORDS["op-detail"]


def answering(*answers):
    return replace(CHECK, judge=lambda case: iter(answers))


def test_the_rules_list_exactly_the_built_checks():
    assert {module.ID for module in words.MODULES} == set(rules.WORDS)
    assert list(engine.WORDS) == list(rules.WORDS)
    assert list(engine.FACTS) == list(rules.FACTS)
    assert set(rules.CHECKS) == set(rules.WORDS) | set(rules.FACTS)


def test_findings_come_in_the_order_of_the_text_then_what_was_not_seen():
    late, early = Finding("op-detail", "block", "b", (9, 12)), Finding("op-detail", "block", "a", (1, 4))
    unseen = Missing("op-detail", "narrative.passages")
    assert engine.run(answering(unseen, late, early, late), s.words()) == [early, late, unseen]


def test_the_same_leaf_gets_the_same_answers_in_the_same_order():
    case = s.words("60% of #a #b http://bit.ly/x {{ x }}", campaign=s.campaign(territories=frozenset("CBA")))
    assert engine.judge_words(case) == engine.judge_words(case)


def test_a_check_that_takes_too_long_blocks_by_name():
    def slow(case):
        began = time.thread_time()
        while time.thread_time() - began < 0.02:
            pass
        return ()

    (answer,) = engine.run(replace(CHECK, judge=slow), s.words(), budget=0.01)
    assert (answer.check, answer.severity, answer.code) == ("op-detail", "block", "slow")


def test_a_severity_that_was_not_declared_blocks():
    warned = Finding("op-detail", "warn", "only a warning")
    answers = engine.run(answering(warned), s.words())
    assert engine.blocks(answers) == 1


def test_a_broken_check_says_no_word_of_the_text():
    def broken(case):
        raise ValueError(case.text)

    (answer,) = engine.run(replace(CHECK, judge=broken), s.words("alice was here"))
    assert "alice" not in answer.reason


def test_the_gate_counts_what_was_not_seen_as_a_block():
    answers = (Missing("op-detail", "narrative.passages"), Finding("hashtag-hygiene", "warn", "many"))
    assert engine.blocks(answers) == 1
    assert [one.severity for one in engine.gate_view(answers)] == ["block", "warn"]
    assert "narrative.passages" in engine.gate_view(answers)[0].reason


def test_needs_names_the_specialists():
    answers = (
        Finding("religious-verdict", "specialist:religious", "r"),
        Finding("language-signoff", "specialist:language", "l"),
        Finding("op-detail", "block", "b"),
        Missing("op-detail", "x"),
    )
    assert engine.needs(answers) == {"religious", "language"}
