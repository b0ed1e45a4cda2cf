"""Text as a reader sees it, in tokens that know where they stood in the original.

Disguises fall here: compatibility forms, invisible characters, marks, tatweel, look-alike letters,
digits for letters, letters drawn apart. What is left is compared by `skeleton`.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

_INVISIBLE = frozenset("\u00ad\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u0640\u2800")
_APOSTROPHES = frozenset("'\u2019\u2018\u02bc\u02bb\u02be\u02bf\u0060\u00b4\u2032\u02b9\uff07\u05f3")
_PLAIN = {
    "ß": "ss", "ẞ": "SS", "ı": "i", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "ø": "o", "Ø": "O",
    "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "þ": "th", "ŋ": "n", "ħ": "h", "Ħ": "H", "ə": "e", "Ə": "E",
    "ɑ": "a", "ɡ": "g", "ɪ": "i", "ʏ": "y", "ᴀ": "a", "ʙ": "b", "ᴄ": "c", "ᴅ": "d", "ᴇ": "e", "ꜰ": "f", "ɢ": "g",
    "ʜ": "h", "ᴊ": "j", "ᴋ": "k", "ʟ": "l", "ᴍ": "m", "ɴ": "n", "ᴏ": "o", "ᴘ": "p", "ʀ": "r", "ꜱ": "s", "ᴛ": "t",
    "ᴜ": "u", "ᴠ": "v", "ᴡ": "w", "ᴢ": "z",
    "ک": "ك", "ی": "ي", "ے": "ي", "ہ": "ه", "ھ": "ه", "ۀ": "ه", "ە": "ه", "ۃ": "ة", "ٱ": "ا", "ٲ": "ا", "ٳ": "ا",
    "پ": "ب", "گ": "ك", "ڤ": "ف", "ڨ": "ق", "چ": "ش", "ژ": "ز", "ٹ": "ت", "ڈ": "د", "ڑ": "ر", "ں": "ن",
}  # fmt: skip
_HUSHERS = frozenset("\u030c\u0327\u0326")  # caron and cedilla: s that may be read sh
_CYRILLIC = dict(
    zip("абвгдеёжзийклмнопрстуфхцчшщъыьэюя", (
        "a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh sh  y  e yu ya".split(" ")
    ), strict=True)
)  # fmt: skip
_LEET = str.maketrans("0134578@$!|€", "oieastbasiie")
_LEET_L = str.maketrans("0134578@$!|€", "oleastbasile")
_CHAT = str.maketrans({"2": "", "3": "", "5": "kh", "6": "t", "7": "h", "8": "gh", "9": "q"})
_UNITS = frozenset(
    "am pm st nd rd th er e eme ere te ten km kg cm mm m g d h k mb gb min s x y yr yrs p pp a c b".split()
)
_WORD = re.compile(r"[^\W_]+(?:['@$!|€]+[^\W_]+)*|[@$!|€][^\W_]+")
_CAMEL = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[^\WA-Za-z\d_]+")


class Token(NamedTuple):  # a hundred are made of each text: a frozen dataclass takes three times as long to make
    """word: folded, lower case; start, end: code points of the original; told: it was plain, undisguised.

    readings: the same word with its digits read as letters; case: lower, title or upper.
    """

    word: str
    start: int
    end: int
    plain: bool = True
    case: str = "lower"
    readings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Folded:
    """text: normalised, case kept; at: for each of its characters the index in the original."""

    text: str
    at: tuple[int, ...] | range
    disguised: frozenset[int]  # indexes in text after which something invisible stood


@cache
def lookalikes() -> dict[int, str]:
    rows = (files(__package__) / "data" / "lookalikes.tsv").read_text("utf-8").splitlines()
    return {ord(row[0]): row[2] for row in rows if row and row[0] != "#"}


@lru_cache(8192)
def _fold(char: str) -> str:
    if char in _INVISIBLE or unicodedata.category(char) == "Cf":
        return ""
    if char in _APOSTROPHES:
        return "'"
    out: list[str] = []
    for part in unicodedata.normalize("NFKD", _PLAIN.get(char, char)):
        if part in _HUSHERS and out and out[-1] in "sS":
            out[-1] = "ş"
        elif unicodedata.category(part) == "Mn" or unicodedata.category(part) == "Cf" or part in _INVISIBLE:
            continue
        elif unicodedata.decimal(part, None) is not None:
            out.append(str(unicodedata.decimal(part)))
        else:
            out.append("'" if part in _APOSTROPHES else _PLAIN.get(part, part))
    return "".join(out)


def fold(text: str) -> Folded:
    """Normalise `text`, remembering where every character came from."""
    if text.isascii():
        return Folded(text.replace("`", "'"), range(len(text)), frozenset())
    out: list[str] = []
    at: list[int] = []
    disguised: set[int] = set()
    for index, char in enumerate(text):
        if char < "\x80":
            plain = "'" if char == "`" else char
        elif char in _HUSHERS and out and out[-1] in "sS":
            out[-1] = "ş"
            continue
        else:
            plain = _fold(char)
        if not plain and unicodedata.category(char) == "Cf":
            disguised.add(len(out))
        out.extend(plain)
        at.extend([index] * len(plain))
    return Folded("".join(out), tuple(at), frozenset(disguised))


def _script(char: str) -> str:
    if char < "\u0250" or char == "ş":
        return "latin"
    if "\u0600" <= char <= "\u06ff":
        return "arabic"
    return "look" if ord(char) in lookalikes() else "other"


def _undisguise(word: str) -> tuple[str, bool, tuple[str, ...]]:
    """The word with look-alikes replaced where it is mixed or all look-alike; whether it was plain; readings."""
    if word.isascii():
        return word, True, ()
    scripts = {_script(char) for char in word if char.isalpha()}
    if not scripts & {"look", "other"}:
        return word, True, ()
    spelt = "".join(_CYRILLIC.get(char, char) for char in word.lower())
    readings = (spelt,) if spelt.isascii() else ()
    if "latin" in scripts or scripts == {"look"}:
        return word.translate(lookalikes()), False, readings
    return word, True, readings


def _numerals(word: str) -> Iterator[str]:
    """Digits and signs read as letters, only in words that mix both; not in 5am, 10km, 2nd."""
    if len(word) < 3 or word.isalpha() or not any(char.isalpha() for char in word):
        return
    head = word.rstrip("abcdefghijklmnopqrstuvwxyz")
    if head.isdigit() and word[len(head) :] in _UNITS:
        return
    bare = word.replace("'", "")
    for table in (_LEET, _LEET_L, _CHAT):
        read = bare.translate(table)
        if read.isalpha():
            yield read
    trimmed = bare.strip("0123456789")
    if len(trimmed) > 2 and trimmed != bare:
        yield trimmed.translate(_LEET)


def _case(word: str) -> str:
    if word.isupper() and len(word) > 1:
        return "upper"
    return "title" if word[:1].isupper() else "lower"


@lru_cache(32768)
def _read(raw: str) -> tuple[str, bool, str, tuple[str, ...]]:
    word, plain, readings = _undisguise(raw)
    low = word.lower()
    return low, plain, _case(word), (*readings, *dict.fromkeys(_numerals(low)))


def _token(folded: Folded, start: int, end: int, keep: bool = True) -> Token:
    raw = folded.text[start:end]
    word, plain, case, readings = (_read if keep else _read.__wrapped__)(raw)
    if folded.disguised and any(start < index < end for index in folded.disguised):
        plain = False
    return Token(word, folded.at[start], folded.at[end - 1] + 1, plain, case, readings)


def tokens(folded: Folded, keep: bool = True) -> list[Token]:
    """The words of a text, in order. keep: words may stay in a process's memory (never those of a protected term)."""
    return [_token(folded, match.start(), match.end(), keep) for match in _WORD.finditer(folded.text)]


def camel(folded: Folded, start: int, end: int) -> list[Token]:
    """AbuSamir_91 as Abu, Samir, 91."""
    return [_token(folded, start + m.start(), start + m.end()) for m in _CAMEL.finditer(folded.text[start:end])]
