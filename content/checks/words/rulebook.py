"""What a composed rule is, and where one holds."""

from dataclasses import dataclass

from content.checks.finding import Severity
from content.checks.words.vocabulary import Mark


@dataclass(frozen=True, slots=True)
class Rule:
    """Marks of each class in `all` in one sentence, the last one at most `within` words from each of the others (one
    number for all of them, or one for each).

    ordered: they stand in that order; opens: words of the sentence that may stand before the first (an order);
    carry: the class for which a pronoun may stand, named before in the sentence or in one of the two before it; unless:
    the scopes in which it is no finding. It is none either where a class stands that the rule names: without: in the
    clause; answered: there or in one beside it; between: between its first and last word.
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
