"""An armed instance with an account that people post to by hand, and a platform on loopback that they post on."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import update
from sqlmodel import Session, col, select

from content import by_hand
from content.lifecycle import Post
from content.organisation import Instance
from content.posting import Posting
from tests.worker.conftest import Desk
from worker import dispatch, recall, reconcile
from worker.outbound import Answer, Network

HOST = "social.example.org"


class Platform:
    """Pages by path, as readers see them; those who are not signed in may be shown nothing."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.asked: list[str] = []
        self.signed_in_only = False


@contextmanager
def platform() -> Iterator[tuple[Platform, int]]:
    """A platform, and its port on loopback."""
    told = Platform()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append(self.path)
            words = told.pages.get(self.path)
            body = "Sign in" if told.signed_in_only else f"<html><p>{escape(words or '')}</p></html>"
            self.send_response(404 if words is None else 200)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))  # how long its end takes to be seen
    thread.start()
    try:
        yield told, server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True, slots=True)
class ToLoopback(Network):
    """The one way to the network, but that every host stands at this port."""

    port: int = 0

    def request(self, method: str, url: str, **more: Any) -> Answer:
        return Network.request(self, method, f"http://127.0.0.1:{self.port}{urlsplit(url).path}", **more)


def armed(desk: Desk, **settings: str) -> Desk:
    """The instance publishes outside, and has two accounts that people post to: `page-en` and `page-two`."""
    desk.change(lambda session: session.execute(update(Instance).values(armed=True)))
    for ref in ("page-en", "page-two"):
        desk.account(ref, channel="manual", settings={"hosts": HOST} | settings)
    return desk


def send(desk: Desk) -> None:
    dispatch.look(desk.store, desk.settings, desk.node)


def look(desk: Desk) -> None:
    """What the worker does for posts that are open, at once rather than after a while."""

    def due(session: Session) -> None:
        session.execute(update(Post).where(col(Post.retry_at).is_not(None)).values(retry_at=None))
        session.execute(update(Posting).values(look_at=None))

    desk.change(due)
    reconcile.look(desk.store, desk.settings, desk.node)
    recall.look(desk.store, desk.settings, desk.node)


def waiting(desk: Desk, account: str = "page-en", **words: Any) -> tuple[int, int]:
    """A post that is in people's hands: its number, and its task's."""
    post = desk.post(account, **words)
    send(desk)
    assert desk.state(post) == "uncertain", desk.row(post).note
    return post, task(desk, post).id or 0


def task(desk: Desk, post: int) -> Posting:
    """The newest task of the post."""
    with desk.store.read() as session:
        return session.exec(select(Posting).where(Posting.post_id == post).order_by(col(Posting.id).desc())).first()  # type: ignore[return-value]  # there is one


def take(desk: Desk, who: str, number: int, **more: bool) -> None:
    desk.change(lambda session: by_hand.take(session, desk.house.people[who], number, **more))


def posted(desk: Desk, who: str, number: int, *addresses: str) -> str:
    given = dict(enumerate(addresses))
    return str(desk.change(lambda session: by_hand.posted(session, desk.house.people[who], number, given)))


def out(desk: Desk, path: str = "/posts/1", who: str = "alice", confirmer: str = "bob") -> tuple[int, int]:
    """A post that was posted by hand and confirmed by a second person."""
    post, number = waiting(desk)
    take(desk, who, number)
    posted(desk, who, number, f"https://{HOST}{path}")
    desk.change(lambda session: by_hand.confirm(session, desk.house.people[confirmer], number, so=True))
    look(desk)
    assert desk.state(post) == "published"
    return post, number
