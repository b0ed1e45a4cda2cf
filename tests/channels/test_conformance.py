"""The shipped channels that need no server of others, tried with the one suite; and what holds of all code here."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from content.outcome import Outgoing, Refused, Sent
from content.promised import PROMISED
from content.release import Release
from content.settings import load
from tests.channels.letters import a_release
from tests.channels.pictures import a_film, a_picture
from tests.channels.receiver import SECRET, Receiver
from tests.channels.suite import (
    Busy,
    Bytes,
    Films,
    Loses,
    Once,
    Pictures,
    Recalls,
    Revoked,
    Suite,
    Tried,
    UsedUp,
    Watched,
    publish,
    showing,
)
from worker.channels import channels
from worker.channels.paper import Paper
from worker.channels.site import Site
from worker.channels.webhook import Webhook
from worker.outbound import Network
from worker.wallet import Given


def on_paper(folder: Path) -> Tried:
    def out() -> dict[str, str]:
        sheets = [json.loads(path.read_bytes()) for path in folder.glob("out/*.json")]
        return {str(number): sheet["text"] for number, sheet in enumerate(sheets)}

    def removed(remote_id: str) -> None:
        next(folder.glob(f"out/{remote_id.removeprefix('paper:')}*.json")).unlink()

    def shown(what: str) -> list[str]:
        return [m[what] for path in folder.glob("out/*.json") for m in json.loads(path.read_bytes()).get("media", ())]

    return Tried(
        Paper(folder), a_release, out, removed=removed, picture=a_picture(folder), film=a_film(folder),
        alts=lambda: shown("alt"), sums=lambda: shown("sha256"),
    )  # fmt: skip


def on_site(folder: Path) -> Tried:
    home = folder / "site" / "desk"

    def letter(*texts: str, **more: Any) -> Release:
        return a_release(*texts, channel="site", identity="https://house.example.org/stories", **more)

    def out() -> dict[str, str]:
        if not (home / "feed.json").exists():
            return {}
        feed = json.loads((home / "feed.json").read_bytes())
        return {item["id"]: item["content_text"] for item in feed["items"]}

    def removed(remote_id: str) -> None:
        next(home.glob(f"entries/*/{remote_id}.json")).unlink()

    def alts() -> list[str]:
        entries = [json.loads(path.read_bytes()) for path in home.glob("entries/*/*.json")]
        return [one["alt"] for entry in entries for one in entry["media"]]

    def sums() -> list[str]:
        return [
            hashlib.sha256(path.read_bytes()).hexdigest() for kind in ("png", "mp4") for path in home.glob(f"*.{kind}")
        ]

    return Tried(
        Site(folder / "site", folder / "used"), letter, out, removed=removed, picture=a_picture(folder),
        film=a_film(folder), alts=alts, sums=sums,
    )  # fmt: skip


def hooked(receiver: Receiver, folder: Path) -> Tried:
    def letter(*texts: str, **more: Any) -> Release:
        return a_release(*texts, channel="webhook", identity=receiver.url, **more)

    @contextmanager
    def lost() -> Iterator[None]:
        receiver.silent = True
        yield
        receiver.silent = False

    @contextmanager
    def busy() -> Iterator[None]:
        receiver.told = [(429, {"retry-after": "1"})]
        yield

    @contextmanager
    def revoked() -> Iterator[None]:
        receiver.secret, kept = b"x" * 32, receiver.secret
        yield
        receiver.secret = kept

    wallet = Given({"desk": [{"secret": "whsec_" + base64.b64encode(SECRET).decode()}]})
    return Tried(
        Webhook(Network([receiver.pair]), wallet), letter, receiver.out, lost=lost, busy=busy, revoked=revoked,
        picture=a_picture(folder), film=a_film(folder), alts=lambda: [one["alt"] for one in receiver.files()],
        sums=lambda: [hashlib.sha256(base64.b64decode(one["data"])).hexdigest() for one in receiver.files()],
    )  # fmt: skip


CHANNELS: dict[str, Callable[[Path], Tried]] = {"paper": on_paper, "site": on_site}


@pytest.fixture(params=["paper", "site", "webhook"])
def tried(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tried]:
    if request.param in CHANNELS:
        yield CHANNELS[request.param](tmp_path)
    else:
        with Receiver() as receiver:
            yield hooked(receiver, tmp_path)


class TestOnLoopback(Suite, Once, Recalls, UsedUp, Pictures, Bytes, Films):
    """Paper, site and webhook."""


class TestWatched(Watched):
    """Those of them that can be looked at again."""

    @pytest.fixture(params=["paper", "site"])
    def tried(self, request: pytest.FixtureRequest, tmp_path: Path) -> Tried:
        return CHANNELS[request.param](tmp_path)


class TestOverTheWire(Loses, Busy, Revoked):
    """What only a channel with a line to somebody can meet."""

    @pytest.fixture
    def tried(self, tmp_path: Path) -> Iterator[Tried]:
        with Receiver() as receiver:
            yield hooked(receiver, tmp_path)


@pytest.mark.parametrize(("form", "taken"), [("site", True), ("bluesky", True), ("sms", False), ("mail", False)])
def test_the_dry_run_takes_a_film_where_the_platform_does(tmp_path: Path, form: str, taken: bool) -> None:
    answer = publish(Paper(tmp_path / "wall"), showing(a_release("Words.", form=form), a_film(tmp_path)))
    assert isinstance(answer, Sent) if taken else isinstance(answer, Refused) and answer.code == "paper.films"


def test_every_channel_is_on_the_list(tmp_path: Path) -> None:
    assert set(channels(load(home=tmp_path))) == set(PROMISED)


def test_nothing_but_outbound_opens_a_connection() -> None:
    root = Path(__file__).parents[2] / "worker"
    wanted = ("import socket", "import httpx", "import httpcore", "urllib.request", "http.client", "import requests")
    wanted += ("import smtplib",)
    reach = [p.name for p in root.rglob("*.py") if any(word in p.read_text("utf-8") for word in wanted)]
    # node.py asks for this machine's name; probe.py is called, and calls nobody; smtp.py speaks on outbound.py's lines
    assert sorted(set(reach) - {"node.py", "probe.py", "smtp.py"}) == ["outbound.py"]


def test_a_channel_imports_no_other() -> None:
    for path in (Path(__file__).parents[2] / "worker" / "channels").glob("*.py"):
        if path.name != "__init__.py":
            lines = [line for line in path.read_text("utf-8").splitlines() if line.startswith("from worker.channels")]
            assert all(line.startswith("from worker.caps ") for line in lines), path


@pytest.mark.parametrize(
    ("form", "unit"), [("bluesky", "a"), ("x", "ع"), ("mastodon", "👩‍👩‍👧‍👦"), ("telegram", "a"), ("instagram", "ب")]
)
def test_paper_keeps_each_format_s_real_limit(tmp_path: Path, form: str, unit: str) -> None:
    from content.formats import find_format, measure

    limit = find_format(form).limit or 0
    each = measure(form, unit).length
    way = Paper(tmp_path)
    fits, over = a_release(unit * (limit // each), form=form), a_release(unit * (limit // each + 1), form=form)
    assert isinstance(publish(way, fits), Sent) or form == "bluesky"
    refused = publish(way, over)
    assert isinstance(refused, Refused)
    assert refused.code == "paper.too_long"


def test_paper_has_one_ledger_line_for_each_key_ever_accepted(tmp_path: Path) -> None:
    way, release = Paper(tmp_path), a_release("Words.")
    for _ in range(3):
        publish(way, release)
    lines = [json.loads(line) for line in (tmp_path / "ledger.jsonl").read_text().splitlines()]
    assert [line["key"] for line in lines] == [release.parts[0].key]


def test_paper_enters_what_a_killed_writer_left_out(tmp_path: Path) -> None:
    way, release = Paper(tmp_path), a_release("Words.")
    publish(way, release)
    (tmp_path / "ledger.jsonl").unlink()
    assert isinstance(way.find(release, release.parts[0]), Sent)
    assert isinstance(publish(way, release), Sent)
    assert len((tmp_path / "ledger.jsonl").read_text().splitlines()) == 1


def test_other_words_under_the_same_key_are_refused(tmp_path: Path) -> None:
    for way in (Paper(tmp_path / "p"), Site(tmp_path / "s", tmp_path / "u")):
        release = a_release("Words.")
        publish(way, release)
        changed = replace(release, parts=(replace(release.parts[0], text="Other."),))
        assert isinstance(publish(way, changed), Refused)


def outgoing(release: Release) -> Outgoing:
    """A Release is what find and recall take: the checker says so."""
    return release
