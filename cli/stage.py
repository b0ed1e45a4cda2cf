"""What the demo's chapters stand on: the store, the people, and short ways to look at rows."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from cli.cast import KEEPER
from cli.telling import StoryBroke, Telling
from content import evaluation
from content.lifecycle import Part, Post, PostHistory
from content.message import Message, Version, Wording
from content.narrative import Narrative
from content.organisation import Account, move_clock
from content.people import Person, by_ref
from content.record import by
from content.review import Evaluation
from content.settings import Settings
from content.store import Store, now, offset
from content.zone import local_at


@dataclass(slots=True)
class Stage:
    """One run of the demo."""

    store: Store
    told: Settings
    telling: Telling

    @contextmanager
    def acting(self, ref: str) -> Iterator[tuple[Session, Person]]:
        """A person does one thing: one transaction."""
        with self.store.write() as session:
            yield session, by_ref(session, ref)

    def now(self) -> datetime:
        """The rehearsal's clock."""
        with self.store.read() as session:
            return now(session)

    def offset(self) -> timedelta:
        """How far the rehearsal's clock stands ahead of this machine's."""
        with self.store.read() as session:
            return offset(session)

    def local(self, ahead: timedelta, zone: str) -> str:
        """A local time so far ahead of now, to the second, as one types it."""
        return local_at(self.now() + ahead, zone).strftime("%Y-%m-%d %H:%M:%S")

    def newest(self, message: str) -> Version | None:
        """The newest version of a message; None until the worker has formatted it."""
        with self.store.read() as session:
            statement = (
                select(Version)
                .join(Message, col(Message.id) == col(Version.message_id))
                .where(Message.ref == message)
                .order_by(col(Version.number).desc())
            )
            return session.exec(statement).first()

    def prepared(self, message: str, number: int = 1) -> Version:
        """Waits until the worker has formatted that number of the message."""
        self.telling.wait(f"formatting {message}", lambda: self._answered(message, number))
        found = self.newest(message)
        if found is None or found.number != number:
            raise StoryBroke(f"{message} was refused: {self._why_not(message)}")
        return found

    def judged(self, version: Version) -> Evaluation:
        """Waits for the checks' result under the rules and material now in force."""
        self.telling.wait("the checks", lambda: self.evaluation(version) is not None)
        found = self.evaluation(version)
        if found is None:
            raise StoryBroke("the checks' result has gone")
        return found

    def evaluation(self, version: Version) -> Evaluation | None:
        with self.store.read() as session:
            return evaluation.current(session, version.digest)

    def posts(self, digest: str, *states: str) -> list[Post]:
        """The posts of these words, in these states if any are named."""
        with self.store.read() as session:
            found = session.exec(select(Post).where(Post.digest == digest).order_by(col(Post.due_at), col(Post.id)))
            return [post for post in found if not states or post.state in states]

    def wait_for(self, digests: Sequence[str], state: str, count: int, seconds: float = 30.0) -> list[Post]:
        """Waits until so many posts of these words stand in that state."""
        self.telling.wait(
            f"{count} posts {state}",
            lambda: sum(len(self.posts(digest, state)) for digest in digests) >= count,
            seconds,
        )
        return [post for digest in digests for post in self.posts(digest, state)]

    def move_clock(self, ahead: timedelta) -> None:
        """`counterpoint rehearse`: the rehearsal's clock moves forward, visibly and on the record."""
        seconds = max(0, round(ahead.total_seconds()))
        with self.acting(KEEPER) as (session, person):
            move_clock(session, seconds, by(person.id))

    def lateness(self, post: Post) -> tuple[datetime, float]:
        """When the post was confirmed, and how many milliseconds after its second its intent was written."""
        with self.store.read() as session:
            rows = session.exec(select(PostHistory).where(PostHistory.post_id == post.id)).all()
        began = max(row.at for row in rows if row.action == "begin")
        ended = max(row.at for row in rows if row.action == "confirm")
        return ended, (began - post.due_at).total_seconds() * 1000

    def account(self, post: Post) -> str:
        with self.store.read() as session:
            return session.get_one(Account, post.account_id).ref

    def sent(self, post: Post) -> int:
        """How many parts of the post are known to be out."""
        with self.store.read() as session:
            statement = select(Part).where(Part.post_id == post.id, col(Part.confirmed_at).is_not(None))
            return len(session.exec(statement).all())

    def narrative(self, session: Session, ref: str) -> Narrative:
        return session.exec(select(Narrative).where(Narrative.ref == ref)).one()

    def _answered(self, message: str, number: int) -> bool:
        with self.store.read() as session:
            return bool(self._wordings(session, message, number))

    def _wordings(self, session: Session, message: str, number: int) -> list[Wording]:
        statement = (
            select(Wording)
            .join(Message, col(Message.id) == col(Wording.message_id))
            .where(Message.ref == message, Wording.number == number, col(Wording.answered_at).is_not(None))
        )
        return list(session.exec(statement))

    def _why_not(self, message: str) -> str:
        with self.store.read() as session:
            statement = select(Wording.refused).join(Message, col(Message.id) == col(Wording.message_id))
            found = session.exec(statement.where(Message.ref == message)).all()
        return "; ".join(one["message"] for refused in found for one in refused or [])
