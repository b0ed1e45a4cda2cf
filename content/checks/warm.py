"""Builds ahead what the checks on words look things up in: a process that judges asks for it as it starts, so that no
language's first message waits for it.

Whatever a check keeps for later it builds when it is first asked, so each language is asked once, about words in which
something stands for every kind of check.
"""

from collections.abc import Iterable

from content.checks.engine import judge_words
from content.checks.records import (
    CampaignRecord,
    ClaimRecord,
    HelplineRecord,
    NarrativeRecord,
    OrganisationRecord,
    QuoteRecord,
    SourceRecord,
    WordsCase,
)
from content.checks.words.languages import known
from content.checks.words.lexicons import languages, lexicon
from content.protect import TermIndex, enter

_KEY = bytes(32)  # protects nobody
_QUOTE = "nobody was allowed to complain"
_PHONE = "+44 20 7946 0000"
_TEXT = f"""Anna Zanli, 34, wrote on 3.5.2015 from a village: “{_QUOTE}”. They were told that it was easy!
كتبت فاطمة الزهراء من القرية في 3 مايو 2015 أن الحياة كانت صعبة.
“Nothing of it.” Elle habitait à Lyon. Sie wohnte in Köln.
Write to a.z@example.org or call {_PHONE}, see https://example.org/a #Told"""


_LATIN_ARABIC = "ana mish 3arif leih el nas kanet 7azina"


def warm() -> None:
    """Judges one text in each language of the lexicons, and one of Arabic in Latin letters."""
    for language in languages():
        judge_words(_case(language, _TEXT))
        judge_words(_case(language, _TEXT, known()))
    judge_words(_case("ar", _LATIN_ARABIC))


def _case(language: str, text: str, among: Iterable[str] = ()) -> WordsCase:
    """among: the organisation's languages, where it has more than this one."""
    narrative = NarrativeRecord(
        kind="individual",
        display_label={language: "Anna"},
        quotes=(QuoteRecord(language, _QUOTE),),
        claims=(ClaimRecord(_QUOTE),),
        sources=(SourceRecord("S", "The Example", 2015),),
        protected=TermIndex([enter("Nemo Zanli", _KEY)], _KEY),
    )
    operator = " ".join(lexicon("operators")["kinds"])
    helpline = HelplineRecord("H", None, frozenset(("GB",)), frozenset((language,)), operator, _PHONE)
    return WordsCase(
        text=text,
        language=language,
        channel="site",
        links=(),
        narrative=narrative,
        campaign=CampaignRecord(territories=frozenset(("GB",))),
        organisation=OrganisationRecord(
            languages=frozenset((language, *among)), disclosure={language: _TEXT[:20]}, helplines=(helpline,)
        ),
    )
