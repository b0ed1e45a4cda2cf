"""What is loaded passes the gate, but for what was planted; the guards stand while anything is measured."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, func, select

from content.audit import verified
from content.gate import Stood, judge
from content.lifecycle import Post, PostHistory
from content.message import Version
from content.organisation import raise_epoch
from content.people import Person
from content.record import Record
from content.settings import load as settings_of
from content.store import Store, now
from tests import shortcuts, snapshots
from worker.bench import burst, rows
from worker.bench.load import keyed, load
from worker.bench.plan import Size
from worker.bench.posts import BIG

pytestmark = pytest.mark.wide
SIZE = Size(pending=70, due=20, rounds=2, finished=30, narratives=50, accounts=50, loose=3)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all: what is loaded bears its keys' marks."""
    return tmp_path_factory.mktemp("bench")


@pytest.fixture
def loaded(blank_db: str, home: Path) -> Iterator[Store]:
    """Loaded once for each kind of database, then copied."""
    told = settings_of(home=home, database_url=blank_db)
    store = keyed(told)
    if not snapshots.restore(store, "bench"):
        load(store, told, SIZE)
        snapshots.keep(store, "bench")
    yield store
    store.close()


def _people(store: Store) -> dict[str, Person]:
    with store.read() as session:
        return {one.ref: one for one in session.exec(select(Person))}


def test_every_post_of_a_burst_passes_but_those_that_were_planted(loaded: Store) -> None:
    posts = SIZE.burst(1)
    burst.set_due(loaded, _people(loaded), SIZE, posts, 1.0)
    with loaded.write() as session:
        session.execute(text("UPDATE post SET due_at = :at WHERE id BETWEEN 21 AND 40"), {"at": now(session)})
    with loaded.read() as session:
        found = session.exec(select(Post).where(col(Post.id).between(posts[0], posts[-1]))).all()
        answers = judge(session, found, now(session))
    codes = Counter((SIZE.kind(key), one.code if isinstance(one, Stood) else "") for key, one in answers.items())
    assert codes == {
        (None, ""): 15,
        ("withdrawn", "consent-withdrawn"): 1,
        ("held", "hold-window"): 1,
        ("digest", "version.changed"): 1,
        ("cap", "frequency-cap"): 1,
        ("revoked", "clearance.revoked"): 1,
    }


def test_the_checks_find_nothing_in_the_words(loaded: Store) -> None:
    with loaded.write() as session:
        raise_epoch(session, 1)
        found = shortcuts.evaluate(session, session.exec(select(Version).where(Version.id == 45)).one(), now(session))
    assert (found.answers, found.blocks, found.tier) == ([], 0, 2)


def test_as_many_posts_are_loaded_as_were_asked_for(loaded: Store) -> None:
    with loaded.read() as session:
        found = session.exec(select(Post.state, func.count()).group_by(col(Post.state))).all()
        history = session.exec(select(func.count()).select_from(PostHistory)).one()
    assert {str(state): number for state, number in found} == {"scheduled": 40 + 1 + 70, "published": 30 + 2}
    assert history == 111 + 4 * 32


def test_the_guards_are_back(loaded: Store) -> None:
    assert len(rows.guards(loaded)) > 50
    with pytest.raises(IntegrityError, match="never deleted"), loaded.write() as session:
        session.execute(text("DELETE FROM verdict"))


def test_the_record_is_sealed_to_its_end_and_verifies(loaded: Store) -> None:
    with loaded.read() as session:
        assert session.exec(select(func.count()).where(col(Record.seq).is_(None))).one() == 0
        wrong = {one.code for one in verified(session, []).problems}
    assert not [code for code in wrong if code.startswith(("chain", "record", "head"))], wrong


def test_indices_that_were_dropped_for_loading_are_back_word_for_word(loaded: Store) -> None:
    before = rows.indices(loaded)
    with rows.bulk(loaded, BIG):
        pass
    assert rows.indices(loaded) == before
    assert {"ix_post_due", "ix_post_look", "uq_post_living"} <= {name for name, _ in before}


def test_unique_indices_stand_while_rows_are_loaded(loaded: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    real, dropped = rows._secondary, list[str]()

    def noted(connection: Any, sqlite: bool, table: str) -> list[tuple[str, str]]:
        found = real(connection, sqlite, table)
        dropped.extend(name for name, _ in found)
        return found

    monkeypatch.setattr(rows, "_secondary", noted)
    with rows.bulk(loaded, BIG):
        pass
    assert "ix_post_due" in dropped
    assert "uq_post_living" not in dropped


def test_an_index_that_is_not_put_back_is_noticed(loaded: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = iter([[("one", "CREATE INDEX one"), ("two", "CREATE INDEX two")], [("one", "CREATE INDEX one")]])
    monkeypatch.setattr(rows, "indices", lambda store: next(seen))
    with pytest.raises(RuntimeError, match="not all back"), rows.bulk(loaded):
        pass


@pytest.mark.parametrize(
    ("value", "copied", "said"),
    [(None, r"\N", "NULL"), (7, "7", "7"), ("it's", "it's", "'it''s'"), ("a\tb\\\n", r"a\tb\\\n", "'a\tb\\\n'")],
)
def test_values_are_written_as_each_database_reads_them(value: object, copied: str, said: str) -> None:
    assert (rows.written(value), rows.literal(value)) == (copied, said)


def test_a_guard_that_is_not_put_back_is_noticed(loaded: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = iter([[("one", "post"), ("two", "post")], [("one", "post")]])
    monkeypatch.setattr(rows, "guards", lambda store: next(seen))
    with pytest.raises(RuntimeError, match="not all back"), rows.bulk(loaded):
        pass
