"""Where a reference leads, or the beginning of one: messages, narratives, campaigns, accounts, posts, digests.

Each is looked up by its own index from where the beginning would stand, a few rows on: a million cost what ten do.
Nobody is told of what their roles do not let them read.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import bindparam, union_all
from sqlalchemy import select as rows
from sqlmodel import Session, col, select

from content import people
from content.campaign import Campaign
from content.lifecycle import Post
from content.message import Message, Version
from content.narrative import Narrative
from content.organisation import Account, of_ours, ours
from content.page import LIMIT, Page, place, sign
from content.people import Person
from content.store import now

MOST = 20  # that are listed
_LONGEST = 100  # signs that are looked at
_LAST = 2**31 - 1  # no post has a higher number
_DIGEST = re.compile(r"[0-9a-f]{8,64}")
_KINDS: Mapping[str, tuple[Any, str]] = {
    "message": (Message, "message.read"), "narrative": (Narrative, "narrative.read"),
    "campaign": (Campaign, "plan.read"), "account": (Account, "account.read"),
}  # fmt: skip
_ORDER = ("post", *_KINDS, "version")
# What is told of each besides its reference: rows hold much that no list of them shows.
_TOLD: Mapping[Any, tuple[Any, ...]] = {
    Message: (), Narrative: (Narrative.display_label,), Campaign: (Campaign.name,),
    Account: (Account.name, Account.handle),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing. kind: message narrative campaign account post version; ref: its reference, number or digest.

    named: what it is called, by language, "" for all of them; about: other references that say which one it is; state:
    of a post; sheet: of a version, whether this person may read it beside its sources.
    """

    kind: str
    ref: str
    named: Mapping[str, str] = field(default_factory=dict)
    about: tuple[str, ...] = ()
    state: str = ""
    sheet: bool = False


@dataclass(frozen=True, slots=True)
class Jump:
    """What was typed leads to. sure: the one thing that it names; more: others begin so that are not listed."""

    hits: tuple[Hit, ...]
    more: bool
    sure: Hit | None


def jump(session: Session, person: Person, typed: str) -> Jump:
    """What this person may see of what is called so or begins so."""
    people.require(session, person, now(session), "home.read")
    held = people.roles(session, person.id or 0, now(session))
    text = cleaned(typed)
    found = [list(some) for some in _all(session, held, text)] if text else []
    hits = _fair(found)
    return Jump(hits, sum(map(len, found)) > len(hits), _sure([one for some in found for one in some], text))


def beginning(session: Session, person: Person, kind: str, typed: str) -> Jump:
    """The same among the things of one kind: narrative, campaign …"""
    people.require(session, person, now(session), _KINDS[kind][1])
    text = cleaned(typed)
    found = _begin(session, kind, text)
    return Jump(tuple(found[:MOST]), len(found) > MOST, _sure(found, text) if text else None)


def narratives_beginning(
    session: Session, person: Person, typed: str, after: str = "", limit: int = LIMIT
) -> Page[Narrative]:
    """Narratives by reference, those that begin so, a page at a time."""
    people.require(session, person, now(session), "narrative.read")
    where = place(after, str)
    for begins in variants(cleaned(typed)):
        if where and not where[0].startswith(begins):
            continue
        rows = session.execute(_after(), {"begins": where[0] if where else begins, "most": limit + 2}).scalars()
        found = [row for row in rows if row.ref.startswith(begins) and not (where and row.ref == where[0])]
        if found:
            return Page(tuple(found[:limit]), sign(found[limit - 1].ref) if len(found) > limit else "")
    return Page(())


@cache
def _after() -> Any:
    return _from(Narrative).limit(bindparam("most"))


def cleaned(typed: str) -> str:
    """What was typed, as references are written: no blanks, no sign that is none."""
    return "".join(sign for sign in typed if sign.isprintable() and not sign.isspace())[:_LONGEST]


def variants(text: str) -> list[str]:
    """The ways in which it may have been meant: references tell m from M, people who are in a hurry do not."""
    return list(dict.fromkeys((text, text.upper(), text.lower(), text[:1].upper() + text[1:])))


def _all(session: Session, held: Iterable[str], text: str) -> Iterator[Sequence[Hit]]:
    if people.may(held, "message.read"):
        yield _post(session, text.removeprefix("#"))
        yield _versions(session, text.lower(), people.may(held, "sheet.read"))
    for kind, (_, verb) in _KINDS.items():
        if people.may(held, verb):
            yield _begin(session, kind, text)


def _begin(session: Session, kind: str, text: str) -> list[Hit]:
    """One more than is listed at most, those that begin as it was written first."""
    found: dict[str, Hit] = {}
    ways = variants(text)
    given = {f"begins_{number}": begins for number, begins in enumerate(ways)}
    read = session.connection().execute(_from_any(_KINDS[kind][0], len(ways)), given)
    several = sorted(read.all(), key=lambda row: row.ref)
    for begins in ways:
        for row in several:
            if row.ref.startswith(begins):
                found.setdefault(row.ref, _hit(kind, row))
    return list(found.values())[: MOST + 1]


@cache
def _from_any(table: Any, ways: int) -> Any:
    """As `_from`, for all the ways in which something may have been meant."""
    few = []
    for number in range(ways):
        begins = col(table.ref) >= bindparam(f"begins_{number}")
        some = rows(col(table.id)).where(table.organisation_id == ours(), begins)
        few.append(rows(some.order_by(col(table.ref)).limit(MOST + 1).subquery().c.id))
    told = (col(one) for one in (table.ref, *_TOLD[table]))
    return rows(*told).where(col(table.id).in_(union_all(*few)))


@cache
def _from(table: Any) -> Any:
    """By the index of references. Where a database sorts in another order than that of the signs, what begins so still
    stands from there on, so that no end is named: whoever reads looks at how each begins."""
    from_there = select(table).where(table.organisation_id == ours(), col(table.ref) >= bindparam("begins"))
    return from_there.order_by(col(table.ref)).limit(MOST + 1)


def _hit(kind: str, row: Any) -> Hit:
    if kind == "narrative":
        return Hit(kind, row.ref, row.display_label)
    if kind == "message":
        return Hit(kind, row.ref)
    return Hit(kind, row.ref, {"": row.name}, (row.handle,) if kind == "account" and row.handle else ())


def _post(session: Session, text: str) -> list[Hit]:
    if not (text.isascii() and text.isdecimal() and int(text) <= _LAST):
        return []
    statement = (
        select(Post.id, Message.ref, Account.ref, Post.state)
        .join(Message, col(Message.id) == col(Post.message_id))
        .join(Account, col(Account.id) == col(Post.account_id))
        .where(Post.id == int(text), Post.organisation_id == ours())
    )
    return [Hit("post", str(key), about=(message, account), state=state)
            for key, message, account, state in session.exec(statement)]  # fmt: skip


def _versions(session: Session, text: str, sheet: bool) -> list[Hit]:
    """Digests are written in 0 to f, so whatever begins like one lies before that one with a g."""
    if not _DIGEST.fullmatch(text):
        return []
    found = session.execute(_digests(), {"begins": text, "ends": f"{text}g"})
    return [Hit("version", digest, about=(message, language, str(number)), sheet=sheet)
            for digest, message, language, number in sorted(found)]  # fmt: skip


@cache
def _digests() -> Any:
    begins, ends = col(Version.digest) >= bindparam("begins"), col(Version.digest) < bindparam("ends")
    columns = (col(Version.digest), col(Version.message_id), col(Version.language), col(Version.number))
    some = rows(*columns).where(begins, ends).order_by(col(Version.digest)).limit(MOST + 1).subquery()
    mine = rows(some.c.digest, col(Message.ref), some.c.language, some.c.number)
    return mine.join(Message, col(Message.id) == some.c.message_id).where(of_ours(Message.organisation_id))


def _sure(hits: Sequence[Hit], text: str) -> Hit | None:
    """The only one that is called so; where none is, the only one that begins so."""
    named = text.removeprefix("#")
    for same in (
        [one for one in hits if one.ref in (text, named)],
        [one for one in hits if one.ref.casefold() == text.casefold()],
        hits,
    ):
        if same:
            return same[0] if len(same) == 1 else None
    return None


def _fair(found: Iterable[Sequence[Hit]]) -> tuple[Hit, ...]:
    """As many as are listed, of each kind the first; by kind."""
    placed = sorted(((n, one) for some in found for n, one in enumerate(some)), key=lambda one: one[0])
    return tuple(sorted((one for _, one in placed[:MOST]), key=lambda one: _ORDER.index(one.kind)))
