"""`counterpoint postings` in a shell: take, posted, confirm; and what is taken down."""

import hashlib
import json
from pathlib import Path

import pytest

from tests import factory
from tests.cli.conftest import Shell
from tests.factory import House
from tests.factory.media import ALT, agreed, picture

URL = "https://social.example.org/posts/1"


@pytest.fixture
def house(shell: Shell) -> House:
    made = factory.furnish(shell.store)
    with shell.store.write() as session:
        made.accounts["site"].settings = {"hosts": "social.example.org"}
        session.add(made.accounts["site"])
    return made


def _task(shell: Shell, house: House, state: str, kind: str) -> str:
    with shell.store.write() as session:
        post = factory.brought(session, factory.cleared_post(session, house), state)
        return str(factory.by_hand(session, post, kind).id)


def test_a_post_is_posted_by_hand_in_a_shell(shell: Shell, house: House) -> None:
    task = _task(shell, house, "uncertain", "post")
    assert task in shell.run("postings", "list", "--as", "alice").out
    assert factory.PASSAGE not in shell.run("postings", "show", task, "--as", "alice").out
    assert factory.PASSAGE in shell.run("postings", "take", task, "--as", "alice").out
    assert factory.PASSAGE not in shell.run("postings", "show", task, "--as", "bob").out
    assert "[posting.yours]" in shell.run("postings", "posted", task, URL, "--as", "bob").err
    assert "to be looked at" in shell.run("postings", "posted", task, URL, "--as", "alice").out
    assert "[rights.role]" in shell.run("postings", "confirm", task, "--as", "alice").err
    assert f"task {task} is confirmed" in shell.run("postings", "confirm", task, "--as", "bob").out


def test_a_task_is_json(shell: Shell, house: House) -> None:
    task = _task(shell, house, "uncertain", "post")
    shell.run("postings", "hand", task, "--to", "tom", "--as", "alice")
    told = json.loads(shell.run("postings", "list", "all", "--json", "--as", "bob").out)
    assert (str(told["number"]), told["kind"], told["state"], told["assignee"]) == (task, "post", "open", "tom")
    found = json.loads(shell.run("postings", "take", task, "--json", "--as", "tom").out)
    assert found["pieces"][0]["text"] == factory.PASSAGE


def test_nobody_will_post_it(shell: Shell, house: House) -> None:
    task = _task(shell, house, "uncertain", "post")
    assert "nothing of it was posted" in shell.run("postings", "unposted", task, "--as", "alice").out


def test_a_copy_is_taken_down_by_hand_in_a_shell(shell: Shell, house: House) -> None:
    task = _task(shell, house, "recalling", "recall")
    assert "to be looked at" in shell.run("postings", "deleted", task, "--as", "tom").out
    assert f"task {task} is open" in shell.run("postings", "confirm", task, "--no", "--as", "bob").out


def test_the_files_are_saved_in_order_beside_their_captions(shell: Shell, house: House, tmp_path: Path) -> None:
    shell.store.media = shell.told.media
    vtt = "WEBVTT\n\n00:00.000 --> 00:02.000\nThey said it was a war.\n"
    with shell.store.write() as session:
        agreed(session, house)
        shown = [picture(session, house, kind="video", captions=vtt), picture(session, house)]
        post = factory.brought(session, factory.cleared_post(session, house, shows=shown), "uncertain")
        task = str(factory.by_hand(session, post).id)
    folder = tmp_path / "to-post"
    shell.run("postings", "show", task, "--save", str(folder), "--as", "alice")
    assert not folder.exists()
    told = shell.run("postings", "take", task, "--save", str(folder), "--as", "alice").out
    names = [one.files[0].name for one in shown]
    assert told.index(names[0]) < told.index(names[1]) < told.index(factory.PASSAGE) and ALT in told
    kept = {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in folder.iterdir()}
    vtts = [name for name in kept if name.endswith(".vtt")]
    assert vtts == [f"1-{names[0].removesuffix('.mp4')}.vtt"]
    assert {name: sum_ for name, sum_ in kept.items() if name not in vtts} == {
        f"{number}-{one.files[0].name}": one.files[0].sha256 for number, one in enumerate(shown, 1)
    }
    shell.run("postings", "show", task, "--save", str(tmp_path / "other"), "--as", "bob")
    assert not (tmp_path / "other").exists()
