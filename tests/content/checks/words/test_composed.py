"""Rules that combine classes: where they hold, and the scopes in which they do not."""

import pytest

from content.checks import engine
from content.checks.finding import Finding
from content.checks.words.composed import hits, rules, severities
from content.checks.words.reading import read
from tests.content.checks import samples as s

LEXICON = "dehumanise_sectarian"


def codes(text, language="en", lexicon=LEXICON):
    return {hit.rule.code for hit in hits(read(text, language), lexicon)}


def test_a_pronoun_stands_for_the_group_of_one_of_the_two_sentences_before():
    assert "less" in codes("Some Kurds live here. They are lazy.")
    assert "less" in codes("Some Kurds live here. It rained. They are lazy.")
    assert codes("Some Kurds live here. It rained. It was cold. They are lazy.") == set()


def test_a_pronoun_stands_for_a_group_named_before_it_in_the_sentence():
    assert "less" in codes("Some Kurds live here and they are lazy.")
    assert "less" not in codes("They are lazy, and some Kurds live here.")


def test_a_pronoun_may_mean_others_who_stand_in_the_sentence_before():
    assert codes("The militants robbed Kurds. They are lazy.") == set()


def test_a_negation_ends_with_its_clause():
    assert codes("I do not think Kurds are lazy.") == set()
    assert "less" in codes("I am not sure, but Kurds are lazy.")
    assert "less" in codes("I do not care, Kurds are lazy.")


def test_what_only_looks_like_a_negation_is_none():
    assert "animal" in codes("Kurds are nothing but rats.")


def test_a_word_of_rejection_beside_a_quotation_counters_it():
    assert codes("“Kurds are lazy.” What a disgusting thing.") == set()
    assert "less" in codes("Kurds are disgusting and lazy.")


def test_no_rule_holds_across_the_edge_of_a_quotation():
    assert codes("The “Kurds” were late and the road was lazy.") == set()


def test_what_was_done_to_people_is_not_said_of_them():
    assert codes("Guards treated Kurds like animals.") == set()
    assert "animal-like" in codes("Kurds live like animals.")


def test_an_order_opens_its_sentence():
    assert "kill-opens" in codes("Drown the Kurds.", lexicon="incitement")
    assert codes("Years ago they came here to drown the Kurds.", lexicon="incitement") == set()


def test_somebody_else_is_said_to_have_said_it():
    assert codes("The preacher told us that Kurds are lazy.") == set()


def test_distances_may_differ_for_each_class():
    (rule,) = (one for one in rules(LEXICON) if one.code == "animal")
    assert len(rule.within) == len(rule.all) - 1


@pytest.mark.parametrize("name", [LEXICON, "anti_muslim", "incitement", "mockery"])
def test_each_code_has_one_severity_and_a_reason_that_says_what_to_do(name):
    assert severities(name)["distanced"] == "warn"
    assert all(rule.reason.endswith(".") and "." in rule.reason[:-1] for rule in rules(name))


def test_who_said_a_quotation_may_stand_after_it_or_beside_it():
    assert codes("“Kurds are lazy.” The preacher shouted it every day.") == set()
    assert "less" in codes("“Kurds are lazy.” It rained every day.")


def test_what_says_the_same_of_a_part_of_it_is_found_once():
    text = "They are nothing but vermin. A smuggler took them across near the canal at night."
    spans = [one.span for one in engine.run(engine.WORDS["op-detail"], s.words(text)) if isinstance(one, Finding)]
    assert len({span[0] for span in spans}) == len(spans)
