"""Builds ahead what the checks on words look things up in: a process that judges asks for it as it starts, so that no
language's first message waits for it.

Whatever a check keeps for later it builds when it is first asked, so each language is asked once, about words in which
something stands for every kind of check.
"""

from content.checks.engine import judge_words
from content.checks.records import NarrativeRecord, OrganisationRecord, QuoteRecord, WordsCase
from content.checks.words.lexicons import languages
from content.protect import TermIndex, enter

_KEY = bytes(32)  # protects nobody
_QUOTE = "nobody was allowed to complain"
_TEXT = f"""Anna Zanli, 34, wrote on 3.5.2015 from a village: “{_QUOTE}”. They were told that it was easy!
كتبت فاطمة الزهراء من القرية في 3 مايو 2015 أن الحياة كانت صعبة.
Elle habitait à Lyon. Sie wohnte in Köln.
Write to a.z@example.org or +44 20 7946 0000, see https://example.org/a #Told"""


def warm() -> None:
    """Judges one text in each language of the lexicons."""
    for language in languages():
        judge_words(_case(language))


def _case(language: str) -> WordsCase:
    return WordsCase(
        text=_TEXT,
        language=language,
        channel="site",
        links=(),
        narrative=NarrativeRecord(
            quotes=(QuoteRecord(language, _QUOTE),), protected=TermIndex([enter("Nemo Zanli", _KEY)], _KEY)
        ),
        organisation=OrganisationRecord(languages=frozenset((language,)), disclosure={language: _TEXT[:20]}),
    )
