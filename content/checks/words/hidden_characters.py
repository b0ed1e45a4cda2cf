"""hidden-characters: nothing invisible, turned round or disguised, other than what the language needs.

Needed are: the non-joiner in Persian, Urdu and Kurdish words and the joiners of Indic scripts, direction marks and
balanced isolates where a text runs in both directions, joiners, selectors and tags inside an emoji.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache

from content.checks.finding import Answer, Finding, Severity
from content.checks.records import WordsCase
from content.protect.normal import lookalikes

ID = "hidden-characters"
_SAID = {
    "invisible": "An invisible character stands here, and can hide a name or a mark. Type these words again.",
    "direction": "A character here turns the direction of the text, so that readers see other words than stand "
    "there. Type this line again.",
    "tag": "Invisible tags stand here, and can carry words that nobody sees. Remove them.",
    "hyphen": "A hidden hyphen stands here, and breaks the word for searches and screen readers. Remove it.",
    "lookalike": "This word has letters of another script that look alike, so it is not the word it seems. Type it "
    "again.",
    "styled": "These are signs that only look like letters: screen readers spell or skip them. Type plain letters.",
    "marks": "Marks are piled up on a letter, which hides it. Type the word again.",
    "private": "This character has no public meaning, so every reader sees something else. Remove it.",
    "control": "A control character stands here. Remove it.",
}  # fmt: skip
SEVERITIES: dict[str, Severity] = dict.fromkeys(_SAID, "specialist:content")

_NON_JOINER, _JOINER = "\u200c", "\u200d"
_NON_JOINER_IN = frozenset(("fa", "ur", "ku", "ckb", "ps", "sd", "ug"))
_ARABIC = "\u0620-\u065f\u066e-\u06d3\u06d5-\u06dc\u06df-\u06ff\u0750-\u077f\u08a0-\u08ff"
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_ISOLATES, _EMBEDDINGS, _MARKS = "\u2066\u2067\u2068", "\u202a\u202b", "\u200e\u200f\u061c"
_OVERRIDES = "\u202d\u202e\u206a\u206b\u206c\u206d\u206e\u206f"
_STEERING = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u206f]")
_ENDS = {"\u2069": _ISOLATES, "\u202c": _EMBEDDINGS}
_INVISIBLE = (
    "\u200b\u200c\u200d\u2060-\u2064\ufeff\u180e\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800"
    "\ufe00-\ufe0f\U000e0100-\U000e01ef"
)
# What may be hidden, by its class; what is allowed of it is decided below.
_SUSPECT = re.compile(
    f"(?P<invisible>[{_INVISIBLE}]+)"
    "|(?P<direction>[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\u206a-\u206f]+)"
    "|(?P<tag>[\U000e0000-\U000e007f]+)"
    "|(?P<hyphen>\u00ad+)"
    "|(?P<private>[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd\ufdd0-\ufdef\ufffe\uffff]+)"
    "|(?P<control>[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufff9-\ufffd]+)"
    "|(?P<styled>[\U0001d400-\U0001d7cb\uff21-\uff3a\uff41-\uff5a\u24b6-\u24e9\U0001f110-\U0001f12b"
    "\U0001f130-\U0001f149\U0001f150-\U0001f169\U0001f172-\U0001f17d\U0001f180-\U0001f189"
    "\ufb50-\ufd3d\ufd50-\ufdf1\ufdf3-\ufdf9\ufdfe\ufdff\ufe70-\ufefc]+)"
    "|(?P<marks>[^\\W\\d_]?(?:[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\ufe20-\ufe2f]{3,}|[\u0332-\u0338\u0488\u0489]+"
    "|(?<=[^0-9#*\ufe0f])[\u20d0-\u20ff]+"
    "|[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed]{4,}))"
)
_ANY = re.compile(  # one look at each character: most texts have none of these
    f"[{_INVISIBLE}\u200e\u200f\u061c\u202a-\u202e\u2066-\u206f\U000e0000-\U000e007f\u00ad\ue000-\uf8ff\U000f0000-\U0010fffd"
    "\ufdd0-\ufdef\ufffe\uffff\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufff9-\ufffd\U0001d400-\U0001d7cb\uff21-\uff3a"
    "\uff41-\uff5a\u24b6-\u24e9\U0001f110-\U0001f189\ufb50-\ufdff\ufe70-\ufefc\u0300-\u036f\u0488\u0489\u1ab0-\u1aff"
    "\u1dc0-\u1dff\ufe20-\ufe2f\u20d0-\u20ff\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]"
)
_TAGGED_FLAG = re.compile("[\U000e0061-\U000e007a\U000e0030-\U000e0039]{3,6}\U000e007f")
_BASES = frozenset(("So", "Sm", "Sk", "Po", "Pd"))
_BASE_SIGNS = frozenset("ℹ#*0123456789")
_HIDEABLE = f"{_INVISIBLE}\u00ad\u200e\u200f"
_WORD = re.compile(f"[^\\W\\d_](?:[^\\W\\d_]|['’\u0300-\u036f{_HIDEABLE}]){{0,60}}")
_SMALL_CAPITALS = frozenset("ɑɡɪʏᴀʙᴄᴅᴇꜰɢʜᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡᴢ")
_NATIVE = {"cyrillic": frozenset(("ru", "uk", "be", "bg", "mk", "sr", "kk", "ky", "tg", "mn")), "greek": {"el"}}

Span = tuple[int, int]


def check(case: WordsCase) -> Iterator[Answer]:
    language = case.language.lower().partition("-")[0]
    if case.text.isascii() and case.text.isprintable():
        return
    if _ANY.search(case.text):
        yield from _hidden(case.text, language)
    yield from (_finding("lookalike", span) for span in _disguised(case.text, language))


def _hidden(text: str, language: str) -> Iterator[Finding]:
    astray = _astray(text)
    for match in _SUSPECT.finditer(text):
        code = match.lastgroup or ""
        yield from (_finding(code, span) for span in _not_needed(text, code, match.span(), language, astray))


def _finding(code: str, span: Span) -> Finding:
    return Finding(ID, "specialist:content", _SAID[code], span, code)


def _not_needed(text: str, code: str, span: Span, language: str, astray: frozenset[int]) -> Iterator[Span]:
    """The stretches of a suspect run that nothing needs."""
    if code == "invisible":
        yield from _runs(at for at in range(*span) if not _is_needed(text, at, language))
    elif code == "direction":
        yield from _runs(at for at in range(*span) if at in astray or _splits_a_word(text, at))
    elif code != "tag" or text[span[0] - 1 : span[0]] != "🏴" or not _TAGGED_FLAG.fullmatch(text[slice(*span)]):
        yield span


def _runs(places: Iterable[int]) -> Iterator[Span]:
    """Places that follow each other as one span."""
    start = end = -1
    for place in places:
        if place != end and start >= 0:
            yield start, end
        start = place if place != end else start
        end = place + 1
    if start >= 0:
        yield start, end


def _is_needed(text: str, at: int, language: str) -> bool:
    sign, before, after = text[at], text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    if sign in "\ufe0e\ufe0f":
        return bool(before) and (unicodedata.category(before) in _BASES or before in _BASE_SIGNS)
    if sign == _JOINER and _emoji_end(before) and unicodedata.category(after or " ") in _BASES:
        return True
    if sign not in (_NON_JOINER, _JOINER) or not before:
        return False
    if unicodedata.category(before) == "Mn" and "\u0900" <= before <= "\u0dff":
        return True  # after a virama of an Indic script
    if sign == _JOINER:  # the Hijri year's sign: a letter drawn as if another followed
        return _is_arabic(before) and not _is_arabic(after)
    return language in _NON_JOINER_IN and _is_arabic(before)


def _emoji_end(before: str) -> bool:
    return before == "\ufe0f" or (before != "" and unicodedata.category(before) in ("So", "Sk"))


@cache
def _arabic() -> re.Pattern[str]:
    return re.compile(f"[{_ARABIC}]")


def _is_arabic(char: str) -> bool:
    return bool(char) and _arabic().match(char) is not None


# --- direction ---------------------------------------------------------------------------------------


def _astray(text: str) -> frozenset[int]:
    """The characters that steer direction where nothing is to be steered: overrides, what is never closed or never
    opened, and all of them in a text of one direction."""
    steering = [match.start() for match in _STEERING.finditer(text)]
    if not steering or _RIGHT_TO_LEFT.search(text) is None:
        return frozenset(steering)
    return frozenset(at for at in steering if text[at] in _OVERRIDES) | _unpaired(text)


def _splits_a_word(text: str, at: int) -> bool:
    """A mark between letters that run the same way: nothing there to steer."""
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    if text[at] not in _MARKS or not (before.isalpha() and after.isalpha()):
        return False
    return bool(_RIGHT_TO_LEFT.match(before)) == bool(_RIGHT_TO_LEFT.match(after))


def _unpaired(text: str) -> frozenset[int]:
    """Isolates and embeddings that no line closes, and ends that close nothing."""
    left: list[int] = []
    open_at: list[int] = []
    for match in re.finditer("[\u202a\u202b\u202c\u2066-\u2069\n]", text):
        sign, at = match[0], match.start()
        if sign == "\n":
            left += open_at
            open_at = []
        elif sign not in _ENDS:
            open_at.append(at)
        elif open_at and text[open_at[-1]] in _ENDS[sign]:
            open_at.pop()
        else:
            left.append(at)
    return frozenset(left + open_at)


# --- look-alikes -------------------------------------------------------------------------------------


def _disguised(text: str, language: str) -> Iterator[Span]:
    """Words that mix scripts whose letters look alike, and words wholly of such letters where their script is alien."""
    mixed, alien = _imitating(language)
    if mixed.search(text) is None and alien.search(text) is None:
        return
    words = [(match.span(), _scripts(match[0])) for match in _WORD.finditer(text)]
    for number, (span, scripts) in enumerate(words):
        word = text[slice(*span)]
        if len(scripts) > 1:
            if any(ord(char) in lookalikes() or char in _SMALL_CAPITALS for char in word):
                yield span
        elif _is_alien(word, scripts, language) and not _beside_its_own(text, words, number):
            yield span


@cache
def _imitating(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What asks for a closer look: scripts that meet inside a word; letters of a script that is alien."""
    signs = {*map(chr, lookalikes()), *_SMALL_CAPITALS}
    alien = {sign for sign in signs if language not in _NATIVE.get(_script(sign), ())}
    latin, look = "[A-Za-z\u00c0-\u024f]", f"[{''.join(sorted(signs))}]"
    between = f"[{_HIDEABLE}\u0300-\u036f]{{0,4}}"
    mixed = re.compile(f"{look}{between}{latin}|{latin}{between}{look}")
    return mixed, re.compile(f"[{''.join(sorted(alien))}]")


def _is_alien(word: str, scripts: frozenset[str], language: str) -> bool:
    """Every letter imitates a Latin one, and the language is not written so."""
    (script,) = scripts or {"none"}
    if script not in ("cyrillic", "greek", "other") or language in _NATIVE.get(script, ()):
        return False
    return all(ord(char) in lookalikes() for char in word if char.isalpha())


def _beside_its_own(text: str, words: list[tuple[Span, frozenset[str]]], number: int) -> bool:
    """A word of the same script stands next to it that imitates nothing: foreign words, no disguise."""
    around = words[max(0, number - 1) : number] + words[number + 1 : number + 2]
    return any(
        scripts == words[number][1] and not all(ord(c) in lookalikes() for c in text[slice(*span)] if c.isalpha())
        for span, scripts in around
    )


def _scripts(word: str) -> frozenset[str]:
    return frozenset(_script(char) for char in word if char.isalpha())


def _script(char: str) -> str:
    if char in _SMALL_CAPITALS:
        return "phonetic"
    if char < "\u0370" or "\u1e00" <= char <= "\u1eff":
        return "latin"
    if "\u0400" <= char <= "\u052f":
        return "cyrillic"
    if char <= "\u03ff" or "\u1f00" <= char <= "\u1fff":
        return "greek"
    return "arabic" if _is_arabic(char) else "other"
