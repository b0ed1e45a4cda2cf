"""Text as a reader sees it, in tokens that know where they stood in the original.

Disguises fall here: compatibility forms, invisible characters, marks, tatweel, look-alike letters,
digits for letters, letters drawn apart. What is left is compared by `skeleton`.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
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
_CHARACTERS = 20_000  # that are remembered
_UNITS = frozenset(
    "am pm st nd rd th er e eme ere te ten km kg cm mm m g d h k mb gb min s x y yr yrs p pp a c b".split()
)
_WORD = re.compile(r"(?:[^\W_]|[@$!|€](?=[^\W_]))[^\W_]*(?:['@$!|€]+[^\W_]+)*")
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
    disguised: tuple[int, ...]  # indexes in text before which something invisible stood, ascending

    def where(self, original: int) -> int:
        """Where in `text` a place of the original stands."""
        return original if isinstance(self.at, range) else bisect_left(self.at, original)

    def between(self, left: Token, right: Token) -> str:
        """What a reader sees between two words: what is invisible parts nothing."""
        return self.text[self.where(left.end) : self.where(right.start)]


@cache
def lookalikes() -> dict[int, str]:
    rows = (files(__package__) / "data" / "lookalikes.tsv").read_text("utf-8").splitlines()
    return {ord(row[0]): row[2] for row in rows if row and row[0] != "#"}


def _fold(char: str) -> str:
    if char in _INVISIBLE or unicodedata.category(char) == "Cf":
        return ""
    if char in _APOSTROPHES:
        return "'"
    out: list[str] = []
    for part in unicodedata.normalize("NFKD", _PLAIN.get(char, char)):
        if part in _HUSHERS and out and out[-1] in "sS":
            out[-1] = "ş"
        elif unicodedata.category(part) in ("Mn", "Me", "Cf") or part in _INVISIBLE:
            continue
        elif unicodedata.decimal(part, None) is not None:
            out.append(str(unicodedata.decimal(part)))
        else:
            out.append("'" if part in _APOSTROPHES else _PLAIN.get(part, part))
    return "".join(out)


class _Plain(dict[str, str]):
    """What is left of a character, worked out once: a look-up costs a tenth of a call."""

    def __missing__(self, char: str) -> str:
        if len(self) > _CHARACTERS:
            self.clear()
        plain = self[char] = _fold(char)
        return plain


_plain = _Plain()


def fold(text: str) -> Folded:
    """Normalise `text`, remembering where every character came from."""
    if text.isascii():
        return Folded(text.replace("`", "'"), range(len(text)), ())
    pieces = [_plain[char] for char in text]
    folded = "".join(pieces)
    if len(folded) == len(text) and "" not in pieces:  # one for one
        return Folded(folded, range(len(text)), ())
    return _folded(text, pieces)


def _folded(text: str, pieces: list[str]) -> Folded:
    """The same where characters vanish or become several. `kept`: the last piece before this one that is not empty."""
    at: list[int] = []
    disguised: list[int] = []
    done, kept = 0, -1
    for index in [i for i, piece in enumerate(pieces) if len(piece) != 1]:
        char = text[index]
        at.extend(range(done, index))
        kept = index - 1 if index > done else kept
        if char in _HUSHERS and kept >= 0 and pieces[kept][-1] in "sS":
            pieces[kept] = f"{pieces[kept][:-1]}ş"
        elif not pieces[index] and unicodedata.category(char) == "Cf":
            disguised.append(len(at))
        at.extend([index] * len(pieces[index]))
        done, kept = index + 1, index if pieces[index] else kept
    at.extend(range(done, len(text)))
    return Folded("".join(pieces), tuple(at), tuple(disguised))


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
    letters = "".join(filter(str.isalnum, word))
    if letters.isalpha() and ("|" in word or len(word) - len(letters) > 1):  # s|i|g|n|s between letters
        yield letters
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
    word, plain, case, readings = (_read if keep else _read.__wrapped__)(folded.text[start:end])
    if folded.disguised and _disguised(folded, start, end):
        plain = False
    return Token(word, folded.at[start], folded.at[end - 1] + 1, plain, case, readings)


def _disguised(folded: Folded, start: int, end: int) -> bool:
    """Whether something invisible stood between two letters of this word."""
    after = bisect_right(folded.disguised, start)
    return after < len(folded.disguised) and folded.disguised[after] < end


def tokens(folded: Folded, keep: bool = True) -> list[Token]:
    """The words of a text, in order. keep: words may stay in a process's memory (never those of a protected term)."""
    if folded.disguised or not keep:
        return [_token(folded, *match.span(), keep) for match in _WORD.finditer(folded.text)]
    if isinstance(folded.at, range):
        spans = [(match[0], *match.span()) for match in _WORD.finditer(folded.text)]
    else:
        at = folded.at
        spans = [(m[0], at[m.start()], at[m.end() - 1] + 1) for m in _WORD.finditer(folded.text)]
    return [_made(raw, start, end) for raw, start, end in spans]


def _made(raw: str, start: int, end: int) -> Token:
    word, plain, case, readings = _read(raw)
    return tuple.__new__(Token, (word, start, end, plain, case, readings))  # a third of the time of its constructor


@lru_cache(maxsize=16)  # every check asks for the words of one leaf; terms that are entered never come here
def words_of(text: str) -> tuple[Folded, tuple[Token, ...]]:
    """A text folded, and its words."""
    folded = fold(text)
    return folded, tuple(tokens(folded))


def camel(folded: Folded, start: int, end: int) -> list[Token]:
    """AbuSamir_91 as Abu, Samir, 91."""
    return [_token(folded, start + m.start(), start + m.end()) for m in _CAMEL.finditer(folded.text[start:end])]
