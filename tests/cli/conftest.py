"""A shell on a founded rehearsal: the real command line, on both databases, with everybody's token at hand."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from cli import main, session
from cli.init import keep_token
from content.journal import write_epoch
from content.organisation import the_instance
from content.settings import Settings, settings
from content.store import Store
from tests import factory, snapshots


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass(slots=True)
class Shell:
    """Runs `counterpoint …` in this process; `folder` is a place for files."""

    store: Store
    told: Settings
    folder: Path
    _call: Callable[[tuple[str, ...]], Answer]

    def run(self, *words: str | Path) -> Answer:
        return self._call(tuple(map(str, words)))

    def file(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def rows(self) -> dict[str, int]:
        """How many rows each table holds."""
        with self.store.engine.connect() as connection:
            names = [name for name in sa.inspect(connection).get_table_names() if name != "legal_move"]
            return {name: connection.scalar(sa.text(f'SELECT count(*) FROM "{name}"')) or 0 for name in names}


@pytest.fixture
def shell(
    request: pytest.FixtureRequest,
    db: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Shell]:
    monkeypatch.setenv("DATABASE_URL", db)
    settings.cache_clear()
    session.opened.cache_clear()
    told = settings()
    told.make_folders()
    _write_keys(told.keys)
    folder = tmp_path / "files"
    folder.mkdir()
    with factory.opened(db) as store:
        _found(store, told, "sample" if "sampled" in request.fixturenames else "founded")

        def call(words: tuple[str, ...]) -> Answer:
            monkeypatch.setattr("sys.argv", ["counterpoint", *words])
            capsys.readouterr()
            with pytest.raises(SystemExit) as ended:
                main.main()
            said = capsys.readouterr()
            return Answer(int(ended.value.code or 0), said.out, said.err)

        yield Shell(store, told, folder, call)
    if session.opened.cache_info().currsize:
        session.opened().close()
    session.opened.cache_clear()
    told.runtime.rmdir()


@pytest.fixture
def sampled(shell: Shell) -> Shell:
    """The shell after `import --sample --as kim`: imported once in a run for each kind of database, then copied."""
    if not snapshots.restore(shell.store, "sample"):
        assert shell.run("import", "--sample", "--as", "kim").code == 0
        snapshots.keep(shell.store, "sample")
    return shell


_TOKENS: dict[bool, dict[str, str]] = {}  # everybody's, in the founded database of SQLite and in PostgreSQL's


def _found(store: Store, told: Settings, kind: str) -> None:
    """Founds an instance, once in a run for each kind of database; then it is copied, and so is what stands outside."""
    if not any(snapshots.restore(store, one) for one in (kind, "founded")):
        with store.write() as writing:
            _TOKENS[store.sqlite], _ = factory.founded(writing)
        snapshots.keep(store, "founded")
    with store.read() as reading:
        epoch = the_instance(reading).epoch
    write_epoch(told.journal, epoch)
    for ref, token in _TOKENS[store.sqlite].items():
        keep_token(told.home, ref, token)


def _write_keys(folder: Path) -> None:
    keys = factory.KEYS
    named = {"record.key": keys.record, "terms.key": keys.terms, "fields.key": keys.fields}
    for name, value in (named | {"keeper.pub": keys.keeper_public}).items():
        (folder / name).write_bytes(b64encode(value))
        (folder / name).chmod(0o600)
