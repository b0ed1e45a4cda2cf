"""`counterpoint check`: what the checks find in cases given as JSON lines, plain records without a database; and with
`--shadow` what other rules would change for the words of the last days.
"""

import gc
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from cli.printing import say_json, say_table
from content.errors import Refusal

Cases = Annotated[
    Path | None, typer.Option("--cases", metavar="FILE", help="JSON lines, one case each; - reads standard input.")
]
Proposed = Annotated[
    Path | None, typer.Option("--shadow", metavar="FILE", help="Proposed rules as JSON: what would they change here?")
]
AsJson = Annotated[bool, typer.Option("--json", help="With --shadow: print JSON, one record a line.")]
Days = Annotated[int, typer.Option("--days", min=1, max=3650, help="With --shadow: how far to look back.")]

Keep = Annotated[
    bool, typer.Option("--keep", help="With --shadow: keep what it found; the desk's page of rules shows the last.")
]
As = Annotated[str, typer.Option("--as", help="With --keep: who acts. Default: COUNTERPOINT_AS.")]

Answer = Callable[[str], tuple[dict[str, Any], Iterable[str]]]


def register(app: typer.Typer) -> None:
    """Adds `check` to the commands."""
    app.command("check")(check)


def check(
    cases: Cases = None, shadow: Proposed = None, days: Days = 90, keep: Keep = False, as_json: AsJson = False,
    name: As = "",
) -> None:  # fmt: skip
    """Judge texts with the checks of this program's rules, without a database; or try other rules on stored words.

    --cases reads JSON lines {id, text, language, channel, at?, narrative?, campaign?, organisation?} and writes one
    line each: {id, findings, not_evaluated, ms}. Spans are code points in the text. A bad line is named on
    standard error, the good ones are still answered, and the exit code is 1.

    --shadow reads {checks: {ID: on, off, shadow or {sub-code: severity}}, limits: {NAME: number}, lexicons: {NAME:
    {LANGUAGE: {KEY: [more entries]}}}} and judges the words evaluated or published in the last --days twice, by the
    rules of now and by these. It prints what would be newly blocked, newly need a role and newly be free, with the
    checks, and what a check in shadow would find. It writes nothing and shows no words. Facts are left out. With --keep
    what it found is kept, without any words, for those who adopt rules: the page Rules shows the last run.
    """
    if (cases is None) == (shadow is None):
        raise typer.BadParameter("give either --cases or --shadow")
    if shadow is not None:
        _shadow(shadow, days, as_json=as_json, keep=keep, name=name)
    elif cases is not None:
        _cases(cases)


def _cases(cases: Path) -> None:
    from content.checks.case import answer  # slow to load, and other commands must not wait for it
    from content.checks.warm import warm

    warm()
    gc.freeze()  # what was built stays: no collection need ever look through it again
    refused = 0
    told: set[str] = set()  # each key that no check reads is named once
    try:
        with _opened(cases) as file:
            for where, line in _lines(file, cases.name):
                refused += not _answered(answer, where, line, told)
                if str(cases) == "-":  # whoever hands lines over one by one waits for each answer
                    sys.stdout.flush()
    except Refusal as refusal:
        typer.echo(str(refusal), err=True)
        refused += 1
    raise typer.Exit(1 if refused else 0)


def _shadow(path: Path, days: int, *, as_json: bool, keep: bool, name: str) -> None:
    from cli.session import acting, reading  # slow to load, and cases need no database
    from content import shadowing, trial
    from content.checks import proposal
    from content.store import now

    try:
        words = path.read_text("utf-8")
        told = proposal.read(words)
    except (OSError, UnicodeDecodeError):
        raise Refusal(
            "proposal.unreadable", "The file cannot be read.", "Check its name and rights.", path.name
        ) from None
    with reading() as session:
        found = shadowing.shadow(session, told, now(session) - timedelta(days=days))
    if keep:  # in a transaction of its own: nobody waits while the words are judged
        with acting(name) as (session, person):
            trial.keep(session, person, trial.identity(told, words), days, found)
    rows = [{"change": one.kind, "message": one.message, "language": one.language, "number": one.number,
             "role": one.role, "checks": list(one.checks)} for one in found.changes]  # fmt: skip
    if as_json:
        for row in (*rows, {"judged": found.judged, "days": days}):
            say_json(row)
        return
    say_table(f"{found.judged} versions of {days} days", ["change", "message", "version", "role", "checks"],
              [[_SAID[one.kind], one.message, f"{one.language} {one.number}", one.role or "-", ", ".join(one.checks)]
               for one in found.changes])  # fmt: skip
    told_of = (f"{said}: {sum(one.kind == kind for one in found.changes)}" for kind, said in _SAID.items())
    typer.echo("; ".join(told_of) + (". Kept for the page of rules." if keep else ". Nothing was written."))


_SAID = {"blocked": "newly blocked", "needs": "newly needs", "free": "newly free", "watched": "only watched"}


def _answered(answer: Answer, where: str, line: bytes, told: set[str]) -> bool:
    """Writes what the checks say on one line, or why it cannot be read."""
    try:
        answered, unread = answer(_text(line))
    except Refusal as refusal:
        refusal.where = where
        typer.echo(str(refusal), err=True)
        return False
    for key in sorted(set(unread) - told):
        told.add(key)
        typer.echo(f"{where}: No check reads the key {key}; it was passed over. [case.unread]", err=True)
    sys.stdout.write(f"{json.dumps(answered, ensure_ascii=False)}\n")
    return True


def _opened(cases: Path) -> BinaryIO:
    if str(cases) == "-":
        return sys.stdin.buffer
    try:
        return cases.open("rb")
    except OSError as error:
        reason = f"The file cannot be read ({error.strerror})."
        raise Refusal("cases.unreadable", reason, "Check its name and rights.", str(cases)) from None


def _lines(file: BinaryIO, name: str) -> Iterator[tuple[str, bytes]]:
    """The lines that hold something, each with its place; a byte order mark is dropped."""
    for number, line in enumerate(file, start=1):
        line = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if line.strip():
            yield f"{name}:{number}", line


def _text(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        reason = f"Byte {error.start + 1} of this line is no UTF-8."
        raise Refusal("case.encoding", reason, "Save the file as UTF-8.") from None
