"""From a clearance to posts: when each cleared leaf goes out, collisions settled here and never at the send."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Literal, cast

from sqlalchemy import exists
from sqlmodel import Session, col, select

from content.blackout import Blackout, Skipped, around_blackouts
from content.campaign import Campaign
from content.checks.facts import frequency_cap
from content.checks.facts.load import Wanted, caps, facts
from content.checks.finding import Answer, Finding
from content.giving import REPLACED
from content.lifecycle import COUNTED, Action, Post, move, where
from content.message import Leaf, Message, Version
from content.organisation import Account
from content.record import Step, write, write_all
from content.review import Clearance, Revocation, superseded
from content.store import Level, Scope, lock_mixed, now
from content.window import Occurrence, Window, from_canonical, next_free, occurrences
from content.zone import local_at, zone_version

EXEMPT = "site"
AT_ONCE = 168  # instants looked at together: a week of hours
Policy = Literal["skip", "shift", "keep"]


def unposted(session: Session, limit: int = 20) -> list[int]:
    """Clearances, not taken back, whose posts nobody has made yet: each is to be posted in a transaction of its own."""
    statement = _without_posts().order_by(col(Clearance.id)).limit(limit)
    return [one for one in session.exec(statement) if one is not None]


def _without_posts() -> Any:
    taken_back = exists().where(col(Revocation.clearance_id) == col(Clearance.id))
    return select(Clearance.id).where(col(Clearance.posted_at).is_(None), ~taken_back)


def post(session: Session, clearance: Clearance) -> list[Post]:
    """The posts of one clearance: every time of its window inside its validity, on every account.

    A time that an account's gap or a narrative's cap forbids moves to the next free one inside the window; where
    there is none the post stands blocked with the reason, for a person to move or cancel. Earlier rounds' posts of
    the same words are adopted, not made twice, and what somebody cancelled stays cancelled.
    """
    version = _version(session, clearance.digest)
    message = session.get_one(Message, version.message_id)
    campaign = session.get_one(Campaign, message.campaign_id)
    at = now(session)
    _lock(session, message, campaign, version)
    if session.exec(_without_posts().where(Clearance.id == clearance.id)).first() is None:
        return []  # another worker was quicker, or whoever took it back
    if superseded(session, [clearance.digest]):
        clearance.posted_at = at
        session.add(clearance)
        return []
    living = _living(session, version)
    made = [
        _insert(session, clearance, message, campaign, leaf, one, at)
        for leaf in session.exec(select(Leaf).where(col(Leaf.version_id) == version.id).order_by(col(Leaf.id)))
        for one in _times(version, clearance, campaign)
        if (leaf.id, one.index) not in living
    ]
    clearance.posted_at = at
    session.add(clearance)
    return made


def skipped(version: Version, campaign: Campaign) -> list[Skipped]:
    """The times that fall on the campaign's blackout days."""
    window = window_of(version)
    return around_blackouts(window, occurrences(window, window.not_before, window.not_after), blackouts(campaign))[1]


def window_of(version: Version) -> Window:
    """The version's window as it entered the digest, with today's zone data."""
    return from_canonical(version.window, zone_version())


def blackouts(campaign: Any) -> list[Blackout]:
    """The blackout days of a campaign, or of its row."""
    return [
        Blackout(
            datetime.fromisoformat(day["from"]).date(),
            datetime.fromisoformat(day["to"]).date(),
            cast(Policy, day.get("policy", "skip")),
            day.get("name", ""),
        )
        for day in campaign.blackout
    ]


def free_time(session: Session, leaf: Leaf, version: Version, wished: datetime, last: datetime) -> datetime | None:
    """The first instant from `wished` to `last` at which no cap and no gap forbids this leaf; None if there is none."""
    message = session.get_one(Message, version.message_id)
    campaign = session.get_one(Campaign, message.campaign_id)
    account = session.get_one(Account, leaf.account_id)
    candidates = _candidates(session, campaign, account, wished, last)
    while some := list(islice(candidates, AT_ONCE)):
        cases = facts(session, [Wanted(number, leaf.id or 0, one) for number, one in enumerate(some)])
        free = (one for number, one in enumerate(some) if not _findings(frequency_cap.check(cases[number])))
        if (found := next(free, None)) is not None:
            return found
    return None


def _candidates(
    session: Session, campaign: Campaign, account: Account, wished: datetime, last: datetime
) -> Iterator[datetime]:
    """Instants, an hour and more apart, that keep the account's gap to all its posts and the campaign's to its own."""
    own = timedelta(minutes=campaign.min_gap_minutes)
    gap = timedelta() if account.format == EXEMPT else timedelta(hours=caps(campaign.caps).account_gap_hours)
    taken = _taken(session, account.id or 0, wished, last, max(own, gap))
    everybody = [due_at for due_at, _ in taken]
    ours = [due_at for due_at, key in taken if key == campaign.id]
    candidate = wished
    while candidate <= last:
        later = next_free(ours, next_free(everybody, candidate, gap), own)
        if later == candidate:
            yield candidate
            later += timedelta(hours=1)
        candidate = later


def crowded(session: Session, leaf: Leaf, at: datetime, post_id: int | None = None) -> list[Finding]:
    """What the caps say against this leaf at this instant."""
    case = facts(session, [Wanted(0, leaf.id or 0, at, post_id)])[0]
    return _findings(frequency_cap.check(case))


def earliest(
    session: Session, version: Version, clearance: Clearance | None, wait: timedelta, at: datetime | None = None
) -> datetime | None:
    """The earliest instant these words could go: after the wait, inside the window; None once it has closed."""
    start = clearance.valid_from if clearance else (at or now(session)) + wait
    found = max(start, version.not_before)
    return found if found <= version.not_after else None


def _findings(answers: Iterable[Answer]) -> list[Finding]:
    return [one for one in answers if isinstance(one, Finding)]


def _version(session: Session, digest: str) -> Version:
    return session.exec(select(Version).where(col(Version.digest) == digest)).one()


def _times(version: Version, clearance: Clearance, campaign: Campaign) -> list[Occurrence]:
    """The times inside window and validity. A one-off that the wait overtook slides to the first instant allowed."""
    window = window_of(version)
    first, last = clearance.valid_from, min(clearance.valid_until, version.not_after + timedelta(microseconds=1))
    kept, _ = around_blackouts(window, occurrences(window, window.not_before, last), blackouts(campaign))
    if window.rule:
        return [one for one in kept if first <= one.due_at < last]
    return [_not_before(one, first, last, window.zone) for one in kept if max(one.due_at, first) < last]


def _not_before(one: Occurrence, first: datetime, last: datetime, zone: str) -> Occurrence:
    if one.due_at >= first:
        return one
    second = first.replace(microsecond=0)
    whole = second if second == first else second + timedelta(seconds=1)
    due_at = whole if whole < last else first  # it goes out on a second, where one is left
    return Occurrence(one.index, local_at(due_at, zone), due_at, shifted=True)


def _lock(session: Session, message: Message, campaign: Campaign, version: Version) -> None:
    accounts = session.exec(select(Leaf.account_id).where(col(Leaf.version_id) == version.id)).all()
    wanted = {Scope(Level.ACCOUNT, account): True for account in accounts}
    wanted |= {
        Scope(Level.INSTANCE, 1): False,
        Scope(Level.ORGANISATION, message.organisation_id): False,
        Scope(Level.CAMPAIGN, campaign.id or 0): False,
        Scope(Level.NARRATIVE, message.narrative_id): True,
    }
    lock_mixed(session, wanted)


def _living(session: Session, version: Version) -> set[tuple[int, int]]:
    """Which (leaf, occurrence) of these words had a post in an earlier round that stands, or was cancelled for good."""
    again = (col(Post.state) == "cancelled") & col(Post.note).startswith(REPLACED)
    statement = (
        select(Post.leaf_id, Post.occurrence)
        .where(col(Post.digest) == version.digest, col(Post.surplus).is_(False))
        .where(col(Post.state).not_in(["expired", "failed"]), ~again)
    )
    return {(row[0], row[1]) for row in session.exec(statement)}


def _insert(
    session: Session,
    clearance: Clearance,
    message: Message,
    campaign: Campaign,
    leaf: Leaf,
    one: Occurrence,
    at: datetime,
) -> Post:
    last = min(clearance.valid_until - timedelta(microseconds=1), clearance.not_after)
    version = session.get_one(Version, leaf.version_id)
    found = free_time(session, leaf, version, one.due_at, last)
    made = new_post(clearance, message, campaign, leaf, one.index, found or one.due_at, version.window["zone"], at)
    session.add(made)
    session.flush()
    detail = {"digest": made.digest, "leaf": leaf.digest, "due": made.due_at.isoformat()}
    write(session, Step("worker:", "post.schedule", "post", made.id or 0, detail), at=at)
    if found is None:
        _block(session, made, "frequency-cap: no free time is left in its window. Move it or cancel it.", at)
    return made


def new_post(
    clearance: Clearance,
    message: Message,
    campaign: Campaign,
    leaf: Leaf,
    occurrence: int,
    due_at: datetime,
    zone: str,
    at: datetime,
) -> Post:
    """A post as it is first inserted: scheduled, step 0, tied to its clearance's window and validity."""
    return Post(
        clearance_id=clearance.id or 0,
        digest=clearance.digest,
        language=clearance.language,
        tier=clearance.tier,
        valid_from=clearance.valid_from,
        valid_until=clearance.valid_until,
        not_before=clearance.not_before,
        not_after=clearance.not_after,
        organisation_id=message.organisation_id,
        campaign_id=campaign.id or 0,
        narrative_id=message.narrative_id,
        message_id=message.id or 0,
        leaf_id=leaf.id or 0,
        account_id=leaf.account_id,
        occurrence=occurrence,
        due_at=due_at,
        local=local_at(due_at, zone).isoformat(timespec="seconds"),
        zone=zone,
        tzdata=zone_version(),
        changed_at=at,
    )


def _block(session: Session, made: Post, note: str, at: datetime) -> None:
    move(session, where([made]), Action.BLOCK, at=at, note=note)
    write_all(session, [Step("worker:", "post.block", "post", made.id or 0, {"code": "frequency-cap"})], at)
    session.refresh(made)


def _taken(
    session: Session, account: int, first: datetime, last: datetime, gap: timedelta
) -> list[tuple[datetime, int]]:
    """When this account already speaks around this stretch of time, and for which campaign."""
    statement = (
        select(Post.due_at, Post.campaign_id)
        .where(col(Post.account_id) == account, col(Post.state).in_([str(state) for state in COUNTED]))
        .where(col(Post.due_at).between(first - gap, last + gap))
        .order_by(col(Post.due_at))
    )
    return [(row[0], row[1]) for row in session.exec(statement)]
