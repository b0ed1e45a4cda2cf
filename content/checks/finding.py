"""What a check answers: a finding, or that it could not look because data is missing."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal[
    "block",
    "warn",
    "specialist:safeguarding",
    "specialist:legal",
    "specialist:religious",
    "specialist:language",
    "specialist:content",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check found.

    span: code points in the leaf's text (its parts joined by a line feed), None for the whole leaf;
    code: a sub-code of the check (a dimension, a kind); reason: plain words, with what to do next; at: which text
    beside the words it is about (`media.1.alt`, `card`), "" for the words themselves.
    """

    check: str
    severity: Severity
    reason: str
    span: tuple[int, int] | None = None
    code: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """A check could not look: `missing` names the data (`narrative.consent`). The gate treats it as a block."""

    check: str
    missing: str


Answer = Finding | Missing


def unseen(answer: Missing) -> str:
    """Why a check could not look, for whoever wrote the words, with what to do.

    `lexicon.NAME.LANGUAGE[.KEY]` is a list that the language lacks; everything else is a record of the instance.
    """
    if answer.missing.startswith("lexicon.") and answer.missing.count(".") > 1:
        name, language = answer.missing.split(".")[1:3]
        return (
            f"{answer.check} could not look: the lexicon “{name}” has no words for the language “{language}”. Until it "
            "has, nothing is published in that language. Use another one, or have the lexicon written first."
        )
    return f"{answer.check} could not look: {answer.missing} is not recorded. Have it recorded first."
