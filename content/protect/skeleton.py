"""What of a name survives transliteration: its consonants, and its vowels as far as each script writes them.

One word has a few `Form`s (with or without article, clitic, genitive s). Two words may be the same name when
forms agree in `skeleton` (coarse), share a `fine` consonant reading and share a vowel reading: `loose` or
`strict` between Latin spellings, `exact` between Arabic ones, `crossed` between the scripts.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product

_CAP = 256  # readings of one word; long words with many open vowels stop here

_SOUNDS = {
    "tsch": "$j", "dsch": "j", "dj": "j", "sch": "$", "tch": "$", "sh": "$", "ch": "$xkj", "kh": "x", "gh": "g",
    "th": "ts", "dh": "dz", "ph": "f", "zh": "jz", "ck": "k", "ş": "s$", "b": "b", "p": "b", "c": "ks$j",
    "d": "d", "f": "f",
    "g": "kjg", "h": "h", "j": "j", "k": "k", "l": "l", "m": "m", "n": "n", "q": "k", "r": "r", "s": "s", "t": "t",
    "v": "f", "z": "z",
}  # fmt: skip
_LETTERS = {
    "ب": "b", "ت": "t", "ط": "t", "ث": "ts", "ج": "jk", "ح": "h", "ه": "h", "خ": "x", "د": "d", "ض": "dz", "ذ": "dz",
    "ظ": "zd", "ر": "r", "ز": "z", "س": "s", "ص": "s", "ش": "$", "غ": "g", "ف": "f", "ق": "kg", "ك": "k", "ل": "l",
    "م": "m", "ن": "n",
}  # fmt: skip
_COARSE = str.maketrans("tdsz$jkgxbfhmnlr", "DDDDDDDDDBFHMNLR")
_WAVER = {"ts": "1", "jk": "2", "dz": "3", "zd": "3", "kg": "4"}  # a sign for each letter that is read in two ways
_WAVERS = {sign: sounds for sounds, sign in _WAVER.items()}
_UNIT = re.compile("tsch|dsch|sch|tch|dj|sh|ch|kh|gh|th|dh|ph|zh|ck|[bcdfghjklmnpqrstvzş]|[aeiouyw]+")
_DOUBLE = re.compile(r"([bcdfghjklmnpqrstvxzş])\1+")
_TWICE = re.compile(r"x|([bcdfghjklmnpqrstvzş])\1")
_MANY_LETTERS = re.compile("tsch|dsch|sch|tch|dj|[sckgtdz]h|ck")  # units that are one consonant; ph is another
_GLUED_ARTICLE = re.compile(r"[ae]l(?=[^aeiouy]..|[aeiouy]...)")
_SUN_ARTICLE = re.compile(r"[ae](?=(ss|sh?sh|rr|zz|nn|dd|tt))")
_ALEFS = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي", "ء": None})
_LONG = {"ا": ("A",), "و": ("U",), "ي": ("I",), "ى": ("A", "I")}
_WRITTEN = {"a": ("", "A"), "i": ("", "I"), "u": ("", "U"), "e": ("", "A", "I"), "y": ("I", "AI"), "w": ("U", "AU")}
_FINAL = {"a": ("A",), "i": ("I",), "u": ("U",), "e": ("A", "I")}
_CLITICS = ("و", "ف", "ب", "ل", "ك", "وب", "ول", "فل", "فب", "وك")
_KUNYA = {"ابي": "ابو", "ابا": "ابو"}


@dataclass(frozen=True, slots=True)
class Form:
    """sounds: alternatives of each consonant; gaps: what stands before, between and after them; start: see `_latin`.

    The readings are worked out when a skeleton has been found, which is seldom.
    """

    script: str  # latin | arabic | number | other
    skeleton: str
    word: str
    sounds: tuple[str, ...] = ()
    gaps: tuple[tuple[str, ...], ...] = ()
    start: str = ""

    @property
    def fine(self) -> tuple[str, ...]:
        return tuple("".join(row) for row in islice(product(*self.sounds), _CAP))

    @property
    def strict(self) -> tuple[str, ...]:
        if self.script != "latin" or not self.sounds:
            return (self.word,)
        return tuple(dict.fromkeys(_rounded([gap[0] for gap in self.gaps])))

    @property
    def loose(self) -> tuple[str, ...]:
        if len(self.sounds) < 2 or self.script != "latin":
            return self.strict
        return tuple(dict.fromkeys(reading for p in self.strict for reading in _wavering(p)))

    @property
    def crossed(self) -> tuple[str, ...]:
        if self.script == "arabic":
            return tuple(".".join(row) for row in islice(product(*self.gaps), _CAP))
        if self.script == "latin":
            return tuple(dict.fromkeys(_spelt_in_arabic([gap[0] for gap in self.gaps], self.start)))
        return ()


@lru_cache(4096)
def _gap(vowels: str) -> str:
    """A run of vowel letters as sounds: a e i o u, y for ai and ei, w for au and aw, v for ou."""
    run = vowels.replace("y", "i").replace("w", "u").replace("ee", "i").replace("oo", "u").replace("ou", "v")
    run = re.sub(r"(.)\1+", r"\1", run)
    return re.sub("ae|ai|ei", "y", re.sub("au|av|ao", "w", run)).replace("yi", "y")


def _split(word: str) -> tuple[list[str], list[str]]:
    """Consonants (as fine alternatives) and the vowel gaps around them, one more than consonants."""
    sounds: list[str] = []
    gaps = [""]
    for unit in _UNIT.findall(_DOUBLE.sub(r"\1", word.replace("x", "ks"))):
        if unit[0] in "aeiouyw":
            gaps[-1] += unit
        else:
            sounds.append(_SOUNDS[unit])
            gaps.append("")
    if sounds and sounds[-1] == "h" and not gaps[-1] and gaps[-2] and len(sounds) > 1:
        sounds.pop()
        gaps.pop()
    for i in range(len(sounds) - 1):
        if sounds[i] == "m" and sounds[i + 1] == "b" and not gaps[i + 1]:
            sounds[i] = "n"
    return sounds, gaps


def _rounded(gaps: list[str]) -> Iterator[str]:
    options = [[gap.replace("o", v).replace("v", v) for v in ("uw" if set("ov") & set(gap) else "u")] for gap in gaps]
    return (".".join(row) for row in islice(product(*options), _CAP))


def _wavering(pattern: str) -> Iterator[str]:
    """One e of the word may be any short vowel; the last letter stands."""
    yield pattern
    for i, char in enumerate(pattern[:-1]):
        if char == "e":
            yield from (pattern[:i] + vowel + pattern[i + 1 :] for vowel in "aiu")


def _spelt_in_arabic(gaps: list[str], raw_start: str) -> Iterator[str]:
    options: list[list[str]] = []
    for i, gap in enumerate(gaps):
        gap = gap.replace("v", "u").replace("o", "u")
        last = i == len(gaps) - 1
        sounds = [_FINAL.get(c, _WRITTEN[c]) if last and k == len(gap) - 1 else _WRITTEN[c] for k, c in enumerate(gap)]
        if i == 0 and gap:
            glide = {"y": "I", "j": "I", "w": "U"}.get(raw_start)
            sounds = [(glide,), *sounds[1:]] if glide else [("o",), *sounds]
        options.append(["".join(row) for row in product(*sounds)])
    return (".".join(row) for row in islice(product(*options), _CAP))


def _latin(word: str, start: str = "") -> Form:
    sounds, raw = _split(word)
    gaps = [_gap(gap) for gap in raw]
    if start or word[:1] in "yw":  # a glide: ya, yu, wa
        head = "i" if (start or word[0]) in "yj" else "u"
        rest = _gap(raw[0][1:])
        gaps[0] = head + rest if rest[:1] != head else rest
    skeleton = "".join([sound[0] for sound in sounds]).translate(_COARSE)
    return Form("latin", skeleton, word, tuple(sounds), tuple((gap,) for gap in gaps), start or word[:1])


def _latin_words(word: str) -> Iterator[tuple[str, str]]:
    """The words that a Latin one may be: as it is, j read as y, without a glued article, without the genitive's s.
    Each with its letter at the start, where that was another."""
    yield word, ""
    if word[0] == "j" and len(word) > 2 and word[1] in "aeiou":
        yield "y" + word[1:], "j"
    if len(word) > 4:
        if _GLUED_ARTICLE.match(word):
            yield word[2:], ""
        if _SUN_ARTICLE.match(word):
            yield word[1:], ""
    if len(word) > 3 and word[-1] == "s" and word[-2] != "s":
        yield word[:-1], ""


def _arabic(word: str) -> Form:
    sounds: list[str] = []
    gaps: list[list[str]] = [[""]]
    if word[0] in "اأإآع":
        gaps[0] = ["o"]
    for i, char in enumerate(word):
        last = i == len(word) - 1
        if last and i and char in "هة":
            gaps[-1] = [gap + "A" for gap in gaps[-1] if not gap.endswith("A")] or gaps[-1]
        elif char in _LETTERS:
            sounds.append(_LETTERS[char])
            gaps.append([""])
        elif char in "ؤئ" or (char in _LONG and (i or char not in "ا")):
            long = _LONG.get({"ؤ": "و", "ئ": "ي"}.get(char, char), ("I",))
            gaps[-1] = [gap + v if not gap.endswith(v) else gap for gap in gaps[-1] for v in long]
    for i in range(len(sounds) - 1):
        if sounds[i] == "m" and sounds[i + 1] == "b" and gaps[i + 1] == [""]:
            sounds[i] = "n"
    skeleton = "".join([sound[0] for sound in sounds]).translate(_COARSE)
    return Form("arabic", skeleton, word.translate(_ALEFS), tuple(sounds), tuple(map(tuple, gaps)))


class _Letters(dict[int, str | None]):
    """What each letter is in a skeleton; whatever is no letter of the script is nothing."""

    def __missing__(self, code: int) -> None:
        return None


_VOWELS = frozenset("aeiouyw")
_latin_letters = _Letters({ord(unit): told[0].translate(_COARSE) for unit, told in _SOUNDS.items() if len(unit) == 1})
_long_letters = {ord(long): "-" for long in "اويىؤئ"}
_arabic_letters = _Letters({ord(one): told[0].translate(_COARSE) for one, told in _LETTERS.items()} | _long_letters)
_read_letters = _Letters({ord(one): _WAVER.get(told, told) for one, told in _LETTERS.items()} | _long_letters)


def _latin_skeleton(word: str) -> str:
    """The skeleton of `_latin(word)`, which is all that most words are asked for, at a tenth of its cost."""
    spelt = _DOUBLE.sub(r"\1", word.replace("x", "ks")) if _TWICE.search(word) else word
    if "h" in spelt or "c" in spelt or "dj" in spelt:
        spelt = _MANY_LETTERS.sub("t", spelt).replace("ph", "f")
    if "m" in spelt:
        spelt = spelt.replace("mp", "mb").replace("mb", "nb")
    skeleton = spelt.translate(_latin_letters)
    silent = len(skeleton) > 1 and spelt[-1] == "h" and spelt[-2] in _VOWELS
    return skeleton[:-1] if silent else skeleton


def _arabic_skeleton(word: str, letters: _Letters = _arabic_letters) -> str:
    """The skeleton of `_arabic(word)`, likewise."""
    consonants = word[:-1] if word[-1] in "هة" and len(word) > 1 else word
    return consonants.translate(letters).replace("MB", "NB").replace("mb", "nb").replace("-", "")


def heard(word: str) -> Iterator[str]:
    """The consonants of a folded Arabic word without clitics in all their readings: `fine` of all its forms."""
    for one in _arabic_words(word, clitics=False, barred=frozenset()):
        read = _arabic_skeleton(one, _read_letters)
        if read.isalpha():
            yield read
        else:
            yield from map("".join, islice(product(*[_WAVERS.get(sound, sound) for sound in read]), _CAP))


def _arabic_stems(word: str, clitics: bool) -> Iterator[str]:
    yield word
    if word.startswith("ال") and len(word) > 4:
        yield word[2:]
    if not clitics:
        return
    if word.startswith("لل") and len(word) > 4:
        yield word[2:]
    for clitic in _CLITICS:
        rest = word[len(clitic) :]
        if word.startswith(clitic) and len(rest) > 2:
            yield rest
            if rest.startswith("ال") and len(rest) > 4:
                yield rest[2:]


def _arabic_words(word: str, clitics: bool, barred: frozenset[str]) -> Iterator[str]:
    for stem in dict.fromkeys(_arabic_stems(word, clitics)):
        stem = _KUNYA.get(stem.translate(_ALEFS), stem)
        if stem not in barred:
            yield stem


def _is_arabic(word: str) -> bool:
    return "\u0620" <= word[0] <= "\u06ff"


def forms_of(word: str, clitics: bool = True, barred: frozenset[str] = frozenset()) -> tuple[Form, ...]:
    """The forms one folded, lower-case word may be compared in. barred: Arabic words that are never a name."""
    if word.isdigit():
        return (Form("number", word, word),)
    if _is_arabic(word):
        return tuple(map(_arabic, _arabic_words(word, clitics, barred)))
    letters = _latin_only(word)
    if not letters:
        return (Form("other", word, word),)
    return tuple(dict.fromkeys(_latin(*one) for one in _latin_words(letters)))


def skeletons_of(word: str, clitics: bool = True, barred: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The skeletons of `forms_of` the word, in its order, each once: what most words of a text are only asked for."""
    if word.isdigit():
        return (word,)
    if _is_arabic(word):
        return tuple(dict.fromkeys(map(_arabic_skeleton, _arabic_words(word, clitics, barred))))
    letters = _latin_only(word)
    if not letters:
        return (word,)
    return tuple(dict.fromkeys([_latin_skeleton(one) for one, _ in _latin_words(letters)]))


def _latin_only(word: str) -> str:
    """The Latin letters of a word."""
    if word.isascii() and word.isalpha() and word.islower():  # most words
        return word
    return "".join([char for char in word if char in "abcdefghijklmnopqrstuvwxyzş"])
