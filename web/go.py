"""The day's go: safeguarding reads the exact words of what goes out today and tomorrow, and says yes once a day."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import Form as Fields
from starlette.responses import Response

from content import going
from content.going import Asked
from content.store import now
from web.asking import Asking
from web.leaf import ShownLeaf
from web.screen import Form, Screen

screen = Screen()


@dataclass(frozen=True, slots=True)
class Words:
    """The same words on one or more accounts, with every post of them."""

    message: str
    language: str
    leaf: ShownLeaf
    posts: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """One day's posts. words: those that wait for a go; given: those that have theirs."""

    day: date
    words: tuple[Words, ...]
    given: tuple[Asked, ...]
    stands: Counter[str]

    @property
    def full(self) -> bool:
        """Whether as many wait as are asked for at once, so that more may follow."""
        return sum(len(one.posts) for one in self.words) >= going.SHOWN

    @property
    def open(self) -> list[int]:
        """The posts that the act of this day covers."""
        return [post.post.id or 0 for one in self.words for post in one.posts if post.stands == "open"]


class GoForm(Form):
    """post: those whose words stood on the page; what was added since is not among them."""

    day: date
    post: tuple[int, ...] = ()


@screen.page("/go", "go.give")
def go(ask: Asking) -> Response:
    with ask.read() as session:
        today = now(session).date()
        wanted = _days(today)
        found = going.asked(session, ask.who.person, wanted)
    days = [_day(day, asked) for day, asked in zip(wanted, found, strict=True)]
    shown = [one for one in days if one.day >= today or one.open]
    return ask.show("go.html", section="go", ask=ask, days=shown, today=today)


@screen.act("/go", "go.give")
def give(ask: Asking, form: Annotated[GoForm, Fields()]) -> Response:
    with ask.write() as (session, person):
        going.go(session, person, form.day, shown=frozenset(form.post))
    return ask.go("/go", "go-given")


def _days(today: date) -> list[date]:
    """Yesterday too: west of here it may not be over."""
    return [today + timedelta(days=number) for number in (-1, 0, 1)]


def _day(day: date, asked: Sequence[Asked]) -> Day:
    waiting = [one for one in asked if one.stands != "given"]
    given = tuple(one for one in asked if one.stands == "given")
    return Day(day, tuple(_words(waiting)), given, Counter(one.stands for one in asked))


def _words(asked: Iterable[Asked]) -> list[Words]:
    groups: dict[tuple[str, str, tuple[str, ...]], list[Asked]] = {}
    for one in asked:
        key = (one.message, one.post.language, tuple(part.text for part in one.parts))
        groups.setdefault(key, []).append(one)
    return [Words(message, language, _leaf(some[0]), tuple(some)) for (message, language, _), some in groups.items()]


def _leaf(one: Asked) -> ShownLeaf:
    leaf = one.leaf
    parts = tuple((part.text, part.spans) for part in one.parts)
    return ShownLeaf(one.account, leaf.length, leaf.limit, leaf.unit, tuple(leaf.links), parts)
