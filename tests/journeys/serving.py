"""A real desk on loopback, for a browser in front of it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from playwright.sync_api import BrowserContext

from content import sign_in
from tests import factory
from web.app import build
from web.asking import SESSION


@dataclass
class Desk:
    """Where the desk answers, and the house behind it."""

    address: str
    house: factory.House


@contextmanager
def serving(url: str, kind: str = "rehearsal") -> Iterator[Desk]:
    """A house in this database, and a desk that shows it."""
    with factory.opened(url) as store:
        house = factory.house(store, kind)
        server = uvicorn.Server(uvicorn.Config(build(store), "127.0.0.1", 0, log_level="critical", access_log=False))
        door = server.config.bind_socket()
        thread = threading.Thread(target=server.run, args=([door],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield Desk(f"http://127.0.0.1:{door.getsockname()[1]}", house)
        server.should_exit = True
        thread.join(20)


def sign_in_as(context: BrowserContext, desk: Desk, ref: str) -> None:
    """This browser is one in which that person has signed in."""
    with desk.house.store.write() as session:
        token = sign_in.begin(session, desk.house.id(ref))
    context.add_cookies([{"name": SESSION, "value": token, "domain": "127.0.0.1", "path": "/", "secure": True}])
