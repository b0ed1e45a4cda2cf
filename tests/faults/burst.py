"""A house with posts that fall due within a few seconds, on many accounts and narratives, no cap exceeded."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from sqlmodel import Session, col, select

from content import arming
from content.lifecycle import Post
from content.narrative import Narrative
from content.organisation import Account
from content.record import seal
from content.store import Store, now
from tests import factory, snapshots
from tests.factory import House

# How a way leaves (channel) and looks (format). Formats other than the site's are counted by caps.
WAYS = {
    "site": ("site", "site"),
    "wall": ("paper", "site"),
    "profile": ("paper", "facebook"),
    "exact": ("exact", "bluesky"),
    "keyed": ("keyed", "telegram"),
    "once": ("once", "facebook"),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """Each narrative has one message, which goes each of these ways. begins, lasts: seconds until and of the burst."""

    narratives: int = 8
    ways: tuple[str, ...] = ("site", "wall", "exact", "keyed")
    begins: float = 0.5
    lasts: float = 1.5

    @property
    def kind(self) -> str:
        """A name for the database that is kept of it."""
        return f"burst-{self.narratives}-{'-'.join(self.ways)}"


@dataclass(slots=True)
class Burst:
    """`posts`: their ids in the order of their times; `narratives`: those they speak of, half of them one person's."""

    house: House
    posts: list[int]
    narratives: list[Narrative]

    @property
    def store(self) -> Store:
        return self.house.store

    def on(self, *ways: str) -> list[int]:
        """The posts that go these ways."""
        with self.store.read() as session:
            statement = select(Post.id, Account.ref).join(Account, col(Account.id) == col(Post.account_id))
            return [post or 0 for post, ref in session.exec(statement) if ref.partition("-")[0] in ways]


@contextmanager
def burst(url: str, seed: Random, shape: Shape) -> Iterator[Burst]:
    """Cleared posts of an armed, live house, due in an order of the seed's."""
    with factory.opened(url) as store:
        made = Burst(factory.house(store, "live"), [], []) if not _kept(store, shape) else _entered(store)
        if not made.posts:
            _build(made, shape)
            snapshots.keep(store, shape.kind)
        fall_due(made, seed, shape)
        yield made


def fall_due(made: Burst, seed: Random, shape: Shape) -> None:
    """Sets the posts' times, counted from now."""
    made.posts = seed.sample(sorted(made.posts), len(made.posts))
    with made.store.write() as session:
        start = now(session) + timedelta(seconds=shape.begins)
        for place, one in enumerate(made.posts):
            found = session.get_one(Post, one)
            found.due_at = start + timedelta(seconds=shape.lasts * place / len(made.posts))
            session.add(found)


def _kept(store: Store, shape: Shape) -> bool:
    return snapshots.restore(store, shape.kind)


def _entered(store: Store) -> Burst:
    """The burst as its rows say."""
    house = factory.entered(store, {})
    with store.read() as session:
        posts = [one or 0 for one in session.exec(select(Post.id))]
        narratives = session.exec(select(Narrative).where(col(Narrative.ref).startswith("B-"))).all()
    return Burst(house, posts, list(narratives))


def _build(made: Burst, shape: Shape) -> None:
    house = made.house
    with made.store.write() as session:
        for ref in ("kim", "dana"):
            arming.arm(session, house.people[ref])
        made.narratives = [_narrative(session, house, number) for number in range(shape.narratives)]
        for number, narrative in enumerate(made.narratives):
            accounts = tuple(_account(session, house, way, number) for way in shape.ways)
            made.posts += _posts(session, house, number, narrative, accounts)
    with made.store.write() as session:
        seal(session, 100_000)


def _narrative(session: Session, house: House, number: int) -> Narrative:
    kind = ("aggregate", "individual")[number % 2]
    made = factory.narrative(session, house.organisation, house.people["alice"], f"B-{number}", kind=kind)
    passage = factory.passage(session, made, house.people["alice"], f"b{number}", _text(number))
    house.passages[f"b{number}"] = passage
    for ref, role in (("bob", "content"), ("dana", "safeguarding")):
        factory.clearing(session, "passage", passage.id or 0, passage.entered_by, house.people[ref], role)
    factory.consented(session, house, made)
    return made


def _account(session: Session, house: House, way: str, number: int) -> str:
    """A profile of its own for each narrative, so that caps hold nothing back; four sites share theirs."""
    channel, form = WAYS[way]
    ref = f"{way}-{number % 4 if way == 'site' else number}"
    if ref not in house.accounts:
        house.accounts[ref] = factory.account(
            session, house.organisation, ref, reach="worldwide", channel=channel, form=form
        )
    return ref


def _posts(
    session: Session, house: House, number: int, narrative: Narrative, accounts: tuple[str, ...]
) -> Iterator[int]:
    words = factory.version(session, house, ref=f"B-{number}", text=_text(number), accounts=accounts, of=narrative)
    cleared = factory.clearance(session, house, words)
    cleared.posted_at = now(session)  # these are all its posts: the worker makes no more
    session.add(cleared)
    session.flush()
    for account in accounts:
        yield factory.post(session, house, cleared, account=account).id or 0


def _text(number: int) -> str:
    return f"{factory.PASSAGE} That was told {number + 2} times."
