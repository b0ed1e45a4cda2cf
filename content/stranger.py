"""What stands on an account of ours and was not sent from here: noted when it is seen, raised when it is seen again.

Ours is what a piece of a post is called by (Part), what a restore found in the journal, and what was public before
(import publications). The rest is a stranger, unless a call of ours whose end nobody knows may have made it.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, or_, text, update
from sqlmodel import Field, Session, SQLModel, col, select

from content.given import among
from content.gone import GoneOut
from content.imported import Imported
from content.lifecycle import Attempt, Part, Post, State
from content.narrative import Narrative
from content.organisation import Account
from content.outcome import Listed
from content.record import Step, write
from content.store import insert_new
from content.watch import APART, WatchedAccount

BACK = timedelta(days=2)  # of an account that are listed
HOURLY = timedelta(hours=1)
YOUNG = timedelta(minutes=30)  # until then a call of ours may not have been written down yet
CLOCKS = timedelta(minutes=10)  # by which a platform's clock may differ from ours
SLACK = timedelta(days=8)  # a post of ours may have gone out so much later than it was due at first
MOST = 200  # strangers of one account that one look notes
ANSWERS = ("ours", "not_ours")
_OPEN = "raised_at IS NOT NULL AND answered_at IS NULL"


class Stranger(SQLModel, table=True):
    """One such thing. posted_at: as the platform tells; raised_at: it was seen a second time; answer: what somebody of
    us said of it, ours (posted by hand) or not_ours."""

    __table_args__ = (
        UniqueConstraint("account_id", "remote_id"),
        CheckConstraint("answer IN ('ours', 'not_ours')", name="answer"),
        CheckConstraint("(answered_at IS NULL) = (answer IS NULL)", name="answered"),
        CheckConstraint("(answered_at IS NULL) = (answered_by IS NULL)", name="answered_by_somebody"),
        Index("ix_stranger_open", "raised_at", sqlite_where=text(_OPEN), postgresql_where=text(_OPEN)),
    )
    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id")
    remote_id: str
    url: str
    posted_at: datetime
    seen_at: datetime
    raised_at: datetime | None = None
    answered_at: datetime | None = None
    answered_by: int | None = Field(default=None, foreign_key="person.id")
    answer: str | None = None


def since(watched: WatchedAccount, at: datetime) -> datetime:
    """From when on an account is listed: two days back, never before we began to watch it."""
    return max(watched.since, at - BACK)


def listed(session: Session, account: Account, found: Sequence[Listed], actor: str, at: datetime) -> int:
    """Weighs what stands on an account; returns how many strangers were raised. Says when it is listed next."""
    watched = session.get_one(WatchedAccount, account.id)
    shown = {one.remote_id: one for one in found if one.at >= since(watched, at)}
    old = [one for one in shown.values() if not at - YOUNG < one.at <= at + CLOCKS]  # a day to come hides nothing
    strange = _not_sent(session, account, old, at)[:MOST]
    raised = _raise(session, account, strange, actor, at) if strange else 0
    waits = len(old) < len(shown) or _open(session, account, strange)
    again(session, account, at + (APART if waits else HOURLY))
    return raised


def again(session: Session, account: Account, when: datetime) -> None:
    """When what stands on the account is listed next."""
    mine = update(WatchedAccount).where(col(WatchedAccount.account_id) == account.id)
    session.execute(mine.values(list_at=when))


def _not_sent(session: Session, account: Account, found: Sequence[Listed], at: datetime) -> list[Listed]:
    if not found:
        return []
    known = _known(session, account, found, at)
    strange = [one for one in found if one.remote_id not in known and one.url not in known]
    calls = _calls(session, account) if strange else []
    strange = [one for one in strange if not any(began - CLOCKS <= one.at <= began + YOUNG for began in calls)]
    places = _places(session, account) if strange else {}
    return [one for one in strange if not _public_before(one.url, places)]


def _known(session: Session, account: Account, found: Sequence[Listed], at: datetime) -> set[str]:
    """Of what was found, the names and addresses that posts of ours have on this profile, whatever we call it here."""
    same = select(Account.id).where(
        Account.channel == account.channel, Account.remote_identity == account.remote_identity
    )
    mine = (
        select(Part.remote_id, Part.url)
        .join(Post, col(Post.id) == col(Part.post_id))
        .where(col(Post.account_id).in_(same), col(Post.due_at) >= at - SLACK)
        .where(or_(among(col(Part.remote_id), "names", str), among(col(Part.url), "urls", str)))
    )
    told = {"names": [one.remote_id for one in found], "urls": [one.url for one in found if one.url]}
    names = {name for pair in session.execute(mine, told) for name in pair if name}
    lost = select(GoneOut.url).where(among(col(GoneOut.url), "urls", str))
    return names | set(session.execute(lost, {"urls": told["urls"]}).scalars())


def _calls(session: Session, account: Account) -> list[datetime]:
    """When the calls began of posts of which nobody knows yet whether they are out."""
    statement = (
        select(Attempt.began_at)
        .join(Post, col(Post.id) == col(Attempt.post_id))
        .where(col(Post.state).in_((State.PUBLISHING, State.UNCERTAIN)), Post.account_id == account.id)
    )
    return list(session.exec(statement))


def _places(session: Session, account: Account) -> dict[str, set[str]]:
    """What was public before, by the narrative's reference: digests of addresses (intake/storing_publications.py)."""
    statement = (
        select(Narrative.ref, Imported.ref)
        .join(Imported, col(Imported.narrative_id) == col(Narrative.id))
        .where(Imported.kind == "publication", Narrative.organisation_id == account.organisation_id)
    )
    found: dict[str, set[str]] = {}
    for narrative, ref in session.exec(statement):
        found.setdefault(narrative, set()).add(ref.partition(".")[0])
    return found


def _public_before(url: str, places: dict[str, set[str]]) -> bool:
    return any(hashlib.sha256(f"{ref}|{url}".encode()).hexdigest()[:24] in known for ref, known in places.items())


def _raise(session: Session, account: Account, strange: Sequence[Listed], actor: str, at: datetime) -> int:
    """Notes what is seen for the first time, and raises what was seen before, ten minutes ago at least."""
    known = {one.remote_id for one in _noted(session, account, strange)}
    rows = [
        {"account_id": account.id, "remote_id": one.remote_id[:300], "url": one.url[:2000], "posted_at": one.at,
         "seen_at": at}
        for one in strange if one.remote_id[:300] not in known
    ]  # fmt: skip
    if rows:
        session.connection().execute(insert_new(session, Stranger), rows)
    again = [one for one in _noted(session, account, strange) if one.raised_at is None and at - one.seen_at >= APART]
    for one in again:
        one.raised_at = at
        session.add(one)
        write(session, Step(actor, "stranger.see", "account", account.id or 0, {"stranger": one.id}), at=at)
    session.flush()
    return len(again)


def _noted(session: Session, account: Account, strange: Sequence[Listed]) -> Sequence[Stranger]:
    mine = select(Stranger).where(Stranger.account_id == account.id, among(col(Stranger.remote_id), "names", str))
    return session.exec(mine, params={"names": [one.remote_id[:300] for one in strange]}).all()


def _open(session: Session, account: Account, strange: Sequence[Listed]) -> bool:
    return any(one.raised_at is None for one in _noted(session, account, strange)) if strange else False
