"""Rules that somebody proposes, as a file: what they would change can be looked at before anybody adopts them.

{"checks": {ID: "on" | "off" | "shadow" | {sub-code: severity}}, "limits": {NAME: number},
 "lexicons": {NAME: {LANGUAGE: {KEY: [more entries]}}}}. What the file does not name stays as it is; rules.json itself
is such a file (the versions of its lexicons add nothing). Only checks on words: facts belong to an instant.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from content.checks import facts, rules, shipped, words
from content.checks.engine import WORDS, Check
from content.checks.finding import Severity
from content.checks.records import WordsCase
from content.checks.words import lexicons
from content.errors import Refusal
from content.limits import limits

Checks = Mapping[str, Check[WordsCase]]


def _entries(value: object) -> object:
    return {name: told for name, told in value.items() if isinstance(told, dict)} if isinstance(value, dict) else value


Entries = dict[str, list[str] | dict[str, list[str]]]


class Proposal(BaseModel):
    """What the file says."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    version: str = ""
    digest: str = ""
    checks: dict[str, Literal["on", "off", "shadow"] | dict[str, Severity]] = {}
    limits: dict[str, float] = {}
    lexicons: Annotated[dict[str, dict[str, Entries]], BeforeValidator(_entries)] = {}


@dataclass(frozen=True, slots=True)
class Tried:
    """The checks on words by a proposal: those that count, and those that are only watched."""

    counted: Checks
    watched: Checks


def read(text: str) -> Proposal:
    """The proposal in this text. Raises Refusal `proposal.json`, `.invalid`, `.check`, `.limit`, `.lexicon`."""
    try:
        found = Proposal.model_validate(json.loads(text))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise Refusal("proposal.invalid", f"{where}: {first['msg']}.", _HOW) from None
    except (ValueError, RecursionError):
        raise Refusal("proposal.json", "The file is no JSON.", _HOW) from None
    for code, given, there in (
        ("check", found.checks, _built()),
        ("limit", found.limits, shipped.shipped()["limits"]),
        ("lexicon", found.lexicons, lexicons.names()),
    ):
        if unknown := sorted(set(given) - set(there)):
            raise Refusal(f"proposal.{code}", f"There is no {code} {unknown[0][:64]}.", f"Use {', '.join(there)}.")
    for name, told in found.checks.items():
        if isinstance(told, dict) and (odd := sorted(set(told) - set(_built()[name]))):
            raise Refusal("proposal.check", f"{name} has no sub-code {odd[0][:64]}.", "docs/checks.md lists them.")
    return found


@contextmanager
def trying(proposal: Proposal) -> Iterator[Tried]:
    """Judges by the proposal for a while, in this whole process. Only for a look that writes nothing."""
    with limits(proposal.limits), lexicons.adding(proposal.lexicons):
        told = {name: proposal.checks.get(name, "on" if name in WORDS else "off") for name in _modules()}
        counted = {name: _check(name, how) for name, how in told.items() if how not in ("off", "shadow")}
        yield Tried(counted, {name: _check(name, how) for name, how in told.items() if how == "shadow"})


def _check(name: str, how: str | dict[str, Severity]) -> Check[WordsCase]:
    module = _modules()[name]
    counted = shipped.severities(name, module.SEVERITIES) | (how if isinstance(how, dict) else {})
    return Check(name, module.SEVERITIES, module.check, counted)


def _modules() -> Mapping[str, Any]:
    """The built checks on words in the order of the rules, those outside the rules last."""
    built = {module.ID: module for module in words.MODULES}
    return {name: built[name] for name in (*rules.WORDS, *built)}


def _built() -> dict[str, dict[str, Severity]]:
    """Every sub-code of every check, facts included: whole rules may be read."""
    found: dict[str, dict[str, Severity]] = {}
    for module in (*words.MODULES, *facts.MODULES):
        found[module.ID] = found.get(module.ID, {}) | module.SEVERITIES
    return found


_HOW = 'Write {"checks": {…}, "limits": {…}, "lexicons": {…}}, as docs/checks.md describes.'
