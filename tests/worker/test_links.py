"""Workers open the pages that waiting words lead to: once a day, on their own host, and never in a rehearsal."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlmodel import Session, select

from content.link_check import KEEP, Link, LinkCheck, copy_of
from content.settings import load
from content.store import now
from tests import factory
from tests.factory import House
from worker import links
from worker.node import Node
from worker.outbound import Network


class Pages:
    """A site on loopback. answers: path -> (status, where it leads on, body); asked: the paths that were opened."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, str, bytes]] = {}
        self.asked: list[str] = []
        pages = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                pages.asked.append(self.path)
                status, where, body = pages.answers.get(self.path, (404, "", b"no"))
                self.send_response(status)
                if where:
                    self.send_header("location", where)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def pair(self) -> str:
        return f"127.0.0.1:{self.server.server_address[1]}"

    def url(self, path: str) -> str:
        return f"http://{self.pair}{path}"


@pytest.fixture
def pages() -> Iterator[Pages]:
    made = Pages()
    yield made
    made.server.shutdown()
    made.server.server_close()


def opened(pages: Pages, path: str) -> tuple[str, int | None, str]:
    seen = links.opened(Network([pages.pair]), pages.url(path))
    return seen.answer, seen.status, seen.host


def test_a_page_that_answers_on_its_own_host_is_there(pages: Pages) -> None:
    pages.answers = {"/old": (301, "/new", b""), "/new": (200, "", b"page")}
    assert opened(pages, "/new") == ("good", 200, "127.0.0.1")
    assert opened(pages, "/old") == ("good", 200, "127.0.0.1")
    assert links.opened(Network([pages.pair]), pages.url("/old")).body == b"page"


def test_a_page_that_leads_to_another_host_is_gone_and_the_other_host_is_never_called(pages: Pages) -> None:
    other = f"http://localhost:{pages.pair.rpartition(':')[2]}/other"
    pages.answers = {"/moved": (302, other, b""), "/other": (200, "", b"page")}
    assert opened(pages, "/moved") == ("gone", 302, "localhost")
    assert pages.asked == ["/moved"]


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [(404, b"no", "gone"), (410, b"no", "gone"), (500, b"no", "silent"), (403, b"no", "silent"), (200, b"", "silent")],
)
def test_what_a_status_tells_of_a_page(pages: Pages, status: int, body: bytes, answer: str) -> None:
    pages.answers = {"/page": (status, "", body)}
    assert opened(pages, "/page")[0] == answer


def test_a_page_that_leads_on_for_ever_is_gone(pages: Pages) -> None:
    pages.answers = {"/round": (302, "/round", b"")}
    assert opened(pages, "/round")[0] == "gone"
    assert len(pages.asked) == links.HOPS


def test_of_a_page_without_end_the_beginning_is_read(pages: Pages) -> None:
    pages.answers = {"/long": (200, "", b"x" * (4 * KEEP))}
    assert len(links.opened(Network([pages.pair]), pages.url("/long")).body) == KEEP


def test_a_page_inside_our_own_network_is_never_called(pages: Pages) -> None:
    pages.answers = {"/inside": (200, "", b"secret")}
    assert links.opened(Network(), pages.url("/inside")).answer == "silent"
    assert pages.asked == []


# --- the look ----------------------------------------------------------------------------------------------


@pytest.fixture
def live(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store, "live")


@pytest.fixture
def home(db: str) -> Iterator[House]:
    with factory.opened(db) as store:
        yield factory.house(store)


def wait_for(session: Session, house: House, url: str) -> None:
    at = now(session)
    session.add(Link(organisation_id=house.organisation.id or 0, url=url, needed_until=at.replace(year=at.year + 1),
                     next_at=at))  # fmt: skip


def look(home: House, pages: Pages, folder: Path, **told: object) -> int:
    settings = load(home=folder, outbound_allow=(pages.pair,), **told)  # type: ignore[arg-type]  # settings by name
    return links.look(home.store, settings, Node("test"))


def test_what_waits_is_opened_once_a_day_and_a_copy_is_kept(live: House, pages: Pages, tmp_path: Path) -> None:
    pages.answers = {"/page": (200, "", b"page")}
    with live.store.write() as session:
        wait_for(session, live, pages.url("/page"))
    assert look(live, pages, tmp_path) == 1
    assert look(live, pages, tmp_path) == 0
    assert pages.asked == ["/page"]
    with live.store.read() as session:
        check = session.exec(select(LinkCheck).where(LinkCheck.status == 200)).one()
        assert (check.answer, check.by, check.host) == ("good", None, "127.0.0.1")
        assert copy_of(session, pages.url("/page")) == b"page"


def test_one_page_that_hangs_or_breaks_keeps_no_other_from_being_opened(
    live: House, pages: Pages, tmp_path: Path
) -> None:
    pages.answers = {"/page": (200, "", b"page"), "/broken": (500, "", b"x")}
    with live.store.write() as session:
        for path in ("/broken", "/gone", "/page"):
            wait_for(session, live, pages.url(path))
    assert look(live, pages, tmp_path) == 2
    with live.store.read() as session:
        found = session.exec(select(LinkCheck.answer).where(LinkCheck.by == None)).all()  # noqa: E711  # SQL's own word
    assert sorted(found) == ["gone", "good", "silent"]


def test_where_the_settings_leave_it_to_people_nothing_is_opened(live: House, pages: Pages, tmp_path: Path) -> None:
    with live.store.write() as session:
        wait_for(session, live, pages.url("/page"))
    assert look(live, pages, tmp_path, link_looks=False) == 0
    assert pages.asked == []


def test_a_rehearsal_opens_nothing_outside(home: House, pages: Pages, tmp_path: Path) -> None:
    with home.store.write() as session:
        wait_for(session, home, pages.url("/page"))
    assert look(home, pages, tmp_path) == 0
    assert pages.asked == []
