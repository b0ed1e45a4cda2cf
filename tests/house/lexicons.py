"""What may be wrong with a lexicon that no case of its own shows: an entry that no text can have, one listed twice,
a class that nothing reads.

Each fault is a line: LEXICON LANGUAGE CLASS: what. Classes that stand once for a script have it for their language.
"""

import ast
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from content.checks.words import lexicons, phrases
from content.checks.words.composed import rules
from content.checks.words.lexicons import composed, lexicon
from content.checks.words.reading import read
from content.checks.words.vocabulary import folded, vocabulary

WORDS = Path(lexicons.__file__).parent
FILES = sorted((*(WORDS / "lexicon").glob("*.json"), *(WORDS / "data").glob("*.json")))
TOLD = ("version", "owner", "licence", "source")
_READ_IN = {"latin": "en", "arabic": "ar"}  # a script's classes are read as in this language
_ANY = {"ar": "كلمه"}  # a word for a gap, `word` elsewhere
_BEFORE = {"ar": "م"}  # what an ending stands behind, `x` elsewhere
_AFTER = ("", "e", "en", "er", "s", "ed", "ion", "400")  # what a stem may go on with
_ESCAPE = re.compile(r"\\.")
_CAPITALS = re.compile(r"\[[^\]]*[A-ZÀ-Ý]-[A-ZÀ-Ý][^\]]*\]")
_MINDED = re.compile(r"\(\?-i:(?:[^()]|\([^()]*\))*\)")

Book = Mapping[str, Any]
Class = tuple[str, str, Sequence[str]]  # language, class, entries


def untold(book: Book) -> list[str]:
    """What every file says of itself and this one does not."""
    return [key for key in TOLD if not book.get(key)]


def classes(book: Book) -> Iterator[Class]:
    """Every class of words."""
    for language, told in (*book["languages"].items(), *book.get("scripts", {}).items()):
        yield from ((language, name, entries) for name, entries in told.get("classes", {}).items())


def malformed(entry: str) -> Iterator[str]:
    """Alternatives that say nothing, or the same twice in one place, as `a b|b c` does that was meant as `a|b|c`."""
    for word in entry.split():
        options = word.split("|")
        yield from (f"“{entry}” has an empty alternative" for one in options if not one.strip("*"))
        yield from (f"“{entry}” has a * where it means nothing" for one in options if "*" in one[1:-1] or "**" in one)
        yield from (f"“{one}” in “{entry}” is a stem of one letter" for one in options if _one_letter(one))
        twice = [one for one, count in Counter(folded(one) for one in options).items() if count > 1]
        yield from (f"“{entry}” names “{one}” twice in one place" for one in twice)
    if not entry.split():
        yield "an entry is empty"


def _one_letter(word: str) -> bool:
    """d'* is read as d*, and many a word begins so. In Arabic a letter may be a word of its own, or say who acts."""
    stem = folded(word.strip("*"))
    return "*" in word and len(stem) == 1 and stem.isascii() and stem.isalpha()


def samples(entry: str, language: str) -> Iterator[tuple[str, ...]]:
    """For each alternative of the entry texts of which it must find one at least: a stem may go on in several ways."""
    rows = [[_samples(one, language) for one in word.split("|")] for word in entry.split()]
    for place, options in enumerate(rows):
        before, after = [row[0][0] for row in rows[:place]], [row[0][0] for row in rows[place + 1 :]]
        for one in options if place == 0 else options[1:]:
            yield tuple(" ".join([*before, text, *after]) for text in one)


def _samples(word: str, language: str) -> tuple[str, ...]:
    if word == "_":
        return (_ANY.get(language, "word"),)
    if word.endswith("*"):
        return tuple(word[:-1] + more for more in _AFTER)
    return (_BEFORE.get(language, "x") + word[1:] if word[0] == "*" else word,)


def never_found(name: str, told: Class) -> Iterator[str]:
    """Entries, or alternatives in them, that a text has and the class is not seen in it."""
    language, key, entries = _READ_IN.get(told[0], told[0]), *told[1:]
    for entry in entries:
        for texts in samples(entry, language) if not [*malformed(entry)] else ():
            if not any(_seen(f"{name}.{key}", text, language) for text in texts):
                yield f"“{entry}” is not found in “{texts[0]}”"


def _seen(name: str, text: str, language: str) -> bool:
    """Whether all of the text is of this class."""
    reading = read(text, language)
    whole = (0, len(reading.words), name)
    return any(whole == mark for sentence in reading.sentences for mark in sentence.marks(name))


def listed_twice(entries: Sequence[str]) -> Iterator[str]:
    """Words that one class has twice."""
    single = [folded(one) if one != "_" else one for entry in entries if " " not in entry for one in entry.split("|")]
    longer = [" ".join(map(_in_order, entry.split())) for entry in entries if " " in entry]
    yield from (f"“{one}” is listed {count} times" for one, count in Counter((*single, *longer)).items() if count > 1)


def _in_order(word: str) -> str:
    return "|".join(sorted(map(folded, word.split("|"))))


def foreign(entry: str, language: str) -> Iterator[str]:
    """Letters of another script than the language's. Arabic texts may have whole words in Latin letters."""
    for word in re.split(r"[\s|]+", _ESCAPE.sub(" ", entry)):
        scripts = {unicodedata.name(letter, "?").split()[0] for letter in word if letter.isalpha()}
        wrong = len(scripts) > 1 if language == "ar" else bool(scripts - {"LATIN"})
        if wrong:
            yield f"“{word}” is written in {', '.join(sorted(scripts))}"


# --- what rules, phrases and code name -------------------------------------------------------------------


def named_by_rules(name: str) -> set[str]:
    """The classes, by their full names, of which a lexicon's rules speak."""
    asked = ((*rule.all, *rule.without, *rule.answered, *rule.between, rule.carry) for rule in rules(name))
    return {one for classes in asked for one in classes if one}


def places(name: str) -> Iterator[tuple[str, str, str]]:
    """(language, code, full name of the class) for each class that a phrase names."""
    for language, code, entry in told_phrases(name):
        for place in re.findall(r"<([\w.]+)>", entry):
            if place not in phrases._OPEN:
                yield language, code, place if "." in place else f"{name}.{place}"


def told_phrases(name: str) -> Iterator[tuple[str, str, str]]:
    """(language, code, phrase)."""
    for language, told in lexicon(name)["languages"].items():
        yield from ((language, code, entry) for code, some in told.get("phrases", {}).items() for entry in some)


@cache
def named_by_code() -> frozenset[str]:
    """The full names of classes in the code, and .CLASS where any lexicon's is meant.

    A name may be put together (f"erasure.{group}"): then what is put in stands in the same module.
    """
    found: set[str] = set()
    for path in WORDS.glob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        said = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        begun = {_begins(node) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)}
        found |= said | {begin + one for begin in begun if begin.endswith(".") for one in said if one.isidentifier()}
    return frozenset(found)


def _begins(node: ast.JoinedStr) -> str:
    first = node.values[0]
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def unused(name: str) -> Iterator[str]:
    """Classes that no rule, no phrase and no code reads."""
    asked = _named_anywhere() | named_by_code()
    for key in dict.fromkeys(key for _, key, _ in classes(lexicon(name))):
        if not {f"{name}.{key}", f".{key}"} & asked:
            yield f"nothing reads the class {key}"


@cache
def _named_anywhere() -> frozenset[str]:
    by_phrases = (one for name in composed() for _, _, one in places(name))
    return frozenset((*by_phrases, *(one for name in composed() for one in named_by_rules(name))))


def without_words(name: str) -> Iterator[str]:
    """Classes that a rule names and no language has, or a phrase and not its own language."""
    known = {language: vocabulary(language).names for language in lexicon(name)["languages"]}
    everywhere = {one for names in known.values() for one in names}
    yield from (f"a rule names {one}, which no language has" for one in sorted(named_by_rules(name) - everywhere))
    for language, code, one in places(name):
        if one not in known[language]:
            yield f"{language} {code}: a phrase names {one}, which the language has not"


def unreadable(name: str) -> Iterator[str]:
    """Words of phrases that no text can have."""
    for language, code, entry in told_phrases(name):
        for element in entry.split():
            for word in element.rstrip("?").split("|") if element not in "[]" else ():
                if not word.startswith("<") and not _readable(word, language):
                    yield f"{language} {code}: “{word}” of “{entry}” is no word that a text can have"


def _readable(word: str, language: str) -> bool:
    plain = word.removesuffix("*")
    reading = read(plain, language)
    return len(reading.words) == 1 and folded(plain) in reading.forms[0]


# --- patterns ----------------------------------------------------------------------------------------


def patterns_of(book: Any, above: str = "") -> Iterator[tuple[str, str]]:
    """(where, pattern) of a file of patterns: every text in its lists, by the keys above it."""
    if isinstance(book, Mapping):
        for key, value in book.items():
            if key not in ("cases", "about", "kinds", *TOLD):
                yield from patterns_of(value, f"{above} {key}".strip())
    elif isinstance(book, list):
        yield from ((above, one) for one in book if isinstance(one, str))


def faulty(pattern: str) -> Iterator[str]:
    """A pattern that does not compile, that nothing at all satisfies, or that asks for capitals in vain."""
    try:
        compiled = re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        yield f"{pattern} is no pattern: {error}"
        return
    if compiled.search(""):
        yield f"{pattern} is found in an empty text"
    if _CAPITALS.search(_MINDED.sub("", pattern)):
        yield f"{pattern} asks for a capital, and capitals do not count here: write (?-i:…)"


def of_words(name: str) -> list[str]:
    """Every fault of a lexicon of classes."""
    faults = [*unused(name), *without_words(name), *unreadable(name)]
    for language, key, entries in classes(lexicon(name)):
        here = [*never_found(name, (language, key, entries)), *listed_twice(entries)]
        for entry in entries:
            here += [*malformed(entry), *foreign(entry, _READ_IN.get(language, language))]
        faults += [f"{language} {key}: {one}" for one in here]
    return faults


def of_patterns(path: Path) -> list[str]:
    """Every fault of a file of patterns."""
    return [f"{where}: {one}" for where, pattern in patterns_of(book(path)) for one in faulty(pattern)]


def book(path: Path) -> Book:
    """A file's own text, whatever was added for a while."""
    told: Book = json.loads(path.read_text("utf-8"))
    return told
