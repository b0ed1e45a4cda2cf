"""Protected terms in a shell: hashed anew by the keeper alone, and in clear nowhere, whatever door they came by."""

import io
import json
import logging
from base64 import b64encode
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from cli import protect as command
from content import protected_term
from content.checks.known import protected_terms
from content.keys import load
from content.organisation import Organisation
from content.protect import VERSION, TermIndex, enter
from content.protected_term import ProtectedTerm
from content.record import Record
from content.store import now
from tests import factory
from tests.cli.conftest import Shell
from tests.factory import House

TERM, ARABIC = "Zubeyda Qanariyan", "زبيدة القناريان"
PRIVATE = b64encode(bytes(factory.KEEPER_PRIVATE))


@pytest.fixture
def house(shell: Shell) -> House:
    return factory.furnish(shell.store)


def _given(monkeypatch: pytest.MonkeyPatch, text: str | bytes) -> None:
    raw = text if isinstance(text, bytes) else text.encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))


def _entered(shell: Shell, monkeypatch: pytest.MonkeyPatch, *terms: str) -> None:
    _given(monkeypatch, "\n".join(terms))
    assert shell.run("protect", "N-1", "--as", "kim").code == 0


def _standing(session: Session) -> list[ProtectedTerm]:
    statement = select(ProtectedTerm).where(col(ProtectedTerm.retired_at).is_(None))
    return list(session.exec(statement.order_by(col(ProtectedTerm.id))))


def _index(shell: Shell, house: House) -> TermIndex | None:
    with shell.store.read() as session:
        return protected_terms(session, house.organisation.id or 0)


def _age(shell: Shell, version: int) -> None:
    """One of the stored terms becomes another version's."""
    with shell.store.write() as session:
        row = _standing(session)[0]
        row.hashed = dict(row.hashed) | {"v": version}
        session.add(row)


# --- hashing anew ------------------------------------------------------------------------------------


def test_the_keeper_hashes_all_terms_anew_and_the_old_rows_are_retired(
    shell: Shell, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    _entered(shell, monkeypatch, TERM, ARABIC)
    _age(shell, VERSION + 1)
    with shell.store.read() as session:
        before, epoch = _standing(session), session.get_one(Organisation, house.organisation.id).material_epoch
    answer = shell.run("protect", "--reindex", "--keeper-key", shell.file("private", PRIVATE), "--as", "kim")
    assert (answer.code, answer.out) == (0, "2 protected anew\n"), answer.err
    with shell.store.read() as session:
        rows = session.exec(select(ProtectedTerm).order_by(col(ProtectedTerm.id))).all()
        assert [row.retired_at is None for row in rows] == [False, False, True, True]
        assert [row.hashed for row in rows[:2]] == [row.hashed for row in before]
        assert {row.hashed["v"] for row in rows[2:]} == {VERSION}
        assert [row.narrative_id for row in rows[2:]] == [row.narrative_id for row in before]
        assert session.get_one(Organisation, house.organisation.id).material_epoch == epoch + 1
        step = session.exec(select(Record).where(Record.action == "term.reindex")).one()
        assert json.loads(step.detail) == {"key": "same", "terms": 2, "version": VERSION}
    found = _index(shell, house)
    assert found is not None
    assert found.find("of Zubaida al-Qanarian")


def test_the_private_half_may_come_from_standard_input(
    shell: Shell, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    _entered(shell, monkeypatch, TERM)
    _given(monkeypatch, PRIVATE + b"\n")
    answer = shell.run("protect", "--reindex", "--as", "kim")
    assert (answer.code, answer.out) == (0, "1 protected anew\n")
    assert PRIVATE.decode() not in answer.out + answer.err


def test_a_new_key_is_taken_with_the_terms_and_whoever_holds_the_old_one_blocks(
    shell: Shell, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    _entered(shell, monkeypatch, TERM)
    private = shell.file("private", PRIVATE)
    answer = shell.run("protect", "--reindex", "--new-key", "--keeper-key", private, "--as", "kim")
    assert answer.code == 0, answer.err
    assert "Restart the programs" in answer.out
    taken = load(shell.told.keys).terms
    assert taken != factory.KEYS.terms
    assert not list(shell.told.keys.glob("*.new"))
    assert _index(shell, house) is None  # this store was opened with the old key
    with shell.store.read() as session:
        session.info["keys"] = load(shell.told.keys)
        index = protected_terms(session, house.organisation.id or 0)
        assert index is not None
        assert index.find(TERM)
    assert shell.run("protect", "--alarms", "--as", "kim").code == 0  # commands from here on read the new one


@pytest.mark.parametrize(
    ("who", "code"), [("dana", "rights.role"), ("alice", "rights.role"), ("kim", "protect.private")]
)
def test_nobody_else_and_no_other_key_hashes_anew(
    shell: Shell, house: House, monkeypatch: pytest.MonkeyPatch, who: str, code: str
) -> None:
    _entered(shell, monkeypatch, TERM)
    before = shell.rows()
    given = b64encode(b"x" * 32) if who == "kim" else PRIVATE
    answer = shell.run("protect", "--reindex", "--keeper-key", shell.file("private", given), "--as", who)
    assert (answer.code, f"[{code}]" in answer.err) == (1, True), answer.err
    assert given.decode() not in answer.err
    assert shell.rows() == before


@pytest.mark.parametrize("given", [b"", b"no key at all", b64encode(b"short"), b"\xff\xfe"])
def test_what_is_no_key_is_refused_without_being_repeated(shell: Shell, house: House, given: bytes) -> None:
    answer = shell.run("protect", "--reindex", "--keeper-key", shell.file("private", given), "--as", "kim")
    assert (answer.code, "[protect.private]" in answer.err) == (1, True), answer.err
    assert "no key at all" not in answer.err


def test_one_sealed_copy_that_does_not_open_changes_nothing(
    shell: Shell, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    _entered(shell, monkeypatch, TERM, ARABIC)
    with shell.store.write() as session:
        row = _standing(session)[1]
        row.sealed = b64encode(b"broken").decode()
        session.add(row)
    before = shell.rows()
    answer = shell.run("protect", "--reindex", "--keeper-key", shell.file("private", PRIVATE), "--as", "kim")
    assert (answer.code, "[protect.sealed]" in answer.err) == (1, True), answer.err
    assert shell.rows() == before


def test_terms_of_another_version_are_not_evaluated_and_never_counted_as_absent(
    shell: Shell, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    _entered(shell, monkeypatch, TERM, ARABIC)
    _age(shell, VERSION + 1)
    assert _index(shell, house) is None
    assert "protected terms" in shell.run("doctor").out


# --- in clear nowhere --------------------------------------------------------------------------------


def _disguises() -> dict[str, bytes]:
    """The terms and their words as a file, a log or a dump might hold them."""
    words = [TERM, ARABIC, *TERM.split(), *ARABIC.split()]
    found: dict[str, bytes] = {}
    for word in words:
        for name, text in (("", word), ("lower", word.lower()), ("json", json.dumps(word).strip('"'))):
            found[f"{word} {name}"] = text.encode()
        found[f"{word} utf-16"] = word.encode("utf-16-le")
        found[f"{word} hex"] = word.encode().hex().encode()
        found[f"{word} base64"] = b64encode(word.encode()).rstrip(b"=")[:-1]
    return found


def _clear(told: bytes) -> list[str]:
    low = told.lower()
    return [name for name, form in _disguises().items() if form in told or form.lower() in low]


def _dumped(shell: Shell) -> bytes:
    """Every row of every table as text."""
    with shell.store.engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        return repr(
            [tuple(row) for name in names for row in connection.execute(sa.text(f'SELECT * FROM "{name}"'))]
        ).encode()


def _files(*folders: Path) -> bytes:
    return b"".join(path.read_bytes() for one in folders for path in sorted(one.rglob("*")) if path.is_file())


def _database_files(db: str) -> bytes:
    url = sa.make_url(db)
    if url.get_backend_name() != "sqlite" or not url.database:
        return b""
    path = Path(url.database)
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


def test_a_canary_is_found_by_this_search() -> None:
    for told in (TERM, f'{{"a": "{TERM.lower()}"}}', ARABIC, json.dumps(ARABIC), b64encode(TERM.encode()).decode()):
        assert _clear(told.encode())


def test_a_term_entered_by_command_is_in_clear_nowhere(
    shell: Shell, house: House, db: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = []
    _given(monkeypatch, f"{TERM}\n{ARABIC}\n")
    said.append(shell.run("protect", "N-1", "--as", "kim"))
    typed = iter([TERM, ARABIC, ""])
    monkeypatch.setattr(command, "_typed", lambda: list(iter(lambda: next(typed), "")))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    said.append(shell.run("protect", "N-1", "--as", "kim"))
    monkeypatch.undo()
    monkeypatch.setenv("DATABASE_URL", db)
    said.append(shell.run("protect", "--reindex", "--keeper-key", shell.file("../private", PRIVATE), "--as", "kim"))
    for words in (
        ("status", "--json"), ("doctor",), ("audit", "verify"), ("audit", "export"), ("settings",),
        ("protect", "--alarms", "--as", "kim"), ("backup", shell.folder / "copy", "--as", "kim"),
        ("backup", shell.folder / "other", "--keys", shell.folder / "kit", "--as", "kim"),
    ):  # fmt: skip
        said.append(shell.run(*words))
    told = b"".join((one.out + one.err).encode() for one in said)
    assert not _clear(told)
    assert not _clear(caplog.text.encode())
    assert not _clear(_dumped(shell))
    assert not _clear(_database_files(db))
    assert not _clear(_files(shell.told.home, shell.folder))


def test_a_term_that_is_refused_or_breaks_the_program_is_told_to_nobody(
    shell: Shell, house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    for who, narrative, text in (
        ("alice", "N-1", TERM.encode()), ("kim", "N-404", TERM.encode()), ("kim", "N-1", TERM.encode() + b"\n!!\n"),
        ("kim", "N-1", TERM.encode() + b"\n\xff\xfe"),
    ):  # fmt: skip
        _given(monkeypatch, text)
        answer = shell.run("protect", narrative, "--as", who)
        assert answer.code == 1
        assert not _clear((answer.out + answer.err).encode())
    monkeypatch.setattr(protected_term, "seal", _breaks)
    _given(monkeypatch, TERM)
    with pytest.raises(ZeroDivisionError) as broken:
        shell.run("protect", "N-1", "--as", "kim")
    assert not _clear(str(broken.getrepr(style="native")).encode())
    assert not _clear(caplog.text.encode())
    assert shell.rows()["protected_term"] == 0


def _breaks(*_: object) -> bytes:
    raise ZeroDivisionError("planted")


def test_a_term_that_stands_in_a_file_is_refused_and_not_repeated(
    shell: Shell, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    before = shell.rows()
    for number, text in enumerate((
        f"narratives:\n- ref: N-7\n  protected_terms: ['{TERM}']\n",
        f"protected_terms:\n- '{TERM}'\n",
        f"messages:\n- ref: M-7\n  real_name: {TERM}\n",
        json.dumps({"narratives": [{"ref": "N-7", "true_name": ARABIC}]}),
    )):  # fmt: skip
        file = shell.file(f"{number}.{'json' if text.startswith('{') else 'yaml'}", text)
        answer = shell.run("import", file, "--as", "kim")
        assert "[intake.protected_terms]" in answer.err
        assert not _clear((answer.out + answer.err).encode())
    assert shell.rows() == before
    assert not _clear(_dumped(shell))
    assert not _clear(caplog.text.encode())
    assert not list(shell.folder.glob("*.rejected.*"))


def test_no_answer_to_a_case_repeats_a_protected_term_that_stands_in_its_words(shell: Shell) -> None:
    tag, site = TERM.replace(" ", ""), f"https://{TERM.replace(' ', '-').lower()}.example.org/a"
    texts = (
        f"We met {TERM} there.", f"#{tag} @{tag}", f"Read {site} now.", f"“{TERM} told me everything,” he said.",
        f"{{{{ {TERM} }}}}", f"She is {ARABIC}.", f"TODO {TERM}: all fighters and 58 of {TERM}",
    )  # fmt: skip
    narrative = {
        "protected_terms": [TERM, ARABIC], "kind": "individual", "display_label": {"en": "a former member"},
        "quotes": [{"text": "we were told to wait", "language": "en"}], "claims": [], "sources": [], "passages": [],
    }  # fmt: skip
    rows = [
        {"id": n, "text": text, "language": "en", "channel": "site", "narrative": narrative, "links": [site],
         "organisation": {"allowed_domains": ["example.net"]}, "campaign": {"link_hosts": ["example.net"]}}
        for n, text in enumerate(texts)
    ]  # fmt: skip
    good = shell.run("check", "--cases", shell.file("cases.jsonl", "\n".join(map(json.dumps, rows))))
    assert len(good.out.splitlines()) == len(texts)
    assert all("id-protected-term" in line for line in good.out.splitlines())
    assert not _clear((good.out + good.err).encode())
    wrong = [rows[0] | {"channel": TERM}, rows[0] | {"language": 7}, rows[0] | {"narrative": {"protected_terms": TERM}}]
    bad = shell.run("check", "--cases", shell.file("bad.jsonl", "\n".join(map(json.dumps, wrong[1:]))))
    assert bad.code == 1
    assert not _clear((bad.out + bad.err).encode())


def test_what_is_stored_of_a_term_says_only_how_many_words_it_has(shell: Shell) -> None:
    stored = enter(TERM, factory.KEYS.terms).as_json()
    assert set(stored) == {"v", "key", "variants"}
    assert all(set(one) == {"kind", "tokens", "skeleton", "readings"} for one in stored["variants"])


def test_a_term_met_again_and_again_names_nobody_but_who_wrote(shell: Shell, house: House) -> None:
    with shell.store.write() as session:
        for _ in range(protected_term.ALARM):
            protected_term.hit(session, house.id("alice"), now(session))
    answer = shell.run("protect", "--alarms", "--as", "kim")
    assert answer.out == "alice: 5 times within 30 days\n"
