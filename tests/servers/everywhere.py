"""A live, armed house with an account on every channel, each on its real server where one can be booted."""

import base64
import json
import re
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from sqlmodel import Session, col, select

from content import arming, credential, stopping
from content.campaign import Campaign
from content.journal import write_epoch
from content.lifecycle import Part, Post
from content.message import Leaf, Message
from content.migrations import upgrade
from content.narrative import Narrative
from content.organisation import Account, the_instance
from content.record import Step, seal, write
from content.schedule import new_post
from content.settings import Settings, load
from content.stop import Recall
from content.store import Store, now
from tests import factory
from tests.channels import mastodon_server, telegram_server
from tests.channels.receiver import SECRET, Receiver
from tests.servers.booting import booted, folder
from tests.servers.pds import Account as OnBluesky
from tests.servers.test_list import Mailbox
from tests.servers.wordpress import Site as Blog
from worker import dispatch, recall, reconcile, verify
from worker.node import Node

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "channels.md"
ROW = re.compile(r"^\| `([a-z]+)` \| (?:[a-z_]+) \| (?:[a-z_]+) \|", re.MULTILINE)
BEGIN, END = "<!-- everywhere -->", "<!-- /everywhere -->"
PATIENCE = 60.0  # seconds for all of it to come to an end


@dataclass
class Place:
    """One account: how it is entered, what lets us in, how many copies a reader finds there."""

    form: str
    identity: str
    seen: Callable[[], int]
    settings: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """What became of the post on one channel. seconds: until it was confirmed, until the recall ended."""

    channel: str
    state: str
    copies: int
    sent: float
    end: str
    left: int
    proof: str
    recalled: float


@dataclass
class Everywhere:
    """The house, its places, and a worker that is called step by step."""

    store: Store
    told_of: Settings
    house: factory.House
    places: dict[str, Place]
    node: Node = field(default_factory=lambda: Node("everywhere"))

    def change(self, work: Callable[[Session], Any]) -> Any:
        with self.store.write() as session:
            return work(session)

    def told(self) -> dict[str, Row]:
        """Sends one message to every account, withdraws the consent, and says what became of each copy."""
        posts = self.sent()
        states, copies = self._states(posts), {name: place.seen() for name, place in self.places.items()}
        self.change(self._withdrawn)
        self._until(lambda: not self._any(posts, "recalling"))
        left = {name: place.seen() for name, place in self.places.items()}
        return {name: self._row(name, posts[name], states[name], copies[name], left[name]) for name in self.places}

    def sent(self) -> dict[str, int]:
        """One message to every account, through the worker; its posts, by account."""
        posts: dict[str, int] = self.change(self._posts)
        self._until(lambda: not self._any(posts, "scheduled", "claimed", "publishing", "uncertain"))
        return posts

    def _posts(self, session: Session) -> dict[str, int]:
        version = factory.version(session, self.house, accounts=tuple(self.places), of=self.house.narrative)
        cleared = factory.clearance(session, self.house, version, tier=1)
        message = session.get_one(Message, cleared.message_id)
        campaign = session.get_one(Campaign, message.campaign_id)
        made: dict[str, int] = {}
        for name in self.places:
            leaf = factory.leaf_of(session, version, self.house.accounts[name])
            post = new_post(cleared, message, campaign, leaf, 0, now(session), "UTC", now(session))
            session.add(post)
            session.flush()
            told = session.get_one(Leaf, post.leaf_id)
            detail = {"digest": post.digest, "leaf": told.digest, "due": post.due_at.isoformat()}
            write(session, Step("worker:test", "post.schedule", "post", post.id or 0, detail))
            made[name] = post.id or 0
        seal(session)
        return made

    def _withdrawn(self, session: Session) -> None:
        told = session.get_one(Narrative, self.house.narrative.id)
        stopping.withdraw(session, self.house.people["kim"], told, reason="asked")

    def _until(self, over: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not over():
            assert time.monotonic() < end, self._all()
            for look in (dispatch.look, reconcile.look, recall.look):
                look(self.store, self.told_of, self.node)
            self.change(seal)
            time.sleep(0.1)

    def _states(self, posts: Mapping[str, int]) -> dict[str, str]:
        with self.store.read() as session:
            return {name: session.get_one(Post, key).state for name, key in posts.items()}

    def _any(self, posts: Mapping[str, int], *states: str) -> bool:
        return any(state in states for state in self._states(posts).values())

    def _all(self) -> list[str]:
        with self.store.read() as session:
            return [f"{post.account_id} {post.state}: {post.note}" for post in session.exec(select(Post))]

    def _row(self, name: str, post: int, state: str, copies: int, left: int) -> Row:
        with self.store.read() as session:
            one = session.get_one(Post, post)
            part = session.get_one(Part, (post, 0))
            ended = session.exec(select(Recall).where(col(Recall.post_id) == post)).one()
        sent = (part.confirmed_at - one.due_at).total_seconds() if part.confirmed_at else 0.0
        back = (ended.ended_at - ended.at).total_seconds() if ended.ended_at else 0.0
        return Row(name, state, copies, sent, str(one.state), left, str(ended.evidence.get("proof", "")), back)


@contextmanager
def opened(home: Path, pds: str, synapse: str, wordpress: str, mail: str) -> Iterator[Everywhere]:
    """The house on SQLite; its accounts were looked at by the worker itself before anything is sent."""
    with ExitStack() as stack:
        places = _places(stack, home, pds, synapse, wordpress, mail)
        told = settings_of(home, places)
        upgrade(told.database)
        yield furnished(stack.enter_context(factory.opened(told.database)), told, places)


def settings_of(home: Path, places: Mapping[str, Place], **given: str) -> Settings:
    """A home that may call these places, with the tests' keys."""
    pairs = {_pair(str(url)) for one in places.values() for url in (*one.settings.values(), one.identity)}
    pairs |= {f"{one.settings['host']}:{one.settings['port']}" for one in places.values() if "host" in one.settings}
    told = load(home=home, outbound_allow=tuple(sorted(pairs - {""})), **given)
    told.make_folders()
    factory.key_files(told.keys)
    return told


def furnished(store: Store, told: Settings, places: dict[str, Place]) -> Everywhere:
    house = factory.house(store, "live")
    with store.read() as session:
        write_epoch(told.journal, the_instance(session).epoch)
    for ref in ("kim", "dana"):
        with store.write() as session:
            arming.arm(session, house.people[ref])
    made = Everywhere(store, told, house, places)
    made.change(lambda session: _entered(session, made))
    verify.look(store, told, made.node)
    with store.read() as session:
        troubled = {row.ref: row.verify_trouble for row in session.exec(select(Account)) if row.verify_trouble}
    assert not troubled, troubled
    return made


def _entered(session: Session, made: Everywhere) -> None:
    """The accounts, their credentials, and a consent that covers them."""
    house = made.house
    for name, place in made.places.items():
        if name == "site":  # the house has one
            continue
        row = factory.account(session, house.organisation, name, reach="worldwide", channel=name, form=place.form)
        row.remote_identity, row.settings = place.identity, place.settings
        row.identity_seen = place.identity
        session.add(row)
        session.flush()
        house.accounts[name] = row
        if place.secrets:
            credential.give(session, house.people["bob"], name, place.secrets)
    forms = sorted({place.form for place in made.places.values()})
    factory.consented(session, house, house.narrative, channels=forms)
    campaign = session.get_one(Campaign, house.campaign.id)
    campaign.accounts = sorted({*campaign.accounts, *made.places})
    session.add(campaign)


def _pair(url: str) -> str:
    place = urlsplit(url if url.startswith("http") else "")
    return f"{place.hostname}:{place.port}" if place.port else ""


# --- the places ---------------------------------------------------------------------------------------------


def _places(stack: ExitStack, home: Path, pds: str, synapse: str, wordpress: str, mail: str) -> dict[str, Place]:
    return {
        "paper": _paper(home),
        "site": on_site(home),
        "webhook": on_webhook(stack),
        "bluesky": on_bluesky(OnBluesky.new(pds)),
        "wordpress": on_wordpress(a_blog(wordpress)),
        "list": on_list(stack, mail),
        "mastodon": on_mastodon(stack.enter_context(mastodon_server.Server())),
        "matrix": on_matrix(a_room(synapse)),
        "telegram": on_telegram(stack),
    }


def _paper(home: Path) -> Place:
    return Place("facebook", "paper:paper", lambda: len(list(home.glob("paper/out/*.json"))))


def on_site(home: Path) -> Place:
    return Place(
        "site", "site", lambda: len(list(home.glob("site/site/entries/*/*.json"))),
        {"address": "https://house.example.org", "folder": "site"},
    )  # fmt: skip


def on_webhook(stack: ExitStack) -> Place:
    receiver = stack.enter_context(Receiver())
    secret = "whsec_" + base64.b64encode(SECRET).decode()
    return Place("site", receiver.url, lambda: len(receiver.out()), secrets={"secret": secret})


def on_bluesky(account: OnBluesky) -> Place:
    return Place(
        "bluesky", account.did, lambda: len(account.out()), {"url": account.url}, {"password": account.password}
    )  # fmt: skip


def a_blog(url: str) -> Blog:
    """The site, emptied."""
    blog = Blog(url, (folder() / "wordpress" / "apppw").read_text().strip())
    blog.clear()
    return blog


def on_wordpress(blog: Blog) -> Place:
    number = blog.call("GET", "users/me")["id"]
    secrets = {"user": "admin", "password": blog.password}
    return Place("site", f"{blog.url}#{number}", lambda: len(blog.out()), {"url": blog.url}, secrets)


def on_list(stack: ExitStack, mail: str) -> Place:
    mailbox, place = Mailbox(), urlsplit(mail)
    stack.enter_context(mailbox.line)
    mailbox.clear()
    told = {"host": place.hostname, "port": place.port, "tls": "none", "from": "desk@test", "to": "reader@test"}
    return Place("mail", "mailto:reader@test", lambda: len(mailbox.out()), told)


def on_mastodon(server: mastodon_server.Server) -> Place:
    identity = f"{server.url}#{server.account_id}"
    secrets = {"token": mastodon_server.TOKEN}
    return Place("mastodon", identity, lambda: len(server.statuses), {"url": server.url}, secrets)


def on_telegram(stack: ExitStack) -> Place:
    api = stack.enter_context(telegram_server.BotApi())
    told = {"url": f"http://{api.pair}", "chat": telegram_server.CHAT}
    identity = f"{telegram_server.BOT} in {telegram_server.CHAT}"
    return Place("telegram", identity, lambda: len(api.messages), told, {"token": telegram_server.TOKEN})


@dataclass(frozen=True)
class Room:
    """A room of its own on the home server, and who writes there."""

    url: str
    user: str
    token: str
    id: str

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """path: within the room."""
        return asked(self.url, method, f"/_matrix/client/v3/rooms/{quote(self.id)}/{path}", body, self.token)

    def messages(self) -> int:
        page = self.call("GET", "messages?dir=f&limit=100")
        return sum(one["type"] == "m.room.message" and bool(one["content"]) for one in page["chunk"])


def signed_in(url: str, user: str) -> tuple[str, str]:
    """A user's full name and a token of theirs."""
    told = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": user}, "password": "secret123"}
    answer = asked(url, "POST", "/_matrix/client/v3/login", told)
    return answer["user_id"], answer["access_token"]


def a_room(url: str) -> Room:
    user, token = signed_in(url, "pub")
    made = asked(url, "POST", "/_matrix/client/v3/createRoom", {"preset": "private_chat"}, token)
    return Room(url, user, token, made["room_id"])


def on_matrix(room: Room) -> Place:
    told = {"url": room.url, "room": room.id}
    return Place("matrix", f"{room.user} in {room.id}", room.messages, told, {"token": room.token})


def asked(url: str, method: str, path: str, body: Any, token: str = "") -> Any:
    """What the home server says to any client."""
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(
        urllib.request.Request(f"{url}{path}", data, headers, method=method), timeout=20
    ) as got:
        return json.loads(got.read())


# --- the page -----------------------------------------------------------------------------------------------


def on_paper(page: str) -> list[str]:
    """The channels of the page's table."""
    return ROW.findall(page[page.index(BEGIN) : page.index(END)])


def table(rows: Mapping[str, Row]) -> str:
    """As docs/channels.md shows it."""
    lines = ["| channel | published | then | copies left | proof | seconds to publish | to take back |",
             "|---|---|---|---|---|---|---|"]  # fmt: skip
    for name, row in rows.items():
        told = (f"`{name}`", row.state, row.end, row.left, row.proof or "–", f"{row.sent:.1f}", f"{row.recalled:.1f}")
        lines.append(f"| {' | '.join(map(str, told))} |")
    return "\n".join(lines)


def main() -> int:
    """Boots the servers, measures, and writes the table into the page with today's date."""
    with (
        booted("bluesky", "pds", "plc") as pds,
        booted("wordpress", "php", "mariadb") as wordpress,
        booted("synapse", "synapse") as synapse,
        booted("mail", "smtpd", "dovecot") as mail,
        tempfile.TemporaryDirectory() as home,
        opened(Path(home), pds, synapse, wordpress, mail) as house,
    ):
        found = house.told()
    when = f"Measured on {datetime.now(UTC):%Y-%m-%d}, two cores, all servers on one machine."
    told = f"{BEGIN}\n{when}\n\n{table(found)}\n{END}"
    page = PAGE.read_text("utf-8")
    PAGE.write_text(page[: page.index(BEGIN)] + told + page[page.index(END) + len(END) :], "utf-8")
    sys.stdout.write(f"{table(found)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
