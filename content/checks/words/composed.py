"""Rules that combine classes of words: what is said of whom, and who says it.

No word is wrong by itself. A rule names classes that stand together in one sentence (a group, and a word for vermin)
and the scopes in which that is no finding: negated, countered, reported. Rules and classes are data (`lexicon/`); what
they mean stands here. A language for which a lexicon has no classes is not evaluated.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from operator import itemgetter
from typing import Any, NamedTuple, get_args

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import WordsCase
from content.checks.words.lexicons import composed, lexicon
from content.checks.words.lines import Span, inside, places
from content.checks.words.reading import Reading, Sentence, read
from content.checks.words.rulebook import Hit, Rule
from content.checks.words.scopes import SCOPES, beside, in_clause
from content.checks.words.vocabulary import Mark

_WITHIN = 12
_BACK = 2  # sentences in which people were named for whom a pronoun stands
_OWN_KINDS = frozenset(("disclosure", "helpline", "source_line"))


@cache
def rules(name: str) -> tuple[Rule, ...]:
    """The rules of a lexicon, in its order."""
    return tuple(_rule(name, told) for told in lexicon(name)["rules"])


def _rule(name: str, told: Mapping[str, Any]) -> Rule:
    severity: Severity = told["severity"]
    if severity not in get_args(Severity) or not set(told.get("unless", ())) <= SCOPES.keys():
        raise ValueError(f"lexicon {name}: rule {told['code']} names a severity or scope that does not exist")
    classes = _classes(name, told["all"])
    carry = told.get("carry", False)  # true: the first class
    return Rule(
        code=told["code"],
        severity=severity,
        reason=told["reason"],
        all=classes,
        within=_distances(told.get("within", _WITHIN), len(classes) - 1),
        ordered=told.get("ordered", False),
        opens=0 if told.get("opens") is True else told.get("opens"),
        carry=classes[0] if carry is True else _class(name, carry) if carry else "",
        unless=frozenset(told.get("unless", ())),
        without=_classes(name, told.get("without", ())),
        answered=_classes(name, told.get("answered", ())),
        between=_classes(name, told.get("between", ())),
    )


def _distances(told: int | Sequence[int], others: int) -> tuple[int, ...]:
    distances = (told,) * others if isinstance(told, int) else tuple(told)
    if len(distances) != others:
        raise ValueError("a rule has one distance for each of its classes but the last")
    return distances


def _classes(lexicon_name: str, told: Sequence[str]) -> tuple[str, ...]:
    return tuple(_class(lexicon_name, one) for one in told)


def _class(lexicon_name: str, told: str) -> str:
    """The full name of a class that a lexicon's rule names, its own or another's (`people.group`)."""
    return told if "." in told else f"{lexicon_name}.{told}"


def severities(name: str) -> dict[str, Severity]:
    """What the rules of a lexicon may answer, by their codes; and what a rule's finding becomes (see `judge`)."""
    return {rule.code: rule.severity for rule in rules(name)} | {"distanced": "warn"}


def judge(case: WordsCase, check: str, name: str) -> Iterator[Answer]:
    """The findings of a lexicon's rules in the case's words, each once; Missing where the language has none.

    Words quoted or reported, and rejected where they stand, are shown (`warn`): whoever refutes must repeat them.
    The publisher's own lines (disclosure, helpline, source line) are not judged.
    """
    language = case.language.partition("-")[0]
    if "classes" not in lexicon(name)["languages"].get(language, {}):
        yield Missing(check, f"lexicon.{name}.{language}")
        return
    reading = read(case.text, language)
    found = list(hits(reading, name))
    own = own_lines(case) if found else []
    for hit in _widest(found):
        span = reading.span(hit.first, hit.last)
        if not inside(span, own):
            yield _finding(reading, check, hit, span)


def _widest(found: Sequence[Hit]) -> Iterator[Hit]:
    """The hits without those that say the same of a part of what another is about: a reviewer reads each once."""
    ends: dict[tuple[str, str], int] = {}
    for hit in sorted(found, key=lambda one: (one.first, -one.last)):
        said = hit.rule.code, hit.rule.reason
        if hit.last > ends.get(said, 0):
            ends[said] = hit.last
            yield hit


def _finding(reading: Reading, check: str, hit: Hit, span: Span) -> Finding:
    if SCOPES["distanced"](reading, hit):
        reason = "Somebody else's words, which the text rejects. Check that they must be repeated."
        return Finding(check, "warn", reason, span, "distanced")
    return Finding(check, hit.rule.severity, hit.rule.reason, span, hit.rule.code)


def hits(reading: Reading, name: str) -> Iterator[Hit]:
    """Where the rules of a lexicon hold, scopes considered."""
    for number, rule in _worth(reading.text, reading.language).get(name, ()):
        for hit in _of_rule(reading, rule, number, reading.sentences[number]):
            if not _answered(reading, hit) and not any(SCOPES[scope](reading, hit) for scope in rule.unless):
                yield hit


def _answered(reading: Reading, hit: Hit) -> bool:
    """Whether the sentence, or one beside it, holds a class that makes it no finding."""
    names = hit.rule.answered
    return bool(names) and any(sentence.has(name) for sentence in beside(reading, hit) for name in names)


@lru_cache(maxsize=16)  # every composed check asks it of the same text
def _worth(text: str, language: str) -> dict[str, list[tuple[int, Rule]]]:
    """For each lexicon the rules whose classes all stand in a sentence, or a pronoun for one of them; each once."""
    by_last = _by_last()
    worth: dict[tuple[int, int], tuple[str, Rule]] = {}
    for number, sentence in enumerate(read(text, language).sentences):
        classes = sentence.classes
        for last in by_last.keys() & classes:
            worth |= {(number, one.place): (one.lexicon, one.rule) for one in by_last[last] if one.needs <= classes}
    found: dict[str, list[tuple[int, Rule]]] = {}
    for (number, _), (name, rule) in sorted(worth.items(), key=itemgetter(0)):
        found.setdefault(name, []).append((number, rule))
    return found


class _Placed(NamedTuple):
    """A rule, its place among all, and what a sentence must have for it: all its classes, but for one carried over."""

    place: int
    lexicon: str
    rule: Rule
    needs: frozenset[str]


@cache
def _by_last() -> dict[str, list[_Placed]]:
    """The rules of all lexicons by their last class: it is the rarest. A pronoun may stand for it."""
    found: dict[str, list[_Placed]] = {}
    told = [(name, rule) for name in composed() if "rules" in lexicon(name) for rule in rules(name)]
    for place, (name, rule) in enumerate(told):
        needs = frozenset(rule.all) - {rule.carry}
        found.setdefault(rule.all[-1], []).append(_Placed(place, name, rule, needs))
        if rule.carry == rule.all[-1]:
            found.setdefault("scope.they", []).append(_Placed(place, name, rule, needs))
    return found


def _of_rule(reading: Reading, rule: Rule, number: int, sentence: Sentence) -> Iterator[Hit]:
    given = list[tuple[Mark, ...]]()
    for name in rule.all:
        marks = sentence.marks(name)
        if name == rule.carry:
            marks = (*_told_more(reading, sentence, marks), *marks, *_carried(reading, number, name))
        if not marks:
            return
        given.append(marks)
    for anchor in given[-1]:
        around = _around(rule, given[:-1], anchor)
        if around is not None and _stands(reading, rule, sentence, (*around, anchor)):
            hit = Hit(rule, number, (*around, anchor))
            if not in_clause(reading, hit, rule.without):
                yield hit


def _told_more(reading: Reading, sentence: Sentence, named: Sequence[Mark]) -> Iterator[Mark]:
    """People with the clause that tells more of them, as one: "Kurds, who live next door," (between commas)."""
    told = {mark.first for mark in sentence.marks("scope.relative")}
    for mark in named:
        if mark.last in told and reading.parted(mark.last, mark.last):
            ends = range(mark.last + 1, sentence.last)
            yield from [mark._replace(last=end) for end in ends if reading.parted(end, end)][:1]


def _carried(reading: Reading, number: int, name: str) -> tuple[Mark, ...]:
    """The pronouns of this sentence that stand for such people: named before in it, or in one of the two before it, and
    nobody else since whom they may mean."""
    sentence = reading.sentences[number]
    denied = sentence.marks("scope.negation")  # "they are not" is one word in Arabic
    they = tuple(mark for mark in sentence.marks("scope.they") if not any(map(mark.meets, denied)))
    if not they:
        return ()
    if sentence.has(name):
        since = min([mark.first for mark in _others(sentence, name)], default=sentence.last)
        named = sentence.marks(name)[0].last
        return tuple(mark for mark in they if named <= mark.first < since)
    return they if _named_before(reading, number, name) else ()


def _named_before(reading: Reading, number: int, name: str) -> bool:
    """Whether one of the two sentences before names such people, and from there on nobody else is named."""
    for sentence in reversed(reading.sentences[max(0, number - _BACK) : number]):
        if any(_others(sentence, name)):
            return False
        if sentence.has(name):
            return True
    return False


def _others(sentence: Sentence, name: str) -> Iterator[Mark]:
    """Who else is named in a sentence."""
    named = {(mark.first, mark.last) for mark in sentence.marks(name)}
    return (mark for mark in sentence.marks("scope.others") if (mark.first, mark.last) not in named)


def _stands(reading: Reading, rule: Rule, sentence: Sentence, marks: Sequence[Mark]) -> bool:
    """Whether the marks open the sentence where they must, nothing stands between them that may not, and no quotation
    begins or ends between them."""
    if reading.quoted and len({reading.in_quotes(mark) for mark in marks}) > 1:
        return False
    first, last = min(mark.first for mark in marks), max(mark.last for mark in marks)
    if rule.opens is not None and first - sentence.first > rule.opens:
        return False
    parting = (mark for name in rule.between for mark in sentence.marks(name))
    return not any(first <= mark.first < last and not any(map(mark.meets, marks)) for mark in parting)


def _around(rule: Rule, given: Sequence[tuple[Mark, ...]], anchor: Mark) -> tuple[Mark, ...] | None:
    """For each of the other classes its nearest mark; None where one of them has none near enough."""
    found: list[Mark] = []
    for marks, within in zip(given, rule.within, strict=True):
        near = [mark for mark in marks if mark is not anchor and _fits(rule, within, mark, anchor)]
        if not near:
            return None
        found.append(min(near, key=lambda mark: _gap(mark, anchor)))
    if rule.ordered and any(a.first > b.first for a, b in pairwise(found)):
        return None
    return tuple(found)


def _fits(rule: Rule, within: int, mark: Mark, anchor: Mark) -> bool:
    return _gap(mark, anchor) <= within and not (rule.ordered and mark.first > anchor.first)


def _gap(one: Mark, other: Mark) -> int:
    """Words between two marks; nought where they touch or overlap."""
    return max(other.first - one.last, one.first - other.last, 0)


def own_lines(case: WordsCase) -> list[Span]:
    """Where the publisher's own lines stand."""
    if case.spans is not None:
        return [(span.start, span.end) for span in case.spans if span.kind in _OWN_KINDS]
    if case.organisation is None:
        return []
    lines = [*(case.organisation.disclosure or {}).values(), *(h.line or "" for h in case.organisation.helplines or ())]
    return _stand(case.text, tuple(filter(None, lines)))


@lru_cache(maxsize=16)
def _stand(text: str, lines: tuple[str, ...]) -> list[Span]:
    """Where these lines stand in a text: every composed check asks it of the same text."""
    return [where for line in lines for where in places(text, line)]
