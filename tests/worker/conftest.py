"""A house with its folders, and posts of it that are due."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select

from content.campaign import Campaign
from content.lifecycle import Part, Post, PostHistory
from content.message import Message
from content.record import seal
from content.schedule import new_post
from content.settings import Settings, load
from content.store import Store, now
from tests import factory
from tests.factory import House
from worker.node import Node


@dataclass
class Desk:
    """The house, its settings, and this node."""

    house: House
    settings: Settings
    node: Node = field(default_factory=lambda: Node("test"))

    @property
    def store(self) -> Store:
        return self.house.store

    def post(self, account: str = "facebook-gb", *, due: float = -1.0, tier: int = 1, **words: Any) -> int:
        """A cleared post, due in so many seconds, of a narrative of its own; returns its id."""
        with self.store.write() as session:
            return self._post(session, account, timedelta(seconds=due), tier, words)

    def _post(self, session: Session, account: str, due: timedelta, tier: int, words: dict[str, Any]) -> int:
        made = factory.version(session, self.house, accounts=(account,), **words)
        cleared = factory.clearance(session, self.house, made, tier=tier, valid_from=timedelta(hours=-1))
        leaf = factory.leaf_of(session, made, self.house.accounts[account])
        message = session.get_one(Message, cleared.message_id)
        campaign = session.get_one(Campaign, message.campaign_id)
        post = new_post(cleared, message, campaign, leaf, 0, now(session) + due, "UTC", now(session))
        session.add(post)
        session.flush()
        seal(session)
        return post.id or 0

    def account(self, ref: str, channel: str = "paper", form: str = "facebook", **more: Any) -> str:
        """One more account."""
        with self.store.write() as session:
            made = factory.account(
                session, self.house.organisation, ref, territories=["GB"], channel=channel, form=form
            )
            for name, value in more.items():
                setattr(made, name, value)
            session.add(made)
        self.house.accounts[ref] = made
        return ref

    def narrative(self, ref: str) -> Any:
        """One more narrative, consented to, with cleared passages."""
        with self.store.write() as session:
            alice = self.house.people["alice"]
            made = factory.narrative(session, self.house.organisation, alice, ref, kind="aggregate")
            factory.consented(session, self.house, made)
            return made

    def state(self, post: int) -> str:
        return self.row(post).state

    def row(self, post: int) -> Post:
        with self.store.read() as session:
            return session.get_one(Post, post)

    def parts(self, post: int) -> list[Part]:
        with self.store.read() as session:
            return list(session.exec(select(Part).where(col(Part.post_id) == post).order_by(col(Part.index))))

    def history(self, post: int) -> list[str]:
        with self.store.read() as session:
            statement = select(PostHistory.action).where(col(PostHistory.post_id) == post)
            return list(session.exec(statement.order_by(col(PostHistory.step))))

    def change(self, work: Callable[[Session], Any]) -> Any:
        with self.store.write() as session:
            return work(session)

    def ledger(self) -> list[str]:
        path = self.settings.home / "paper" / "ledger.jsonl"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def desk(db: str, tmp_path: Path) -> Iterator[Desk]:
    with factory.opened(db) as store:
        settings = load(home=tmp_path / "home")
        settings.make_folders()
        yield Desk(factory.house(store), settings)
