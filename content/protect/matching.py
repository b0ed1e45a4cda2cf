"""Finding protected terms in a text through their hashes alone."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from importlib.resources import files
from itertools import islice, pairwise, product

from content.errors import Refusal
from content.protect.articles import drop_articles
from content.protect.hashing import _COMBINATIONS, Hash, HashedTerm, HashedVariant, digits_in, gram, hasher, mark
from content.protect.normal import Folded, Token, camel, words_of
from content.protect.skeleton import Form, forms_of, skeletons_of

_REMEMBERED = 50_000
_APART = 4  # signs between letters that are one word drawn apart, at most
_NUMBER = re.compile(r"\d(?:[ ./()\-\u2010-\u2015\u00a0\u202f]{0,3}\d){4,}")
_CHUNK = re.compile(r"[^\s,;:!?()\[\]{}<>\"«»“”]{4,200}")
_PART = re.compile(r"[^/@?=&#]+")
_PIECE = re.compile(r"[^\W_]+(?:[_\-.'][^\W_]+)*_?")
_GLUED = re.compile(
    r"(abu|abou|ebu|umm|oum|ibn|bint|abd[aeu]?[lrnsz])(?=[^\W_]{3})|(ابو|ابي|ابا|أبو|أبي|عبد)(?=[^\W_]{3})"
)
_ENDS = re.compile(r"[.!?؟…\n]")
_Spelt = tuple[str, tuple[str, ...]]  # a word as it is compared: folded, and its readings


@cache
def _everyday() -> tuple[frozenset[str], frozenset[str]]:
    """Words of the languages in Latin script, and in Arabic script, that alone are not read as a name."""
    rows = (files(__package__) / "data" / "common_words.txt").read_text("utf-8").splitlines()
    words: dict[bool, set[str]] = {True: set(), False: set()}
    for row in rows:
        if row and row[0] != "#":
            words[row.startswith("ar:")].update(row.split()[1:])
    return frozenset(words[False]), frozenset(words[True])


class TermIndex:
    """Protected terms to be found in texts. terms: from `enter`, under the same key.

    Refuses `protect.key` where one was hashed under another: it would match nothing.
    """

    def __init__(self, terms: Iterable[HashedTerm], key: bytes) -> None:
        self._hash: Hash = hasher(key)
        self._words: dict[bytes, list[HashedVariant]] = defaultdict(list)
        self._numbers: set[bytes] = set()
        self._handles: set[bytes] = set()
        self._lengths: tuple[int, ...] = ()
        own = mark(self._hash)
        for term in terms:
            if term.key not in (own, ""):
                raise Refusal(
                    "protect.key",
                    "Protected terms are stored here under another key.",
                    "Restart this program; else have the keeper run `counterpoint protect --reindex`.",
                )
            for variant in term.variants:
                self._add(variant)
        self._known: dict[str, list[HashedVariant]] = {}
        self._proved: dict[tuple[str, str, Form], frozenset[bytes]] = {}
        self._alone: dict[_Spelt, tuple[bool, bool]] = {}
        self._together: dict[tuple[_Spelt, ...], bool] = {}

    def _add(self, variant: HashedVariant) -> None:
        if variant.kind == "number":
            self._numbers.add(variant.skeleton)
        elif variant.kind == "handle":
            self._handles.add(variant.skeleton)
        else:
            self._words[variant.skeleton].append(variant)
            self._lengths = tuple(sorted({*self._lengths, variant.tokens}))

    def find(self, text: str) -> list[tuple[int, int]]:
        """Spans of protected terms, in code points of `text`, sorted, overlapping ones joined."""
        folded, words = words_of(text)
        spans: list[tuple[int, int]] = []
        if self._words:
            found = list(words)
            for stream, changed in _streams(folded, found):
                spans.extend(self._in_stream(folded, stream, changed))
            spans.extend(self._in_wholes(folded, found))
        if self._numbers:
            spans.extend(self._in_numbers(folded))
        if self._handles:
            spans.extend(self._in_handles(folded))
        return _joined(spans)

    def _in_stream(self, folded: Folded, stream: list[Token], changed: set[Token] | None) -> Iterator[tuple[int, int]]:
        """Runs of words that are a term; where `changed` is given, only runs that contain one of those."""
        spelt = [(token.word, token.readings) for token in stream]
        for length in self._lengths:
            for i in self._alike(spelt, length):
                run = stream[i : i + length]
                if changed is not None and changed.isdisjoint(run):
                    continue
                if length > 1 or self._word_matches(folded, run[0]):
                    yield min(t.start for t in run), max(t.end for t in run)

    def _in_wholes(self, folded: Folded, found: list[Token]) -> Iterator[tuple[int, int]]:
        alone = self._alone
        for token in _wholes(folded, found):
            word = token.word, token.readings
            if any(alone[word] if word in alone else self._judge_alone(word)) and self._word_matches(folded, token):
                yield token.start, token.end

    def _alike(self, spelt: list[_Spelt], length: int) -> Iterator[int]:
        """Where a run of `length` words begins that is some term's; one word must be looked at again as it stands."""
        if length == 1:
            alone = self._alone
            for i, word in enumerate(spelt):
                if any(alone[word] if word in alone else self._judge_alone(word)):
                    yield i
            return
        together = self._together
        for i in range(len(spelt) - length + 1):
            run = tuple(spelt[i : i + length])
            if together[run] if run in together else self._judge_together(run):
                yield i

    def _judge_alone(self, word: _Spelt) -> tuple[bool, bool]:
        """Whether a word is some term's with its vowels as written, and with its vowels read loosely."""
        known = {skeleton for skeleton in _skeletons(*word) if self._variants(gram((skeleton,)))}
        forms = [form for form in _forms(*word) if form.skeleton in known] if known else []
        found = tuple(any(self._proves((form,), how) for form in forms) for how in ("strict", "loose"))
        if len(self._alone) > _REMEMBERED:
            self._alone.clear()
        self._alone[word] = answer = (found[0], found[1])
        return answer

    def _judge_together(self, run: tuple[_Spelt, ...]) -> bool:
        """Whether words in a row are some term's: first by their skeletons, then by what proves them."""
        names = map(gram, islice(product(*[_skeletons(*word) for word in run]), _COMBINATIONS))
        found = any(map(self._variants, names)) and any(
            self._proves(row, "loose") for row in islice(product(*[_forms(*word) for word in run]), _COMBINATIONS)
        )
        if len(self._together) > _REMEMBERED:
            self._together.clear()
        self._together[run] = found
        return found

    def _word_matches(self, folded: Folded, token: Token) -> bool:
        """A word alone must be nearer: in lower case its vowels as written, and no everyday word."""
        plain = token.plain and token.case != "upper"
        if plain and token.word in _everyday()[0] and (token.case == "lower" or _opens(folded, token)):
            return False
        strict, loose = self._alone[token.word, token.readings]
        return strict if plain and token.case == "lower" else loose

    def _proves(self, forms: tuple[Form, ...], how: str) -> bool:
        name = gram(tuple([form.skeleton for form in forms]))
        variants = self._variants(name)
        if not variants:
            return False
        seen = [(self._proofs(name, form, "fine"), self._proofs(name, form, how)) for form in forms]
        return any(
            all(not v.readings.isdisjoint(fine) and not v.readings.isdisjoint(vowels) for fine, vowels in seen)
            for v in variants
        )

    def _variants(self, name: str) -> list[HashedVariant]:
        found = self._known.get(name)
        if found is None:
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            found = self._known[name] = self._words.get(self._hash(name), [])
        return found

    def _proofs(self, name: str, form: Form, how: str) -> frozenset[bytes]:
        place = (name, how, form)
        found = self._proved.get(place)
        if found is None:
            if len(self._proved) > _REMEMBERED:
                self._proved.clear()
            head = f"{name}|{form.skeleton}|"
            found = self._proved[place] = frozenset(self._hash(head + proof) for proof in _claims(form, how))
        return found

    def _in_numbers(self, folded: Folded) -> Iterator[tuple[int, int]]:
        for match in _NUMBER.finditer(folded.text):
            digits = digits_in(match[0])
            tries = {digits, digits.lstrip("0"), *(digits[i : i + 9] for i in range(len(digits) - 8))}
            if any(self._hash("n|" + number) in self._numbers for number in tries):
                yield folded.at[match.start()], folded.at[match.end() - 1] + 1

    def _in_handles(self, folded: Folded) -> Iterator[tuple[int, int]]:
        for chunk in _CHUNK.finditer(folded.text):
            whole = [(chunk.start(), chunk.end())]
            pieces = [(chunk.start() + m.start(), chunk.start() + m.end()) for m in _PART.finditer(chunk[0])]
            for start, end in whole + pieces:
                literal = "".join(filter(str.isalnum, folded.text[start:end].lower()))
                if literal and self._hash("h|" + literal) in self._handles:
                    yield folded.at[start], folded.at[end - 1] + 1


def _claims(form: Form, how: str) -> Iterator[str]:
    """What a text's word puts forward to be found among a term's proofs."""
    if how == "fine":
        yield from (f"c|{fine}" for fine in form.fine)
    elif form.script == "latin":
        yield from (f"l|{vowels}" for vowels in (form.strict if how == "strict" else form.loose))
        yield from (f"x|{vowels}" for vowels in form.crossed)
    elif form.script == "arabic":
        yield from (f"b|{vowels}" for vowels in form.loose)
        yield from (f"a|{vowels}" for vowels in form.crossed)
    else:
        yield f"n|{form.skeleton}"


@lru_cache(65536)
def _forms(word: str, readings: tuple[str, ...]) -> tuple[Form, ...]:
    """Every form of a word: its digits read as letters, its parts around an apostrophe too."""
    barred = _everyday()[1]
    return tuple(
        dict.fromkeys(form for w in (word, *readings, *_parts(word)) if w for form in forms_of(w, True, barred))
    )


@lru_cache(65536)
def _skeletons(word: str, readings: tuple[str, ...]) -> tuple[str, ...]:
    """Those of its forms. Of most words no form is ever made."""
    barred = _everyday()[1]
    if not readings and "'" not in word:
        return skeletons_of(word, True, barred)
    words = (word, *readings, *_parts(word))
    return tuple(dict.fromkeys(skeleton for w in words if w for skeleton in skeletons_of(w, True, barred)))


def _parts(word: str) -> Iterator[str]:
    """d'Idris, Ali's, l'Ali's without what grammar hung on them."""
    head, mark, tail = word.partition("'")
    if not mark:
        return
    core = tail if len(head) <= 2 and len(tail) > 1 else word
    yield core
    if core.endswith("'s"):
        yield core[:-2]
    elif core.endswith("'"):
        yield core[:-1]


def _opens(folded: Folded, token: Token) -> bool:
    """Whether the word opens a sentence, where a capital says nothing."""
    before = folded.text[: folded.where(token.start)].rstrip(" \"'«»“”„(-–—")
    return not before or bool(_ENDS.match(before[-1]))


def _streams(folded: Folded, found: list[Token]) -> Iterator[tuple[list[Token], set[Token] | None]]:
    """The text's words as they stand, and once more with what was drawn apart or together set right."""
    yield drop_articles(folded, found), None
    other = _respelt(folded, found)
    if other != found:
        yield drop_articles(folded, other), set(other).difference(found)


def _respelt(folded: Folded, found: list[Token]) -> list[Token]:
    out: list[Token] = []
    i = 0
    while i < len(found):
        if len(found[i].word) > 1 and found[i].case == "lower" and not _glued(found[i].word):  # most words
            out.append(found[i])
            i += 1
            continue
        run = _single_letters(folded, found, i) if len(found[i].word) == 1 else 0
        if run > 2:
            out.extend(_spelled_out(folded, found[i : i + run]))
            i += run
            continue
        out.extend(_apart(folded, found[i]))
        i += 1
    return out


def _single_letters(folded: Folded, found: list[Token], start: int) -> int:
    end = start
    while end < len(found) and len(found[end].word) == 1:
        if end > start and len(folded.between(found[end - 1], found[end])) > _APART:
            break
        end += 1
    return end - start


def _spelled_out(folded: Folded, run: list[Token]) -> list[Token]:
    """Y-u-s-u-f H-a-d-d-a-d: the most frequent separator joins letters, any other parts words."""
    gaps = [folded.between(a, b) for a, b in pairwise(run)]
    usual = max(set(gaps), key=gaps.count)
    words: list[list[Token]] = [[run[0]]]
    for gap, token in zip(gaps, run[1:], strict=True):
        if gap == usual:
            words[-1].append(token)
        else:
            words.append([token])
    return [_as_one(word) for word in words]


def _as_one(letters: list[Token]) -> Token:
    word = "".join(token.word for token in letters)
    options = [(token.word, *token.readings) for token in letters]
    readings = tuple("".join(row) for row in islice(product(*options), 1, 8))
    return Token(word, letters[0].start, letters[-1].end, False, "title", readings)


@lru_cache(32768)
def _glued(word: str) -> bool:
    return _GLUED.match(word) is not None


def _apart(folded: Folded, token: Token) -> list[Token]:
    """AbuSamir, abusamir, Mansour91 as the words they are made of."""
    if token.case == "lower" and not _glued(token.word):
        return [token]
    start, end = folded.where(token.start), folded.where(token.end - 1) + 1
    raw = folded.text[start:end]
    if raw[1:] != raw[1:].lower() and not raw.isupper() and token.plain:
        parts = camel(folded, start, end)
        return parts if len(parts) > 1 else [token]
    glued = _GLUED.match(token.word)
    if glued and len(raw) == len(token.word):
        cut = token.start + glued.end() if token.end - token.start == len(raw) else token.start
        head = Token(token.word[: glued.end()], token.start, max(cut, token.start + 1), True, "title")
        return [head, Token(token.word[glued.end() :], cut, token.end, True, "title")]
    return [token]


def _wholes(folded: Folded, found: list[Token]) -> Iterator[Token]:
    """Hashtags, handles and pieces of addresses written as one word, and their beginnings and endings."""
    for chunk in _CHUNK.finditer(folded.text):
        whole = chunk[0]
        if whole.isalnum():  # most words
            continue
        marked = any(sign in whole for sign in "#@/_") or ("." in whole[1:-1] and len(whole) > 7)
        if not marked and "-" not in whole:
            continue
        for piece in _PIECE.finditer(whole):
            yield from _whole(folded, chunk.start() + piece.start(), chunk.start() + piece.end(), marked)
    yield from _letters_in_runs(folded, found)


def _whole(folded: Folded, start: int, end: int, marked: bool) -> Iterator[Token]:
    word = "".join(filter(str.isalnum, folded.text[start:end].lower()))
    if len(word) < 4:
        return
    span = folded.at[start], folded.at[end - 1] + 1
    trimmed = word.strip("0123456789")
    yield Token(trimmed or word, *span, False, "title")
    if marked and 8 <= len(trimmed) <= 40:
        for cut in range(5, len(trimmed)):
            yield Token(trimmed[:cut], *span, False, "title")
            yield Token(trimmed[-cut:], *span, False, "title")


def _letters_in_runs(folded: Folded, found: list[Token]) -> Iterator[Token]:
    i = 0
    while i < len(found):
        if len(found[i].word) > 1:  # most words
            i += 1
            continue
        run = _single_letters(folded, found, i)
        if 2 < run <= 40:
            for length in range(3, run + 1):
                yield from (_as_one(found[i + k : i + k + length]) for k in range(run - length + 1))
        i += max(run, 1)


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for start, end in sorted(set(spans)):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out
