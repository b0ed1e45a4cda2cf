"""accessibility: alt texts that say something, captions, contrast, no words drawn as a picture, readable hashtags.

Who cannot see or hear what is shown gets the same from words.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import MediaRecord, WordsCase
from content.checks.words.beside import shown
from content.checks.words.media import HEARD, SEEN, each, in_language
from content.limits import limit
from content.link import find_hashtags

ID = "accessibility"
SEVERITIES: dict[str, Severity] = {
    "alt": "block", "captions": "block", "text-only": "block", "contrast": "block", "tag": "warn",
}  # fmt: skip
_SHORTEST_ALT, _CONTRAST = f"{ID}.alt_characters", f"{ID}.contrast"
_LONG_TAG = 12  # letters from which a hashtag is likely to be several words
_WORD = re.compile(r"[^\W\d_]{2,}")
_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|heic|mp4|mov|svg)\b", re.IGNORECASE)


def check(case: WordsCase) -> Iterator[Answer]:
    def judge(number: int, one: MediaRecord) -> Iterator[Answer]:
        if one.kind in SEEN:
            yield from _alt(number, one, case.language)
        if one.kind in HEARD:
            yield from _captions(number, one, case.language)
        if one.kind in SEEN:
            yield from _drawn(number, one, case.language)

    yield from each(case, ID, judge)
    yield from _tags(case)


def _alt(number: int, one: MediaRecord, language: str) -> Iterator[Answer]:
    if one.alt is None:
        yield Missing(ID, f"media.{number}.alt")
    elif not _says_something(in_language(one.alt, language) or ""):
        reason = (
            f"The alt text of {shown(one, number)} in “{language}” says too little to somebody who cannot see it. Say "
            f"in at least {limit(_SHORTEST_ALT):g} characters what is shown, and name nobody."
        )
        yield Finding(ID, "block", reason, code="alt")


def _says_something(alt: str) -> bool:
    """Long enough, with two different words that do more than say that this is a picture."""
    words = {word.lower() for word in _WORD.findall(alt)} - _empty_words()
    return len(alt.strip()) >= limit(_SHORTEST_ALT) and len(words) >= 2 and not _FILE.search(alt)


@cache
def _empty_words() -> frozenset[str]:
    """Words of all languages that tell nothing about a picture."""
    told = json.loads((Path(__file__).parent / "data" / "alt_texts.json").read_text("utf-8"))["languages"]
    return frozenset(word for words in told.values() for word in words.split())


def _captions(number: int, one: MediaRecord, language: str) -> Iterator[Answer]:
    if one.captions is None:
        yield Missing(ID, f"media.{number}.captions")
    elif in_language(one.captions, language) is None:
        reason = (
            f"{shown(one, number)} has no captions in “{language}”, so who cannot hear it gets nothing. Add captions; "
            "for sound alone, a transcript."
        )
        yield Finding(ID, "block", reason, code="captions")


def _drawn(number: int, one: MediaRecord, language: str) -> Iterator[Answer]:
    if one.text_only is None:
        yield Missing(ID, f"media.{number}.text_only")
    elif one.text_only and not _said_too(one, language):
        reason = f"{shown(one, number)} shows nothing but words, which no screen reader reads. Write them in the text."
        yield Finding(ID, "block", reason, code="text-only")
    if one.contrast is None:
        yield Missing(ID, f"media.{number}.contrast")
    elif one.contrast < limit(_CONTRAST):
        reason = (
            f"The words in {shown(one, number)} have a contrast of {one.contrast:g} to 1, and many cannot read them. "
            f"Give them at least {limit(_CONTRAST):g} to 1."
        )
        yield Finding(ID, "block", reason, code="contrast")


def _said_too(one: MediaRecord, language: str) -> bool:
    """Whether the alt text says the very words that were drawn."""
    alt = in_language(one.alt or {}, language) or ""
    return bool(one.drawn) and " ".join((one.drawn or "").split()) in " ".join(alt.split())


def _tags(case: WordsCase) -> Iterator[Finding]:
    """A long hashtag without a capital inside. Where a list spells it otherwise, hashtag-hygiene says so."""
    tags = find_hashtags(case.text)
    spelt = {tag.lower() for tag in _listed(case) if _camel(tag)} if tags else set()
    for tag in tags:
        letters = sum(map(str.isalpha, tag.text))
        cased = tag.text.lower() != tag.text.upper()
        if letters >= _LONG_TAG and cased and not _camel(tag.text) and tag.text.lower() not in spelt:
            reason = f"{tag.text} is read out as one word. If it is several, begin each with a capital."
            yield Finding(ID, "warn", reason, (tag.start, tag.end), "tag")


def _camel(tag: str) -> bool:
    """A capital after a small letter, or words apart by an underscore or a digit."""
    return re.search(r"[^\W\d_][_\d][^\W\d_]", tag) is not None or any(
        a.islower() and b.isupper() for a, b in pairwise(tag)
    )


def _listed(case: WordsCase) -> Iterator[str]:
    for tags in (
        case.campaign.hashtags if case.campaign else None,
        case.organisation.allowed_tags if case.organisation else None,
    ):
        yield from (f"#{tag.removeprefix('#')}" for tag in tags or ())
