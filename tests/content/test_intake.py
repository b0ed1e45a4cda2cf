"""What files may propose, and how they are refused: with a code, a file and a line, and nothing stored."""

import csv
import io
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.errors import Refusal, Refusals
from content.intake import Proposal, give_back, give_back_yaml, local_text, parse
from content.intake.from_json import from_json
from content.intake.from_yaml import from_yaml
from content.intake.queueing import times_of, window_of
from content.intake.reading import MAX_BYTES
from content.intake.sheet import COLUMNS

NOW = datetime(2030, 1, 10, 12, tzinfo=UTC)

EMPTY_SCOPE = "channels: [], reach: list, languages: [], territories: [], purposes: [], uses: []"
NARRATIVE = """\
narratives:
- ref: N-90
  theme: brutality
  kind: individual
  display_label: {en: a former member}
  reprisal_risk: high
  legal_exposure: low
  minor_at_events: false
  sources:
  - {ref: gazette, publisher: Gazette, url: 'https://gazette.example.org/1', locator: main text}
  quotes:
  - {ref: q1, text: no more, language: en, original_language: en, is_translation: false, source: gazette}
  passages:
  - ref: en-1
    language: en
    text: A former member said he wanted no more of it.
    quotes: [q1]
"""
MESSAGE = """\
messages:
- ref: M-90
  campaign: C-90
  narrative: N-90
  languages:
    en:
      template: brutality/plain
      passages: [en-1]
      accounts: [site]
      start: 2030-02-01 18:00
      zone: Europe/London
"""
ROW = {
    "ref": "M-1",
    "campaign": "C-90",
    "narrative": "N-90",
    "language": "en",
    "template": "brutality/plain",
    "passages": "en-1 en-2",
    "accounts": "site",
    "zone": "Europe/London",
    "start": "2030-02-01 18:00",
}


class Folder:
    """A folder to write files into and parse them from."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def parse(self, text: str | bytes, name: str = "file.yaml", now: datetime | None = NOW) -> Proposal:
        file = self.path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return parse([file], now)

    def refused(self, text: str | bytes, name: str = "file.yaml") -> list[Refusal]:
        with pytest.raises(Refusals) as caught:
            self.parse(text, name)
        return caught.value.refusals

    def rows(self, *changes: dict[str, str], name: str = "sheet.csv") -> Proposal:
        out = io.StringIO()
        writer = csv.DictWriter(out, [*ROW, *sorted({k for c in changes for k in c} - ROW.keys())])
        writer.writeheader()
        writer.writerows(ROW | change for change in changes)
        return self.parse(out.getvalue(), name)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def only(refusals: list[Refusal]) -> Refusal:
    assert len(refusals) == 1, refusals
    return refusals[0]


def codes(refusals: list[Refusal] | tuple[Refusal, ...]) -> list[str]:
    return sorted(refusal.code for refusal in refusals)


# --- what comes out


def test_a_narrative_is_proposed_with_the_line_it_began_on(folder: Folder) -> None:
    proposal = folder.parse(NARRATIVE)
    item = proposal.narratives[0]
    assert item.where == "file.yaml:2"
    assert item.value.passages[0].text == "A former member said he wanted no more of it."
    assert item.value.family_in_reach is None


def test_a_folder_is_read_whole_and_in_order(folder: Folder) -> None:
    (folder.path / "b").mkdir()
    (folder.path / "b" / "two.yaml").write_text(MESSAGE)
    (folder.path / "one.yaml").write_text(NARRATIVE)
    (folder.path / "notes.txt").write_text("not read")
    proposal = parse([folder.path])
    assert (len(proposal.narratives), len(proposal.messages)) == (1, 1)


def test_json_says_the_same_as_yaml(folder: Folder) -> None:
    value = from_yaml(NARRATIVE, "x")
    proposal = folder.parse(json.dumps(value, indent=1), "file.json")
    assert proposal.narratives[0].value == folder.parse(NARRATIVE).narratives[0].value


@pytest.mark.parametrize("text", ["no", "on", "12:30", "2030-02-01", "0x10", "1_000", "<<", "=", ".inf"])
def test_yaml_words_that_older_readers_change_stay_text(text: str) -> None:
    assert from_yaml(f"key: {text}", "x") == {"key": text}


def test_a_territory_called_no_is_norway(folder: Folder) -> None:
    text = "calendar:\n- {ref: d, territory: NO, name: Day, kind: holiday, yearly: 05-17}\n"
    assert folder.parse(text).calendar[0].value.territory == "NO"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(_JSON, st.sampled_from([None, 2]), st.booleans())
def test_json_is_read_as_json_means_it(value: Any, indent: int | None, plain: bool) -> None:
    assert from_json(json.dumps(value, indent=indent, ensure_ascii=plain), "x") == value


@given(st.text(max_size=60))
def test_no_text_makes_a_reader_fail_but_by_refusing(text: str) -> None:
    for read in (from_json, from_yaml):
        try:
            read(text, "x")
        except Refusal as refusal:
            assert refusal.code.startswith("intake.")


# --- what is wrong with a file


def test_a_file_of_fifty_megabytes_is_refused_without_being_read_whole(folder: Folder) -> None:
    with (folder.path / "big.yaml").open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    with pytest.raises(Refusals) as caught:
        parse([folder.path / "big.yaml"])
    assert codes(caught.value.refusals) == ["intake.too_large"]
    assert MAX_BYTES < 50 * 1024 * 1024


def test_invalid_utf8_is_refused_with_its_line(folder: Folder) -> None:
    refusal = only(folder.refused(b"narratives:\n- ref: N\n  theme: \xff\xfe\n"))
    assert (refusal.code, refusal.where) == ("intake.encoding", "file.yaml:3")


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a: 1\nb: 2\na: 3\n", "intake.duplicate_key", 3),
        ("a: &x [1]\nb: *x\n", "intake.alias", 2),
        ("a: !!python/object:os.system x\n", "intake.tag", 1),
        ("a: [1\nb: 2\n", "intake.syntax", 2),
        ("a: 1\n---\nb: 2\n", "intake.syntax", 2),
        ("a:\n\t- b\n", "intake.syntax", 2),
        ("1: a\n", "intake.key", 1),
        ("? [a]\n: b\n", "intake.key", 1),
        ("[" * 100_000, "intake.depth", 1),
    ],
)
def test_yaml_that_is_more_than_plain_data_is_refused(text: str, code: str, line: int) -> None:
    with pytest.raises(Refusal) as caught:
        from_yaml(text, "x")
    assert (caught.value.code, caught.value.where) == (code, f"x:{line}")


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ('{"a": 1,\n"a": 2}', "intake.duplicate_key", 2),
        ('{"a": 1,\n}', "intake.syntax", 2),
        ("[1,\n2", "intake.syntax", 2),
        ("[01]", "intake.syntax", 1),
        ("[NaN]", "intake.syntax", 1),
        ("['a']", "intake.syntax", 1),
        ('[1]\n"x"', "intake.syntax", 2),
        ('["a\nb"]', "intake.syntax", 1),
        ('["\\ud800"]', "intake.encoding", 1),
        ("[" * 100_000, "intake.depth", 1),
        ("", "intake.syntax", 1),
    ],
)
def test_json_that_is_not_json_is_refused(text: str, code: str, line: int) -> None:
    with pytest.raises(Refusal) as caught:
        from_json(text, "x")
    assert (caught.value.code, caught.value.where) == (code, f"x:{line}")


@pytest.mark.parametrize("name", ["file.docx", "file", "file.py"])
def test_other_kinds_of_file_are_refused(folder: Folder, name: str) -> None:
    assert only(folder.refused("x", name)).code == "intake.kind"


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusals) as caught:
        parse([tmp_path / "none.yaml"])
    assert codes(caught.value.refusals) == ["intake.unreadable"]


# --- what is wrong with the material


def test_an_unknown_field_is_refused_with_the_nearest_known_one(folder: Folder) -> None:
    refusal = only(folder.refused(NARRATIVE.replace("theme:", "themes: [x]\n  theme:")))
    assert (refusal.code, refusal.where) == ("intake.unknown_field", "file.yaml:3")
    assert "`theme`" in refusal.todo


def test_an_unknown_field_deep_inside_is_named_with_its_line(folder: Folder) -> None:
    refusal = only(folder.refused(NARRATIVE.replace("    quotes: [q1]", "    tags: {admits: true}")))
    assert (refusal.code, refusal.where) == ("intake.unknown_field", "file.yaml:17")
    assert "`admits_act`" in refusal.todo


def test_an_unknown_section_is_refused(folder: Folder) -> None:
    refusal = only(folder.refused("narrative:\n- ref: N-1\n"))
    assert refusal.code == "intake.unknown_section"
    assert "narratives" in refusal.todo


def test_every_problem_is_told_at_once(folder: Folder) -> None:
    broken = NARRATIVE.replace("kind: individual", "kind: person").replace("language: en\n", "language: English\n")
    refusals = folder.refused(broken.replace("  reprisal_risk: high\n", ""))
    assert codes(refusals) == ["intake.language", "intake.missing_field", "intake.value"]
    assert all(refusal.todo and refusal.where.startswith("file.yaml:") for refusal in refusals)


def test_good_material_beside_bad_is_not_proposed(folder: Folder) -> None:
    (folder.path / "good.yaml").write_text(NARRATIVE)
    (folder.path / "bad.yaml").write_text("blocks:\n- ref: b\n")
    with pytest.raises(Refusals):
        parse([folder.path])


def test_one_reference_used_twice_names_both_places(folder: Folder) -> None:
    second = NARRATIVE.removeprefix("narratives:\n")
    refusal = only(folder.refused(NARRATIVE + second))
    assert (refusal.code, refusal.where) == ("intake.duplicate", "file.yaml:18")
    assert "file.yaml:2" in refusal.message


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("quotes: [q1]", "quotes: [q2]", "intake.unknown_ref"),
        ("source: gazette", "source: times", "intake.unknown_ref"),
        ("display_label: {en:", "display_label: {fr:", "intake.label"),
        ("quotes: [q1]", "claims: [{text: sixty, source: gazette, locator: p. 1}]", "intake.claim"),
        ("https://gazette", "javascript://gazette", "intake.address"),
        ("minor_at_events: false", "minor_at_events: 'no'", "intake.value"),
        ("ref: N-90", "ref: 90", "intake.value"),
        ("ref: N-90", "ref: ../N-90", "intake.ref"),
        ("text: A former member", 'text: "\\x07" #', "intake.text"),
    ],
)
def test_what_does_not_hold_together_is_refused(folder: Folder, old: str, new: str, code: str) -> None:
    assert only(folder.refused(NARRATIVE.replace(old, new, 1))).code == code


def test_text_is_kept_in_its_composed_spelling(folder: Folder) -> None:
    proposal = folder.parse(NARRATIVE.replace("wanted", "e\u0301tait"))
    assert "\u00e9tait" in proposal.narratives[0].value.passages[0].text


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ("kind: grant", "intake.consent"),
        (f"kind: grant, basis: direct, {EMPTY_SCOPE}", "intake.consent"),
        ("kind: assess", "intake.consent"),
        ("kind: withdraw, channels: [carrier_pigeon]", "format.unknown"),
    ],
)
def test_consent_that_leaves_something_to_guess_is_refused(folder: Folder, fields: str, code: str) -> None:
    assert only(folder.refused(f"consent:\n- {{ref: c, narrative: N-90, {fields}}}\n")).code == code


def test_an_empty_list_allows_nothing_and_is_not_the_same_as_silence(folder: Folder) -> None:
    event = folder.parse("consent:\n- {ref: c, narrative: N-90, kind: narrow, channels: []}\n").consent[0].value
    assert event.channels == ()
    assert event.languages is None


@pytest.mark.parametrize(
    "fields",
    [
        "territories: [GB], languages: [en], phone: '1'",
        "operator: ngo, territories: [GB], languages: [en], phone: '1'",
        "operator: ngo, territories: [GB], languages: [en], hours: daily",
        "operator: ngo, territories: [GB], languages: [en], hours: daily, phone: '2'",
    ],
)
def test_a_helpline_says_who_answers_how_and_when(folder: Folder, fields: str) -> None:
    text = f"blocks:\n- {{ref: h, kind: helpline, language: en, text: Call 1., {fields}}}\n"
    assert only(folder.refused(text)).code == "intake.helpline"


def test_a_campaign_may_not_be_laxer_than_the_defaults(folder: Folder) -> None:
    brief = "goal: g, audience: a, message: m, messenger: w, media: [site], action: c, monitoring: o"
    rest = "purpose: p, languages: [en], territories: [GB], zone: Europe/London, accounts: [site]"
    text = f"campaigns:\n- {{ref: C, name: C, {brief}, {rest}, caps: {{per_narrative_7d: 2}}}}\n"
    assert only(folder.refused(text)).code == "intake.laxer"
    assert folder.parse(text.replace("7d: 2", "30d: 2")).campaigns[0].value.caps.per_narrative_30d == 2


@pytest.mark.parametrize("reach", ["{reach: worldwide, territories: [GB]}", "{reach: fenced}"])
def test_an_account_reaches_what_it_says(folder: Folder, reach: str) -> None:
    base = "ref: a, channel: paper, format: x, name: A, handle: a, remote_identity: 'paper:a', languages: [en]"
    assert only(folder.refused(f"accounts:\n- {{{base}, {reach[1:-1]}}}\n")).code == "intake.reach"


# --- what a file may not say


@pytest.mark.parametrize("key", ["protected_terms", "protected", "real_name", "Protected_Term"])
@pytest.mark.parametrize("place", ["", "- ref: N-90\n  "])
def test_protected_terms_are_refused_and_never_repeated(folder: Folder, key: str, place: str) -> None:
    text = f"narratives:\n{place}{key}: [Zebulon]\n" if place else f"{key}: [Zebulon]\n"
    refusal = only(folder.refused(text))
    assert refusal.code == "intake.protected_terms"
    assert "Zebulon" not in str(refusal)


def test_protected_terms_in_a_message_stop_the_whole_import(folder: Folder) -> None:
    refusals = folder.refused(MESSAGE.replace("narrative: N-90", "narrative: N-90\n  protected_terms: [Zebulon]"))
    assert codes(refusals) == ["intake.protected_terms"]


def test_a_decision_in_a_file_is_nobodys_decision(folder: Folder) -> None:
    text = NARRATIVE.replace("    quotes: [q1]", "    quotes: [q1]\n    cleared_by: [alice, bob]")
    proposal = folder.parse(text.replace("  kind:", "  verified_at: 2030-01-01\n  decided_by: charlie\n  kind:"))
    assert [notice.code for notice in proposal.notices] == ["intake.proposal_only"] * 3
    assert proposal.notices[0].where == "file.yaml:4"
    assert "cleared_by" not in proposal.narratives[0].value.model_dump_json()


def test_a_refusal_never_repeats_the_text_it_refuses(folder: Folder) -> None:
    text = NARRATIVE.replace("kind: individual", "kind: Zebulon").replace("url: 'https:", "url: 'Zebulon:")
    refusals = folder.refused(text.replace("minor_at_events: false", "minor_at_events: Zebulon"))
    assert len(refusals) == 3
    assert not [refusal for refusal in refusals if "Zebulon" in str(refusal)]


# --- messages, one by one


def test_a_bad_message_is_given_back_and_the_good_one_kept(folder: Folder) -> None:
    bad = MESSAGE.removeprefix("messages:\n").replace("M-90", "M-91").replace("template:", "templat:")
    proposal = folder.parse(MESSAGE + bad)
    assert [item.value.ref for item in proposal.messages] == ["M-90"]
    assert codes(proposal.rejected[0].refusals) == ["intake.missing_field", "intake.unknown_field"]
    assert proposal.rejected[0].where == "file.yaml:12"


def test_what_is_given_back_can_be_mended_and_imported(folder: Folder) -> None:
    proposal = folder.parse(MESSAGE.replace("template:", "templat:"))
    text = give_back_yaml(proposal.rejected)
    assert "# file.yaml:" in text
    assert folder.parse(text.replace("templat:", "template:")).messages[0].value.ref == "M-90"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("zone: Europe/London", "zone: Europe/Lundon", "window.zone_unknown"),
        ("start: 2030-02-01 18:00", "start: 2029-02-01 18:00", "window.past"),
        ("start: 2030-02-01 18:00", "start: tomorrow", "window.start_unreadable"),
        ("start: 2030-02-01 18:00", "start: 2030-03-31 01:30", "window.gap"),
        ("start: 2030-02-01 18:00", "start: 2030-10-27 01:30", "window.fold"),
        ("zone: Europe/London", "zone: Europe/London\n      rule: FREQ=SECONDLY", "window.rule_unsupported"),
    ],
)
def test_a_time_that_cannot_be_kept_gives_the_message_back(folder: Folder, old: str, new: str, code: str) -> None:
    proposal = folder.parse(MESSAGE.replace(old, new))
    assert proposal.messages == ()
    assert codes(proposal.rejected[0].refusals) == [code]


def test_a_start_may_count_from_today() -> None:
    assert local_text("+2d 18:30", date(2030, 1, 30)) == "2030-02-01 18:30"
    assert local_text("2030-02-01 18:00", date(2029, 1, 1)) == "2030-02-01 18:00"


def test_the_days_are_counted_in_the_zone_of_the_message(folder: Folder) -> None:
    text = MESSAGE.replace("2030-02-01 18:00", "+1d 08:00").replace("Europe/London", "Pacific/Auckland")
    wording = folder.parse(text).messages[0].value.languages["en"]
    late = datetime(2030, 1, 10, 20, tzinfo=UTC)  # already the 11th in Auckland
    assert times_of(wording, late) == {"start": "2030-01-12 08:00", "zone": "Pacific/Auckland"}
    window = window_of(wording, late)
    assert window is not None and window.not_before == datetime(2030, 1, 11, 19, tzinfo=UTC)


# --- sheets


def test_rows_of_one_message_are_joined_by_its_ref(folder: Folder) -> None:
    proposal = folder.rows({}, {"language": "ar", "passages": "ar-1"})
    message = proposal.messages[0].value
    assert sorted(message.languages) == ["ar", "en"]
    assert message.languages["en"].passages == ("en-1", "en-2")
    assert proposal.rejected == ()


def test_a_sheet_fills_every_field_of_a_message(folder: Folder) -> None:
    row = {"count": "3", "rule": "FREQ=WEEKLY", "hashtags": "#One Two", "connectors": "in_their_words=in-en"}
    wording = folder.rows(row | {"start": "+1d 18:00"}).messages[0].value.languages["en"]
    assert (wording.count, wording.hashtags, wording.start) == (3, ("One", "Two"), "+1d 18:00")
    assert wording.connectors == {"in_their_words": "in-en"}


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "+2d 18:30|calc"])
@pytest.mark.parametrize("column", ["campaign", "start"])
def test_a_cell_that_a_spreadsheet_would_run_is_refused(folder: Folder, cell: str, column: str) -> None:
    proposal = folder.rows({}, {"ref": "M-2", column: cell})
    assert [item.value.ref for item in proposal.messages] == ["M-1"]
    assert codes(proposal.rejected[0].refusals) in (["intake.formula"], ["window.start_unreadable"])
    if not cell.startswith("+2d"):
        assert codes(proposal.rejected[0].refusals) == ["intake.formula"]


def test_bad_rows_come_back_with_their_reasons_and_disarmed(folder: Folder) -> None:
    proposal = folder.rows({"ref": "M-2", "link": "=HYPERLINK(1)"}, {"ref": "M-3", "zone": "Nowhere"})
    rows = list(csv.DictReader(io.StringIO(give_back(proposal.rejected))))
    assert [row["line"] for row in rows] == ["sheet.csv:2", "sheet.csv:3"]
    assert rows[0]["link"] == "'=HYPERLINK(1)"
    assert "[window.zone_unknown]" in rows[1]["problem"]


def test_rows_given_back_can_be_mended_and_imported(folder: Folder) -> None:
    text = give_back(folder.rows({"zone": "Nowhere"}).rejected).replace("Nowhere", "Europe/London", 2)
    rows = list(csv.DictReader(io.StringIO(text)))
    out = io.StringIO()
    writer = csv.DictWriter(out, ["line", "problem", *COLUMNS])
    writer.writeheader()
    writer.writerows(rows)
    assert folder.parse(out.getvalue(), "again.csv").messages[0].value.ref == "M-1"


def test_a_row_that_contradicts_its_message_comes_back(folder: Folder) -> None:
    proposal = folder.rows({}, {"language": "fr", "narrative": "N-91"}, {"language": "en"})
    assert [codes(entry.refusals) for entry in proposal.rejected] == [["intake.contradiction"], ["intake.duplicate"]]
    assert list(proposal.messages[0].value.languages) == ["en"]


def test_a_row_with_a_time_that_has_passed_comes_back_alone(folder: Folder) -> None:
    proposal = folder.rows({}, {"language": "fr", "start": "2020-01-01 10:00"})
    assert list(proposal.messages[0].value.languages) == ["en"]
    assert codes(proposal.rejected[0].refusals) == ["window.past"]


def test_a_message_in_two_files_is_kept_once(folder: Folder) -> None:
    (folder.path / "a.yaml").write_text(MESSAGE.replace("M-90", "M-1"))
    out = io.StringIO()
    writer = csv.DictWriter(out, list(ROW))
    writer.writeheader()
    writer.writerow(ROW)
    (folder.path / "b.csv").write_text(out.getvalue())
    proposal = parse([folder.path], NOW)
    assert len(proposal.messages) == 1
    assert codes(proposal.rejected[0].refusals) == ["intake.duplicate"]
    assert proposal.rejected[0].row["campaign"] == "C-90"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "intake.empty"),
        ("ref,campaign\n", "intake.missing_column"),
        (",".join([*ROW, "colour"]) + "\n", "intake.unknown_column"),
        (",".join([*ROW, "ref"]) + "\n", "intake.duplicate_column"),
        (",".join(ROW) + '\n"M-1,x\n', "intake.syntax"),
    ],
)
def test_a_sheet_with_a_wrong_first_row_is_refused_whole(folder: Folder, text: str, code: str) -> None:
    assert code in codes(folder.refused(text, "sheet.csv"))


def test_a_row_may_choose_one_side_of_an_hour_that_comes_twice(folder: Folder) -> None:
    proposal = folder.rows({"start": "2030-10-27 01:30", "fold": "1"})
    assert proposal.messages[0].value.languages["en"].fold == 1


def test_a_row_with_too_many_cells_comes_back(folder: Folder) -> None:
    text = ",".join(ROW) + "\n" + ",".join([*ROW.values(), "more"]) + "\n"
    assert codes(folder.parse(text, "sheet.csv").rejected[0].refusals) == ["intake.cells"]


def test_a_sheet_with_semicolons_is_read_too(folder: Folder) -> None:
    text = ";".join(ROW) + "\n" + ";".join(ROW.values()) + "\n"
    assert folder.parse(text, "sheet.csv").messages[0].value.ref == "M-1"
