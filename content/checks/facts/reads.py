"""The statements that read what the facts checks need: each one text, prepared once, for a batch of any size.

Columns only: nothing is kept by the session, and what is read is what stands now. What most posts do not have (a
hold, a day in the calendar) is asked for as a flag, and read only where there is one.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, String, and_, bindparam, exists, func, literal, or_, select, union
from sqlalchemy.orm import aliased
from sqlmodel import col

from content.acknowledging import Acknowledgement
from content.block import Block, HelplineCheck
from content.campaign import Campaign, SensitiveDay
from content.checks.records import UNCAPPED
from content.clearing import Clearing
from content.consent import ConsentEvent
from content.given import among
from content.lifecycle import COUNTED, Post
from content.medium import Medium, MediumLook
from content.message import Leaf, LeafPart, Message, Used, Version
from content.narrative import Exposure, Narrative, Quote, Source
from content.organisation import Account, Organisation
from content.platform_check import last_of
from content.shift import Shift
from content.stop import Hold

AROUND = timedelta(days=31)
APART = "\n"  # between the attributes of one person

_EXPOSED = (
    select(func.aggregate_strings(col(Exposure.attribute), APART))
    .where(col(Exposure.narrative_id) == col(Narrative.id))
    .scalar_subquery()
)

_part = aliased(LeafPart)
# Whether a hashtag may stand in a leaf: only then are its words read.
_SIGNED = exists().where(
    col(_part.leaf_id) == col(Leaf.id), or_(col(_part.text).contains("#"), col(_part.text).contains("＃"))
)

# One row a leaf: whose words they are, and where they would go. leaves: ids.
LEAVES: Select[*tuple[Any, ...]] = (
    select(
        col(Leaf.id).label("leaf_id"),
        col(Leaf.digest).label("leaf"),
        col(Leaf.account_identity),
        col(Leaf.format).label("leaf_format"),
        col(Leaf.links),
        col(Leaf.card),
        col(Leaf.media),
        col(Version.id).label("version_id"),
        col(Version.language),
        col(Message.ref).label("message"),
        col(Narrative.id).label("narrative_id"),
        col(Narrative.ref).label("narrative"),
        col(Narrative.theme),
        col(Narrative.kind),
        col(Narrative.minor_at_events),
        col(Narrative.mosaic_budget),
        func.coalesce(_EXPOSED, literal("", String())).label("exposed"),
        exists().where(col(Hold.narrative_id) == col(Narrative.id), col(Hold.lifted_at).is_(None)).label("held"),
        col(Campaign.organisation_id),
        col(Campaign.id).label("campaign_id"),
        col(Campaign.name).label("title"),
        col(Campaign.territories).label("planned"),
        col(Campaign.purpose),
        col(Campaign.caps),
        exists().where(col(SensitiveDay.lifted_at).is_(None)).label("days"),
        col(Account.id).label("account_id"),
        col(Account.ref),
        col(Account.channel),
        col(Account.format),
        col(Account.reach),
        col(Account.territories),
        col(Account.persona),
        col(Account.settings),
        col(Account.told),
        col(Account.remote_identity),
        col(Account.identity_seen),
        col(Account.identity_verified_at),
        col(Account.ownership_second),
        col(Account.ownership_verified_at),
        col(Account.disabled_at),
        _SIGNED.label("signed"),
        last_of(col(Campaign.organisation_id), col(Account.format)).label("compared"),
        col(Organisation.reply_policy),
        col(Organisation.escalation),
        exists()
        .where(col(Shift.organisation_id) == col(Campaign.organisation_id), col(Shift.ended_at).is_(None))
        .label("shifts"),
    )
    .join(Version, col(Version.id) == col(Leaf.version_id))
    .join(Message, col(Message.id) == col(Version.message_id))
    .join(Narrative, col(Narrative.id) == col(Message.narrative_id))
    .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
    .join(Account, col(Account.id) == col(Leaf.account_id))
    .join(Organisation, col(Organisation.id) == col(Campaign.organisation_id))
    .where(among(col(Leaf.id), "leaves"))
)

# (leaf, words) of each piece of these leaves. leaves: ids.
PARTS: Select[*tuple[Any, ...]] = (
    select(col(LeafPart.leaf_id), col(LeafPart.text))
    .where(among(col(LeafPart.leaf_id), "leaves"))
    .order_by(col(LeafPart.leaf_id), col(LeafPart.index))
)

_LAST_CALL = (
    select(col(HelplineCheck.at))
    .where(col(HelplineCheck.block_id) == col(Block.id))
    .order_by(col(HelplineCheck.at).desc())
    .limit(1)
    .scalar_subquery()
)
_of_passages, _of_quotes, _of_blocks, _of_media = aliased(Used), aliased(Used), aliased(Used), aliased(Used)


def _of(used: Any, kind: str) -> list[Any]:
    """Kinds are spelled out: a plan that is kept knows then how few rows have them."""
    return [among(used.version_id, "versions"), used.kind == literal(kind, literal_execute=True)]


# What versions stand on. Of passages a row for each tagging, of quotes what their source gives away itself, of blocks
# the helplines, each with when somebody last found it answering. versions: ids, in all three.
PASSAGES: Select[*tuple[Any, ...]] = (
    select(col(_of_passages.version_id), col(Clearing.tags))
    .outerjoin(
        Clearing,
        and_(
            col(Clearing.kind) == literal("passage", literal_execute=True),
            col(Clearing.material_id) == col(_of_passages.material_id),
        ),
    )
    .where(*_of(_of_passages, "passage"))
)
QUOTES: Select[*tuple[Any, ...]] = (
    select(col(_of_quotes.version_id), col(Quote.is_translation), col(Source.attributes))
    .join(Quote, col(Quote.id) == col(_of_quotes.material_id))
    .outerjoin(
        Source, and_(col(Source.narrative_id) == col(Quote.narrative_id), col(Source.ref) == col(Quote.source_ref))
    )
    .where(*_of(_of_quotes, "quote"))
)
HELPLINES: Select[*tuple[Any, ...]] = (
    select(
        col(_of_blocks.version_id),
        col(Block.id),
        col(Block.ref),
        col(Block.text),
        col(Block.territories),
        col(Block.languages),
        col(Block.operator),
        col(Block.phone),
        col(Block.hours),
        col(Block.address),
        col(Block.always_open),
        _LAST_CALL.label("verified_at"),
    )
    .join(Block, col(Block.id) == col(_of_blocks.material_id))
    .where(*_of(_of_blocks, "block"), col(Block.kind) == literal("helpline", literal_execute=True))
)

_LAST_LOOK = (
    select(col(MediumLook.minor_visible))
    .where(col(MediumLook.medium_id) == col(Medium.id))
    .order_by(col(MediumLook.number).desc())
    .limit(1)
    .scalar_subquery()
)
# What versions show, and whether whoever looked last saw a child; asked for where a leaf shows something.
MEDIA: Select[*tuple[Any, ...]] = (
    select(col(_of_media.version_id), col(Medium.kind), col(Medium.drawn), _LAST_LOOK.label("minor_visible"))
    .join(Medium, col(Medium.id) == col(_of_media.material_id))
    .where(*_of(_of_media, "medium"))
    .order_by(col(_of_media.version_id), col(Medium.id))
)

# narratives: ids, in this and in the next two.
EVENTS: Select[*tuple[Any, ...]] = (
    select(*(column for column in ConsentEvent.__table__.c if column.name != "reason"))  # type: ignore[attr-defined]  # sqlmodel hides its table
    .where(among(col(ConsentEvent.narrative_id), "narratives"))
    .order_by(col(ConsentEvent.id))
)
SOURCES: Select[*tuple[Any, ...]] = (
    select(
        col(Source.narrative_id),
        col(Source.ref),
        col(Source.publisher),
        col(Source.year),
        col(Source.url),
        col(Source.locator),
    )
    .where(among(col(Source.narrative_id), "narratives"))
    .order_by(col(Source.id))
)
HOLDS: Select[*tuple[Any, ...]] = (
    select(col(Hold.narrative_id), col(Hold.starts_at), col(Hold.ends_at), col(Hold.territories))
    .where(among(col(Hold.narrative_id), "narratives"), col(Hold.lifted_at).is_(None))
    .order_by(col(Hold.id))
)
# (organisation, id, …, campaign) of the days of these territories and of each crisis, for what is seen everywhere is
# seen there too: a row for each campaign that said why the day is fine, or one with none.
DAYS: Select[*tuple[Any, ...]] = select(
    col(SensitiveDay.organisation_id),
    col(SensitiveDay.id),
    col(SensitiveDay.territory),
    col(SensitiveDay.starts_at),
    col(SensitiveDay.ends_at),
    col(SensitiveDay.name),
    col(SensitiveDay.kind),
    col(Acknowledgement.campaign_id),
)
DAYS = DAYS.outerjoin(Acknowledgement, col(Acknowledgement.day_id) == col(SensitiveDay.id)).where(
    or_(among(col(SensitiveDay.territory), "territories", str), col(SensitiveDay.kind) == "crisis"),
    col(SensitiveDay.lifted_at).is_(None),
)

_near, _copy = aliased(Post), aliased(Post)
_STATES = [str(state) for state in COUNTED]
_due = Post.due_at  # only for its type
_first, _last = bindparam("first", type_=_due.type), bindparam("last", type_=_due.type)  # type: ignore[attr-defined]  # sqlmodel keeps columns untyped
_from, _to = bindparam("near_first", type_=_due.type), bindparam("near_last", type_=_due.type)  # type: ignore[attr-defined]  # sqlmodel keeps columns untyped


# The ids of counted posts: of these narratives from first to last; and of these accounts every copy, from first to
# last, of a message that is near enough to be counted with what is judged. narratives, accounts: ids.
def _told(post: Any) -> list[Any]:
    return [col(getattr(post, name)) for name in ("id", "message_id", "narrative_id", "account_id", "due_at")]


_WHICH = union(
    select(*_told(Post))
    .where(among(col(Post.narrative_id), "narratives"), col(Post.due_at).between(_first, _last))
    .where(col(Post.state).in_(_STATES)),
    select(*_told(_copy))
    .join(_near, and_(col(_near.message_id) == col(_copy.message_id), col(_near.account_id) == col(_copy.account_id)))
    .where(among(col(_near.account_id), "accounts"), col(_near.due_at).between(_from, _to))
    .where(col(_near.state).in_(_STATES), col(_copy.state).in_(_STATES), col(_copy.due_at).between(_first, _last)),
).subquery("which")
APPEARANCES: Select[*tuple[Any, ...]] = (
    select(
        _WHICH.c.id,
        col(Message.ref).label("message"),
        col(Narrative.ref).label("narrative"),
        col(Account.ref).label("account"),
        col(Account.format).label("channel"),
        _WHICH.c.due_at.label("at"),
    )
    .join(Message, col(Message.id) == _WHICH.c.message_id)
    .join(Narrative, col(Narrative.id) == _WHICH.c.narrative_id)
    .join(Account, and_(col(Account.id) == _WHICH.c.account_id, col(Account.format) != UNCAPPED))
)
