"""Arabic words as they may be looked up: in one spelling, without what is written together with them, and as the words
of the lexicons for which repeated, foreign or other letters stand.

Only what no lexicon knows as it is spelt is read otherwise, and only as words of the lexicons whose Arabic says
`respelt`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import islice, product

from content.checks.words.lexicons import composed, lexicon
from content.checks.words.vocabulary import ALEFS, entries, folded
from content.protect.normal import Token

_GLUED_ARTICLES = ("بال", "كال", "هال", "عال", "لال", "مال")
_PRONOUNS = ("هم", "هن", "ها")
_SHORTEST = 3  # letters of a word that are left when something is taken away
_REPEATED = re.compile(r"([^متنل])\1+")  # the others stand twice in many words
_MANY = re.compile(r"(.)\1\1+")
_ALIKE = str.maketrans("طثضظذصقئؤ", "تتدددسكيو")  # letters that are taken for each other
_VOWELS = "اوي"
_MISSPELT = 5  # letters from which another spelling is looked for; from one more a vowel may be missing or too many
_SUFFIXES = ("", "ه", "ين", "ون", "ات", "وا", "و", "ني", "هم")  # that an entry which is a stem may have
_READINGS = 64  # of a word with foreign letters in it
_LONGEST = 20  # letters of a word that may be drawn apart
_HINT = 4  # letters at its end by which it is guessed at
_PIECES = 6  # into which a word may be drawn apart
_FOREIGN = {
    "0": "وه", "1": "ال", "2": "اق", "3": "ع", "4": "اش", "5": "خه", "6": "ط", "7": "حخ", "8": "غق", "9": "قصو",
    "@": "ا", "$": "سش", "!": "ا", "|": "ا", "a": "اعه", "b": "ب", "c": "سك", "d": "دض", "e": "عيا", "f": "ف",
    "g": "جغق", "h": "هح", "i": "اي", "j": "ج", "k": "ك", "l": "لا", "m": "م", "n": "ن", "o": "وه", "p": "ب",
    "q": "ق", "r": "ر", "s": "سص", "t": "تط", "u": "و", "v": "ف", "w": "و", "x": "خ", "y": "ي", "z": "زظذ",
}  # fmt: skip


@lru_cache(maxsize=8192)
def arabic_forms(word: str) -> tuple[str, ...]:
    """A word in one spelling, and without what may be written together with it: conjunction, preposition, article, the
    sign of the future, a pronoun, the alef of a case."""
    plain = word.translate(ALEFS)
    forms = [plain]
    if plain[0] in "وف" and len(plain) > _SHORTEST:
        forms.append(plain[1:])
    forms.extend([bare for form in forms for bare in _bare(form)])
    forms.extend(form[:-2] for form in forms[:] if form.endswith(_PRONOUNS) and len(form) > _SHORTEST + 1)
    forms.extend(form[:-1] for form in forms[:] if len(form) > _SHORTEST and form.endswith("ا") and form[-2] != "و")
    return tuple(dict.fromkeys(forms))


def _bare(word: str) -> Iterator[str]:
    """The word without what stands before it: preposition, article, both, or the sign of the future."""
    if word.startswith(("ال", "لل")) and len(word) > _SHORTEST + 1:
        yield word[2:]
        yield f"ال{word[2:]}"
    if word.startswith(_GLUED_ARTICLES) and len(word) > _SHORTEST + 2:
        yield word[3:]
    future = word[0] in "سهح" and word[1:2] in ("ا", "ي", "ن", "ت") and len(word) > _SHORTEST + 1
    if (word[0] in "بلك" and len(word) > _SHORTEST) or future:
        yield word[1:]


def together(words: Sequence[Token]) -> Iterator[Token]:
    """The words; pieces that are a word of the lexicons only together as that word."""
    at = 0
    while at < len(words):
        most = _LONGEST if len(words[at].word) == 1 else _PIECES
        last = at + _pieces([one.word for one in words[at : at + most]]) - 1
        if last == at:
            yield words[at]
        else:
            whole = "".join(one.word for one in words[at : last + 1])
            yield words[at]._replace(word=whole, end=words[last].end)
        at = last + 1


def _pieces(words: Sequence[str]) -> int:
    """How many of these words, from the first on, are one word drawn apart."""
    whole, long, found = words[0], int(len(words[0]) > _SHORTEST), 1
    for n, word in enumerate(words[1:], start=2):
        whole, long = whole + word, long + (len(word) > _SHORTEST)
        if len(whole) > _LONGEST or word.startswith("ال") or (long > 1 and n > 2):
            break
        if whole[-_HINT:].translate(ALEFS) in _endings() and _one_word(whole, words[:n]):
            found = n
    return found


def _one_word(whole: str, pieces: Sequence[str]) -> bool:
    """Whether it is one of the longer words of the lexicons, and at least one of its pieces is none."""
    letters = sum(len(one) == 1 for one in pieces) > 1  # nobody writes two in a row
    forms = (form for form in arabic_forms(whole) if len(form) >= (_HINT if letters else _MISSPELT))
    return not _words("respelt").isdisjoint(forms) and not all(_known((one,)) for one in pieces)


@cache
def _endings() -> frozenset[str]:
    """How longer words of the lexicons end, by which a word drawn apart is guessed at."""
    return frozenset(word[-_HINT:] for word in _words("respelt") if len(word) >= _HINT)


@lru_cache(maxsize=8192)
def arabic(word: str) -> tuple[str, ...]:
    """The forms of a word that is at least partly Arabic."""
    spelt = arabic_forms(word)
    if len(word) > 2 * _LONGEST:
        return spelt
    own = [form for one in _in_arabic(_MANY.sub(r"\1", word)) for form in arabic_forms(one)]
    own = list(dict.fromkeys((*own, *spelt)))  # laughter is spelt with one letter, many times
    return tuple(own) if _known(own) else tuple(dict.fromkeys((*own, *_meant(word))))


def _in_arabic(word: str) -> Iterator[str]:
    """The word; one with foreign letters as the words for which they may stand, if the lexicons know them."""
    yield word
    if any(char in _FOREIGN for char in word):
        spelt = islice(product(*(_FOREIGN.get(char, char) for char in word)), _READINGS)
        yield from (one for one in map("".join, spelt) if _known(arabic_forms(one)))


@lru_cache(maxsize=8192)
def _meant(word: str) -> tuple[str, ...]:
    """The words of the lexicons that a word which none of them knows may be."""
    once, twice = _MANY.sub(r"\1", word), _MANY.sub(r"\1\1", word)
    left_out = f"ال{once[1:]}" if once.startswith("الا") else once  # one of two l
    shall = f"ا{once[1:]}" if once[0] in "هح" and len(once) > _SHORTEST else once  # I shall: two letters in one
    for one in (left_out, twice, _REPEATED.sub(r"\1", word), shall):
        forms = arabic_forms(one)
        if _known(forms):
            return forms
    forms = arabic_forms(once)
    return () if not _spelt_so().isdisjoint(forms) else tuple(one for form in forms for one in _spelt_like(form))


def _known(forms: Iterable[str]) -> bool:
    words, stems = _words("heard"), _stems("heard")
    for form in forms:
        if form in words or any(form[:n] in stems for n in range(_SHORTEST, min(len(form), _LONGEST) + 1)):
            return True
    return False


@cache
def _words(kind: str) -> frozenset[str]:
    """The whole words of the lexicons whose Arabic says so."""
    return frozenset(word for word in _listed(kind) if "*" not in word and len(word) > 1)


@cache
def _stems(kind: str) -> frozenset[str]:
    """What entries that are stems begin with."""
    return frozenset(word[:-1] for word in _listed(kind) if word.endswith("*") and len(word) > _SHORTEST)


def _listed(kind: str) -> Iterator[str]:
    names = (name for name in composed() if lexicon(name)["languages"].get("ar", {}).get(kind))
    for some in (some for name in names for some in entries(name, "languages", "ar").values()):
        yield from (word for entry in some for word in entry.replace("|", " ").split())


@cache
def _spelt_so() -> frozenset[str]:
    """Everyday words that are no misspelling of anything."""
    told = (lexicon(name)["languages"].get("ar", {}).get("spelt_so", ()) for name in composed())
    return frozenset(folded(word) for some in told for word in some)


def inflected(kind: str) -> Iterator[str]:
    """Those words, and of each stem the commonest that begin so."""
    yield from sorted(_words(kind))
    yield from (f"{stem}{suffix}" for stem in sorted(_stems(kind)) for suffix in _SUFFIXES)


def _spelt_like(form: str) -> Iterator[str]:
    """The words of the lexicons that differ from it in like letters, or in one vowel letter as well."""
    if len(form) < _MISSPELT:
        return
    exact, near = _by_spelling()
    spelt = form.translate(_ALIKE)
    yield from exact.get(spelt, ())
    if len(form) > _MISSPELT:
        yield from near.get(spelt, ())
        yield from (one for short in _vowel_left_out(spelt) for one in near.get(f"{short} ", ()))


@cache
def _by_spelling() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Those words by their spelling, like letters being one; and whole ones by it with one vowel letter left out, or
    (a space after it) with none."""
    exact: dict[str, dict[str, None]] = {}  # in one order, whatever process asks
    near: dict[str, dict[str, None]] = {}
    for word in inflected("respelt"):
        exact.setdefault(word.translate(_ALIKE), {})[word] = None
        if "ث" in word:
            exact.setdefault(word.replace("ث", "س").translate(_ALIKE), {})[word] = None
    for word in sorted(_words("respelt")):
        spelt = word.translate(_ALIKE)
        for short in (f"{spelt} ", *_vowel_left_out(spelt)):
            near.setdefault(short, {})[word] = None
    return _tight(exact), _tight(near)


def _tight(found: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """The same in a fifth of the room: most have one word, and there are tens of thousands."""
    return {spelt: tuple(words) for spelt, words in found.items()}


def _vowel_left_out(spelt: str) -> Iterator[str]:
    return (spelt[:at] + spelt[at + 1 :] for at in range(1, len(spelt)) if spelt[at] in _VOWELS)
