"""language-mismatch: each block reads as the language it is declared to be.

Only the organisation's languages compete, and the script is looked at first. Names, quotations, hashtags, mentions
and links are no evidence; too little evidence is no finding. Each span is a block where provenance is known, else each
line.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import WordsCase
from content.checks.words.languages import choice, script, scripts
from content.checks.words.quotation import marked, sentences
from content.link import find_links

ID = "language-mismatch"
SEVERITIES: dict[str, Severity] = {"language": "specialist:language", "script": "specialist:language"}

_WORD = re.compile(r"[^\W\d_]+(?:['’\u200c][^\W\d_]+){0,2}")
_SIGNED = re.compile(r"[#＃@＠][\w.@]{1,100}")
_SILENT = dict.fromkeys([*range(0x064B, 0x0660), 0x0670, 0x0640])  # vowel marks and tatweel
_NO_BLOCK = frozenset(("source_line", "closed", "quote"))  # names and numbers, and words of others
_SURE = 5.0  # nats by which another language must be the likelier one, in a block
_SURER = 10.0  # in one sentence of a block that reads well as a whole
_WORDS = 2  # that say something, at least
_LETTERS = 8  # of a foreign script that stand for a text in it
_WIDESPREAD = {"latin": ("en", "fr", "de", "es", "tr"), "arabic": ("ar", "fa", "ur"), "cyrillic": ("ru", "uk")}
_NAMES = {
    "en": "English", "ar": "Arabic", "fr": "French", "de": "German", "tr": "Turkish", "ru": "Russian", "ur": "Urdu",
    "id": "Indonesian", "fa": "Persian", "ku": "Kurdish", "es": "Spanish", "it": "Italian", "nl": "Dutch",
    "pt": "Portuguese", "uk": "Ukrainian", "sw": "Swahili", "so": "Somali",
}  # fmt: skip

Span = tuple[int, int]


class _Heard(NamedTuple):
    """A word as evidence. letters: what it counts among scripts; says: for each language of its script, or nothing;
    doubt: in nats, by how much it may speak against the declared language, at most."""

    script: str
    letters: int
    says: tuple[float, ...]
    doubt: float


@dataclass(frozen=True, slots=True)
class _Declared:
    """What a text is said to be in, and what it might be in instead: the organisation's languages."""

    language: str
    languages: tuple[str, ...]
    scripts: frozenset[str]


def check(case: WordsCase) -> Iterator[Answer]:
    language = case.language.lower().partition("-")[0]
    known = case.organisation.languages if case.organisation else None
    if known is None:
        yield Missing(ID, "organisation.languages")
    elif not scripts(language):
        yield Missing(ID, f"lexicon.languages.{language}")
    else:
        declared = _declared(language, known)
        text = _evidence(case.text)
        for block in _blocks(case):
            yield from _judge(text, block, declared)


@lru_cache(maxsize=64)
def _declared(language: str, known: frozenset[str]) -> _Declared:
    return _Declared(language, _competing(language, known), scripts(language))


def _competing(language: str, known: frozenset[str]) -> tuple[str, ...]:
    """The organisation's languages; where the declared one is alone in its script, those most written in it too."""
    own = {language, *known}
    alone = (one for one in scripts(language) if not any(one in scripts(other) for other in own - {language}))
    return tuple(sorted(own.union(*(_WIDESPREAD[one] for one in alone))))


def _judge(text: str, block: Span, declared: _Declared) -> Iterator[Finding]:
    """A finding for the block; where it reads well as a whole, for each of its sentences that does not."""
    words = _heard(text, block, declared)
    doubt = sum(word.doubt for word in words)
    found = _wrong(words, block, declared, _SURE) if doubt >= _SURE else None
    if found:
        yield found
    elif doubt >= _SURER:
        for start, end in sentences(text[: block[1]], block[0]):
            said = _heard(text, (start, end), declared)
            if sum(word.doubt for word in said) >= _SURER and len(said) < len(words):
                one = _wrong(said, (start, end), declared, _SURER)
                yield from (one,) if one else ()


def _wrong(words: list[_Heard], span: Span, declared: _Declared, sure: float) -> Finding | None:
    foreign = _foreign_script(words, declared)
    if foreign:
        return Finding(ID, "specialist:language", _in_script(foreign, declared), span, "script")
    other = _likelier(words, declared, sure)
    reason = _reads(other, declared.language) if other else ""
    return Finding(ID, "specialist:language", reason, span, "language") if other else None


def _reads(other: str, language: str) -> str:
    said, meant = _NAMES.get(other, other), _NAMES.get(language, language)
    return (
        f"This reads as {said}, and is declared {meant}. Correct the language or the words, or have somebody who "
        f"knows {meant} say that it is right."
    )


def _in_script(foreign: str, declared: _Declared) -> str:
    candidates = [name for name in declared.languages if foreign in scripts(name)]
    letters = "letters of another script" if foreign == "other" else f"{foreign.capitalize()} letters"
    return _reads(candidates[0] if len(candidates) == 1 else f"a language in {letters}", declared.language)


def _foreign_script(words: list[_Heard], declared: _Declared) -> str | None:
    """The script most letters are in, where it is none of the language's."""
    if {word.script for word in words} <= declared.scripts:
        return None
    letters = Counter[str]()
    for word in words:
        letters[word.script] += word.letters
    most, number = max(letters.items(), key=lambda one: one[1], default=("", 0))
    return most if most not in declared.scripts and number >= _LETTERS else None


def _likelier(words: list[_Heard], declared: _Declared, sure: float) -> str | None:
    """The language these words are in, where it is surely not the declared one."""
    for of_script in declared.scripts:
        says = [word.says for word in words if word.says and word.script == of_script]
        if len(says) < _WORDS:
            continue
        totals = choice(declared.languages, of_script).sum(says)
        best = max(totals, key=lambda name: totals[name])
        if totals[best] - totals[declared.language] >= sure:
            return best
    return None


def _heard(text: str, span: Span, declared: _Declared) -> list[_Heard]:
    return list(map(_ear(declared), _WORD.findall(text, *span)))


@lru_cache(maxsize=64)
def _ear(declared: _Declared) -> Callable[[str], _Heard]:
    """How words are heard where this is declared; kept for the next text."""
    return lru_cache(maxsize=8192)(lambda word: _hear(word, declared))


def _hear(word: str, declared: _Declared) -> _Heard:
    """A capitalised word that no language lists may be a name: it says nothing, and counts for no script."""
    of_script, plain = script(word[0]), _listed_form(word)
    among = choice(declared.languages, of_script)
    if word[0].isupper() and plain not in among.listed:
        return _Heard(of_script, 0, (), 0.0)
    says = among.says(plain) if len(among.languages) > 1 else ()
    if of_script not in declared.scripts:
        return _Heard(of_script, len(plain), says, _SURER)
    return _Heard(of_script, len(plain), says, -says[among.languages.index(declared.language)] if says else 0.0)


def _listed_form(shown: str) -> str:
    """As it is listed: lower case, without vowel marks."""
    if shown.isascii():
        return shown.lower()
    return shown.translate(_SILENT).replace("’", "'").lower().replace("i̇", "i") or shown


def _evidence(text: str) -> str:
    """The text with blanks for what tells nothing: links, hashtags and mentions, words between quotation marks."""
    aside = [(link.start, link.end) for link in find_links(text)] + marked(text)
    if "#" in text or "@" in text or "＃" in text:
        aside += [match.span() for match in _SIGNED.finditer(text)]
    if not aside:
        return text
    letters = list(text)
    for start, end in aside:
        letters[start:end] = " " * (end - start)
    return "".join(letters)


def _blocks(case: WordsCase) -> Iterator[Span]:
    if case.spans is not None:
        yield from ((span.start, span.end) for span in case.spans if span.kind not in _NO_BLOCK)
        return
    start = 0
    for line in case.text.split("\n"):
        if line.strip():
            yield start, start + len(line)
        start += len(line) + 1
