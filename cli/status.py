"""`counterpoint status`: how this instance stands and what is wrong with it, read from its rows alone."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Any

import typer

from cli.printing import say_json, say_refused
from cli.session import AsJson
from content import health
from content.alarms import Alarm, alarms, critical, number, span, unread
from content.errors import Refusal
from content.health import Health, Some
from content.migrations import newest
from content.settings import settings

Check = Annotated[bool, typer.Option("--check", help="Exit with code 1 while a critical alarm stands.")]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(status)


def status(check: Check = False, as_json: AsJson = False) -> None:
    """Show the clock, the posts, what is stopped, the record, the programs and every alarm. Within two seconds.

    It asks the database alone: right when every worker, the clock and the broker are dead.
    """
    told = settings()
    store = health.store_of(told.database)
    try:
        found = health.ask(store, schema_expected=newest() or "")
    except Refusal as refusal:
        _cannot(refusal, as_json)
        raise typer.Exit(1) from None
    finally:
        store.close()
    stands = alarms(found)
    if as_json:
        say_json(told_of(found, stands))
    else:
        for line in _lines(found, stands):
            typer.echo(line)
    if check and critical(stands):
        raise typer.Exit(1)


def _cannot(refusal: Refusal, as_json: bool) -> None:
    say_refused(refusal)
    if as_json:
        say_json({"alarms": [asdict(one) for one in unread(refusal)]})


def told_of(found: Health, stands: tuple[Alarm, ...]) -> dict[str, Any]:
    """The figures and the alarms as plain values."""
    return asdict(found) | {"seal_lag": found.seal_lag, "alarms": [asdict(alarm) for alarm in stands]}


def _lines(found: Health, stands: tuple[Alarm, ...]) -> Iterator[str]:
    title = "REHEARSAL" if found.kind == "rehearsal" else "live"
    armed = "armed" if found.armed else f"disarmed ({found.why_disarmed})"
    yield f"{title}, {armed}, {found.at:%Y-%m-%d %H:%M:%S} UTC, schema {found.schema}"
    yield f"posts: {_posts(found)}"
    yield f"stops: {number(found.pauses)} pauses, {number(found.holds)} holds"
    yield f"words: {_some(found.to_format, 'to be formatted')}, {number(found.unevaluated)} to be checked again"
    yield f"record: {found.sealed} rows sealed, {_some(found.unsealed, 'not yet')}; {_journal(found)}"
    awake = ", ".join(f"{one.name} {one.detail} {span(one.age)} ago".replace("  ", " ") for one in found.programs)
    yield f"programs: {awake or 'none has been heard of'}"
    if found.circuits:
        yield f"circuits open: {', '.join(f'{one.account} ({one.code}, {span(one.age)})' for one in found.circuits)}"
    if found.kind == "live":
        yield f"backup: {f'{span(found.backup)} ago' if found.backup is not None else 'never'}"
    late = found.lateness
    if late.number:
        yield f"lateness of the last {late.number}: p50 {late.p50:.2f} s, p95 {late.p95:.2f} s, most {late.most:.2f} s"
    if found.surplus_posts:
        yield f"out once too often, to be recalled: posts {', '.join(map(str, found.surplus_posts))}"
    yield from (f"{alarm.level.upper():8} {alarm.message} {alarm.todo} [{alarm.code}]" for alarm in stands)
    if not stands:
        yield "no alarm stands"


def _posts(found: Health) -> str:
    figures = [f"{number(found.scheduled)} scheduled", _some(found.due, "due and unclaimed")]
    if found.kept_back:
        figures.append(f"{number(found.kept_back)} due and kept back by their account's pace")
    named = {
        "uncertain": found.uncertain,
        "blocked": found.blocked,
        "to be posted by hand": found.postings,
        "recalling": found.recalling,
        "to be taken down by hand": found.takedowns,
        "not to be recalled by program": found.recall_impossible,
        "expired in 24 h": found.expired,
        "failed in 24 h": found.failed,
    }
    return ", ".join(figures + [_some(some, name) for name, some in named.items() if some.number])


def _some(some: Some, name: str) -> str:
    oldest = f" (the oldest {span(some.oldest)})" if some.oldest is not None else ""
    return f"{number(some.number)} {name}{oldest}"


def _journal(found: Health) -> str:
    if found.journal_behind is None:
        return "no journal was begun"
    return f"the journal is {span(found.journal_behind)} behind" if found.journal_behind else "the journal has it all"
