"""A house with many posts that fall due within a few seconds, on many accounts and narratives, no cap exceeded."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from sqlmodel import Session

from content.lifecycle import Post
from content.narrative import Narrative
from content.store import Store, now
from tests import factory
from tests.factory import House

POSTS = 200
NARRATIVES = 40
FOREIGN = ("facebook", "telegram", "bluesky")  # in each, one post a narrative: caps count them
SITES, WALLS = 4, 8  # accounts in the site's format, which no cap counts


@dataclass(slots=True)
class Burst:
    """`posts`: their ids; `narratives`: those they speak of, half of them one person's."""

    house: House
    posts: list[int]
    narratives: list[Narrative]

    @property
    def store(self) -> Store:
        return self.house.store


@contextmanager
def burst(url: str, seed: Random, *, begins: float = 4, lasts: float = 5) -> Iterator[Burst]:
    """200 cleared posts, due in random order between `begins` and `begins + lasts` seconds from now."""
    with factory.opened(url) as store:
        house = factory.house(store)
        with store.write() as session:
            made = Burst(house, [], [_narrative(session, house, number) for number in range(NARRATIVES)])
            places = [_places(session, house, number) for number in range(NARRATIVES)]
            for number, (narrative, accounts) in enumerate(zip(made.narratives, places, strict=True)):
                made.posts += _posts(session, house, number, narrative, accounts)
        with store.write() as session:
            _set_due(session, made.posts, seed, begins, lasts)
        yield made


def _narrative(session: Session, house: House, number: int) -> Narrative:
    kind = ("aggregate", "individual")[number % 2]
    made = factory.narrative(session, house.organisation, house.people["alice"], f"B-{number}", kind=kind)
    passage = factory.passage(session, made, house.people["alice"], f"b{number}", _text(number))
    house.passages[f"b{number}"] = passage
    for ref, role in (("bob", "content"), ("dana", "safeguarding")):
        factory.clearing(session, "passage", passage.id or 0, passage.entered_by, house.people[ref], role)
    factory.consented(session, house, made)
    return made


def _places(session: Session, house: House, number: int) -> tuple[str, ...]:
    """Where one narrative's message goes: a site, a wall without caps, and a profile of its own in each format."""
    shared = ((f"site-{number % SITES}", "site", "site"), (f"wall-{number % WALLS}", "paper", "site"))
    own = tuple((f"{form}-{number}", "paper", form) for form in FOREIGN)
    for ref, channel, form in (*shared, *own):
        if ref not in house.accounts:
            house.accounts[ref] = factory.account(
                session, house.organisation, ref, reach="worldwide", channel=channel, form=form
            )
    return tuple(ref for ref, _, _ in (*shared, *own))


def _posts(
    session: Session, house: House, number: int, narrative: Narrative, accounts: tuple[str, ...]
) -> Iterator[int]:
    words = factory.version(
        session, house, ref=f"B-{number}", text=_text(number), accounts=accounts, of=narrative
    )
    cleared = factory.clearance(session, house, words)
    cleared.posted_at = now(session)  # these are all its posts: the worker makes no more
    session.add(cleared)
    session.flush()
    for account in accounts:
        yield factory.post(session, house, cleared, account=account).id or 0


def _set_due(session: Session, posts: list[int], seed: Random, begins: float, lasts: float) -> None:
    """When building is over: it may have taken longer than the posts' time to come."""
    shuffled = seed.sample(posts, len(posts))
    start = now(session)
    for place, one in enumerate(shuffled):
        found = session.get_one(Post, one)
        found.due_at = start + timedelta(seconds=begins + lasts * place / len(posts))
        session.add(found)


def _text(number: int) -> str:
    return f"{factory.PASSAGE} That was told {number + 2} times."
