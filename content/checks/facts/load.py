"""What the facts checks need, read set-based: a constant number of queries, whatever the batch."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlmodel import Session

from content import consent, hashtag_check
from content.block import Block
from content.checks.facts import moderation_cover, reads
from content.checks.facts.days import EVERYWHERE, Days
from content.checks.records import (
    UNCAPPED,
    AccountRecord,
    Appearance,
    CampaignRecord,
    Caps,
    FactsCase,
    HelplineRecord,
    HoldRecord,
    LookRecord,
    MediaRecord,
    ModerationRecord,
    NarrativeRecord,
    OrganisationRecord,
    ShiftRecord,
    SourceRecord,
)
from content.link import find_hashtags, tag_key
from content.link_check import LOOKED
from content.medium import uses_of_media
from content.narrative import uses_of
from content.once import once
from content.organisation import Account
from content.platform_check import counts_from
from content.shift import COVER

_DAY = timedelta(days=1)
Found = Row[*tuple[Any, ...]]  # of one of the statements in reads.py


@dataclass(frozen=True, slots=True)
class Wanted:
    """One leaf at one instant. `post` is left out of its own appearances; `due`: when it was planned to appear."""

    key: int
    leaf_id: int
    at: datetime
    post: int | None = None
    due: datetime | None = None


def facts(session: Session, wanted: Sequence[Wanted]) -> dict[int, FactsCase]:
    """The record that judges each wanted leaf at its instant, by key."""
    if not wanted:
        return {}
    known = Known(session, wanted)
    return {one.key: known.case(one) for one in wanted}


def known_of(session: Session, version_id: int, wanted: Sequence[Wanted]) -> "Known":
    """What is known of all leaves of one version at these instants."""
    known = Known(session, wanted)
    once(session, ("told", version_id), lambda: known)  # for what a page asks next
    return known


def told_of(session: Session, version_id: int, leaf_id: int, at: datetime) -> "Known":
    """The same for what a leaf of the version discloses, which no instant changes: as a page has read it before."""
    return once(session, ("told", version_id), lambda: Known(session, [Wanted(0, leaf_id, at)]))


class Known:
    """Everything that a batch needs, read once. `leaves`: the row of reads.LEAVES of each leaf, by its id."""

    def __init__(self, session: Session, wanted: Sequence[Wanted]) -> None:
        session.flush()
        execute = session.connection().execute

        def read(statement: Any, values: Any) -> Sequence[Found]:
            return execute(statement, values).all()  # row by row costs more than all at once

        self.leaves = {row.leaf_id: row for row in read(reads.LEAVES, {"leaves": {one.leaf_id for one in wanted}})}
        narratives = {"narratives": {row.narrative_id for row in self.leaves.values()}}
        self.events = _grouped(read(reads.EVENTS, narratives), "narrative_id")
        self.sources = _grouped(read(reads.SOURCES, narratives), "narrative_id")
        held = any(row.held for row in self.leaves.values())
        self.holds = _grouped(read(reads.HOLDS, narratives), "narrative_id") if held else {}
        versions = {"versions": {row.version_id for row in self.leaves.values()}}
        self.passages = _grouped(read(reads.PASSAGES, versions), "version_id")
        self.quotes = _grouped(read(reads.QUOTES, versions), "version_id")
        self.helplines = _grouped(read(reads.HELPLINES, versions), "version_id")
        shows = {row.version_id for row in self.leaves.values() if row.media}
        self.media = _grouped(read(reads.MEDIA, {"versions": shows}), "version_id") if shows else {}
        self.calendar = _calendar(session, self.leaves.values())
        self.looks = looks_at(session, {link for row in self.leaves.values() for link in row.links})
        self.hashtags = _hashtags(session, self.leaves.values())
        self.tag_looks = tag_looks_at(session, {tag for tags in self.hashtags.values() for tag in tags})
        heard = {row.leaf_id: row for row in self.leaves.values() if row.shifts and replies(row.format)}
        self.shifts = shifts_around(
            session, {row.organisation_id for row in heard.values()}, [one.at for one in wanted if one.leaf_id in heard]
        )
        capped = {row.leaf_id: row for row in self.leaves.values() if row.format != UNCAPPED}
        self.by_narrative, self.by_account = _appearances(
            session, [one for one in wanted if one.leaf_id in capped], capped.values()
        )
        self._cases: dict[int, FactsCase] = {}  # by leaf, without what the instant changes
        self._narratives: dict[tuple[int, int], NarrativeRecord] = {}

    def case(self, one: Wanted) -> FactsCase:
        row = self.leaves[one.leaf_id]
        if one.leaf_id not in self._cases:
            self._cases[one.leaf_id] = self._lasting(row)
        return replace(
            self._cases[one.leaf_id],
            at=one.at,
            due=one.due,
            narrative=self._narrative(row, one.at),
            organisation=OrganisationRecord(helplines=self._helplines(row), moderation=self._moderation(row, one.at)),
            appearances=self._appearances(one, row),
        )

    def _lasting(self, row: Found) -> FactsCase:
        """What a leaf is judged by at whatever instant: many of its posts may be judged together."""
        planned = frozenset(row.planned)
        media = self.media.get(row.version_id, ())
        return FactsCase(
            at=None,
            language=row.language,
            channel=row.format,
            message=row.message,
            uses=uses_of(self.quotes.get(row.version_id, ())) | uses_of_media(one.kind for one in media),
            attributes=self.attributes(row.leaf_id),
            campaign=CampaignRecord(planned, row.purpose),
            account=account_record(row, row.account_identity),
            calendar=tuple(self.calendar.of(row.organisation_id, row.campaign_id, planned, row.territories, row.reach)),
            caps=caps(row.caps),
            media=tuple(media_seen(one.kind, one.drawn, one.minor_visible) for one in media),
            targeting=(),  # posts go to whoever follows the account
            links=tuple(row.links),
            link_looks=self.looks.get(row.organisation_id, {}),
            hashtags=tuple(self.hashtags.get(row.leaf_id, ())),
            tag_looks=self.tag_looks.get(row.organisation_id, {}),
            policy_checked_at=counts_from(row.compared),
        )

    def attributes(self, leaf_id: int) -> frozenset[str] | None:
        """What a leaf discloses: the tags of its passages, and what the source of a verbatim quote says itself.

        None where a passage was tagged by nobody.
        """
        version = self.leaves[leaf_id].version_id
        tags = [passage.tags for passage in self.passages.get(version, ())]
        if any(tag is None for tag in tags):
            return None
        from_tags = (tag.get("attributes", ()) for tag in tags)
        return frozenset().union(*from_tags, *(quote.attributes or () for quote in self.quotes.get(version, ())))

    def exposed(self, leaf_id: int) -> frozenset[str]:
        """What was ever made public of the leaf's person."""
        told: str = self.leaves[leaf_id].exposed
        return frozenset(told.split(reads.APART)) if told else frozenset()

    def _narrative(self, row: Found, at: datetime) -> NarrativeRecord:
        """What is known of a person at that instant: the same at any two between which no event of theirs lies."""
        key = row.narrative_id, sum(event.at <= at for event in self.events.get(row.narrative_id, ()))
        if key not in self._narratives:
            self._narratives[key] = self._told(row, at)
        return self._narratives[key]

    def _told(self, row: Found, at: datetime) -> NarrativeRecord:
        events = self.events.get(row.narrative_id)
        return NarrativeRecord(
            ref=row.narrative,
            theme=row.theme,
            kind=row.kind,
            sources=tuple(SourceRecord(*source[1:]) for source in self.sources.get(row.narrative_id, ())),
            minor_at_events=row.minor_at_events,
            holds=tuple(HoldRecord(h[1], h[2], frozenset(h[3])) for h in self.holds.get(row.narrative_id, ())),
            consent=consent.scope(events, at) if events else None,
            mosaic_budget=row.mosaic_budget,
            exposed=self.exposed(row.leaf_id),
        )

    def _helplines(self, row: Found) -> tuple[HelplineRecord, ...]:
        return tuple(helpline_record(line, line.verified_at) for line in self.helplines.get(row.version_id, ()))

    def _moderation(self, row: Found, at: datetime) -> ModerationRecord:
        near = (one for one in self.shifts.get(row.organisation_id, ()) if one.start < at + _DAY and one.end > at)
        return ModerationRecord(tuple(near), row.reply_policy, row.escalation)

    def _appearances(self, one: Wanted, row: Found) -> tuple[Appearance, ...]:
        mine = self.by_narrative.get(row.narrative, {}) | self.by_account.get(row.ref, {})
        return tuple(
            appearance
            for post, appearance in mine.items()
            if post != one.post and abs(appearance.at - one.at) <= reads.AROUND
        )


def media_seen(kind: str, drawn: str, minor_visible: bool | None) -> MediaRecord:
    """Whether a child is seen, as far as somebody looked; nobody has to look for children in a card of words."""
    return MediaRecord(kind=kind, minor_visible=False if drawn else minor_visible)


def account_record(account: Account | Found, words_made_for: str) -> AccountRecord:
    """The account as the checks see it; `words_made_for` is the identity the leaf was made for."""
    same = account.identity_seen == account.remote_identity == words_made_for
    return AccountRecord(
        ref=account.ref,
        channel=account.channel,
        format=account.format,
        reach=account.reach,
        territories=frozenset(account.territories),
        persona=account.persona,
        owned=account.ownership_second is not None,
        ownership_verified_at=account.ownership_verified_at,
        identity_verified_at=account.identity_verified_at,
        identity_matches=None if account.identity_seen is None else same,
    )


def helpline_record(block: Block | Found, verified_at: datetime | None) -> HelplineRecord:
    """A helpline block as the checks see it."""
    return HelplineRecord(
        ref=block.ref,
        line=block.text,
        territories=frozenset(block.territories),
        languages=frozenset(block.languages),
        operator=block.operator,
        phone=block.phone,
        hours=block.hours,
        url=block.address,
        always_open=block.always_open,
        verified_at=verified_at,
    )


def caps(policy: Mapping[str, Any]) -> Caps:
    """A campaign's caps: each only stricter than the default."""
    default = Caps()
    wanted = {f.name: policy[f.name] for f in fields(Caps) if f.name in policy}
    stricter = {
        name: max(value, default.account_gap_hours)
        if name == "account_gap_hours"
        else min(value, getattr(default, name))
        for name, value in wanted.items()
    }
    return Caps(**stricter)


def _grouped(found: Iterable[Found], by: str) -> dict[int, list[Found]]:
    groups: dict[int, list[Found]] = defaultdict(list)
    for row in found:
        groups[getattr(row, by)].append(row)
    return groups


_ByRef = dict[str, dict[int, Appearance]]  # of a narrative or an account: the counted posts by their ids


def _appearances(session: Session, wanted: Sequence[Wanted], leaves: Collection[Found]) -> tuple[_ByRef, _ByRef]:
    """The counted posts of these narratives around these instants, and of these accounts what may count with them.

    An account's messages are counted within a day or its gap, and a copy belongs to a first one up to a day before:
    a message with no copy that near cannot count, however many there are.
    """
    if not wanted:
        return {}, {}
    first, last = min(one.at for one in wanted), max(one.at for one in wanted)
    due = [one.due or one.at for one in wanted]
    gap = max((timedelta(hours=caps(row.caps).account_gap_hours) for row in leaves), default=timedelta())
    near = max(gap, _DAY)
    values = {
        "narratives": {row.narrative_id for row in leaves},
        "accounts": {row.account_id for row in leaves},
        "first": first - reads.AROUND,
        "last": last + reads.AROUND,
        "near_first": min(due) - near - _DAY,
        "near_last": max(due) + near,
    }
    by_narrative: _ByRef = defaultdict(dict)
    by_account: _ByRef = defaultdict(dict)
    for row in session.connection().execute(reads.APPEARANCES, values).all():
        found = Appearance(*row[1:])
        by_narrative[found.narrative][row.id] = by_account[found.account][row.id] = found
    return by_narrative, by_account


def looks_at(session: Session, urls: Collection[str]) -> dict[int, dict[str, LookRecord]]:
    """The last look at each of these addresses that told something, by organisation."""
    found: dict[int, dict[str, LookRecord]] = defaultdict(dict)
    if urls:
        for organisation, url, at, answer in session.connection().execute(LOOKED, {"urls": urls}):
            found[organisation][url] = LookRecord(at, answer == "good")
    return found


def replies(form: str) -> bool:
    """Whether people can answer to a format for all to see."""
    return form not in moderation_cover.ONE_WAY


def shifts_around(
    session: Session, organisations: Collection[int], instants: Collection[datetime]
) -> dict[int, list[ShiftRecord]]:
    """The shifts that may cover what goes out at these instants, by organisation."""
    found: dict[int, list[ShiftRecord]] = defaultdict(list)
    if organisations and instants:
        span = {"organisations": organisations, "first": min(instants), "last": max(instants) + _DAY}
        for organisation, start, end, languages in session.connection().execute(COVER, span):
            found[organisation].append(ShiftRecord(start, end, frozenset(languages)))
    return found


def tag_looks_at(session: Session, tags: Collection[str]) -> dict[int, dict[str, LookRecord]]:
    """The last look at each of these hashtags, by organisation and by what networks compare."""
    found: dict[int, dict[str, LookRecord]] = defaultdict(dict)
    if tags:
        keys = {"tags": {tag_key(tag) for tag in tags}}
        for organisation, key, at, good in session.connection().execute(hashtag_check.LOOKED, keys):
            found[organisation][key] = LookRecord(at, good)
    return found


def _hashtags(session: Session, leaves: Collection[Found]) -> dict[int, list[str]]:
    """The hashtags that stand in leaves; only the words with a sign of one in them are read."""
    found: dict[int, list[str]] = defaultdict(list)
    signed = {row.leaf_id for row in leaves if row.signed}
    for leaf, words in session.connection().execute(reads.PARTS, {"leaves": signed}) if signed else ():
        found[leaf] += [tag.text for tag in find_hashtags(words)]
    return found


def _calendar(session: Session, leaves: Collection[Found]) -> Days:
    if not any(row.days for row in leaves):
        return Days()
    territories = {EVERYWHERE, *(territory for row in leaves for territory in row.planned)}
    return Days(session.connection().execute(reads.DAYS, {"territories": territories}))
