"""The material that orders draw on, read once for as many of them as come together."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from content import given
from content.block import Block
from content.campaign import Campaign
from content.medium import Whole, by_refs
from content.narrative import Narrative, Passage, Quote
from content.organisation import Account, Organisation
from content.template_version import TemplateVersion

AT_ONCE = 500  # values in one IN list


@dataclass(frozen=True, slots=True)
class Stock:
    """What was asked for, by ref: of templates, passages and blocks the newest version.

    members: the accounts of each campaign; standard: the blocks of one kind and language, in the order of their refs;
    passages, quotes: by the narrative's id, then by ref.
    """

    organisation: Organisation
    campaigns: Mapping[str, Campaign]
    members: Mapping[str, frozenset[str]]
    narratives: Mapping[str, Narrative]
    accounts: Mapping[str, Account]
    templates: Mapping[str, TemplateVersion]
    blocks: Mapping[str, Block]
    standard: Mapping[tuple[str, str], Sequence[Block]]
    passages: Mapping[int, Mapping[str, Passage]]
    quotes: Mapping[int, Mapping[str, Quote]]
    media: Mapping[str, Whole]


OUTLINE: Mapping[Any, tuple[Any, ...]] = {
    Narrative: (Narrative.id, Narrative.ref),
    Account: (Account.id, Account.ref, Account.format, Account.channel, Account.languages, Account.disabled_at),
    Passage: (Passage.narrative_id, Passage.ref, Passage.kind, Passage.language),
    Quote: (Quote.narrative_id, Quote.ref),
}  # what an order is judged by: thousands come at once, and most of a row is words that nobody looks at then


def stock(
    session: Session,
    organisation: Organisation,
    *,
    campaigns: Iterable[str],
    narratives: Iterable[str],
    accounts: Iterable[str],
    media: Iterable[str],
    only: Mapping[Any, tuple[Any, ...]] = {},
) -> Stock:
    """Reads what these refs mean, in as many statements for thousands of refs as for one.

    only: columns of a table of which no more is wanted, OUTLINE for instance.
    """
    plans = _rows(session, Campaign, Campaign.ref, campaigns, organisation)
    told = _rows(session, Narrative, Narrative.ref, narratives, organisation, only)
    return _around(session, organisation, plans, told, accounts, media, only)


def stock_of(
    session: Session,
    organisation: Organisation,
    *,
    campaign_ids: Iterable[int],
    narrative_ids: Iterable[int],
    accounts: Iterable[str],
    media: Iterable[str],
) -> Stock:
    """The same for campaigns and narratives whose ids are known."""
    plans = _rows(session, Campaign, Campaign.id, campaign_ids, organisation)
    told = _rows(session, Narrative, Narrative.id, narrative_ids, organisation)
    return _around(session, organisation, plans, told, accounts, media)


def _around(
    session: Session,
    organisation: Organisation,
    campaigns: Sequence[Campaign],
    narratives: Sequence[Narrative],
    accounts: Iterable[str],
    media: Iterable[str],
    only: Mapping[Any, tuple[Any, ...]] = {},
) -> Stock:
    own = organisation.id or 0
    ids = [row.id for row in narratives]
    templates = select(TemplateVersion).where(TemplateVersion.organisation_id == own)
    rows = session.exec(select(Block).where(Block.organisation_id == own).order_by(col(Block.number)))
    blocks = {row.ref: row for row in rows}
    return Stock(
        organisation=organisation,
        campaigns={row.ref: row for row in campaigns},
        members={row.ref: frozenset(row.accounts) for row in campaigns},
        narratives={row.ref: row for row in narratives},
        accounts={row.ref: row for row in _rows(session, Account, Account.ref, accounts, organisation, only)},
        templates={row.name: row for row in session.exec(templates.order_by(col(TemplateVersion.number)))},
        blocks=blocks,
        standard=_standard(blocks),
        passages=_by_narrative(session, Passage, ids, Passage.number, only),
        quotes=_by_narrative(session, Quote, ids, Quote.id, only),
        media=by_refs(session, media),
    )


def _standard(blocks: Mapping[str, Block]) -> dict[tuple[str, str], list[Block]]:
    found: dict[tuple[str, str], list[Block]] = defaultdict(list)
    for _, row in sorted(blocks.items()):
        found[row.kind, row.language].append(row)
    return found


def lots(values: Collection[Any]) -> Iterable[list[Any]]:
    """The values in lists that a database takes in one statement."""
    known = list(dict.fromkeys(values))
    return (known[start : start + AT_ONCE] for start in range(0, len(known), AT_ONCE))


def _rows(
    session: Session,
    table: Any,
    column: Any,
    values: Iterable[Any],
    organisation: Organisation,
    only: Mapping[Any, tuple[Any, ...]] = {},
) -> list[Any]:
    wanted = given.among(column, "wanted", int if column.key == "id" else str)
    statement = select(*only.get(table, (table,))).where(table.organisation_id == organisation.id, wanted)
    return list(session.exec(statement, params={"wanted": set(values)}))


def _by_narrative(
    session: Session, table: Any, ids: Collection[Any], order: Any, only: Mapping[Any, tuple[Any, ...]]
) -> dict[int, dict[str, Any]]:
    """Rows by narrative and ref; of several numbers of one ref the last stays."""
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    statement = select(*only.get(table, (table,))).where(given.among(table.narrative_id, "wanted")).order_by(order)
    for row in session.exec(statement, params={"wanted": ids}):
        found[row.narrative_id][row.ref] = row
    return found
