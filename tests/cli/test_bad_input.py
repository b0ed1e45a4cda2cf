"""Bad input through the real command line: a clear error, nothing stored, nothing lost, no name in a log."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from sqlmodel import select

from content.message import Version, Wording
from content.narrative import Narrative
from content.sample import FOLDER
from tests.cli.conftest import Shell
from worker import prepare

CANARY = "Zebulon Quillfeather"
NARRATIVE = f"""
narratives:
- ref: N-90
  theme: brutality
  kind: aggregate
  display_label: {{en: former members}}
  summary: {CANARY} told a reporter.
  reprisal_risk: low
  legal_exposure: low
  sources:
  - {{ref: press, publisher: Example Press, year: 2015, url: 'https://press.example.org/a', locator: p. 1}}
  passages:
  - {{ref: en-1, language: en, text: Former members said they had enough of it.}}
  - {{ref: en-s, language: en, kind: stance, text: They left.}}
  source_line: {{en: 'Source: Example Press, 2015.'}}
"""
MESSAGE = """
messages:
- ref: M-1
  campaign: C-EN
  narrative: N-12
  languages:
    en:
      template: quality_of_life/plain
      passages: [en-1]
      stance: en-s
      helpline: helpline-gb-en
      accounts: [site]
      start: +2d 18:30
      zone: Europe/London
"""
ACCOUNT = """
accounts:
- {ref: mine, channel: paper, format: site, name: Ours, handle: ours, remote_identity: 'paper:mine', reach: worldwide,
   languages: [en]}
"""
TEMPLATE = (FOLDER.parents[1] / "templates" / "brutality" / "plain.j2").read_text("utf-8")
COLUMNS = "ref,campaign,narrative,language,template,passages,stance,helpline,accounts,zone,start\n"
ROW = "M-1,C-EN,N-12,en,quality_of_life/plain,en-1,en-s,helpline-gb-en,site,Europe/London,+2d 18:30\n"
QUEUED = (
    "M-2", "--campaign", "C-EN", "--language", "en", "--template", "brutality/plain", "--passage", "en-1",
    "--stance", "en-s", "--helpline", "helpline-gb-en",
)  # fmt: skip
TWICE = NARRATIVE + NARRATIVE.partition("narratives:\n")[2]

# what is wrong -> the file's name, its content, the code, and the words that name the place
WRONG: dict[str, tuple[str, str | bytes, str, str]] = {
    "a wrong zone": ("m.yaml", MESSAGE.replace("Europe/London", "Europe/Lundon"), "window.zone_unknown", "m.yaml:14"),
    "a past time": ("m.yaml", MESSAGE.replace("+2d 18:30", "2019-05-04 18:30"), "window.past", "m.yaml:3"),
    "a gap time": ("m.yaml", MESSAGE.replace("+2d 18:30", "2031-03-30 01:30"), "window.gap", "m.yaml:3"),
    "an unknown channel": ("a.yaml", ACCOUNT.replace("paper,", "carrier,"), "intake.value", "a.yaml:3"),
    "an unknown format": ("a.yaml", ACCOUNT.replace("format: site", "format: papyrus"), "format.unknown", "a.yaml:3"),
    "an unknown account": ("m.yaml", MESSAGE.replace("[site]", "[nowhere]"), "message.account", "m.yaml:3"),
    "a missing passage": ("m.yaml", MESSAGE.replace("[en-1]", "[en-404]"), "message.passage", "m.yaml:3"),
    "a missing narrative": ("m.yaml", MESSAGE.replace("N-12", "N-404"), "message.narrative", "m.yaml:3"),
    "a missing template": ("m.yaml", MESSAGE.replace("/plain", "/fancy"), "message.template", "m.yaml:3"),
    "a duplicate id": ("n.yaml", TWICE, "intake.duplicate", "n.yaml:16"),
    "an unknown field": ("n.yaml", NARRATIVE.replace("kind: agg", "colour: red\n  kind: agg"), "intake.unknown_field",
                         "n.yaml:5"),
    "an unknown section": ("n.yaml", NARRATIVE.replace("tives:", "tors:"), "intake.unknown_section", "n.yaml:2"),
    "invalid UTF-8": ("n.yaml", NARRATIVE.encode() + b"# caf\xe9\n", "intake.encoding", "n.yaml:16"),
    "a formula in a sheet": ("s.csv", COLUMNS + ROW.replace("N-12", "=HYPERLINK(1)"), "intake.formula", "s.csv:2"),
    "a protected name in a file": ("n.yaml", NARRATIVE + f"  real_name: {CANARY}\n", "intake.protected_terms",
                                   "n.yaml:16"),
    "a broken template": ("t/brutality/plain.j2", TEMPLATE + "{% for x in range(9) %}", "template.", "plain.j2:"),
    "a template that calls": ("t/brutality/plain.j2", TEMPLATE + "{{ stance.upper() }}", "template.", "plain.j2:"),
    "no YAML": ("n.yaml", NARRATIVE + "\t: [\n", "intake.syntax", "n.yaml:"),
    "another kind of file": ("n.docx", b"PK", "intake.kind", "n.docx"),
}  # fmt: skip


@pytest.fixture
def desk(sampled: Shell) -> Shell:
    """The shell with the sample's material, and no message yet."""
    return sampled


def test_bad_input_is_refused_with_a_code_and_stores_nothing(desk: Shell) -> None:
    before = desk.rows()
    for what, (name, content, code, where) in WRONG.items():
        path = desk.file(name, content)
        answer = desk.run("import", path, "--as", "alice")
        assert (what, answer.code) == (what, 1)
        assert f"[{code}" in answer.err and where in answer.err, (what, answer.err)
        assert "Traceback" not in answer.err and CANARY not in answer.err + answer.out, what
        assert desk.rows() == before, what
        assert path.read_bytes() == (content if isinstance(content, bytes) else content.encode()), what


@pytest.mark.parametrize("check", [(), ("--check",)])
def test_a_refused_message_is_given_back_and_is_not_lost(desk: Shell, check: tuple[str, ...]) -> None:
    path = desk.file("m.yaml", MESSAGE.replace("[en-1]", "[en-404]"))
    assert desk.run("import", path, "--as", "alice", *check).code == 1
    returned = desk.folder / "m.yaml.rejected.yaml"
    assert returned.exists() is not bool(check)
    assert check or "en-404" in returned.read_text("utf-8")


def test_of_two_messages_with_one_ref_the_second_comes_back(desk: Shell) -> None:
    twice = MESSAGE + MESSAGE.partition("messages:\n")[2].replace("+2d", "+3d")
    answer = desk.run("import", desk.file("m.yaml", twice), "--as", "alice")
    assert (answer.code, "m.yaml:15: " in answer.err, "[intake.duplicate]" in answer.err) == (1, True, True)
    assert "+3d" in (desk.folder / "m.yaml.rejected.yaml").read_text("utf-8")
    assert desk.rows()["wording"] == 1


def test_material_with_one_fault_leaves_out_all_of_it(desk: Shell) -> None:
    before = desk.rows()
    good = desk.file("good.yaml", NARRATIVE)
    answer = desk.run("import", good, desk.file("bad.yaml", ACCOUNT.replace("paper,", "carrier,")), "--as", "kim")
    assert answer.code == 1
    assert desk.rows() == before


def test_words_that_no_format_holds_are_answered_with_the_reason(desk: Shell) -> None:
    """Length is found out where words are made, so the wording is answered, and no version of it exists."""
    long = NARRATIVE.replace("had enough of it.", "had enough " + "and more than enough " * 200 + "of it.")
    text = MESSAGE.replace("N-12", "N-90").replace("quality_of_life", "brutality").replace("[site]", "[instagram-en]")
    assert desk.run("import", desk.file("n.yaml", long), "--as", "kim").code == 0
    assert desk.run("import", desk.file("m.yaml", text), "--as", "alice").code == 0
    prepare.look(desk.store, desk.told)
    with desk.store.read() as session:
        wording = session.exec(select(Wording)).one()
        assert wording.answered_at is not None
        assert [reason["code"] for reason in wording.refused or []] == ["text.too_long"]
        assert session.exec(select(Version)).all() == []
    before = desk.rows()
    told = desk.run("queue", *QUEUED, "--narrative", "N-90", "--account", "instagram-en", "--start", "2031-05-04 18:30",
                    "--zone", "Europe/London", "--check", "--as", "alice")  # fmt: skip
    assert "text.too_long" in told.out + told.err
    assert desk.rows() == before


@pytest.mark.parametrize("_databases", ["sqlite"], indirect=True)
def test_queue_refuses_what_a_file_is_refused_for(desk: Shell) -> None:
    wrong = {
        "window.zone_unknown": ("2031-05-04 18:30", "Europe/Lundon", "site"),
        "window.past": ("2019-05-04 18:30", "Europe/London", "site"),
        "window.gap": ("2031-03-30 01:30", "Europe/London", "site"),
        "message.account": ("2031-05-04 18:30", "Europe/London", "nowhere"),
    }
    before = desk.rows()
    for code, (start, zone, account) in wrong.items():
        answer = desk.run("queue", *QUEUED, "--narrative", "N-12", "--account", account, "--start", start, "--zone",
                          zone, "--as", "alice")  # fmt: skip
        assert (code, answer.code) == (code, 1)
        assert f"[{code}]" in answer.err, answer.err
        assert desk.rows() == before


def test_a_people_name_reaches_no_log_and_no_screen(desk: Shell, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("counterpoint").debug("what is logged is caught")
    said = _said(desk)
    with desk.store.read() as session:
        assert CANARY in session.exec(select(Narrative.summary).where(Narrative.ref == "N-90")).one()
    assert caplog.records
    for word in CANARY.split():
        assert word not in caplog.text and word not in said


def _said(desk: Shell) -> str:
    """What the command line says over material and messages, good and bad, that hold a name."""
    name = CANARY.replace(" ", "_")
    files = {
        "good.yaml": NARRATIVE,
        "changed.yaml": NARRATIVE.replace("had enough", "had had enough"),
        "broken.yaml": NARRATIVE.replace("kind: aggregate", "kind: rumour"),
        "long.yaml": NARRATIVE.replace(CANARY, CANARY * 600),
        "message.yaml": MESSAGE.replace("N-12", "N-90").replace("quality_of_life", "brutality"),
        "link.yaml": MESSAGE + f"      link: 'https://example.org/ {name}'\n",
        "formula.csv": COLUMNS + ROW.replace("N-12", f"={CANARY}"),
    }
    answers = [desk.run("import", desk.file(*file), "--as", who) for file in files.items() for who in ("kim", "alice")]
    prepare.look(desk.store, desk.told)
    answers += [desk.run("doctor"), desk.run("channel", "list")]
    return "".join(answer.out + answer.err for answer in answers)


def _process(*words: str | Path) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-c", "from cli.main import main; main()", *map(str, words)]
    return subprocess.run(program, capture_output=True, text=True, timeout=50, check=False)


@pytest.mark.wide
@pytest.mark.parametrize("_databases", ["sqlite"], indirect=True)
def test_the_program_itself_ends_politely(shell: Shell) -> None:
    """As a process of its own: a file of 50 MB, bytes that are no text, and a wrong option."""
    big = shell.folder / "big.yaml"
    with big.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    before = shell.rows()
    for path, code in ((big, "intake.too_large"), (shell.file("n.yaml", b"\xff\xfe\x00"), "intake.encoding")):
        done = _process("import", path, "--as", "kim")
        assert (done.returncode, done.stdout) == (1, "")
        assert f"[{code}]" in done.stderr and "Traceback" not in done.stderr
    assert _process("import", "--force", "--as", "kim").returncode == 2
    assert shell.rows() == before
