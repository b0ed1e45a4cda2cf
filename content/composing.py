"""From rows to the exact words of every leaf: what `preview` shows and what `prepare` stores are made here, alike."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import insert, update
from sqlmodel import Session, col, select

from content import formats
from content.campaign import Campaign
from content.choosing import Chosen, choose
from content.digest import leaf_digest, version_digest
from content.errors import Refusal
from content.link import find_links
from content.message import Leaf, LeafPart, Message, Order, Used, Version, Wording, involve
from content.narrative import Narrative, Passage
from content.ordering import named, planned_window
from content.organisation import Account, Organisation, the_organisation
from content.people import Person
from content.pieces import card_of, material_of
from content.record import Step, by, write_all
from content.rendering import Material, PartText, render
from content.showing import refs_in, refs_of, shown, too_long_beside
from content.stock import Stock, stock, stock_of
from content.window import Window, canonical

Made = TypeVar("Made")
Name = TypeVar("Name", str, tuple[str, str])


@dataclass(frozen=True, slots=True)
class ComposedLeaf:
    """What one account will get. length: of the longest part, in `unit`; links: in the words and in the card.

    media: as showing.shown has them.
    """

    account: Account
    parts: tuple[PartText, ...]
    length: int
    unit: str
    limit: int | None
    links: tuple[str, ...]
    card: Mapping[str, Any] | None
    digest: str
    media: tuple[dict[str, Any], ...] = ()

    @property
    def text(self) -> str:
        """The parts as the checks read them."""
        return "\n".join(part.text for part in self.parts)


@dataclass(frozen=True, slots=True)
class Use:
    """One piece of material the words stand on; kind: passage | quote | block | template."""

    kind: str
    ref: str
    number: int
    material_id: int


@dataclass(frozen=True, slots=True)
class Composed:
    """A version before it is stored: its digest, its window, its leaves, and what they are made of.

    failed: the accounts that could get no words, each with why; only a draft may have such. givers: the people who
    brought what it shows, and said what that is.
    """

    digest: str
    window: Window
    leaves: tuple[ComposedLeaf, ...]
    uses: tuple[Use, ...]
    failed: tuple[tuple[Account, Refusal], ...] = ()
    givers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Draft:
    """What is to be composed, wherever it comes from."""

    message: str
    number: int
    language: str
    campaign: Campaign
    narrative: Narrative
    choices: Mapping[str, Any]
    accounts: Sequence[str]
    plan: Mapping[str, Any]
    at: datetime  # times are counted from here


def compose(session: Session, wording: Wording) -> Composed:
    """The words of a queued message in one language; the same rows give the same digest. Raises Refusal(s).

    Times are counted from when it was queued, so that composing later changes nothing.
    """
    return Composer(session, [wording]).compose(wording)


class Composer:
    """Makes the words of many queued messages from rows read once for all of them."""

    def __init__(self, session: Session, wordings: Sequence[Wording]) -> None:
        ids = {wording.message_id for wording in wordings}
        self.messages = {row.id: row for row in session.exec(select(Message).where(col(Message.id).in_(ids)))}
        organisations = {row.organisation_id for row in self.messages.values()}
        self._stocks = {key: self._stock(session, key, wordings) for key in organisations}

    def _stock(self, session: Session, organisation_id: int, wordings: Sequence[Wording]) -> "_Known":
        mine = [row for row in self.messages.values() if row.organisation_id == organisation_id]
        found = stock_of(
            session,
            session.get_one(Organisation, organisation_id),
            campaign_ids={row.campaign_id for row in mine},
            narrative_ids={row.narrative_id for row in mine},
            accounts={ref for wording in wordings for ref in wording.accounts},
            media=refs_in(wording.choices for wording in wordings),
        )
        return _Known(
            found,
            {row.id or 0: row for row in found.campaigns.values()},
            {row.id or 0: row for row in found.narratives.values()},
        )

    def compose(self, wording: Wording) -> Composed:
        """As `compose`, for one of them."""
        message = self.messages[wording.message_id]
        known = self._stocks[message.organisation_id]
        drafted = _Draft(
            message.ref,
            wording.number,
            wording.language,
            known.campaigns[message.campaign_id],
            known.narratives[message.narrative_id],
            wording.choices,
            wording.accounts,
            wording.plan,
            wording.queued_at,
        )
        return _whole(_compose(known.stock, drafted))


@dataclass(frozen=True, slots=True)
class _Known:
    """One organisation's stock, with its campaigns and narratives by id."""

    stock: Stock
    campaigns: Mapping[int, Campaign]
    narratives: Mapping[int, Narrative]


def draft(
    session: Session, order: Order, at: datetime, *, timeless: bool = False
) -> tuple[Campaign, Narrative, Composed]:
    """The words of an order that nobody has queued yet, and what they draw on; their digest is of no use.

    An account that can get no words is named with the reason, beside the words of the others. timeless: it need not
    say when; the words are then made as if for now. Raises Refusal(s).
    """
    known = stock(
        session,
        the_organisation(session),
        campaigns=[order.campaign],
        narratives=[order.narrative],
        accounts=order.accounts,
        media=refs_of(order.choices),
    )
    campaign, narrative = named(known, order)
    soon = at + timedelta(seconds=1)
    plan = {"start": f"{soon:%Y-%m-%d %H:%M:%S}Z", "zone": "UTC"} if timeless else order.plan
    drafted = _Draft(order.message, 0, order.language, campaign, narrative, order.choices, order.accounts, plan, at)
    return campaign, narrative, _compose(known, drafted)


def store_versions(
    session: Session, made: Sequence[tuple[Wording, Composed]], at: datetime
) -> list[tuple[Version, list[int]]]:
    """Keeps many; returns those that were not there yet, each with the ids of its leaves in the order composed.

    Whoever gave what one shows wrote it too. Raises Refusal `message.judged` where they have judged that message.
    """
    new = _without_version(session, made)
    for wording, composed in new:
        for giver in sorted(composed.givers):
            _wrote(session, wording, giver)
    versions = [_version(wording, composed, at) for wording, composed in new]
    session.add_all(versions)
    session.flush()
    leaves = [
        [_leaf_row(version, leaf) for leaf in composed.leaves]
        for version, (_, composed) in zip(versions, new, strict=True)
    ]
    session.add_all(leaf for rows in leaves for leaf in rows)
    session.flush()
    _insert(session, LeafPart, (part for rows, (_, one) in zip(leaves, new, strict=True) for part in _parts(rows, one)))
    _insert(
        session, Used, (use for version, (_, one) in zip(versions, new, strict=True) for use in _used(version, one))
    )
    answered = update(Wording).where(col(Wording.id).in_([wording.id for wording, _ in new]))
    session.execute(answered.values(answered_at=at, refused=None), execution_options={"synchronize_session": False})
    write_all(session, (_made(version) for version in versions), at=at)
    return [(version, [leaf.id or 0 for leaf in rows]) for version, rows in zip(versions, leaves, strict=True)]


def _without_version(session: Session, made: Sequence[tuple[Wording, Composed]]) -> list[tuple[Wording, Composed]]:
    """Those whose wording nobody answered meanwhile, their rows locked until the commit."""
    ids = [wording.id for wording, _ in made]
    open_ = select(Wording.id).where(col(Wording.id).in_(ids)).order_by(col(Wording.id)).with_for_update()
    there = set(session.exec(open_))
    kept = set(session.exec(select(Version.wording_id).where(col(Version.wording_id).in_(ids))))
    return [(wording, one) for wording, one in made if wording.id in there - kept]


def _wrote(session: Session, wording: Wording, person: int) -> None:
    involve(session, session.get_one(Message, wording.message_id), session.get_one(Person, person), "wrote")


def _version(wording: Wording, composed: Composed, at: datetime) -> Version:
    return Version(
        digest=composed.digest,
        message_id=wording.message_id,
        wording_id=wording.id or 0,
        language=wording.language,
        number=wording.number,
        author_id=wording.author_id,
        translator_id=wording.translator_id,
        not_before=composed.window.not_before,
        not_after=composed.window.not_after,
        window=dict(canonical(composed.window)),
        rendered_at=at,
    )


def _made(version: Version) -> Step:
    detail = {"message": version.message_id, "language": version.language, "number": version.number}
    return Step(by(version.author_id), "version.make", "version", version.digest, detail)


def _leaf_row(version: Version, leaf: ComposedLeaf) -> Leaf:
    return Leaf(
        version_id=version.id or 0,
        account_id=leaf.account.id or 0,
        account_identity=leaf.account.remote_identity,
        digest=leaf.digest,
        format=leaf.account.format,
        length=leaf.length,
        unit=leaf.unit,
        limit=leaf.limit,
        links=list(leaf.links),
        card=dict(leaf.card) if leaf.card else None,
        media=list(leaf.media),
    )


def _parts(rows: Sequence[Leaf], composed: Composed) -> Iterator[dict[str, Any]]:
    for row, leaf in zip(rows, composed.leaves, strict=True):
        for index, part in enumerate(leaf.parts):
            spans = [[s.start, s.end, s.kind, s.ref, s.source] for s in part.spans]
            yield {"leaf_id": row.id, "index": index, "text": part.text, "spans": spans}


def _used(version: Version, composed: Composed) -> Iterator[dict[str, Any]]:
    for use in composed.uses:
        columns = {"kind": use.kind, "ref": use.ref, "number": use.number, "material_id": use.material_id}
        yield {"version_id": version.id} | columns


def _insert(session: Session, table: Any, rows: Iterable[dict[str, Any]]) -> None:
    if found := list(rows):
        session.connection().execute(insert(table), found)


def _compose(stock: Stock, wanted: _Draft) -> Composed:
    chosen = choose(stock, wanted.campaign, wanted.narrative, wanted.language, wanted.choices)
    material = material_of(chosen, wanted.narrative, wanted.language, wanted.choices)
    window = planned_window(wanted.plan, wanted.at)
    accounts = _accounts(stock, wanted)
    formats_of = {account.format for account in accounts}
    words, failed = _made_for(formats_of, lambda name: render(chosen.template, material, name))
    shows, unshown = _made_for({_place(one) for one in accounts}, lambda at: shown(chosen.media, wanted.language, *at))
    failed |= {name: why for name, parts in words.items() if (why := _beside(chosen, parts, wanted.language, name))}
    why_not = {one.ref: failed.get(one.format) or unshown.get(_place(one)) for one in accounts}
    leaves = tuple(
        _leaf(one, words[one.format], material, shows[_place(one)]) for one in accounts if why_not[one.ref] is None
    )
    digest = version_digest(
        stock.organisation.ref,
        wanted.message,
        wanted.number,
        wanted.language,
        [leaf.digest for leaf in leaves],
        canonical(window),
    )
    failures = tuple((one, why) for one in accounts if (why := why_not[one.ref]) is not None)
    givers = frozenset[int]().union(*(one.givers(wanted.language) for one in chosen.media))
    uses = _uses(chosen, leaves, wanted.narrative)
    uses += _holding(uses, stock.passages.get(wanted.narrative.id or 0, {}), wanted.narrative)
    return Composed(digest, window, leaves, uses, failures, givers)


def _place(account: Account) -> tuple[str, str]:
    """What decides what an account can show."""
    return account.format, account.channel


def _beside(chosen: Chosen, parts: Sequence[PartText], language: str, name: str) -> Refusal | None:
    return too_long_beside(chosen.media, parts[0].text, language, name)


def _made_for(names: Iterable[Name], make: Callable[[Name], Made]) -> tuple[dict[Name, Made], dict[Name, Refusal]]:
    """The words for each format, or the media for each format on a channel, and why there are none for the others."""
    made: dict[Name, Made] = {}
    failed: dict[Name, Refusal] = {}
    for name in sorted(names):
        try:
            made[name] = make(name)
        except Refusal as refusal:
            failed[name] = refusal
    return made, failed


def _whole(composed: Composed) -> Composed:
    """Raises the first reason why an account would get nothing."""
    for _, refusal in composed.failed:
        raise refusal
    return composed


def _accounts(stock: Stock, wanted: _Draft) -> list[Account]:
    known = stock.accounts
    missing = [ref for ref in wanted.accounts if ref not in known or known[ref].disabled_at is not None]
    if missing or not wanted.accounts:
        raise Refusal(
            "message.account",
            f"Not in use: {', '.join(missing) or 'no account at all is named'}.",
            "Choose accounts of the campaign that are in use.",
            wanted.message,
        )
    return [known[ref] for ref in dict.fromkeys(wanted.accounts)]


def _leaf(
    account: Account, parts: tuple[PartText, ...], material: Material, media: tuple[dict[str, Any], ...]
) -> ComposedLeaf:
    texts = [part.text for part in parts]
    size = max((formats.measure(account.format, text) for text in texts), key=lambda found: found.length)
    card = None if media else card_of(account.format, material)  # a platform draws pictures or a card
    in_text = [found.text for found in find_links("\n".join(texts))]
    links = tuple(dict.fromkeys([*in_text, *([material.link] if card and material.link else [])]))
    digest = leaf_digest(texts, account.remote_identity, account.format, links, card, media)
    return ComposedLeaf(account, parts, size.length, size.unit, size.limit, links, card, digest, media)


def _uses(chosen: Chosen, leaves: Sequence[ComposedLeaf], narrative: Narrative) -> tuple[Use, ...]:
    """What really stands in some leaf, and the template."""
    standing = {span.ref for leaf in leaves for part in leaf.parts for span in part.spans}
    passages = [*chosen.passages, *([chosen.stance] if chosen.stance else [])]
    blocks = [chosen.disclosure, chosen.context, chosen.helpline, *chosen.connectors.values()]
    wanted = [
        Use("template", chosen.stored.name, chosen.stored.number, chosen.stored.id or 0),
        *(Use("passage", f"{narrative.ref}/{row.ref}", row.number, row.id or 0) for row in passages),
        *(Use("quote", f"{narrative.ref}/{row.ref}", 1, row.id or 0) for row in chosen.quotes.values()),
        *(Use("block", row.ref, row.number, row.id or 0) for row in blocks if row is not None),
    ]
    kept = [use for use in wanted if use.kind == "template" or f"{use.ref}@{use.number}" in standing]
    return tuple(dict.fromkeys([*kept, *_shown_uses(chosen)]))


def _shown_uses(chosen: Chosen) -> Iterator[Use]:
    """The media, and the passage or quote whose words one draws."""
    for one in chosen.media:
        yield Use("medium", one.row.ref, 1, one.row.id or 0)
        if one.row.drawn_of:
            kind, ref, number, material_id = one.row.drawn_of.split(" ")
            yield Use(kind, ref, int(number), int(material_id))


def _holding(uses: Sequence[Use], passages: Mapping[str, Passage], narrative: Narrative) -> tuple[Use, ...]:
    """The passages that hold a quote which stands apart from all of them, in the words or on a card: what people saw in
    those, an admitted act or a detail of the person, goes out with it."""
    used = {use.material_id for use in uses if use.kind == "passage"}
    within = {ref for row in passages.values() if row.id in used for ref in row.quotes}
    apart = {use.ref.rpartition("/")[2] for use in uses if use.kind == "quote"} - within
    rows = [row for row in passages.values() if apart & {*row.quotes}]
    return tuple(Use("passage", f"{narrative.ref}/{row.ref}", row.number, row.id or 0) for row in rows)
