"""synthetic-undisclosed: what is generated, staged, composed or translated says so where it is seen.

A generated face or a person composed of several is never shown as somebody's testimony, labelled or not.
"""

from collections.abc import Iterator

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import MediaRecord, WordsCase
from content.checks.words.beside import shown
from content.checks.words.media import each, in_language

ID = "synthetic-undisclosed"
SEVERITIES: dict[str, Severity] = {"label": "block", "testimony": "block"}
_NO_WITNESS = {"ai_face": "a generated face", "composite": "a person composed of several"}
_SHORTEST = 4  # letters of a label


def check(case: WordsCase) -> Iterator[Answer]:
    def judge(number: int, one: MediaRecord) -> Iterator[Answer]:
        if one.synthetic is None:
            yield Missing(ID, f"media.{number}.synthetic")
            return
        kinds = one.synthetic | ({"actor"} if one.voice == "actor" else frozenset())
        if kinds:
            yield from _label(number, one, kinds, case.language)
        for kind in sorted(kinds & _NO_WITNESS.keys()):
            yield from _testimony(number, one, kind, case)

    yield from each(case, ID, judge)


def _label(number: int, one: MediaRecord, kinds: frozenset[str], language: str) -> Iterator[Answer]:
    if one.label is None:
        yield Missing(ID, f"media.{number}.label")
        return
    label = in_language(one.label, language) or ""
    if sum(map(str.isalpha, label)) < _SHORTEST:
        what = ", ".join(sorted(kinds)).replace("_", " ")
        reason = (
            f"{shown(one, number)} ({what}) carries no label in “{language}”, so readers take it for a record of what "
            "happened. Put a visible label on it, such as “Illustration, not the speaker”."
        )
        yield Finding(ID, "block", reason, code="label")


def _testimony(number: int, one: MediaRecord, kind: str, case: WordsCase) -> Iterator[Answer]:
    narrative = case.narrative
    if narrative is None or narrative.kind is None:
        yield Missing(ID, "narrative.kind")
    elif narrative.kind == "individual":
        reason = (
            f"{shown(one, number)} shows {_NO_WITNESS[kind]} beside one person's testimony: nobody bore witness so. "
            "Use a picture without a person."
        )
        yield Finding(ID, "block", reason, code="testimony")
