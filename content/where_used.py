"""Where a passage, quote, medium, standard text or template stands: the versions that carry it, and their posts."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from content.campaign import Campaign
from content.clearing import KINDS as CLEARED
from content.clearing import material
from content.errors import Refusal
from content.lifecycle import LIVE, PENDING, Post, State
from content.medium import medium
from content.message import Message, Used, Version
from content.narrative import Narrative, Quote
from content.organisation import Account, ours
from content.page import LIMIT, Page, place, sign
from content.people import Person, require
from content.store import now

KINDS = (*CLEARED, "quote", "medium")
MOST = 1000  # posts of the versions of one page


@dataclass(frozen=True, slots=True)
class Copy:
    """One post of such a version."""

    id: int
    account: str
    state: str

    @property
    def out(self) -> bool:
        """Whether an act of its own takes it down."""
        return self.state in LIVE


@dataclass(frozen=True, slots=True)
class Met:
    """How many posts carry a piece of material: those that are still to go, and those that are out or may be."""

    planned: int
    out: int


@dataclass(frozen=True, slots=True)
class Carrier:
    """A version that carries it. used: which version of the material; newest: no later version of the same message and
    language exists; copies: its posts."""

    message: str
    campaign: str
    language: str
    number: int
    digest: str
    used: int
    newest: bool
    copies: tuple[Copy, ...]


def used_page(
    session: Session, person: Person, kind: str, ref: str, after: str = "", limit: int = LIMIT
) -> Page[Carrier]:
    """The versions that carry any version of this material, the newest first. Raises `material.none`, `.kind`."""
    require(session, person, now(session), "message.read")
    _known(session, kind, ref)
    ref = ref.partition("@")[0]  # of all its versions
    statement = (
        select(Used.number, Version, Message.ref, Campaign.ref)
        .join(Version, col(Version.id) == col(Used.version_id))
        .join(Message, col(Message.id) == col(Version.message_id))
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(Used.kind == kind, Used.ref == ref, Message.organisation_id == ours())
        .order_by(col(Used.version_id).desc())
        .limit(limit + 1)
    )
    where = place(after, int)
    if where is not None:
        statement = statement.where(col(Used.version_id) < where[0])
    rows = session.exec(statement).all()
    shown = rows[:limit]
    copies = _copies(session, [version.digest for _, version, _, _ in shown])
    newest = _newest(session, [version for _, version, _, _ in shown])
    items = tuple(
        Carrier(message, campaign, version.language, version.number, version.digest, used,
                (version.message_id, version.language, version.number) in newest, tuple(copies[version.digest]))
        for used, version, message, campaign in shown
    )  # fmt: skip
    return Page(items, sign(shown[-1][1].id or 0) if len(rows) > limit else "")


def met(session: Session, kind: str, ref: str) -> Met:
    """The posts of every version that carries it."""
    statement = (
        select(Post.state, func.count())
        .join(Version, col(Version.digest) == col(Post.digest))
        .join(Used, col(Used.version_id) == col(Version.id))
        .where(Used.kind == kind, Used.ref == ref, col(Post.surplus).is_(False))
        .group_by(Post.state)
    )
    counts = dict(session.exec(statement).all())
    planned, out = (sum(counts.get(state, 0) for state in states) for states in (PENDING, (*LIVE, State.PUBLISHING)))
    return Met(planned, out)


def _known(session: Session, kind: str, ref: str) -> None:
    if kind == "medium":
        medium(session, ref)
        return
    if kind != "quote":
        material(session, kind, ref)
        return
    narrative, _, name = ref.partition("@")[0].rpartition("/")
    statement = (
        select(Quote.id)
        .join(Narrative, col(Narrative.id) == col(Quote.narrative_id))
        .where(Narrative.organisation_id == ours(), Narrative.ref == narrative, Quote.ref == name)
    )
    if session.exec(statement).first() is None:
        raise Refusal("material.none", f"There is no {kind} {ref}.", "Look at its spelling, or import it first.")


def _copies(session: Session, digests: Sequence[str]) -> dict[str, list[Copy]]:
    statement = (
        select(Post.digest, Post.id, Account.ref, Post.state)
        .join(Account, col(Account.id) == col(Post.account_id))
        .where(col(Post.digest).in_(digests), col(Post.surplus).is_(False))
        .order_by(col(Post.digest), col(Post.id))
        .limit(MOST)
    )
    found: dict[str, list[Copy]] = defaultdict(list)
    for digest, key, account, state in session.exec(statement) if digests else ():
        found[digest].append(Copy(key or 0, account, state))
    return found


def _newest(session: Session, versions: Sequence[Version]) -> set[tuple[int, str, int]]:
    """Of the messages and languages of these versions, the newest version of each."""
    statement = select(Version.message_id, Version.language, Version.number).where(
        col(Version.message_id).in_({one.message_id for one in versions})
    )
    last: dict[tuple[int, str], int] = {}
    for message, language, number in session.exec(statement) if versions else ():
        last[message, language] = max(number, last.get((message, language), 0))
    return {(message, language, number) for (message, language), number in last.items()}
