"""`counterpoint doctor`: what is ready and what is not, each with the next step."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from sqlalchemy.exc import OperationalError

from cli.broker import alive, answers
from cli.printing import say_json
from cli.session import As, AsJson, acting
from content import arming, readiness
from content.keys import Keys
from content.migrations import current, newest
from content.readiness import Found, inside
from content.settings import Settings, settings
from content.store import Store


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("doctor")(doctor)


def doctor(
    arm: Annotated[bool, typer.Option("--arm", help="Let it publish outside, once all is ready; two people.")] = False,
    name: As = "",
    as_json: AsJson = False,
) -> None:
    """Say what is ready and what is not, each with what to do next. Exit code 1 while anything is not."""
    found = list(looks(settings()))
    if arm:
        _arm(found, name)
        return
    for one in found:
        if as_json:
            say_json({"name": one.name, "ready": one.ready, "message": one.message, "todo": one.todo})
        else:
            typer.echo(
                f"{'ready' if one.ready else 'NOT YET':8} {one.name}: {' '.join((one.message, one.todo)).strip()}"
            )
    if not all(one.ready for one in found):
        raise typer.Exit(1)


def _arm(found: list[Found], name: str) -> None:
    """Refuses while anything else is not ready."""
    readiness.refuse_unready(found)
    with acting(name) as (session, person):
        armed = arming.arm(session, person)
    typer.echo("armed" if armed else "one has said so; a second person must run it too")


def looks(told: Settings) -> Iterator[Found]:
    """Every look, from the outside in; what cannot be seen yet is left out."""
    yield readiness.variables()
    made = readiness.kept_keys(told)
    yield made if isinstance(made, Found) else Found("keys", True, f"The keys are in {told.keys}.")
    yield _broker(told)
    store = Store(told.database, made if isinstance(made, Keys) else None)
    try:
        schema = _schema(store)
        yield schema
        if schema.ready:
            with store.read() as session:
                yield from inside(session, told)
    finally:
        store.close()


def _schema(store: Store) -> Found:
    if store.sqlite and not _file_exists(store):
        return Found("schema", False, "There is no database yet.", "Run `counterpoint init`.")
    try:
        found = current(store)
    except OperationalError:
        return Found("schema", False, "The database does not answer.", "Check DATABASE_URL, and that it is running.")
    if found == newest():
        return Found("schema", True, f"The database stands at {found}, as this program expects.")
    todo = "Run `counterpoint migrate`." if found else "Run `counterpoint init`."
    return Found("schema", False, f"The database stands at {found or 'nothing'}, not at {newest()}.", todo)


def _file_exists(store: Store) -> bool:
    """Looked up first: opening a SQLite database would make an empty one."""
    name = store.engine.url.database
    return bool(name) and Path(str(name)).exists()


def _broker(told: Settings) -> Found:
    if told.embedded_broker:
        ready = alive(told.socket)
        where = f"at {told.socket}"
    else:
        address = urlsplit(told.broker)
        ready = alive(Path(address.path)) if "socket" in address.scheme else answers(address.hostname, address.port)
        where = "at REDIS_URL"
    if ready:
        return Found("broker", True, f"The broker answers {where}.")
    message = f"No broker answers {where}; workers look by themselves, a little later than the second."
    return Found("broker", False, message, "Run `counterpoint up`." if told.embedded_broker else "Check REDIS_URL.")
