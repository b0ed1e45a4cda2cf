"""What an author may choose from for one campaign, narrative and language: what is cleared, what consent allows,
and what it would give away of the person.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select as rows
from sqlmodel import Session, col, func, select

from content import clearing, consent, formats
from content.agreement import ConsentRecord
from content.block import Block
from content.campaign import Campaign, campaign_of
from content.checks.facts import consent_scope
from content.checks.facts.load import account_record
from content.checks.finding import Finding
from content.checks.records import CampaignRecord, FactsCase, NarrativeRecord
from content.errors import Refusal
from content.given import among
from content.lifecycle import COUNTED, Post
from content.medium import Medium, Whole, wholes
from content.message import Leaf, Message, Used, Wording
from content.narrative import Narrative, Passage, Quote, Source, exposed, narrative_of
from content.ordering import Order
from content.organisation import Account, ours, the_organisation
from content.retired import is_retired
from content.store import now
from content.tags import TagsRecord
from content.template import parse
from content.template_version import TemplateVersion

CHOICES = 100  # things that a form lists to choose from; where there are more, one is named by its reference
_ASKED = {  # what a template may need besides a passage, by what it prints
    "stance": "stance", "quote": "quote", "context": "context", "helpline.line": "helpline", "hashtags": "hashtags",
    "link": "link",
}  # fmt: skip

MOST_MEDIA = 40  # to choose from; any other is named in a shell


@dataclass(frozen=True, slots=True)
class OfferedPassage:
    """One passage. tags: what people tagged a cleared one with; adds: what it would make public that is not yet;
    last: when it was last planned to appear."""

    id: int
    ref: str
    number: int
    text: str
    gloss: str
    cleared: bool
    tags: TagsRecord | None
    adds: tuple[str, ...]
    last: datetime | None


@dataclass(frozen=True, slots=True)
class OfferedTemplate:
    """One template. needs: what else it takes, of _ASKED; connectors: the names of those it prints; several: it takes
    more than one passage."""

    name: str
    number: int
    cleared: bool
    channels: tuple[str, ...]
    needs: tuple[str, ...]
    connectors: tuple[str, ...]
    several: bool


@dataclass(frozen=True, slots=True)
class OfferedAccount:
    """One account. limit: of its format, in `unit`; outside: what of it the consent does not cover."""

    id: int
    ref: str
    name: str
    handle: str
    format: str
    channel: str
    reach: str
    territories: tuple[str, ...]
    limit: int | None
    unit: str
    outside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offered:
    """Newest versions only; blocks: by kind. exposed: what is public of the person; last: language -> of a passage."""

    campaign: Campaign
    narrative: Narrative
    language: str
    sources: tuple[Source, ...]
    scope: ConsentRecord | None
    exposed: frozenset[str]
    passages: tuple[OfferedPassage, ...]
    stances: tuple[OfferedPassage, ...]
    quotes: tuple[Quote, ...]
    templates: tuple[OfferedTemplate, ...]
    accounts: tuple[OfferedAccount, ...]
    blocks: Mapping[str, tuple[Block, ...]]
    media: tuple[Whole, ...] = ()

    def template(self, name: str) -> OfferedTemplate | None:
        """The one of this name."""
        return next((one for one in self.templates if one.name == name), None)


def offered(session: Session, campaign: str, narrative: str, language: str) -> Offered:
    """What there is to choose from. Refuses an unknown campaign or narrative."""
    plan = campaign_of(session, campaign)
    told = narrative_of(session, narrative)
    known, at = exposed(session, told.id or 0), now(session)
    passages = _passages(session, told, language, known)
    quotes = select(Quote).where(Quote.narrative_id == told.id, Quote.language == language, col(Quote.approved))
    sources = select(Source).where(Source.narrative_id == told.id).order_by(col(Source.id))
    scope = consent.scopes(session, [told.id or 0], at).get(told.id or 0)
    return Offered(
        campaign=plan,
        narrative=told,
        language=language,
        sources=tuple(session.exec(sources)),
        scope=scope,
        exposed=known,
        passages=passages["account"],
        stances=passages["stance"],
        quotes=tuple(session.exec(quotes.order_by(col(Quote.ref)))),
        templates=_templates(session, told, language),
        accounts=_accounts(session, plan, told, language, scope, at),
        blocks=_blocks(session, plan, language),
        media=_media(session, told, language),
    )


def _media(session: Session, told: Narrative, language: str) -> tuple[Whole, ...]:
    """The newest media that may go with this narrative and are not retired, those with words in this language."""
    mine = (Medium.organisation_id == told.organisation_id, col(Medium.language).in_(["", language]))
    fits = col(Medium.narrative_id).is_(None) | (col(Medium.narrative_id) == told.id)
    usable = select(Medium).where(*mine, fits, ~is_retired(Medium.id)).order_by(col(Medium.id).desc())
    rows = session.exec(usable.limit(MOST_MEDIA)).all()
    return tuple(one for one in wholes(session, rows) if one.said(language).alt)


def campaigns(session: Session) -> Sequence[Campaign]:
    """The campaigns of the organisation, by name; none where there are more than a form lists."""
    mine = select(Campaign.id).where(Campaign.organisation_id == ours()).limit(CHOICES + 1)
    ids = session.exec(mine).all()
    if len(ids) > CHOICES:
        return ()
    named = select(Campaign).where(among(Campaign.id, "ids")).order_by(col(Campaign.name), col(Campaign.id))
    return session.exec(named, params={"ids": ids}).all()


def languages_used(session: Session) -> tuple[str, ...]:
    """The organisation's languages, in order: those in which a reviewer may be wanted."""
    return tuple(sorted(the_organisation(session).languages))


def order_of(session: Session, message: str, language: str) -> Order:
    """The newest wording of a message as it was ordered, to write the next from. Refuses where there is none.

    In a language it has no wording in yet: where it goes and when, with nothing chosen of the other's words.
    """
    statement = (
        select(Wording, Message.ref, Campaign.ref, Narrative.ref)
        .join(Message, col(Message.id) == col(Wording.message_id))
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .join(Narrative, col(Narrative.id) == col(Message.narrative_id))
        .where(Message.ref == message, Campaign.organisation_id == ours())
        .order_by((col(Wording.language) == language).desc(), col(Wording.number).desc(), col(Wording.id).desc())
    )
    found = session.exec(statement.limit(1)).first()
    if found is None:
        raise Refusal("message.none", f"There is no message {message}.", "The list of what was queued has all.")
    wording, ref, campaign, narrative = found
    same = wording.language == language
    choices = wording.choices if same else {"template": wording.choices.get("template", "")}
    return Order(ref, campaign, narrative, language, choices, wording.accounts, wording.plan)


# --- inside ------------------------------------------------------------------------------------------


def _passages(
    session: Session, narrative: Narrative, language: str, known: frozenset[str]
) -> dict[str, tuple[OfferedPassage, ...]]:
    """By kind, those that are cleared first."""
    statement = select(Passage).where(Passage.narrative_id == narrative.id).order_by(col(Passage.number))
    newest = {one.ref: one for one in session.exec(statement)}
    rows = {one.id or 0: one for one in newest.values() if one.language == language}
    cleared = clearing.cleared(session, "passage", rows.keys())
    tags = clearing.tags(session, cleared)  # of others nobody is told: they are tagged blind
    last = _last(session, narrative, now(session) - timedelta(days=366))
    found = [_passage(row, key in cleared, tags.get(key), known, last.get(key)) for key, row in rows.items()]
    found.sort(key=lambda one: (not one.cleared, one.ref))
    return {kind: tuple(one for one in found if rows[one.id].kind == kind) for kind in ("account", "stance")}


def _passage(
    row: Passage, cleared: bool, tags: TagsRecord | None, known: frozenset[str], last: datetime | None
) -> OfferedPassage:
    adds = tuple(sorted(tags.attributes - known)) if tags else ()
    return OfferedPassage(row.id or 0, row.ref, row.number, row.text, row.gloss, cleared, tags, adds, last)


def _last(session: Session, narrative: Narrative, since: datetime) -> dict[int, datetime]:
    """When each passage was last planned to appear, of all that counts as an appearance since then."""
    statement = (
        select(Used.material_id, func.max(Post.due_at))
        .join(Leaf, col(Leaf.version_id) == col(Used.version_id))
        .join(Post, col(Post.leaf_id) == col(Leaf.id))
        .where(Post.narrative_id == narrative.id, col(Post.due_at) > since, Used.kind == "passage")
        .where(col(Post.state).in_([str(state) for state in COUNTED]))
        .group_by(col(Used.material_id))
    )
    return {row[0]: row[1] for row in session.exec(statement)}


def _templates(session: Session, narrative: Narrative, language: str) -> tuple[OfferedTemplate, ...]:
    """Those of the narrative's themes in this language, the cleared ones first."""
    themes = [narrative.theme, *narrative.secondary]
    mine = select(TemplateVersion).where(TemplateVersion.organisation_id == ours())
    rows = session.exec(mine.where(col(TemplateVersion.theme).in_(themes)).order_by(col(TemplateVersion.number)))
    newest = [one for one in {one.name: one for one in rows}.values() if language in one.languages]
    return shown_templates(session, newest)


def shown_templates(session: Session, rows: Sequence[TemplateVersion]) -> tuple[OfferedTemplate, ...]:
    """What each of these takes, the cleared ones first."""
    cleared = clearing.cleared(session, "template", [one.id or 0 for one in rows])
    found = (_template(one, one.id in cleared) for one in rows)
    return tuple(sorted(found, key=lambda one: (not one.cleared, one.name)))


def _template(row: TemplateVersion, cleared: bool) -> OfferedTemplate:
    variables = parse(row.source, row.name).variables
    return OfferedTemplate(
        name=row.name,
        number=row.number,
        cleared=cleared,
        channels=tuple(row.channels),
        needs=tuple(said for name, said in _ASKED.items() if name in variables),
        connectors=tuple(name.partition(".")[2] for name in variables if name.startswith("connector.")),
        several="passages" in variables,
    )


def _accounts(
    session: Session,
    campaign: Campaign,
    narrative: Narrative,
    language: str,
    scope: ConsentRecord | None,
    at: datetime,
) -> tuple[OfferedAccount, ...]:
    """The campaign's that are in use and take this language."""
    found = session.connection().execute(_ITS, {"refs": campaign.accounts}).all()
    told = NarrativeRecord(ref=narrative.ref, kind=narrative.kind, consent=scope)
    plan = CampaignRecord(frozenset(campaign.territories), campaign.purpose)
    return tuple(
        _account(one, FactsCase(at, language, one.format, uses=frozenset({"text"}), narrative=told, campaign=plan,
                                account=account_record(one, one.remote_identity)))
        for one in found
        if language in (one.languages or [language])
    )  # fmt: skip


# What is told of the accounts, and what their records hold (account_record): of a hundred of them nothing else is read.
_ITS = (
    rows(*(col(getattr(Account, name)) for name in (
        "id", "ref", "name", "handle", "format", "channel", "reach", "territories", "languages", "persona",
        "ownership_second", "ownership_verified_at", "identity_seen", "identity_verified_at", "remote_identity",
    )))
    .where(col(Account.organisation_id) == ours(), among(Account.ref, "refs", str), col(Account.disabled_at).is_(None))
    .order_by(col(Account.ref))
)  # fmt: skip


def _account(row: Any, case: FactsCase) -> OfferedAccount:
    shape = formats.find_format(row.format)
    outside = (one.code for one in consent_scope.check(case) if isinstance(one, Finding))
    return OfferedAccount(
        id=row.id or 0,
        ref=row.ref,
        name=row.name,
        handle=row.handle,
        format=row.format,
        channel=row.channel,
        reach=row.reach,
        territories=tuple(row.territories),
        limit=shape.limit,
        unit=shape.unit,
        outside=tuple(dict.fromkeys(outside)),
    )


def _blocks(session: Session, campaign: Campaign, language: str) -> dict[str, tuple[Block, ...]]:
    """Standard text that one may choose: the campaign's context lines, helplines that serve it, connectors."""
    statement = select(Block).where(Block.language == language).order_by(col(Block.number))
    statement = statement.where(Block.organisation_id == campaign.organisation_id)
    newest: dict[str, Block] = {one.ref: one for one in session.exec(statement)}
    territories = {*campaign.territories}
    fits: dict[str, Any] = {
        "context": lambda one: one.ref in campaign.context_blocks,
        "helpline": lambda one: bool(territories & {*one.territories}),
        "connector": lambda one: True,
    }
    return {kind: _of(newest.values(), kind, fit) for kind, fit in fits.items()}


def _of(blocks: Iterable[Block], kind: str, fit: Any) -> tuple[Block, ...]:
    return tuple(sorted((one for one in blocks if one.kind == kind and fit(one)), key=lambda one: one.ref))
