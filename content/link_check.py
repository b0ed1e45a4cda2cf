"""Addresses that our words lead to: who opened them and when, what answered, and the copy that is kept of the page.

A look is `good` (the page answers, and a copy of it is kept), `gone` (another page, another host, or none), or `silent`
(no usable answer: it says nothing, so the look before goes on counting until it is too old).
"""

import hashlib
import zlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, Select, UniqueConstraint, text
from sqlalchemy import select as rows
from sqlmodel import Field, Session, SQLModel, col, select

from content.errors import Refusal
from content.given import among
from content.limits import limit
from content.link import parse_link
from content.message import Leaf, Message, Version
from content.organisation import ours, the_organisation
from content.page import LIMIT, Page, place, sign
from content.people import Person, require
from content.record import Step, by, write
from content.store import insert_new, now

KEEP = 1 << 18  # bytes of a page that are kept
SHELF = 200  # characters that say where a person keeps a copy
LASTS = timedelta(days=limit("link-safety.days"))  # a good look counts so long
COPY_FOR = timedelta(days=30)  # a page that makes itself anew each time is not kept every day
AGAIN = {"good": timedelta(hours=20), "gone": timedelta(hours=4), "silent": timedelta(hours=1)}
LONGER = timedelta(days=7)  # asked for ahead, so that one address is not written for each of many messages


class Link(SQLModel, table=True):
    """An address in words that were made. Workers open it daily as long as words that carry it may still go out."""

    __table_args__ = (UniqueConstraint("organisation_id", "url"), Index("ix_link_next_at", "next_at"))
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    url: str
    needed_until: datetime
    next_at: datetime  # when a worker opens it next


class LinkCopy(SQLModel, table=True):
    """What a page said: its first KEEP bytes, packed, by their SHA-256."""

    __tablename__ = "link_copy"
    sha256: str = Field(primary_key=True)
    packed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    at: datetime


class LinkCheck(SQLModel, table=True):
    """One look. by: who opened it, None for a worker; host: where it ended; sha256: of what came; copy_sha256: the
    copy that is kept here, which may be of an earlier look; kept: where a person keeps one elsewhere."""

    __tablename__ = "link_check"
    __table_args__ = (
        CheckConstraint("answer IN ('good', 'gone', 'silent')", name="answer"),
        CheckConstraint("answer <> 'good' OR copy_sha256 IS NOT NULL OR kept <> ''", name="copy_kept"),
        CheckConstraint("answer <> 'good' OR \"by\" IS NOT NULL OR status = 200", name="answered"),
        Index(
            "ix_link_check_last",
            "link_id",
            "id",
            sqlite_where=text("answer <> 'silent'"),
            postgresql_where=text("answer <> 'silent'"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    link_id: int = Field(foreign_key="link.id")
    by: int | None = Field(default=None, foreign_key="person.id")
    at: datetime
    answer: str
    status: int | None = None
    host: str = ""
    sha256: str | None = None
    copy_sha256: str | None = Field(default=None, foreign_key="link_copy.sha256")
    kept: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody or something saw. body: what the page said."""

    answer: str
    status: int | None = None
    host: str = ""
    body: bytes = b""


_LAST = (
    rows(col(LinkCheck.id))
    .where(col(LinkCheck.link_id) == col(Link.id), col(LinkCheck.answer) != "silent")
    .order_by(col(LinkCheck.id).desc())
    .limit(1)
    .correlate(Link)
    .scalar_subquery()
)
# (organisation, url, when, answer) of the last look that told something. urls: addresses.
LOOKED: Select[*tuple[Any, ...]] = (
    rows(col(Link.organisation_id), col(Link.url), col(LinkCheck.at), col(LinkCheck.answer))
    .join(LinkCheck, col(LinkCheck.id) == _LAST)
    .where(among(col(Link.url), "urls", str))
)


# --- what waits to be opened --------------------------------------------------------------------------------


def need(session: Session, versions: Collection[int], at: datetime) -> None:
    """These versions' addresses are to be looked after until their windows close. Their words passed link-safety:
    nothing calls an address that nobody listed."""
    wanted = _wanted(session, versions)
    if not wanted:
        return
    known = {(row.organisation_id, row.url): row for row in _known(session, {url for _, url in wanted})}
    fresh = [
        {"organisation_id": key[0], "url": key[1], "needed_until": until + LONGER, "next_at": at}
        for key, until in sorted(wanted.items())
        if key not in known
    ]
    if fresh:
        session.connection().execute(insert_new(session, Link), fresh)
    for key, until in sorted(wanted.items()):
        if key in known and known[key].needed_until < until:
            known[key].needed_until = until + LONGER
            session.add(known[key])
    session.flush()


def _wanted(session: Session, versions: Collection[int]) -> dict[tuple[int, str], datetime]:
    statement = (
        rows(col(Message.organisation_id), col(Leaf.links), col(Version.not_after))
        .join(Version, col(Version.id) == col(Leaf.version_id))
        .join(Message, col(Message.id) == col(Version.message_id))
        .where(among(col(Version.id), "versions"))
    )
    found: dict[tuple[int, str], datetime] = {}
    for organisation, links, until in session.connection().execute(statement, {"versions": set(versions)}):
        for url in links:
            found[organisation, url] = max(until, found.get((organisation, url), until))
    return found


def _known(session: Session, urls: Iterable[str]) -> list[Link]:
    statement = select(Link).where(among(col(Link.url), "urls", str))
    return list(session.exec(statement, params={"urls": set(urls)}))


def due(session: Session, at: datetime, most: int) -> list[Link]:
    """The addresses that a worker is to open now, the longest due first."""
    statement = select(Link).where(col(Link.next_at) <= at, col(Link.needed_until) >= at)
    return list(session.exec(statement.order_by(col(Link.next_at), col(Link.id)).limit(most)))


# --- a look -------------------------------------------------------------------------------------------------


def looked(session: Session, person: Person, url: str, *, good: bool, copy: bytes = b"", kept: str = "") -> LinkCheck:
    """Writes down what this person saw when they opened an address just now.

    good: it answers, and is the page that is meant; then a copy is kept, here (`copy`) or at a place that is named
    (`kept`). Raises Refusal `link.address`, `link.copy`, `link.kept`.
    """
    at = now(session)
    require(session, person, at, "link.check")
    url, kept = url.strip(), " ".join(kept.split())
    if parse_link(url).problems or len(url) > 2000:
        raise Refusal("link.address", "That is no plain https address.", "Give it as it stands in the words.")
    if good and not copy and not kept:
        raise Refusal("link.copy", "No copy of the page is kept.", "Give the saved page, or say where it is kept.")
    if len(kept) > SHELF:
        raise Refusal("link.kept", f"That is longer than {SHELF} characters.", "Name the place in a few words.")
    seen = Seen("good" if good else "gone", host=parse_link(url).host, body=copy)
    return write_look(session, _link(session, url, at), seen, by(person.id), person.id, kept)


def _link(session: Session, url: str, at: datetime) -> Link:
    """The address's row, made where there is none: people may look before any words carry it."""
    own = the_organisation(session).id or 0
    mine = select(Link).where(Link.organisation_id == own, Link.url == url)
    found = session.exec(mine).first()
    if found is None:
        made = {"organisation_id": own, "url": url, "needed_until": at, "next_at": at}
        session.connection().execute(insert_new(session, Link), [made])
        found = session.exec(mine).one()
    return found


def write_look(
    session: Session, link: Link, seen: Seen, actor: str, person: int | None = None, kept: str = ""
) -> LinkCheck:
    """Keeps one look, with a copy of the page where none was kept lately, and says when the next is due."""
    at = now(session)
    digest = hashlib.sha256(seen.body).hexdigest() if seen.body else None
    check = LinkCheck(
        link_id=link.id or 0, by=person, at=at, answer=seen.answer, status=seen.status, host=seen.host[:253],
        sha256=digest, copy_sha256=_copied(session, link, seen, at) if seen.answer == "good" else None, kept=kept,
    )  # fmt: skip
    session.add(check)
    link.next_at = at + AGAIN[seen.answer]
    session.add(link)
    session.flush()
    detail = {"check": check.id, "answer": seen.answer, "status": seen.status, "sha256": digest}
    write(session, Step(actor, "link.check", "link", link.id or 0, detail), at=at)
    return check


def _copied(session: Session, link: Link, seen: Seen, at: datetime) -> str | None:
    """The copy of what was seen: the last one for some weeks, lest a page that is never the same fills the shelves."""
    if not seen.body:
        return None
    statement = (
        select(LinkCopy)
        .join(LinkCheck, col(LinkCheck.copy_sha256) == col(LinkCopy.sha256))
        .where(LinkCheck.link_id == link.id, col(LinkCheck.answer) != "silent")
        .order_by(col(LinkCheck.id).desc())
        .limit(1)
    )
    last = session.exec(statement).first()
    if last is not None and at - last.at < COPY_FOR:
        return last.sha256
    body = seen.body[:KEEP]
    digest = hashlib.sha256(body).hexdigest()
    if session.get(LinkCopy, digest) is None:
        made = {"sha256": digest, "packed": zlib.compress(body, 9), "at": at}
        session.connection().execute(insert_new(session, LinkCopy), [made])
    return digest


# --- reading ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Watched:
    """One address, and the last look that told something. by: who looked, "" for a worker; fresh: it counts today;
    waiting: words that carry it may still go out; silent: since when nothing usable has answered."""

    url: str
    waiting: bool
    at: datetime | None = None
    answer: str = ""
    status: int | None = None
    by: str = ""
    kept: str = ""
    copied: bool = False
    fresh: bool = False
    silent: datetime | None = None


def links_page(session: Session, after: str = "", limit: int = LIMIT) -> Page[Watched]:
    """Every address by its letters, a page at a time."""
    statement = select(Link).where(Link.organisation_id == ours())
    where = place(after, str)
    if where is not None:
        statement = statement.where(col(Link.url) > where[0])
    found = list(session.exec(statement.order_by(col(Link.url)).limit(limit + 1)))
    shown = found[:limit]
    return Page(tuple(_watched(session, shown)), sign(shown[-1].url) if len(found) > limit else "")


def waited_for(session: Session, at: datetime, most: int) -> list[Watched]:
    """The addresses that words lead to which may still go out, the longest needed first."""
    statement = select(Link).where(col(Link.needed_until) >= at, Link.organisation_id == ours())
    return list(_watched(session, session.exec(statement.order_by(col(Link.needed_until).desc()).limit(most)).all()))


def _watched(session: Session, links: Collection[Link]) -> Iterable[Watched]:
    at, ids = now(session), [one.id or 0 for one in links]
    statement = (
        select(LinkCheck, Person.ref)
        .join(Link, col(LinkCheck.id) == _LAST)
        .outerjoin(Person, col(Person.id) == col(LinkCheck.by))
        .where(col(Link.id).in_(ids))
    )
    last = {check.link_id: (check, ref) for check, ref in session.exec(statement)} if ids else {}
    silent = _silent(session, ids)
    for link in links:
        check, ref = last.get(link.id or 0, (None, None))
        yield _line(link, check, ref or "", silent.get(link.id or 0), at)


def _line(link: Link, check: LinkCheck | None, ref: str, silent: datetime | None, at: datetime) -> Watched:
    waiting = link.needed_until >= at
    if check is None:
        return Watched(link.url, waiting, silent=silent)
    fresh = check.answer == "good" and at - check.at <= LASTS
    later = silent if silent and silent > check.at else None
    copied = check.copy_sha256 is not None
    return Watched(link.url, waiting, check.at, check.answer, check.status, ref, check.kept, copied, fresh, later)


def _silent(session: Session, ids: Collection[int]) -> dict[int, datetime]:
    """When each was last opened in vain."""
    last = (
        rows(col(LinkCheck.id))
        .where(col(LinkCheck.link_id) == col(Link.id), col(LinkCheck.answer) == "silent")
        .order_by(col(LinkCheck.id).desc())
        .limit(1)
        .correlate(Link)
        .scalar_subquery()
    )
    statement = select(Link.id, LinkCheck.at).join(LinkCheck, col(LinkCheck.id) == last)
    return {key or 0: at for key, at in session.exec(statement.where(col(Link.id).in_(ids)))}


def copy_of(session: Session, url: str) -> bytes:
    """The copy of a page that was kept last. Refuses `link.none`."""
    statement = (
        select(LinkCopy)
        .join(LinkCheck, col(LinkCheck.copy_sha256) == col(LinkCopy.sha256))
        .join(Link, col(Link.id) == col(LinkCheck.link_id))
        .where(Link.organisation_id == ours(), Link.url == url)
        .order_by(col(LinkCheck.id).desc())
        .limit(1)
    )
    found = session.exec(statement).first()
    if found is None:
        raise Refusal("link.none", "No copy of that page is kept here.", "`counterpoint link list` shows them.")
    return zlib.decompress(found.packed)
