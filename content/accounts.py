"""The organisation's accounts as people read them: whose they are, who answers there, and whether they can send."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlmodel import Session, col, select

from content.checks.records import UNCAPPED, Caps
from content.circuit import Circuit
from content.credential import given_at
from content.errors import Refusal
from content.lifecycle import COUNTED, Post
from content.organisation import Account, the_organisation
from content.owning import identity, ownership
from content.pace import Pace
from content.page import LIMIT, Page, place, sign
from content.promised import PROMISED, Promised
from content.staff import names
from content.store import now

_DAY = timedelta(hours=24)
_COUNTED_AT_MOST = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One account of the list. ownership, identity: as owning.py says; circuit: closed | open | trial."""

    ref: str
    name: str
    channel: str
    format: str
    handle: str
    reach: str
    territories: tuple[str, ...]
    languages: tuple[str, ...]
    disabled: bool
    ownership: str
    identity: str
    circuit: Literal["closed", "open", "trial"]


@dataclass(frozen=True, slots=True)
class Spent:
    """What an account used of the caps that hold by default; a campaign may be stricter. most: None without a cap.

    used: messages that appeared or are to appear within the last 24 hours; last, following: its posts beside now.
    """

    used: int
    most: int | None
    gap_hours: float
    last: datetime | None
    following: datetime | None


@dataclass(frozen=True, slots=True)
class Whole:
    """One account. asked_by: who confirmed it, where a second person is wanted; free_at: when its pace lets it send.
    persona: somebody saw that it pretends to be somebody; open_by: who said first that it no longer does. trouble: why
    nobody could be seen there. secrets: what its credentials are made of; needed: whether nothing
    goes out without them; given: when those that stand were; poster: who posts there by hand, "" for nobody."""

    line: Line
    remote_identity: str
    identity_seen: str
    identity_at: datetime | None
    looked_for_since: datetime | None
    owners: tuple[str, ...]
    owned_at: datetime | None
    asked_by: str
    circuit_until: datetime | None
    circuit_code: str
    gap: float
    free_at: datetime | None
    spent: Spent
    persona: bool
    open_by: str
    trouble: str
    secrets: tuple[str, ...]
    needed: bool
    given: tuple[datetime, ...]
    poster: str


def accounts_page(session: Session, after: str = "", limit: int = LIMIT) -> Page[Line]:
    """Every account by its reference, a page at a time."""
    mine = select(Account).where(Account.organisation_id == the_organisation(session).id)
    where = place(after, str)
    if where is not None:
        mine = mine.where(col(Account.ref) > where[0])
    rows = session.exec(mine.order_by(col(Account.ref)).limit(limit + 1)).all()
    return Page(_lines(session, rows[:limit]), sign(rows[limit - 1].ref) if len(rows) > limit else "")


def account(session: Session, ref: str) -> Whole:
    """One of them. Refuses an unknown one (`account.none`)."""
    mine = select(Account).where(Account.organisation_id == the_organisation(session).id, Account.ref == ref)
    row = session.exec(mine).first()
    if row is None:
        raise Refusal("account.none", f"There is no account {ref[:64]}.", "`counterpoint channel list` shows them.")
    circuit, pace = session.get(Circuit, row.id), session.get(Pace, row.id)
    promised = PROMISED.get(row.channel, Promised("", ""))
    owners = [row.ownership_first, row.ownership_second]
    others = [row.ownership_asked, row.open_asked, row.poster_id]
    refs = names(session, [key for key in (*owners, *others) if key])
    return Whole(
        line=_lines(session, [row])[0],
        remote_identity=row.remote_identity,
        identity_seen=row.identity_seen or "",
        identity_at=row.identity_verified_at,
        looked_for_since=row.verify_wanted_at,
        owners=tuple(refs[key] for key in owners if key),
        owned_at=row.ownership_verified_at,
        asked_by=refs.get(row.ownership_asked or 0, ""),
        circuit_until=circuit.until if circuit else None,
        circuit_code=circuit.code if circuit else "",
        gap=pace.gap if pace else 0.0,
        free_at=pace.next_at if pace else None,
        spent=_spent(session, row),
        persona=row.persona,
        open_by=refs.get(row.open_asked or 0, ""),
        trouble=row.verify_trouble or "",
        secrets=promised.secrets,
        needed=promised.secrets != promised.optional,
        given=tuple(given_at(session, row.id or 0)),
        poster=refs.get(row.poster_id or 0, ""),
    )


def _lines(session: Session, rows: Sequence[Account]) -> tuple[Line, ...]:
    at, ids = now(session), [row.id or 0 for row in rows]
    troubled = select(Circuit.account_id, Circuit.until).where(col(Circuit.account_id).in_(ids))
    until = {key: instant for key, instant in session.exec(troubled) if instant is not None}
    return tuple(
        Line(
            row.ref, row.name, row.channel, row.format, row.handle, row.reach, tuple(row.territories),
            tuple(row.languages), row.disabled_at is not None, ownership(row, at), identity(row, at),
            _circuit(until.get(row.id or 0), at),
        )
        for row in rows
    )  # fmt: skip


def _circuit(until: datetime | None, at: datetime) -> Literal["closed", "open", "trial"]:
    if until is None:
        return "closed"
    return "open" if at < until else "trial"


def _spent(session: Session, row: Account) -> Spent:
    at, caps = now(session), Caps()
    counted = select(Post.message_id, Post.due_at).where(
        Post.account_id == row.id, col(Post.state).in_([str(state) for state in COUNTED])
    )
    lately = counted.where(Post.due_at > at - _DAY, Post.due_at <= at)
    past = session.exec(lately.order_by(col(Post.due_at).desc()).limit(_COUNTED_AT_MOST)).all()
    coming = session.exec(counted.where(Post.due_at > at).order_by(col(Post.due_at)).limit(1)).first()
    return Spent(
        used=len({message for message, _ in past}),
        most=None if row.channel == UNCAPPED else caps.per_account_24h,
        gap_hours=caps.account_gap_hours,
        last=past[0][1] if past else None,
        following=coming[1] if coming else None,
    )
