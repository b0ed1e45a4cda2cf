"""Rules that combine classes of words: what is said of whom, and who says it.

No word is wrong by itself. A rule names classes that stand together in one sentence (a group, and a word for vermin)
and the scopes in which that is no finding: negated, countered, reported. Rules and classes are data (`lexicon/`); what
they mean stands here. A language for which a lexicon has no classes is not evaluated.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, get_args

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import WordsCase
from content.checks.words.lexicons import lexicon
from content.checks.words.lines import Span, inside, places
from content.checks.words.reading import Reading, Sentence, read
from content.checks.words.vocabulary import Mark

_NEAR = 5  # words before what is negated in which its negation stands
_WITHIN = 12
_SAID = "scope.report"
_OWN_KINDS = frozenset(("disclosure", "helpline", "source_line"))


@dataclass(frozen=True, slots=True)
class Rule:
    """Marks of each class in `all` in one sentence, the last one at most `within` words from each of the others (one
    number for all of them, or one for each).

    ordered: they stand in that order; opens: words of the sentence that may stand before the first (an order);
    carry: the class for which a pronoun may stand whose group stood in the sentence before, and which no pronoun of
    others stands for; unless: the scopes in which it is no finding. It is none either where a class stands that the
    rule names: without: in the sentence; answered: there or in one beside it; between: between its first and last word.
    """

    code: str
    severity: Severity
    reason: str
    all: tuple[str, ...]
    within: tuple[int, ...] = ()
    ordered: bool = False
    opens: int | None = None
    carry: str = ""
    unless: frozenset[str] = frozenset()
    without: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    between: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that holds of a sentence: the marks in the order of the rule's classes."""

    rule: Rule
    sentence: int
    marks: tuple[Mark, ...]

    @property
    def anchor(self) -> Mark:
        return self.marks[-1]

    @property
    def first(self) -> int:
        """The first word of what is said."""
        return min(mark.first for mark in self.marks)

    @property
    def last(self) -> int:
        """The word after its last one."""
        return max(mark.last for mark in self.marks)


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
    if _distanced(reading, hit):
        reason = "Somebody else's words, which the text rejects. Check that they must be repeated."
        return Finding(check, "warn", reason, span, "distanced")
    return Finding(check, hit.rule.severity, hit.rule.reason, span, hit.rule.code)


def hits(reading: Reading, name: str) -> Iterator[Hit]:
    """Where the rules of a lexicon hold, scopes considered."""
    if reading.classes.isdisjoint(_by_last(name)):  # most lexicons, in most texts
        return
    for number, sentence in enumerate(reading.sentences):
        for rule in _worth(name, sentence):
            for hit in _of_rule(reading, rule, number, sentence):
                if not _answered(reading, hit) and not any(SCOPES[scope](reading, hit) for scope in rule.unless):
                    yield hit


def _answered(reading: Reading, hit: Hit) -> bool:
    """Whether the sentence, or one beside it, holds a class that makes it no finding."""
    names = hit.rule.answered
    return bool(names) and any(sentence.has(name) for sentence in _beside(reading, hit) for name in names)


def _worth(name: str, sentence: Sentence) -> Sequence[Rule]:
    """The rules whose last class stands in the sentence, or a pronoun that may stand for it."""
    by_last = _by_last(name)
    return [rule for stands in sentence.marks if stands in by_last for rule in by_last[stands]]


@cache
def _by_last(name: str) -> dict[str, tuple[Rule, ...]]:
    found: dict[str, list[Rule]] = {}
    for rule in rules(name):
        found.setdefault(rule.all[-1], []).append(rule)
        if rule.carry == rule.all[-1]:
            found.setdefault("scope.they", []).append(rule)
    return {last: tuple(some) for last, some in found.items()}


def _of_rule(reading: Reading, rule: Rule, number: int, sentence: Sentence) -> Iterator[Hit]:
    given = list[tuple[Mark, ...]]()
    for name in rule.all:
        marks = sentence.marks.get(name) or (_carried(reading, number, name) if name == rule.carry else ())
        if not marks:
            return
        given.append(marks)
    if any(map(sentence.has, rule.without)):
        return
    for anchor in given[-1]:
        around = _around(rule, given[:-1], anchor)
        if around is not None and _stands(reading, rule, sentence, (*around, anchor)):
            yield Hit(rule, number, (*around, anchor))


def _carried(reading: Reading, number: int, name: str) -> tuple[Mark, ...]:
    """The pronouns of this sentence, where the sentence before names such people, and nobody else they may mean."""
    before = reading.sentences[number - 1] if number else None
    if before is None or not before.has(name):
        return ()
    named = {(mark.first, mark.last) for mark in before.marks[name]}
    if any((mark.first, mark.last) not in named for mark in before.marks.get("scope.others", ())):
        return ()
    return reading.sentences[number].marks.get("scope.they", ())


def _stands(reading: Reading, rule: Rule, sentence: Sentence, marks: Sequence[Mark]) -> bool:
    """Whether the marks open the sentence where they must, nothing stands between them that may not, and no quotation
    begins or ends between them."""
    if reading.quoted and len({reading.in_quotes(mark) for mark in marks}) > 1:
        return False
    first, last = min(mark.first for mark in marks), max(mark.last for mark in marks)
    if rule.opens is not None and first - sentence.first > rule.opens:
        return False
    parting = (mark for name in rule.between for mark in sentence.marks.get(name, ()))
    return not any(first <= mark.first < last and mark not in marks for mark in parting)


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


# --- scopes ------------------------------------------------------------------------------------------


def _negated(reading: Reading, hit: Hit) -> bool:
    """A negation a few words before what is said, in its clause, or right after it where the language puts it there;
    what only looks like one ("nothing but") is none."""
    sentence, anchor = reading.sentences[hit.sentence], hit.anchor
    for mark in sentence.marks.get("scope.negation", ()):
        if 0 <= anchor.first - mark.last <= _NEAR and _in_clause(reading, hit, mark):
            return True
    after = sentence.marks.get("scope.negation_after", ())
    return any(0 <= mark.first - anchor.last <= 2 and not _affirmed(sentence, mark) for mark in after)


def _former(reading: Reading, hit: Hit) -> bool:
    """A view somebody once held, before what is said."""
    marks = reading.sentences[hit.sentence].marks.get("scope.former", ())
    return any(0 <= hit.anchor.first - mark.last <= _NEAR and _in_clause(reading, hit, mark) for mark in marks)


def _in_clause(reading: Reading, hit: Hit, negation: Mark) -> bool:
    """Whether a negation reaches what is said: no contrast between them, and no comma before the first of it."""
    sentence, first = reading.sentences[hit.sentence], hit.first
    if _affirmed(sentence, negation):
        return False
    marks = sentence.marks
    if any(negation.last <= one.first < hit.anchor.first for one in marks.get("scope.contrast", ())):
        return False
    return negation.last > first or not reading.parted(negation.last, first)


def _countered(reading: Reading, hit: Hit) -> bool:
    """The sentence, or one beside it, rejects what is said; beside a quotation one word of judgement does."""
    names = ("scope.counter", "scope.judgement") if _quoted(reading, hit) else ("scope.counter",)
    return any(
        not reading.in_quotes(mark) and not _affirmed(sentence, mark) and not any(map(mark.meets, hit.marks))
        for sentence in _beside(reading, hit)
        for name in names
        for mark in sentence.marks.get(name, ())
    )


def _affirmed(sentence: Sentence, mark: Mark) -> bool:
    """Whether words that look like a negation or rejection belong to a turn that is none, or stand right beside it."""
    return any(one.first <= mark.last and mark.first <= one.last for one in sentence.marks.get("scope.affirmed", ()))


def _reported(reading: Reading, hit: Hit) -> bool:
    """Somebody is said to have said it, earlier in the sentence; of something quoted also after or beside it."""
    if _quoted(reading, hit):
        return any(not reading.in_quotes(mark) for one in _beside(reading, hit) for mark in one.marks.get(_SAID, ()))
    return any(mark.last <= hit.first for mark in reading.sentences[hit.sentence].marks.get(_SAID, ()))


def _quoted(reading: Reading, hit: Hit) -> bool:
    return reading.in_quotes(hit.anchor)


def _suffered(reading: Reading, hit: Hit) -> bool:
    """People are said to have been treated so: killed like animals, called vermin, sold as slaves."""
    marks = reading.sentences[hit.sentence].marks.get("scope.suffered", ())
    return any(mark.last <= hit.anchor.first for mark in marks)


def _pitied(reading: Reading, hit: Hit) -> bool:
    """The sentence is of what was done to people: who is angry at that does not hate them."""
    return reading.sentences[hit.sentence].has("scope.suffered")


def _of_others(reading: Reading, hit: Hit) -> bool:
    """The sentence is of those who did things to people."""
    return reading.sentences[hit.sentence].has("scope.others")


def _misused(reading: Reading, hit: Hit) -> bool:
    """Somebody is said to have used it for that: not it, but they are spoken of."""
    return reading.sentences[hit.sentence].has("scope.misused")


def _own(reading: Reading, hit: Hit) -> bool:
    """Somebody speaks so of themselves."""
    return any(mark.last <= hit.anchor.first for mark in reading.sentences[hit.sentence].marks.get("scope.own", ()))


def _of_things(reading: Reading, hit: Hit) -> bool:
    """The sentence, or the one before it, is of things, animals or a trade that a pronoun may mean."""
    return any(one.has("scope.things") for one in reading.sentences[max(0, hit.sentence - 1) : hit.sentence + 1])


def _beside(reading: Reading, hit: Hit) -> tuple[Sentence, ...]:
    return reading.sentences[max(0, hit.sentence - 1) : hit.sentence + 2]


SCOPES: Mapping[str, Callable[[Reading, Hit], bool]] = {
    "negated": _negated,
    "former": _former,
    "countered": _countered,
    "reported": _reported,
    "quoted": _quoted,
    "suffered": _suffered,
    "pitied": _pitied,
    "of_others": _of_others,
    "misused": _misused,
    "own": _own,
    "of_things": _of_things,
}


def _distanced(reading: Reading, hit: Hit) -> bool:
    """Quoted or reported words of others that the same sentence or one beside it rejects."""
    return (_quoted(reading, hit) or _reported(reading, hit)) and _countered(reading, hit)


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
