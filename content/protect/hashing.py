"""Entering a protected term: from here on only keyed hashes of it exist, and a copy sealed to the keeper."""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, product
from typing import Any, Literal

from nacl.public import PublicKey, SealedBox

from content.errors import Refusal
from content.protect.articles import drop_articles
from content.protect.normal import Token, fold, tokens
from content.protect.skeleton import Form, forms_of

Kind = Literal["words", "number", "handle"]
Hash = Callable[[str], bytes]
VERSION = 1  # of how terms are hashed; raised when the same term would be hashed otherwise
LONGEST = 5  # words in a gram; a longer term is protected in every run of five
_TAIL = 9  # digits of a telephone number that do not depend on how it is dialled
_COMBINATIONS = 32
_OF_HANDLE = re.compile(r"^@|[_@]|\d")


@dataclass(frozen=True, slots=True)
class HashedVariant:
    """One way the term may stand in a text. tokens: its length in words; readings: what proves a skeleton's hit."""

    kind: Kind
    tokens: int
    skeleton: bytes
    readings: frozenset[bytes] = frozenset()


@dataclass(frozen=True, slots=True)
class HashedTerm:
    """A protected term as keyed hashes; nothing of it in clear but how many words it has.

    key: the mark of the key it is hashed under ("" where an older program did not write it).
    """

    variants: tuple[HashedVariant, ...]
    key: str = ""

    def as_json(self) -> dict[str, Any]:
        """A JSON value, hashes in hex."""
        return {
            "v": VERSION,
            "key": self.key,
            "variants": [
                {"kind": v.kind, "tokens": v.tokens, "skeleton": v.skeleton.hex(),
                 "readings": sorted(reading.hex() for reading in v.readings)}
                for v in self.variants
            ],
        }  # fmt: skip

    @staticmethod
    def from_json(value: dict[str, Any]) -> "HashedTerm":
        """Refuses `protect.version`: a term of another version would match nothing, and so never be found."""
        if value.get("v") != VERSION:
            raise Refusal(
                "protect.version",
                "Protected terms are stored here in a version that this program does not know.",
                "Run the newest program, and have the keeper run `counterpoint protect --reindex`.",
            )
        return HashedTerm(
            tuple(
                HashedVariant(
                    row["kind"],
                    row["tokens"],
                    bytes.fromhex(row["skeleton"]),
                    frozenset(map(bytes.fromhex, row["readings"])),
                )
                for row in value["variants"]
            ),
            value.get("key", ""),
        )


def hasher(key: bytes) -> Hash:
    """HMAC-SHA256 under `key`, cut to 16 bytes; the key is prepared once."""
    if len(key) < 16:
        raise Refusal("protect.key", "The key for protected terms is too short.", "Use 32 random bytes.")
    block = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner, outer = hashlib.sha256(bytes(b ^ 0x36 for b in block)), hashlib.sha256(bytes(b ^ 0x5C for b in block))

    def hashed(text: str) -> bytes:
        first, second = inner.copy(), outer.copy()
        first.update(text.encode())
        second.update(first.digest())
        return second.digest()[:16]

    assert hashed("") == hmac.digest(key, b"", "sha256")[:16]
    return hashed


def mark(hashed: Hash) -> str:
    """What tells keys apart, and says nothing of them."""
    return hashed("the mark of a key")[:4].hex()


def gram(skeletons: tuple[str, ...]) -> str:
    """The name under which a run of words is indexed; their order does not count (Haddad, Yusuf)."""
    return "s|" + ("|".join(sorted(skeletons)) if len(skeletons) > 1 else skeletons[0])


def proofs(form: Form) -> Iterator[str]:
    """What of a term's word is stored: its consonants, and its vowels for each script it may be met in."""
    yield from (f"c|{fine}" for fine in form.fine)
    if form.script == "latin":
        yield from (f"l|{vowels}" for vowels in form.loose)
        yield from (f"a|{vowels}" for vowels in form.crossed)
    elif form.script == "arabic":
        yield from (f"b|{vowels}" for vowels in form.loose)
        yield from (f"x|{vowels}" for vowels in form.crossed)
    else:
        yield f"n|{form.skeleton}"


def _variant(forms: tuple[Form, ...], hashed: Hash) -> HashedVariant:
    name = gram(tuple(form.skeleton for form in forms))
    readings = frozenset(hashed(f"{name}|{form.skeleton}|{proof}") for form in forms for proof in proofs(form))
    return HashedVariant("words", len(forms), hashed(name), readings)


def _entered(word: str) -> list[Form]:
    """A term's word as it is written, and without its article; clitics are the text's affair."""
    forms = list(forms_of(word, clitics=False))
    return forms[:-1] if len(forms) > 1 and forms[0].script == "latin" and word.endswith("s") else forms


def _runs(words: list[str]) -> Iterator[list[str]]:
    if len(words) <= LONGEST:
        yield words
    for start in range(len(words) - LONGEST if len(words) > LONGEST else 0):
        yield words[start : start + LONGEST]
    if len(words) > LONGEST:
        yield words[-LONGEST:]


def _spelt(token: Token) -> str:
    """A word as it is entered; Cyrillic in Latin letters, as texts that write it so would."""
    cyrillic = "\u0400" <= token.word[0] <= "\u04ff" or not token.plain
    return token.readings[0] if token.readings and cyrillic else token.word


def _wordings(term: str) -> Iterator[list[str]]:
    """The term's words, without articles, and written as one."""
    folded = fold(term)
    found = tokens(folded, keep=False)
    words = [_spelt(token) for token in drop_articles(folded, found)] or [_spelt(token) for token in found]
    if not words:
        return
    yield from _runs(words)
    if len(words) > 1:
        yield ["".join(words)]
        full = "".join(map(_spelt, found))
        if full != "".join(words):
            yield [full]


def _worded(term: str, hashed: Hash) -> Iterator[HashedVariant]:
    for words in _wordings(term):
        for forms in islice(product(*map(_entered, words)), _COMBINATIONS):
            yield _variant(forms, hashed)


def digits_in(text: str) -> str:
    return "".join(char for char in text if char.isdigit())


def _literal(term: str, hashed: Hash) -> Iterator[HashedVariant]:
    """Telephone and document numbers by their digits; handles letter by letter."""
    text = fold(term).text.lower()
    digits, letters = digits_in(text), sum(char.isalpha() for char in text)
    if len(digits) >= 5 and letters <= 2:
        for number in {digits, digits[-_TAIL:]} if len(digits) >= _TAIL else {digits}:
            yield HashedVariant("number", 1, hashed("n|" + number))
    elif " " not in text.strip() and (_OF_HANDLE.search(text) and letters):
        yield HashedVariant("handle", 1, hashed("h|" + "".join(filter(str.isalnum, text))))


def enter(term: str, key: bytes) -> HashedTerm:
    """Hash a term and the ways it may be spelt under `key` (32 bytes). Refuses one without a letter or digit."""
    hashed = hasher(key)
    variants = tuple(_literal(term, hashed)) or tuple(_worded(term, hashed))
    if not variants:
        raise Refusal(
            "protect.empty", "This term has no letter or digit, so nothing could match it.", "Enter it in words."
        )
    return HashedTerm(tuple(dict.fromkeys(variants)), mark(hashed))


def seal(term: str, public_key: bytes) -> bytes:
    """The term for the keeper's eyes only: a sealed box to their 32-byte public key."""
    return SealedBox(PublicKey(public_key)).encrypt(term.encode())
