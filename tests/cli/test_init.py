"""`init` founds an instance once: keys, five people, tokens that only their owner reads."""

from pathlib import Path

import pytest

from cli import main, session
from content import journal
from content.organisation import the_instance
from content.settings import settings
from content.store import Store

PEOPLE = """
- {ref: alice, name: Alice Example, roles: [author]}
- {ref: bob, name: Bob Example, roles: [content]}
- {ref: carol, name: Carol Example, roles: [content, 'language:ar']}
- {ref: dana, name: Dana Example, roles: [safeguarding]}
- {ref: kim, name: Kim Example, roles: [keeper]}
"""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["counterpoint", *words])
        with pytest.raises(SystemExit) as ended:
            main.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    session.opened.cache_clear()
    yield call
    if session.opened.cache_info().currsize:
        session.opened().close()
    session.opened.cache_clear()


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.yaml"
    path.write_text(PEOPLE, "utf-8")
    return path


def test_an_instance_is_founded_and_everybody_can_act(run, people: Path) -> None:
    code, out, err = run("init", "--people", str(people), "--rehearsal")
    assert (code, err) == (0, "")
    home = settings().home
    private = home.parent / "home-keeper-private.key"
    assert private.stat().st_mode & 0o077 == 0
    for ref in ("alice", "bob", "carol", "dana", "kim"):
        token = home / "tokens" / ref
        assert token.stat().st_mode & 0o077 == 0
        assert token.read_text().strip() not in out
    assert run("rehearse", "+1h", "--as", "kim")[0] == 0


def test_the_epoch_stands_outside_the_database(run, people: Path) -> None:
    run("init", "--people", str(people))
    store = Store(settings().database)
    with store.read() as reading:
        assert journal.read_epoch(settings().journal) == the_instance(reading).epoch
        assert the_instance(reading).kind == "live"
    store.close()


def test_an_instance_is_founded_once(run, people: Path) -> None:
    assert run("init", "--people", str(people))[0] == 0
    code, _, err = run("init", "--people", str(people))
    assert code == 1
    assert "[instance.exists]" in err


def test_four_people_are_too_few_and_the_next_try_works(run, people: Path) -> None:
    few = people.with_name("few.yaml")
    few.write_text("\n".join(PEOPLE.strip().splitlines()[:4]), "utf-8")
    code, _, err = run("init", "--people", str(few))
    assert code == 1
    assert "[people.few]" in err
    assert run("init", "--people", str(people))[0] == 0


def test_people_may_be_named_as_options_and_tokens_printed_once(run) -> None:
    roles = {"a": "author", "b": "content", "c": "content", "d": "safeguarding", "k": "keeper"}
    words = [word for ref, role in roles.items() for word in ("--person", f"{ref}=Somebody {ref}:{role}")]
    code, out, _ = run("init", *words, "--print-tokens")
    assert code == 0
    assert [line.split("\t")[0] for line in out.splitlines()[:5]] == list("abcdk")
    assert not (settings().home / "tokens").exists()


def test_the_keepers_private_half_never_lies_in_the_home_folder(run, people: Path) -> None:
    inside = settings().home / "keeper.key"
    code, _, err = run("init", "--people", str(people), "--keeper-key", str(inside))
    assert code == 1
    assert "[init.keeper_key]" in err
    assert not inside.exists()


@pytest.mark.parametrize("words", ["- {ref: a}", "people: 3", "- [1]", "- {ref: a, name: b, roles: x}", ": :\n-"])
def test_a_file_of_people_that_cannot_be_read_says_what_to_write(run, tmp_path: Path, words: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(words, "utf-8")
    code, _, err = run("init", "--people", str(path))
    assert code == 1
    assert "[init.people]" in err
    assert not (settings().home / "keys").exists()
