"""The cases of `check --cases`: one JSON object a line in, the plain records that the checks judge out."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from content.checks.engine import judge_facts, judge_words
from content.checks.finding import Finding, Missing
from content.checks.media_shape import media_of
from content.checks.records import FactsCase, PassageRecord, WordsCase
from content.checks.shape import MAX_LINE, CaseShape
from content.checks.words.lines import place
from content.errors import Refusal
from content.formats import find_format
from content.link import find_hashtags, find_links


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the file, ready to be judged. `unread`: keys in it that no check reads."""

    id: str | int
    words: WordsCase
    facts: FactsCase
    unread: tuple[str, ...]


def answer(line: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What `check --cases` writes for one line, and its keys that no check reads. Refuses as `read_case`.

    ms: milliseconds to read the line and judge it.
    """
    began = time.perf_counter()
    case = read_case(line)
    answers = judge_words(case.words) + judge_facts(case.facts)
    unseen = dict.fromkeys(one for one in answers if isinstance(one, Missing))
    written = {
        "id": case.id,
        "findings": [_written(one) for one in answers if isinstance(one, Finding)],
        "not_evaluated": [{"check": one.check, "missing": one.missing} for one in unseen],
        "ms": round(1000 * (time.perf_counter() - began), 3),
    }
    return written, case.unread


def _written(finding: Finding) -> dict[str, Any]:
    span = None if finding.span is None else list(finding.span)
    return {"check": finding.check, "severity": finding.severity, "span": span, "reason": finding.reason}


def read_case(line: str) -> Case:
    """The case that one JSON line holds.

    Refuses `case.too_long`, `case.json`, `case.invalid` and `format.unknown`; no refusal repeats the text.
    """
    if len(line) > MAX_LINE:
        raise Refusal("case.too_long", f"The case has more than {MAX_LINE:,} characters.", "Shorten it.")
    try:
        given = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Refusal(
            "case.json", f"This line is no JSON ({_json_reason(error)}).", "Write one object a line."
        ) from None
    try:
        shape = CaseShape.model_validate(given)
    except ValidationError as error:
        raise Refusal("case.invalid", _reasons(error), "Correct the line.") from None
    return _case(shape)


def _json_reason(error: Exception) -> str:
    return f"{error.msg}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else "nested too deep"


def _reasons(error: ValidationError) -> str:
    """Names the places, never the values: names of people must not reach a terminal or a log."""
    seen: dict[str, None] = {}
    for one in error.errors(include_url=False, include_input=False, include_context=False):
        place_of = ".".join(str(step) for step in one["loc"] if not str(step).startswith("function-")) or "the case"
        seen[f"{place_of}: {one['msg'].removeprefix('Value error, ')}"] = None
    return "; ".join(list(seen)[:5]) + "."


def _case(shape: CaseShape) -> Case:
    channel = find_format(shape.channel).name
    narrative = shape.narrative.record(shape.language) if shape.narrative else None
    passages = narrative.passages if narrative else None
    used = None if passages is None else tuple(p for p in passages if place(shape.text, p.text))
    campaign, organisation = shape.campaign.record(), shape.organisation.record(shape.language)
    media = media_of(shape.media, shape.uses, shape.language)
    words = WordsCase(
        text=shape.text,
        language=shape.language,
        channel=channel,
        narrative=narrative,
        campaign=campaign,
        organisation=organisation,
        links=shape.links,
        used_passages=used,
        media=media,
        card=shape.card,
        tone_ok=shape.message.tone(),
    )
    facts = FactsCase(
        at=shape.at,
        language=shape.language,
        channel=channel,
        uses=shape.uses,
        attributes=_attributes(used),
        narrative=narrative,
        campaign=campaign,
        organisation=organisation,
        media=media,
        targeting=shape.targeting,
        links=(*(found.text for found in find_links(shape.text)), *(shape.links or ())),
        link_looks=shape.campaign.link_looks(),
        hashtags=tuple(found.text for found in find_hashtags(shape.text)),
        tag_looks=shape.campaign.tag_looks(),
        policy_checked_at=shape.platform.policy_checked_at,
    )
    return Case(shape.id, words, facts, tuple(_unread(shape)))


def _attributes(used: tuple[PassageRecord, ...] | None) -> frozenset[str] | None:
    """What the passages disclose together, where all of them are tagged."""
    if used is None or any(passage.tags is None for passage in used):
        return None
    return frozenset(attribute for p in used if p.tags for attribute in p.tags.attributes)


def _unread(shape: BaseModel, above: str = "") -> Iterator[str]:
    yield from (f"{above}{name}" for name in shape.model_extra or ())
    for name in _nested(type(shape)):
        value = getattr(shape, name)
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, BaseModel):
                yield from _unread(inner, f"{above}{name}.")


@cache
def _nested(shape: type[BaseModel]) -> tuple[str, ...]:
    """The fields of a shape that hold shapes."""
    return tuple(name for name, field in shape.model_fields.items() if _holds_shapes(field.annotation))


def _holds_shapes(annotation: Any) -> bool:
    kind = annotation if isinstance(annotation, type) else object
    return issubclass(kind, BaseModel) or any(map(_holds_shapes, get_args(annotation)))
