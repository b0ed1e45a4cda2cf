"""What in a leaf is somebody's own words: quotations that are faithful cuts of a stored quote."""

from content.checks.records import WordsCase
from content.checks.words.lines import Span
from content.checks.words.quotation import fit, marked


def faithful_quotes(case: WordsCase) -> list[Span]:
    """Where they stand, without their marks, in code points of the text."""
    sources = [(quote.text, quote.language) for quote in (case.narrative and case.narrative.quotes) or ()]
    return [span for span in marked(case.text) if any(fit(case.text[slice(*span)], *source) for source in sources)]
