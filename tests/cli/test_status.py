"""`counterpoint status`: figures and alarms from the rows, quickly, whoever is dead; on both databases."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlmodel import col, update

from content.lifecycle import Post
from content.migrations import newest
from content.organisation import Heartbeat
from content.record import seal
from content.settings import settings
from content.store import wall
from tests import factory
from tests.cli.conftest import Shell
from tests.factory import House


@pytest.fixture
def house(shell: Shell) -> House:
    made = factory.furnish(shell.store)
    with shell.store.write() as session:
        seal(session)
    return made


def awake(shell: Shell) -> None:
    with shell.store.write() as session:
        for name in ("worker", "beat"):
            session.merge(Heartbeat(name=name, at=wall(session), detail="here:1"))


def test_it_tells_how_things_stand_and_every_alarm_with_what_to_do(shell: Shell, house: House) -> None:
    said = shell.run("status")
    assert said.code == 0
    assert said.out.startswith("REHEARSAL, disarmed")
    assert "none has been heard of" in said.out
    assert (
        "CRITICAL No worker is awake: it was never seen. Start one: `counterpoint worker`. [worker.silent]" in said.out
    )


def test_check_fails_while_a_critical_alarm_stands(shell: Shell, house: House) -> None:
    assert shell.run("status", "--check").code == 1
    awake(shell)
    said = shell.run("status", "--check")
    assert said.code == 0, said.out
    assert "no alarm stands" in said.out


def test_json_has_the_figures_and_the_alarms(shell: Shell, house: House) -> None:
    awake(shell)
    told = json.loads(shell.run("status", "--json").out)
    assert (told["kind"], told["schema"], told["due"]) == ("rehearsal", newest(), {"number": 0, "oldest": None})
    assert told["alarms"] == []
    assert {one["name"] for one in told["programs"]} == {"beat", "worker"}


def test_posts_that_are_out_twice_are_named_with_what_to_do(shell: Shell, house: House) -> None:
    with shell.store.write() as session:
        post = factory.brought(session, factory.cleared_post(session, house), "published")
        session.execute(update(Post).where(col(Post.id) == post.id).values(surplus=True))
    said = shell.run("status")
    assert f"to be recalled: posts {post.id}" in said.out
    assert "[post.surplus]" in said.out
    assert f"out once too often: {post.id}. Take them down" in shell.run("doctor").out


def test_a_database_that_is_away_is_said_in_prose(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://someone:s3cret@127.0.0.1:1/none")
    settings.cache_clear()
    said = shell.run("status", "--json")
    assert said.code == 1
    assert "The database does not answer." in said.err
    assert "s3cret" not in said.err + said.out
    assert [alarm["code"] for alarm in json.loads(said.out)["alarms"]] == ["database.away"]


def test_a_broker_that_is_away_or_frozen_holds_nothing_up(
    shell: Shell, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://192.0.2.1:6379/0")
    settings.cache_clear()
    began = time.monotonic()
    assert shell.run("status").code == 0
    assert time.monotonic() - began < 2


def test_where_nothing_was_founded_it_says_so_and_makes_nothing(tmp_path: Path) -> None:
    command = "import sys; sys.argv = ['counterpoint', 'status']; from cli.main import main; main()"
    ended = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, timeout=30)
    assert ended.returncode == 1
    assert "[instance.none]" in ended.stderr
    assert not (tmp_path / "home" / "counterpoint.db").exists()
