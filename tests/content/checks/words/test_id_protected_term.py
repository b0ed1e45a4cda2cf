"""A protected term stops the leaf, in the text and in its links; without terms nothing is claimed."""

from content.checks.finding import Finding, Missing
from content.checks.records import NarrativeRecord, WordsCase
from content.checks.words import id_protected_term
from content.protect import TermIndex, enter

KEY = bytes(32)
ALICE = NarrativeRecord(protected=TermIndex([enter("Alice Wanderley", KEY)], KEY))


def test_a_term_in_the_text_blocks_with_its_span_and_without_naming_it() -> None:
    (finding,) = id_protected_term.check(WordsCase("It was Alise Wanderley.", "en", "site", narrative=ALICE))
    assert isinstance(finding, Finding)
    assert (finding.severity, finding.span) == ("block", (7, 22))
    assert "Wanderley" not in finding.reason


def test_a_term_in_a_link_blocks() -> None:
    case = WordsCase("Read on.", "en", "x", narrative=ALICE, links=("https://example.org/alice-wanderley",))
    assert [type(answer) for answer in id_protected_term.check(case)] == [Finding]


def test_absent_terms_are_missing_and_an_empty_list_is_none() -> None:
    assert list(id_protected_term.check(WordsCase("Hello", "en", "x"))) == [
        Missing("id-protected-term", "narrative.protected_terms")
    ]
    empty = NarrativeRecord(protected=TermIndex([], KEY))
    assert list(id_protected_term.check(WordsCase("Alice", "en", "x", narrative=empty))) == []
