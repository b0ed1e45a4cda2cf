"""What became of a message's words so far, as one reader may know it, and which earlier words that reader knows.

What a colleague answered is not told to whoever has still to answer: two who look must not look through one pair of
eyes. That somebody has answered is told, for else nobody could see whom the words wait for.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CompoundSelect, bindparam, literal, union_all
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from content import people
from content.given import among
from content.message import Leaf, LeafPart, Version
from content.once import once
from content.opening import Opening
from content.organisation import Account
from content.people import Person, read_words
from content.permission import REVIEWERS
from content.review import NOTE, Revocation, Verdict, clearances_of, verdicts_on
from content.taking import Held, Taking

MOST = 60  # events that are told, and versions that are looked at


@dataclass(frozen=True, slots=True)
class Event:
    """One step. kind: version approve send_back answered cleared revoked taken. mine: the reader took it.

    reason, note: empty where they are not this reader's to read.
    """

    kind: str
    at: datetime
    name: str
    mine: bool
    number: int
    role: str = ""
    reason: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The version that this reader last answered, had in hand or opened: its words by account, and what they said of
    it. answer: approve, send_back, taken (in hand, not answered) or read (opened, and no more)."""

    number: int
    parts: Mapping[str, tuple[str, ...]]
    answer: str
    reason: str
    at: datetime


_VERSIONS = (
    select(Version)
    .where(col(Version.message_id) == bindparam("message"), col(Version.language) == bindparam("language"))
    .where(col(Version.number) <= bindparam("number"))
    .order_by(col(Version.number).desc())
    .limit(MOST)
)
_SEEN: CompoundSelect[tuple[str, str, datetime]] = union_all(
    columns(literal("taken").label("kind"), col(Taking.digest).label("digest"), col(Taking.at).label("at"))
    .where(among(Taking.digest, "digests", str), col(Taking.reviewer_id) == bindparam("reviewer")),
    columns(literal("read").label("kind"), col(Opening.digest), col(Opening.at))
    .where(among(Opening.digest, "digests", str), col(Opening.reviewer_id) == bindparam("reviewer")),
)  # fmt: skip


_TAKINGS = (
    select(Taking, Person.name)
    .join(Person, col(Person.id) == col(Taking.reviewer_id))
    .where(among(Taking.digest, "digests", str))
    .order_by(col(Taking.id).desc())
    .limit(MOST)
)
_TAKEN_BACK = (
    select(Revocation, Person)
    .join(Person, col(Person.id) == col(Revocation.by))
    .where(among(Revocation.clearance_id, "ids"))
    .order_by(col(Revocation.id))
)


class History:
    """What one reader is told of the versions of a message in one language. blind: they have still to answer.

    wrote: they wrote of the message, so that no private note about it is theirs to read, whatever else they hold.
    """

    def __init__(self, session: Session, person: Person, at: datetime, *, blind: bool, wrote: bool) -> None:
        self.session, self.person = session, person
        held = {role.partition(":")[0] for role in people.roles(session, person.id or 0, at)}
        self.reviews = not wrote and bool(held & set(REVIEWERS))
        self.blind = blind and self.reviews
        self._known: dict[str, Sequence[Version]] = {}
        self._seen: dict[str, Sequence[tuple[str, str, datetime]]] = {}

    def events(self, version: Version) -> tuple[Event, ...]:
        """The newest first."""
        numbers = {one.digest: one.number for one in self._versions(version)}
        found = [*self._made(version), *self._judged(numbers), *self._cleared(numbers), *self._taken(numbers)]
        return tuple(sorted(found, key=lambda event: event.at, reverse=True)[:MOST])

    def before(self, version: Version) -> Earlier | None:
        """The newest earlier version that this reader knows: answered, had in hand, or opened."""
        older = [one for one in self._versions(version) if one.number < version.number]
        if not older:
            return None
        judged = verdicts_on(self.session, [one.digest for one in older])
        said = {one.digest: one for one in judged if one.reviewer_id == self.person.id}
        had = self._had(version)
        for one in older:
            answer, seen = said.get(one.digest), had.get(one.digest)
            if answer is not None:
                return Earlier(one.number, self._parts(one), answer.answer, self._reason(answer), answer.at)
            if seen is not None:
                return Earlier(one.number, self._parts(one), seen[0], "", seen[1])
        return None

    def opened(self, version: Version) -> bool:
        """Whether this reader has had these very words open before."""
        return any(digest == version.digest and kind == "read" for digest, kind, _ in self._rows(version))

    def _had(self, version: Version) -> dict[str, tuple[str, datetime]]:
        """What was in hand or only opened, as Earlier has it; of both the graver."""
        rows = sorted(self._rows(version), key=lambda row: (row[1] == "taken", row[2]))
        return {digest: (kind, at) for digest, kind, at in rows}

    def _rows(self, version: Version) -> Sequence[tuple[str, str, datetime]]:
        """What this reader took in hand and opened, of these words and those before them; asked once."""
        if version.digest not in self._seen:
            given = {"digests": [one.digest for one in self._versions(version)], "reviewer": self.person.id}
            self._seen[version.digest] = [(one.digest, one.kind, one.at) for one in self.session.execute(_SEEN, given)]
        return self._seen[version.digest]

    def held(self, version: Version, at: datetime) -> Held | None:
        """Who has these words in hand now."""
        rows = self._takings([one.digest for one in self._versions(version)])
        mine = ((one, name) for one, name in rows if one.digest == version.digest)
        return next(
            (Held(one.reviewer_id, name, one.until) for one, name in mine if one.ended_at is None and one.until > at),
            None,
        )

    def _versions(self, version: Version) -> Sequence[Version]:
        """These words and those before them, the newest first."""
        if version.digest not in self._known:
            given = {"message": version.message_id, "language": version.language, "number": version.number}
            self._known[version.digest] = self.session.exec(_VERSIONS, params=given).all()
        return self._known[version.digest]

    def _made(self, version: Version) -> Iterator[Event]:
        for one in self._versions(version):
            author = self.session.get_one(Person, one.author_id)
            yield Event("version", one.rendered_at, author.name, author.id == self.person.id, one.number)

    def _judged(self, numbers: Mapping[str, int]) -> Iterator[Event]:
        """One event for each answer, however many roles it was given in."""
        found: dict[tuple[str, int, int], Event] = {}
        for one in verdicts_on(self.session, [*numbers]):
            key = (one.digest, one.round, one.reviewer_id)
            known = found.get(key)
            roles = f"{known.role}, {one.role}" if known else one.role
            found[key] = self._answer(one, numbers[one.digest], roles)
        yield from found.values()

    def _answer(self, one: Verdict, number: int, roles: str) -> Event:
        mine = one.reviewer_id == self.person.id
        name = self.session.get_one(Person, one.reviewer_id).name
        if self.blind and not mine:
            return Event("answered", one.at, name, mine, number, roles)
        note = read_words(self.session, one.reviewer_id, one.private_note, NOTE, one.at) if self.reviews else ""
        return Event(one.answer, one.at, name, mine, number, roles, self._reason(one), note)

    def _reason(self, one: Verdict) -> str:
        return read_words(self.session, one.reviewer_id, one.reason, "verdict", one.at)

    def _cleared(self, numbers: Mapping[str, int]) -> Iterator[Event]:
        """Clearances, and who took one back."""
        given = clearances_of(self.session, [*numbers])
        yield from (Event("cleared", one.cleared_at, "", False, numbers[one.digest]) for one in given)
        cleared = {one.id: numbers[one.digest] for one in given}
        back = self.session.exec(_TAKEN_BACK, params={"ids": [*cleared]}) if cleared else ()
        for one, who in back:
            yield Event("revoked", one.at, who.name, who.id == self.person.id, cleared[one.clearance_id])

    def _taken(self, numbers: Mapping[str, int]) -> Iterator[Event]:
        for one, name in self._takings([*numbers]):
            yield Event("taken", one.at, name, one.reviewer_id == self.person.id, numbers[one.digest])

    def _takings(self, digests: Sequence[str]) -> Sequence[tuple[Taking, str]]:
        given = {"digests": digests}
        return once(self.session, ("takings", *digests), lambda: self.session.exec(_TAKINGS, params=given).all())

    def _parts(self, version: Version) -> Mapping[str, tuple[str, ...]]:
        statement = (
            select(Account.ref, LeafPart.text)
            .join(Leaf, col(Leaf.account_id) == col(Account.id))
            .join(LeafPart, col(LeafPart.leaf_id) == col(Leaf.id))
            .where(Leaf.version_id == version.id)
            .order_by(col(Leaf.id), col(LeafPart.index))
        )
        found: dict[str, tuple[str, ...]] = {}
        for account, words in self.session.exec(statement):
            found[account] = (*found.get(account, ()), words)
        return found
