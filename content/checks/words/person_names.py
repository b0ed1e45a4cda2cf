"""Names of people in a text: given names in Latin or Arabic script with what belongs to them, and names after a cue."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from content.protect.normal import Token, fold, words_of
from content.protect.skeleton import forms_of, skeletons_of

_DATA = Path(__file__).parent / "data"
_LONGEST = 6
_ALEFS = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ة": "ه"})
_TITLES = frozenset(("mr", "mrs", "ms", "dr", "prof", "mme", "st"))
_AGED = re.compile(r"\s*,\s*(?:aged? |âgée? de |im Alter von )?(?:1[0-9]|[2-9][0-9])\b")


@cache
def _data(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((_DATA / f"{name}.json").read_text("utf-8"))
    return loaded


@cache
def _public() -> re.Pattern[str]:
    return re.compile("|".join(rf"\b(?:{p})" for p in _data("public_names")["patterns"]), re.IGNORECASE)


@cache
def _cues(script: str, kind: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _data("name_cues")[script][kind])


@cache
def _latin_names(kind: str) -> frozenset[str]:
    return frozenset(fold(name).text.lower() for name in _data("given_names")["latin"][kind])


@cache
def _sounds() -> dict[str, list[tuple[frozenset[str], frozenset[str]]]]:
    """By their skeleton the consonants and the vowels, each as they may be read, of the sure names in Latin letters."""
    found = defaultdict[str, list[tuple[frozenset[str], frozenset[str]]]](list)
    for name in _latin_names("sure"):
        form = forms_of(name.replace("-", ""))[0]
        if len(form.sounds) > 1:
            found[form.skeleton].append((frozenset(form.fine), frozenset(form.loose)))
    return dict(found)


@lru_cache(16384)
def _is_given(word: str) -> str:
    """sure | like | soft | "": whether a folded word is a given name, is spelt like one, or may be one."""
    if word in _latin_names("soft"):
        return "soft"
    if word in _latin_names("sure"):
        return "sure"
    near = _sounds().get(next(iter(skeletons_of(word)), "")) if len(word) > 3 else None
    if not near:  # most words
        return ""
    form = forms_of(word)[0]
    alike = any(not fine.isdisjoint(form.fine) and not vowels.isdisjoint(form.strict) for fine, vowels in near)
    return "like" if alike and form.script == "latin" else ""


@cache
def _arabic_names(kind: str) -> frozenset[str]:
    return frozenset(name.translate(_ALEFS) for name in _data("given_names")["arabic"][kind])


@lru_cache(maxsize=64)  # two checks ask for the names in one leaf's words
def find_names(text: str) -> tuple[tuple[int, int], ...]:
    """Spans of people's names, those that are public left out."""
    return tuple(_names(text))


def _names(text: str) -> Iterator[tuple[int, int]]:
    found = words_of(text)[1]
    public: list[tuple[int, int]] | None = None
    i = 0
    while i < len(found):
        arabic = "\u0620" <= found[i].word[0] <= "\u06ff"
        if found[i].case == "lower" and not arabic:  # most words
            i += 1
            continue
        count = _arabic_length(found, i) if arabic else _latin_length(text, found, i)
        if count:
            span = found[i].start, found[i + count - 1].end
            public = [m.span() for m in _public().finditer(text)] if public is None else public
            if not any(a < span[1] and span[0] < b for a, b in public):
                yield span
        i += max(count, 1)


def _beside(text: str, left: Token, right: Token) -> bool:
    """Whether two words may belong to one name: a space, hyphen or apostrophe between them, no line, no comma."""
    between = text[left.end : right.start]
    between = between if len(between) < 3 else fold(between).text  # what is invisible parts nothing
    if left.word in _TITLES:
        between = between.replace(".", "")
    return len(between) <= 2 and "\n" not in between and not set(between) & set(',.;:!?()…“”«»"،')


def _capital(token: Token) -> bool:
    return token.case in ("title", "upper") and token.word[:1].isalpha()


def _names_on(text: str, found: tuple[Token, ...], start: int) -> int:
    """How many words from `start` make up one name: capitalised ones, with particles between them."""
    end = start + 1
    count = 1
    while end < len(found) and end - start < _LONGEST and _beside(text, found[end - 1], found[end]):
        token = found[end]
        particle = token.word in _cues("latin", "particles")
        if not particle and (not _capital(token) or token.word.removesuffix("'s") in _cues("latin", "not_names")):
            break
        end += 1
        if not particle:
            count = end - start
    return count


def _latin_length(text: str, found: tuple[Token, ...], i: int) -> int:
    token = found[i]
    if not _capital(token):
        return 0
    word = _stem(token.word)
    given, length = _is_given(word), _names_on(text, found, i)
    if word in _cues("latin", "kunya"):
        return length if length > 1 else 0
    if given == "sure" or (given and length > 1 and given != "like"):
        return length
    if word in _cues("latin", "not_names"):
        return 0
    if given == "like" and length > 1 and not _opens_noun(found, i):
        return length
    return length if _cued(text, found, i, length, given) else 0


def _stem(word: str) -> str:
    head, mark, tail = word.partition("'")
    if mark and len(head) <= 2 and len(tail) > 1:
        return tail.removesuffix("'s")
    return head if mark and tail == "s" else word.replace("'", "")


def _opens_noun(found: tuple[Token, ...], i: int) -> bool:
    """An article or possessive before it: a capitalised noun of German, not a name."""
    return i > 0 and found[i - 1].word in {
        "der",
        "die",
        "das",
        "dem",
        "den",
        "des",
        "ein",
        "eine",
        "einen",
        "the",
        "le",
    }


def _cued(text: str, found: tuple[Token, ...], i: int, length: int, given: str) -> bool:
    """Whether what stands around a capitalised word says that it is somebody's name."""
    after = text[found[i + length - 1].end :][:60]
    if length > 1 and _AGED.match(after) and not _opens_noun(found, i):
        return True
    if not i or not _beside(text, found[i - 1], found[i]):
        return False
    before = found[i - 1].word
    if before in _cues("latin", "cues"):
        return bool(given) or length > 1 or before in _TITLES | {"named", "namens", "nomme", "nommee", "monsieur"}
    return before in _cues("latin", "kin") and (bool(given) or found[i - 1].case == "lower")


def _arabic_stem(word: str, names: frozenset[str]) -> str:
    """The name in a word, without conjunction or preposition; empty where it is none."""
    plain = word.translate(_ALEFS)
    if plain in names:
        return plain
    return next((plain[1:] for c in "ولب" if plain.startswith(c) and plain[1:] in names and len(plain) > 3), "")


@lru_cache(16384)
def _may_open(word: str) -> bool:
    """Whether a name may begin with this Arabic word, whatever stands around it."""
    plain = word.translate(_ALEFS)
    kunya = _cues("arabic", "kunya")
    opens = plain in kunya or plain in _cues("arabic", "soft_kunya") or plain in ("ام", "ابن")
    opens = opens or (plain[:1] in "ولب" and plain[1:] in kunya)
    return opens or any(_arabic_stem(word, _arabic_names(kind)) for kind in ("sure", "soft"))


def _arabic_length(found: tuple[Token, ...], i: int) -> int:
    if not _may_open(found[i].word):
        return 0
    sure, soft = _arabic_names("sure"), _arabic_names("soft")
    plain = found[i].word.translate(_ALEFS)
    kunya = plain if plain in _cues("arabic", "kunya") else plain[1:] if plain[:1] in "ولب" else ""
    following = found[i + 1].word.translate(_ALEFS) if i + 1 < len(found) else ""
    if kunya in _cues("arabic", "kunya") and len(following) > 2:
        return _arabic_on(found, i, 2, False)
    if plain in _cues("arabic", "soft_kunya") and following in sure | soft and plain not in ("ام", "ابن", "بن"):
        return _arabic_on(found, i, 2, False)
    if plain in ("ام", "ابن") and following in sure:
        return _arabic_on(found, i, 2, False)
    cued = i > 0 and found[i - 1].word.translate(_ALEFS) in _cues("arabic", "cues")
    if _arabic_stem(found[i].word, sure):
        return _arabic_on(found, i, 1, True)
    if _arabic_stem(found[i].word, soft):
        length = _arabic_on(found, i, 1, cued)
        return length if length > 1 or (cued and plain not in ("علي", "عليه")) else 0
    return 0


def _arabic_on(found: tuple[Token, ...], i: int, length: int, eager: bool) -> int:
    """How far a name reaches: further names, a nisba, particles; eager: one word nobody knows, too."""
    names = _arabic_names("sure") | _arabic_names("soft")
    while i + length < len(found) and length < _LONGEST and found[i + length].start - found[i + length - 1].end <= 2:
        plain = found[i + length].word.translate(_ALEFS)
        nisba = plain.startswith("ال") and plain[-1:] in "يى" and len(plain) > 4
        known = nisba or plain in names or plain.removeprefix("ال") in names or plain in _cues("arabic", "particles")
        if not known and (not eager or plain in _cues("arabic", "stops") or len(plain) < 3):
            break
        eager = eager and known
        length += 1
    return length
