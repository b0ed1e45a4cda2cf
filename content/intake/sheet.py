"""A CSV sheet of messages: one row is one message in one language. Good rows in, bad rows back."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from content.errors import Refusal, Refusals
from content.intake.marked import MarkedMap
from content.intake.proposal import Item, Rejected
from content.intake.queueing import Message, untimely
from content.intake.refusing import clean, nearest, refusals

NEEDED = ("ref", "campaign", "narrative", "language", "template", "passages", "accounts", "zone")
LISTS = ("passages", "accounts", "hashtags", "media")
WORDS = ("stance", "quote", "connectors", "context", "helpline", "hashtags", "link", "media")
TIMES = ("start", "rule", "count", "fold", "not_after")
COLUMNS = (*NEEDED, "author", "translator", *WORDS, *TIMES)
IGNORED = ("line", "problem")  # written by us into rows given back
_SHARED = ("ref", "campaign", "narrative", "author")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_RELATIVE = ("start", "not_after")
_IN_DAYS = re.compile(r"\+[0-9]{1,3}d [0-9]{1,2}:[0-9]{2}")  # may begin with a plus, and nothing else may


Rows = list[tuple[int, list[str]]]


@dataclass(slots=True)
class Sheet:
    """What a sheet held: messages by ref, joined over their rows, and those rows; and the bad rows."""

    messages: dict[str, Item[Message]] = field(default_factory=dict)
    rows: dict[str, list[Rejected]] = field(default_factory=dict)  # each as it would be given back
    rejected: list[Rejected] = field(default_factory=list)


def from_sheet(text: str, name: str, now: datetime | None = None) -> Sheet:
    """The sheet's messages; `now`, where given, judges their times. Raises Refusals for a wrong header."""
    header, rows = _table(text, name)
    _judge_header(header, name)
    sheet = Sheet()
    for line, cells in rows:
        row = Rejected(f"{name}:{line}", dict(zip(header, cells, strict=False)), ())
        try:
            _take(sheet, row, _message(header, cells, row.where), now)
        except Refusal as problem:
            sheet.rejected.append(replace(row, refusals=(problem,)))
        except Refusals as problems:
            sheet.rejected.append(replace(row, refusals=tuple(problems.refusals)))
    return sheet


def _take(sheet: Sheet, row: Rejected, message: Message, now: datetime | None) -> None:
    late = untimely(message, now, row.where)
    if late:
        raise Refusals(late)
    _join(sheet.messages, message, row.where)
    sheet.rows.setdefault(message.ref, []).append(row)


def give_back(rejected: Sequence[Rejected]) -> str:
    """The bad rows as a sheet with what is wrong in each; a cell that a spreadsheet would run is disarmed."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("line", "problem", *COLUMNS))
    for entry in rejected:
        problem = " ".join(map(str, entry.refusals))
        cells = [_disarmed(column, str(entry.row.get(column, ""))) for column in COLUMNS]
        writer.writerow((entry.where, problem, *cells))
    return out.getvalue()


def _table(text: str, name: str) -> tuple[list[str], Rows]:
    first = text.split("\n", 1)[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = list(_numbered(reader))
    except csv.Error:
        where = f"{name}:{reader.line_num}"
        raise Refusals([Refusal("intake.syntax", "This row is not valid CSV.", "Look at its quotes.", where)]) from None
    if not rows:
        todo = f"Begin with: {','.join(NEEDED)}."
        raise Refusals([Refusal("intake.empty", "The sheet is empty.", todo, name)])
    return [cell.strip().lower() for cell in rows[0][1]], rows[1:]


def _numbered(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the line it begins on."""
    begins = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield begins, cells
        begins = reader.line_num + 1


def _judge_header(header: list[str], name: str) -> None:
    where = f"{name}:1"
    found = [
        _column("unknown", f"There is no column `{clean(column)}`.", nearest(column, COLUMNS), where)
        for column in header
        if column not in (*COLUMNS, *IGNORED)
    ]
    found += [
        _column("missing", f"The column `{column}` is missing.", "Add it to the first row.", where)
        for column in NEEDED
        if column not in header
    ]
    found += [
        _column("duplicate", f"The column `{clean(column)}` stands twice.", "Keep one.", where)
        for column in sorted({column for column in header if header.count(column) > 1})
    ]
    if found:
        raise Refusals(found)


def _column(kind: str, message: str, todo: str, where: str) -> Refusal:
    return Refusal(f"intake.{kind}_column", message, todo, where)


def _message(header: list[str], cells: list[str], where: str) -> Message:
    """The row as a message in one language. Raises Refusals."""
    if len(cells) > len(header):
        problem = "The row has more cells than the first row has columns."
        raise Refusals([Refusal("intake.cells", problem, "Put text with commas in quotes.", where)])
    row = {column: cell for column, cell in zip(header, cells, strict=False) if column in COLUMNS}
    formulas = [_formula(column, where) for column, cell in row.items() if _runs(column, cell)]
    if formulas:
        raise Refusals(formulas)
    filled = {column: cell.strip() for column, cell in row.items() if cell.strip()}
    language = filled.pop("language", "")
    shared = {column: filled.pop(column) for column in _SHARED if column in filled}
    wording = {column: _cell(column, cell) for column, cell in filled.items()}
    return _validated({**shared, "languages": {language: wording}}, where)


def _validated(value: dict[str, Any], where: str) -> Message:
    try:
        return Message.model_validate(value)
    except ValidationError as error:
        found = refusals(error, Message, MarkedMap(0), where)
        for refusal in found:
            refusal.where = where
        raise Refusals(found) from None


def _cell(column: str, cell: str) -> Any:
    if column in LISTS:
        return tuple(cell.split())
    if column == "connectors":
        pairs = (pair.partition("=") for pair in cell.split())
        return {name: ref for name, _, ref in pairs}
    return int(cell) if column in ("count", "fold") and re.fullmatch("[0-9]{1,4}", cell) else cell


def _runs(column: str, cell: str) -> bool:
    """Whether a spreadsheet might run this cell."""
    relative = column in _RELATIVE and _IN_DAYS.fullmatch(cell.strip())
    return (cell.startswith(_FORMULA) or cell.strip().startswith(_FORMULA)) and not relative


def _formula(column: str, where: str) -> Refusal:
    return Refusal(
        "intake.formula",
        f"`{column}` begins as a formula does (= + - @, a tab); a spreadsheet would run it.",
        "Write plain text.",
        where,
    )


def _disarmed(column: str, cell: str) -> str:
    return f"'{cell}" if _runs(column, cell) else cell


def _join(good: dict[str, Item[Message]], row: Message, where: str) -> None:
    """Add the row's language to its message. Raises Refusals where the rows contradict each other."""
    known = good.get(row.ref)
    if known is None:
        good[row.ref] = Item(row, where)
        return
    for column in _SHARED[1:]:
        if getattr(known.value, column) != getattr(row, column):
            problem = f"`{column}` differs from the row of the same message at {known.where}."
            todo = "Make them alike or change the ref."
            raise Refusals([Refusal("intake.contradiction", problem, todo, where)])
    twice = known.value.languages.keys() & row.languages.keys()
    if twice:
        problem = f"Message {row.ref} already has `{min(twice)}`, at {known.where} or below."
        raise Refusals([Refusal("intake.duplicate", problem, "Give this one another ref.", where)])
    languages = {**known.value.languages, **row.languages}
    good[row.ref] = Item(known.value.model_copy(update={"languages": languages}), known.where)
