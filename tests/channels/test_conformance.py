"""One suite for every channel: once is once, what was sent is found or sent again, what is recalled is gone."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from content.outcome import Absent, Gone, Outgoing, Refused, Sent, Undecidable
from content.release import Release
from tests.channels.letters import a_release
from tests.channels.receiver import SECRET, Receiver
from worker.channels import Channel, Delivery, Look, Undo, Verified, channels
from worker.channels.paper import Paper
from worker.channels.site import Site
from worker.channels.webhook import Webhook
from worker.outbound import Network
from worker.wallet import Given

ARABIC = "قال: \u2067«سلام»\u2069 ثم مضى\u200f."
EMOJI = "A family 👩‍👩‍👧‍👦 and a flag 🇬🇧"


@dataclass
class Tried:
    """A channel, how to address it, and what a reader there sees by key."""

    way: Channel
    letter: Callable[..., Release]
    out: Callable[[], dict[str, str]]


@pytest.fixture(params=["paper", "site", "webhook"])
def tried(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tried]:
    if request.param == "paper":
        yield Tried(Paper(tmp_path), a_release, lambda: on_paper(tmp_path))
    elif request.param == "site":
        yield Tried(Site(tmp_path / "site", tmp_path / "used"), on_site_letter, lambda: on_site(tmp_path / "site"))
    else:
        wallet = Given({"desk": [{"secret": "whsec_" + base64.b64encode(SECRET).decode()}]})
        with Receiver() as receiver:
            way = Webhook(Network([receiver.pair]), wallet)

            def letter(*texts: str, **more: Any) -> Release:
                return a_release(*texts, channel="webhook", identity=receiver.url, **more)

            yield Tried(way, letter, receiver.out)


def on_site_letter(*texts: str, **more: Any) -> Release:
    return a_release(*texts, channel="site", identity="https://house.example.org/stories", **more)


def on_paper(folder: Path) -> dict[str, str]:
    sheets = [json.loads(path.read_bytes()) for path in folder.glob("out/*.json")]
    return {str(number): sheet["text"] for number, sheet in enumerate(sheets)}


def on_site(folder: Path) -> dict[str, str]:
    if not (folder / "desk" / "feed.json").exists():
        return {}
    feed = json.loads((folder / "desk" / "feed.json").read_bytes())
    return {item["id"]: item["content_text"] for item in feed["items"]}


def publish(way: Channel, release: Release) -> Any:
    return way.publish(release, release.parts[0], ())


def test_every_channel_is_on_the_list(tmp_path: Path) -> None:
    from content.settings import load

    assert set(channels(load(home=tmp_path))) == {"paper", "site", "webhook"}


def test_publishing_twice_makes_one_copy(tried: Tried) -> None:
    release = tried.letter("Words.")
    first, second = publish(tried.way, release), publish(tried.way, release)
    assert isinstance(first, Sent)
    assert first == second
    assert list(tried.out().values()) == ["Words."]


def test_publishing_from_many_threads_at_once_makes_one_copy(tried: Tried) -> None:
    release = tried.letter("Words.")
    answers: list[object] = []
    threads = [threading.Thread(target=lambda: answers.append(publish(tried.way, release))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {type(answer) for answer in answers} == {Sent}
    assert list(tried.out().values()) == ["Words."]


def test_killed_after_sending_there_is_one_copy_after_looking(tried: Tried) -> None:
    release = tried.letter("Words.")
    publish(tried.way, release)  # and the process that sent it is gone
    found = tried.way.find(release, release.parts[0])
    if tried.way.caps.find is Look.NONE:
        assert isinstance(found, Undecidable)
        assert tried.way.caps.delivery is Delivery.RECEIVER_DEDUPES
        publish(tried.way, release)  # with the same key
    else:
        assert found == publish(tried.way, release)
    assert list(tried.out().values()) == ["Words."]


def test_what_was_never_sent_is_proven_absent(tried: Tried) -> None:
    release = tried.letter("Words.")
    found = tried.way.find(release, release.parts[0])
    assert isinstance(found, Undecidable if tried.way.caps.find is Look.NONE else Absent)
    assert tried.out() == {}


def test_two_posts_are_two_copies(tried: Tried) -> None:
    publish(tried.way, tried.letter("One."))
    publish(tried.way, tried.letter("Two."))
    assert sorted(tried.out().values()) == ["One.", "Two."]


def test_recalled_twice_it_is_gone(tried: Tried) -> None:
    release = tried.letter("Words.")
    kept = tried.letter("Other words.")
    sent = publish(tried.way, release)
    publish(tried.way, kept)
    remote = sent.parts[0].remote_id
    assert tried.way.caps.recall is Undo.FULL
    assert tried.way.recall(release, release.parts[0], remote) == Gone()
    assert tried.way.recall(release, release.parts[0], remote) == Gone()
    assert list(tried.out().values()) == ["Other words."]


def test_recalling_what_never_went_out_is_gone_and_stays_so(tried: Tried) -> None:
    release = tried.letter("Words.")
    assert tried.way.recall(release, release.parts[0], None) == Gone()
    publish(tried.way, release)  # a call that was still on its way when the recall came
    assert tried.out() == {}


@pytest.mark.parametrize("text", [ARABIC, EMOJI, "A\u200fB\u202bC\u202c\u2066D\u2069"])
def test_the_exact_characters_arrive_bidi_marks_included(tried: Tried, text: str) -> None:
    publish(tried.way, tried.letter(text, language="ar"))
    assert list(tried.out().values()) == [text]


def test_an_account_is_verified_as_the_identity_it_is_pinned_to(tried: Tried) -> None:
    account = tried.letter().account
    assert tried.way.verify(account) == Verified(account.remote_identity)


def test_nothing_but_outbound_opens_a_connection() -> None:
    root = Path(__file__).parents[2] / "worker"
    wanted = ("import socket", "import httpx", "import httpcore", "urllib.request", "http.client", "import requests")
    reach = [p.name for p in root.rglob("*.py") if any(word in p.read_text("utf-8") for word in wanted)]
    # node.py asks for this machine's name; probe.py is called, and calls nobody
    assert sorted(set(reach) - {"node.py", "probe.py"}) == ["outbound.py"]


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
    from dataclasses import replace

    for way in (Paper(tmp_path / "p"), Site(tmp_path / "s", tmp_path / "u")):
        release = a_release("Words.")
        publish(way, release)
        changed = replace(release, parts=(replace(release.parts[0], text="Other."),))
        assert isinstance(publish(way, changed), Refused)


def outgoing(release: Release) -> Outgoing:
    """A Release is what find and recall take: the checker says so."""
    return release
