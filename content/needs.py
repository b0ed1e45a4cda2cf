"""What needs one person now, by their roles: the start page, and what a notice counts.

A few of each kind, by indices alone, so that it costs the same at a thousand posts and at a million. `more` names the
kinds of which there are others still.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Integer, bindparam, exists, literal_column, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from content import confirming, ending, people, postings, protected_term, watching
from content.campaign import Campaign
from content.going import HOLDS
from content.lifecycle import WAITS, Post
from content.message import Involvement, Message, Version, Wording
from content.organisation import of_ours, ours
from content.people import Person
from content.quorum import TIERS
from content.review import Go, Verdict
from content.rounds import rounds
from content.store import now
from content.tending import Tended, first_of
from content.waiting import waiting_page
from content.zone import local_at

FEW = 5  # of each kind
LATELY = timedelta(days=30)
LOOKED = 500  # rows that one look goes through at most
SOON = timedelta(hours=48)
SLOW = timedelta(minutes=5)  # a recall that takes longer is looked after by hand
_PERSON = bindparam("person", type_=Integer())
_GO = tuple(tier for tier, terms in TIERS.items() if terms.go)
# list of posts -> the verb of those whom it needs
_POSTS = {
    "uncertain": "post.decide", "recall_impossible": "post.decide", "surplus": "post.recall", "blocked": "post.unblock",
    "failed": "post.plan",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Need:
    """One thing. kind: takedown posting posting_soon posting_seen | uncertain recalling recall_impossible surplus
    blocked failed | stranger appeal | term | review renew | sent_back refused window |
    go helpline link hashtag platform consent | role deputy rules arm account invitation pause.

    ref: by which its page is found; what: its title, a reference; by: until when; since: since when; roles: in which
    this person would answer, or the role that is given; who: who began it; why: what stops it.
    """

    kind: str
    what: str
    ref: str = ""
    account: str = ""
    language: str = ""
    tier: int = 0
    number: int = 1
    roles: tuple[str, ...] = ()
    who: str = ""
    why: str = ""
    since: datetime | None = None
    by: datetime | None = None
    zone: str = "UTC"


@dataclass(slots=True)
class Needs:
    """What needs somebody, the most urgent kind first. more: kinds of which there are others still."""

    items: list[Need] = field(default_factory=list)
    more: set[str] = field(default_factory=set)

    def take(self, kind: str, found: Iterable[Need], more: bool = False) -> None:
        self.items += found
        if more:
            self.more.add(kind)


def needs(session: Session, person: Person) -> Needs:
    """What needs this person now. Raises Refusal `rights.role` for nobody: everyone here may ask for their own."""
    at = now(session)
    people.require(session, person, at, "home.read")
    held = people.roles(session, person.id or 0, at)
    found = Needs()
    if people.may(held, "stranger.answer"):
        _strangers(session, found)
    _by_hand(session, person, held, at, found)
    _posts(session, held, at, found)
    if people.may(held, "appeal.close"):
        _appeals(session, found)
    if people.may(held, "protected.alarms"):
        _alarmed(session, person, found)
    if people.may(held, "waiting.read"):
        page = waiting_page(session, person, limit=FEW + 1, holders=False)
        fresh = [one for one in page.items if not one.renewal]
        found.take("review", (
            Need("review", one.message, one.digest[:16], "", one.language, one.tier, roles=one.roles, by=one.not_before)
            for one in fresh[:FEW]), len(page.items) > FEW)  # fmt: skip
        found.take("renew", _renewals(session, at))
    if people.may(held, "message.queue"):
        _own_words(session, person, at, found)
    if people.may(held, "go.give"):
        found.take("go", _goes(session, person, at))
    _upkeep(session, held, at, found)
    found.take("confirm", (
        Need(one.kind, one.what, str(one.number), roles=(one.role,) if one.role else (), who=one.by, since=one.since)
        for one in confirming.confirming(session, person, held, at)))  # fmt: skip
    return found


def _posts(session: Session, held: frozenset[str], at: datetime, found: Needs) -> None:
    if not people.may(held, "message.read"):
        return
    wanted = [
        which
        for which, verb in _POSTS.items()
        if people.may(held, verb) or (which == "blocked" and people.may(held, "post.plan"))
    ]
    slow = ["recalling"] if people.may(held, "post.recall") else []
    pages = first_of(session, [*wanted, *slow], FEW)
    for which in wanted:
        lines = [one for one in pages[which].items if which != "failed" or one.since >= at - ending.CLOSING]
        found.take(which, (_of(which, one) for one in lines), bool(pages[which].after) and len(lines) == FEW)
    for which in slow:
        found.take(which, (_of(which, one) for one in pages[which].items if one.since < at - SLOW))


def _strangers(session: Session, found: Needs) -> None:
    """What stands on our accounts and was not sent from here: before anything else, for somebody else may hold them."""
    some = watching.strangers(session, most=FEW + 1)
    lines = (Need("stranger", one.account, str(one.id), one.account, since=one.raised_at) for one in some[:FEW])
    found.take("stranger", lines, len(some) > FEW)


def _appeals(session: Session, found: Needs) -> None:
    some = watching.waiting_appeals(session, FEW + 1)
    lines = (
        Need("appeal", message, str(one.id), account, why=one.kind, since=one.opened_at)
        for one, account, message in some[:FEW]
    )
    found.take("appeal", lines, len(some) > FEW)


def _by_hand(session: Session, person: Person, held: frozenset[str], at: datetime, found: Needs) -> None:
    """What is to be taken down and posted by hand, what others did that is to be looked at, and what is coming."""
    if people.may(held, "posting.take"):
        mine = [one for one in postings.postings_page(session, person, "mine").items if one.state != "done"]
        if people.may(held, "hold.read"):  # to those who protect people it comes in whoever's hands it is
            late = postings.overdue(session, person, FEW)
            mine = [*late, *(one for one in mine if one.number not in {other.number for other in late})]
        for kind, of in (("takedown", "recall"), ("posting", "post")):
            some = [one for one in mine if one.kind == of]
            found.take(kind, (_task(kind, one, person) for one in some[:FEW]), len(some) > FEW)
        number, first = postings.coming(session, at)
        found.take("posting_soon", [Need("posting_soon", "", number=number, by=first)] if number else [])
    if people.may(held, "posting.confirm"):
        some = postings.to_confirm(session, person, FEW + 1)
        found.take("posting_seen", (_task("posting_seen", one, person) for one in some[:FEW]), len(some) > FEW)


def _task(kind: str, one: postings.Task, person: Person) -> Need:
    """who: of what is to be looked at, who did it; of what went back to everybody, which colleague had it."""
    had = one.had_by if one.free and one.had_by != person.ref else ""
    return Need(
        kind, one.message, str(one.number), one.account, one.language, why=one.state, by=one.deadline, zone=one.zone,
        who=one.done_by if kind == "posting_seen" else had,
    )  # fmt: skip


def _alarmed(session: Session, person: Person, found: Needs) -> None:
    """Whose words met protected terms again and again; nobody is told which."""
    some = protected_term.alarmed(session, person)
    found.take(
        "term", (Need("term", one.ref, one.ref, number=one.times, since=one.last) for one in some[:FEW]),
        len(some) > FEW,
    )  # fmt: skip


def _of(kind: str, one: Tended) -> Need:
    by = one.due_at if kind == "blocked" else None
    return Need(
        kind, one.message, str(one.id), one.account, one.language, one.tier, one.asked, why=one.why, since=one.since,
        by=by, zone=one.zone,
    )  # fmt: skip


def _renewals(session: Session, at: datetime) -> list[Need]:
    ends = ending.clearances(session, at)
    return [Need("renew", "", number=len(ends), by=ends[0])] if ends else []


# --- what somebody wrote ------------------------------------------------------------------------------------


def _own_words(session: Session, person: Person, at: datetime, found: Needs) -> None:
    back = _sent_back(session, person, at)
    found.take("sent_back", back[:FEW], len(back) > FEW)
    refused = _refused(session, person)
    found.take("refused", refused[:FEW], len(refused) > FEW)
    closing = ending.windows(session, person, at, FEW + 1)
    found.take(
        "window", (Need("window", one.what, language=one.language, by=one.at) for one in closing[:FEW]),
        len(closing) > FEW,
    )  # fmt: skip


def _sent_back(session: Session, person: Person, at: datetime) -> list[Need]:
    """This person's words of which no newer version was made since somebody sent them back."""
    given = {"person": person.id, "at": at, "lately": at - LATELY}
    rows = {version.digest: (version, ref) for version, ref in session.exec(_back(), params=given)}
    states = rounds(session, [version for version, _ in rows.values()], at) if rows else {}
    return [
        Need("sent_back", ref, version.digest[:16], "", version.language, since=said.at, by=version.not_after)
        for version, ref in rows.values()
        if (said := states[version.digest].sent_back) is not None
    ]


@cache
def _back() -> Any:
    mine = or_(col(Version.author_id) == _PERSON, col(Version.translator_id) == _PERSON)
    newer = aliased(Wording)
    again = exists().where(
        col(newer.message_id) == col(Version.message_id), col(newer.language) == col(Version.language),
        col(newer.number) > col(Version.number),
    )  # fmt: skip
    return (
        select(Version, Message.ref)
        .join(Verdict, col(Verdict.digest) == col(Version.digest))
        .join(Message, col(Message.id) == col(Version.message_id))
        .where(col(Verdict.answer) == literal_column("'send_back'"), col(Verdict.at) >= bindparam("lately"))
        .where(mine, col(Version.not_after) >= bindparam("at"), ~again, of_ours(Message.organisation_id))
        .order_by(col(Verdict.at).desc())
        .limit(4 * FEW)
    )


def _refused(session: Session, person: Person) -> list[Need]:
    """Of the newest that were queued, this person's that could not be made into words and were not queued anew."""
    return [_unmade(row, ref) for row, ref in session.exec(_not_made(), params={"person": person.id})]


@cache
def _not_made() -> Any:
    newest = select(Wording.id).order_by(col(Wording.id).desc()).limit(LOOKED).subquery()
    newer = aliased(Wording)
    again = exists().where(
        col(newer.message_id) == col(Wording.message_id), col(newer.language) == col(Wording.language),
        col(newer.number) > col(Wording.number),
    )  # fmt: skip
    return (
        select(Wording, Message.ref)
        .join(newest, newest.c.id == col(Wording.id))
        .join(Message, col(Message.id) == col(Wording.message_id))
        .where(col(Wording.author_id) == _PERSON, col(Wording.answered_at).is_not(None), ~again)
        .where(~exists().where(col(Version.wording_id) == col(Wording.id)), of_ours(Message.organisation_id))
        .order_by(col(Wording.id).desc())
        .limit(FEW + 1)
    )


def _unmade(row: Wording, ref: str) -> Need:
    first = (row.refused or [{}])[0]
    return Need("refused", ref, ref, "", row.language, why=first.get("message", ""), since=row.answered_at)


# --- the day's go, and upkeep -------------------------------------------------------------------------------


def _goes(session: Session, person: Person, at: datetime) -> list[Need]:
    """The coming days with posts that wait for a go, in each campaign's own zone, without what this person wrote."""
    given = {"person": person.id, "soon": at + SOON, "since": at - HOLDS}
    days: dict[str, list[tuple[datetime, str]]] = {}
    for due, zone in session.exec(_wait_for_go(), params=given):
        days.setdefault(f"{local_at(due, zone):%Y-%m-%d}", []).append((due, zone))
    return [
        Need("go", day, day, number=len(some), by=some[0][0], zone=some[0][1]) for day, some in sorted(days.items())
    ]


@cache
def _wait_for_go() -> Any:
    given = exists().where(col(Go.post_id) == col(Post.id), col(Go.at) >= bindparam("since"))
    wrote = exists().where(
        col(Involvement.message_id) == col(Post.message_id), col(Involvement.person_id) == _PERSON,
        col(Involvement.side) == "wrote",
    )  # fmt: skip
    return (
        select(Post.due_at, Campaign.zone)
        .join(Campaign, col(Campaign.id) == col(Post.campaign_id))
        .where(WAITS, col(Post.due_at) <= bindparam("soon"), col(Post.tier).in_(_GO), ~given, ~wrote)
        .where(Post.organisation_id == ours())
        .order_by(col(Post.due_at))
        .limit(LOOKED)
    )


def _upkeep(session: Session, held: frozenset[str], at: datetime, found: Needs) -> None:
    looks = {
        "helpline": ("helpline.verify", ending.helplines), "link": ("link.check", ending.links),
        "hashtag": ("hashtag.check", ending.hashtags), "platform": ("platform.check", ending.compared),
        "consent": ("consent.add", ending.consents),
    }  # fmt: skip
    for kind, (verb, look) in looks.items():
        if people.may(held, verb):
            some = look(session, at)
            ends = (Need(kind, one.what, one.campaign or one.what, by=one.at) for one in some[:FEW])
            found.take(kind, ends, len(some) > FEW)
