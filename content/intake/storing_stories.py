"""Narratives, their consent events and holds: from proposed values to rows.

A file widens nothing by itself: its grants wait for safeguarding's assessment, it undoes no answer about a person's
risks, and lets more be said only where safeguarding or the keeper imports it. What only stops takes effect at once.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlmodel import col, select

from content import consent, stopping
from content.errors import Refusal
from content.imported import Imported
from content.intake import stories
from content.intake.proposal import Item
from content.intake.work import Work, below, by_ref, chunks, differing
from content.narrative import Narrative, Passage, Quote, Source
from content.rendering import normal

_RISKS = ("low", "medium", "high")
_DEGREES = ("reprisal_risk", "legal_exposure")
_ANSWERS = ("minor_at_events", "family_in_reach", "identifiable", "open_proceedings")
_PLACES = ("none", "country", "region", "city")
_SCOPE = ("channels", "reach", "languages", "territories", "purposes", "uses")


def store_narratives(work: Work, items: Sequence[Item[stories.Narrative]]) -> None:
    """Each narrative with its sources, quotes and passages; changed words are a passage's next version."""
    known = by_ref(work, Narrative, (item.value.ref for item in items))
    for item in items:
        row = known.get(item.value.ref)
        values = _narrative(work, item, row)
        if row is None:
            known[item.value.ref] = row = Narrative(
                organisation_id=work.organisation_id, ref=item.value.ref, public_ref=secrets.token_hex(6),
                entered_by=work.person_id, created_at=work.at, **values,
            )  # fmt: skip
            work.keep("narrative", row, "new")
        elif not _loosened(work, row, values, item.where):
            work.change("narrative", row, _protected(work, row, values, item.where))
    _store_parts(work, items, {ref: row.id or 0 for ref, row in known.items()})


def _narrative(work: Work, item: Item[stories.Narrative], row: Narrative | None) -> dict[str, Any]:
    given = item.value
    same = (
        "theme", "kind", "reprisal_risk", "legal_exposure", "minor_at_events", "family_in_reach", "identifiable",
        "open_proceedings", "first_published", "mosaic_budget", "disclosure",
    )  # fmt: skip
    words = ("summary", "first_publisher", "verification", "editor_notes")
    values: dict[str, Any] = {name: getattr(given, name) for name in same}
    values |= {name: getattr(given, name) or "" for name in words}
    values |= {"secondary": list(given.secondary), "display_label": dict(given.display_label)}
    values["source_line"] = {language: normal(line) for language, line in given.source_line.items()}
    if row is None and given.kind == "individual" and given.family_in_reach is False and not work.keeps:
        values["family_in_reach"] = None
        work.notice("`family_in_reach: false` is the keeper's to say: it counts as unknown until then.", item.where)
    return values


def _protected(work: Work, row: Narrative, values: dict[str, Any], where: str) -> dict[str, Any]:
    """The values without those that would undo what people answered about a known narrative's risks."""
    kept = dict(values)
    for name in (*_DEGREES, *_ANSWERS):
        if values[name] is None:
            kept.pop(name)
        elif _strictness(name, values[name]) < _strictness(name, getattr(row, name)):
            kept.pop(name)
            work.notice(f"`{name}` of {row.ref} stays as people answered it: `counterpoint risk`.", where)
    return kept


def _strictness(name: str, value: Any) -> int:
    """How much it protects; an unanswered question protects nearly as much as a yes."""
    return _RISKS.index(value) if name in _DEGREES else (False, None, True).index(value)


def _loosened(work: Work, row: Narrative, values: dict[str, Any], where: str) -> bool:
    """Whether this lets more be said about the person, and who imports may not decide that."""
    found = [] if work.keeps else _looser(row, values)
    if found:
        message = f"More could be said about {row.ref} than now: {', '.join(found)}."
        work.refuse("intake.loosens", message, "Ask the keeper or safeguarding to import this.", where)
    return bool(found)


def _looser(row: Narrative, values: dict[str, Any]) -> list[str]:
    checks = {
        "disclosure": _PLACES.index(values["disclosure"]) > _PLACES.index(row.disclosure),
        "mosaic_budget": values["mosaic_budget"] > row.mosaic_budget,
        "kind": (row.kind, values["kind"]) == ("individual", "aggregate"),
    }
    return [name for name, looser in checks.items() if looser]


def _store_parts(work: Work, items: Sequence[Item[stories.Narrative]], ids: dict[str, int]) -> None:
    sources = below(work.session, Source, ids.values())
    quotes = below(work.session, Quote, ids.values())
    passages = below(work.session, Passage, ids.values())
    for item in items:
        key = ids[item.value.ref]
        for source in item.value.sources:
            _source(work, key, source, sources.get((key, source.ref)))
        for quote in item.value.quotes:
            _quote(work, key, quote, quotes.get((key, quote.ref)), item)
        for passage in item.value.passages:
            store_passage(work, key, item.value.ref, passage, passages.get((key, passage.ref)))


def _source(work: Work, narrative: int, given: stories.Source, row: Source | None) -> None:
    values = given.model_dump(exclude={"ref", "attributes"})
    wider = set(row.attributes) if row else set()
    kept = set() if work.keeps else wider  # what a source gives away is taken back by safeguarding alone
    values["attributes"] = sorted(kept | set(given.attributes))
    if row is None:
        work.keep("source", Source(narrative_id=narrative, ref=given.ref, **values), "new")
    else:
        work.change("source", row, values)


def _quote(work: Work, narrative: int, given: stories.Quote, row: Quote | None, item: Item[stories.Narrative]) -> None:
    """Verbatim words never change. A translation is no quotation before people approved it, so a file's is not."""
    values: dict[str, Any] = {
        "text": normal(given.text), "language": given.language, "original_language": given.original_language,
        "is_translation": given.is_translation, "source_ref": given.source,
    }  # fmt: skip
    if row is None:
        approved = not given.is_translation
        work.keep("quote", Quote(narrative_id=narrative, ref=given.ref, approved=approved, **values), "new")
    elif differing(row, values):
        message = f"The quote {given.ref} of {item.value.ref} stands otherwise here, and a quote never changes."
        work.refuse("intake.quote_changed", message, "Give the corrected one a new ref.", item.where)
    else:
        work.count("quote", "unchanged")


def store_passage(work: Work, narrative: int, ref: str, given: stories.Passage, row: Passage | None) -> None:
    """A passage of the narrative with this id and ref; words other than `row`'s are its next version."""
    text = normal(given.text)
    claims = [claim.model_dump() | {"text": normal(claim.text)} for claim in given.claims]
    values: dict[str, Any] = {
        "kind": given.kind, "language": given.language, "text": text, "gloss": normal(given.gloss or ""),
        "quotes": list(given.quotes), "claims": claims,
    }  # fmt: skip
    if row is not None and not differing(row, values):
        work.count("passage", "unchanged")
        return
    number = row.number + 1 if row else 1
    made = Passage(
        narrative_id=narrative, ref=given.ref, number=number, proposed_tags=given.tags.model_dump(mode="json"),
        sha256=hashlib.sha256(text.encode()).hexdigest(), entered_by=work.person_id, created_at=work.at, **values,
    )  # fmt: skip
    work.keep("passage", made, "changed" if row else "new", f"{ref}/{given.ref}", number=number)


# --- consent and holds -------------------------------------------------------------------------------


def store_events(
    work: Work,
    events: Sequence[Item[stories.ConsentEvent]],
    holds: Sequence[Item[stories.Hold]],
    *,
    stops: bool,
) -> None:
    """Consent events and holds, each ref once. stops: False leaves out what would take effect at once."""
    named = [event.value.narrative for event in events] + [hold.value.narrative for hold in holds]
    narratives = by_ref(work, Narrative, named)
    known = _imported(work, [event.value.ref for event in events] + [hold.value.ref for hold in holds])
    for event in events:
        if _news(work, "consent", event, narratives, known):
            _event(work, event, narratives[event.value.narrative], stops)
    for hold in holds:
        if _news(work, "hold", hold, narratives, known):
            _hold(work, hold, narratives[hold.value.narrative], stops)


def _imported(work: Work, refs: list[str]) -> dict[tuple[str, str], Imported]:
    found = {}
    for some in chunks(refs):
        for row in work.session.exec(select(Imported).where(col(Imported.ref).in_(some))):
            found[row.kind, row.ref] = row
    return found


def _news(work: Work, kind: str, item: Item[Any], narratives: dict[str, Narrative], known: dict[Any, Imported]) -> bool:
    """Whether this event is to be entered: its narrative is known, and no file has proposed it yet."""
    before = known.get((kind, item.value.ref))
    if item.value.narrative not in narratives:
        message = f"There is no narrative {item.value.narrative}, neither here nor in these files."
        work.refuse("intake.unknown_ref", message, "Add it, or mend its ref.", item.where)
    elif before is not None and before.sha256 == _digest(item):
        work.count(kind, "unchanged")
    elif before is not None:
        message = f"{item.value.ref} was imported before and says something else here; events are never rewritten."
        work.refuse("intake.event_changed", message, "Give the new event a ref of its own.", item.where)
    return before is None and item.value.narrative in narratives


def _digest(item: Item[Any]) -> str:
    return hashlib.sha256(item.value.model_dump_json().encode()).hexdigest()


def _event(work: Work, item: Item[stories.ConsentEvent], narrative: Narrative, stops: bool) -> None:
    given = item.value
    match given.kind:
        case "grant":
            consent.append(
                work.session, work.person, narrative, "grant", work.at, _words(given), proposed=True, **_scope(given)
            )
            work.count("consent", "new")
        case "withdraw" | "narrow":
            if stops:
                _shrink(work, item, narrative)
            work.count("consent", "stopped")
        case _:
            work.notice(f"A file's {given.kind} is nobody's: use `counterpoint consent {given.kind}`.", item.where)
            return
    _remember(work, "consent", item, narrative)


def _shrink(work: Work, item: Item[stories.ConsentEvent], narrative: Narrative) -> None:
    given = item.value
    try:
        if given.kind == "narrow":
            stated = {name: value for name, value in _scope(given).items() if value is not None}
            stopping.narrow(work.session, work.person, narrative, reason=_words(given), **stated)
        else:
            stopping.withdraw(
                work.session, work.person, narrative, channels=given.channels or (), languages=given.languages or (),
                territories=given.territories or (), reason=_words(given),
            )  # fmt: skip
    except Refusal as refusal:
        work.refuse(refusal.code, refusal.message, refusal.todo, item.where)


def _scope(given: stories.ConsentEvent) -> dict[str, Any]:
    lists = {name: getattr(given, name) for name in _SCOPE}
    return {
        **{name: list(value) if isinstance(value, tuple) else value for name, value in lists.items()},
        "basis": given.basis,
        "elements": given.elements.model_dump() if given.elements else None,
        "valid_from": _begin(given.starts),
        "valid_until": _end(given.until),
        "embargo_until": _end(given.embargo_until),
        "reconfirm_by": _end(given.reconfirm_by),
    }


def _words(given: stories.ConsentEvent) -> str:
    reuse = [] if given.reuse is None else [given.reuse.note or ""]
    return "\n".join(filter(None, [given.note or "", *reuse]))


def _hold(work: Work, item: Item[stories.Hold], narrative: Narrative, stops: bool) -> None:
    given = item.value
    if stops:
        try:
            stopping.hold(
                work.session, work.person, narrative, given.kind, starts_at=_begin(given.starts),
                ends_at=_end(given.until), territories=given.territories, take_down=given.take_down,
            )  # fmt: skip
        except Refusal as refusal:
            work.refuse(refusal.code, refusal.message, refusal.todo, item.where)
    work.count("hold", "stopped")
    _remember(work, "hold", item, narrative)


def _remember(work: Work, kind: str, item: Item[Any], narrative: Narrative) -> None:
    row = Imported(
        kind=kind, ref=item.value.ref, sha256=_digest(item), narrative_id=narrative.id or 0, by=work.person_id,
        at=work.at,
    )  # fmt: skip
    work.session.add(row)


def _begin(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(0), UTC)


def _end(day: date | None) -> datetime | None:
    """A day that is still allowed or still stopped ends at 00:00 UTC of the next one."""
    return None if day is None else datetime.combine(day, time(0), UTC) + timedelta(days=1)
