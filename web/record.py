"""The record: who did what, searched and in words; verified at a button, and taken home as a file."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Form as Fields
from fastapi import Query
from starlette.responses import Response, StreamingResponse

from content import audit, health, journal
from content.errors import Refusal
from content.record_search import STEPS, Wanted, known, trail_page
from content.record_subject import MESSAGE
from content.settings import settings
from web.asking import Ask, Asking
from web.screen import Form, Screen

screen = Screen()
WHOLE = 20_000  # rows of a record that is verified whole while somebody waits
SUBJECTS = (
    MESSAGE, "post", "version", "clearance", "narrative", "campaign", "consent", "hold", "pause", "person", "role",
    "account", "block", "passage", "template", "term", "denied", "medium", "adoption", "instance", "backup",
)  # fmt: skip


@screen.page("/record", "record.read")
def record(
    ask: Asking, who: str = "", step: str = "", subject: str = "", number: Annotated[str, Query(alias="id")] = "",
    first: Annotated[str, Query(alias="from")] = "", last: Annotated[str, Query(alias="to")] = "", after: str = "",
) -> Response:  # fmt: skip
    typed = {"who": who.strip(), "step": step, "subject": subject, "id": number.strip(), "from": first, "to": last}
    wanted = Wanted(typed["who"], step, subject, typed["id"], _day(first), _day(last))
    with ask.read() as session:
        found = trail_page(session, ask.who.person, wanted, after)
        people = known(session)
    kept = urlencode({name: value for name, value in typed.items() if value})
    return ask.show(
        "record.html", section="record", ask=ask, page=found, typed=typed, kept=kept, people=people, steps=STEPS,
        subjects=SUBJECTS,
    )  # fmt: skip


@screen.act("/record/verify", "record.read")
def verify(ask: Asking, form: Annotated[Form, Fields()]) -> Response:
    """Looks, and writes nothing: the whole record where that takes moments, else its newest rows."""
    rows = health.look(ask.store).sealed
    whole = rows <= WHOLE
    heads = journal.read_heads(settings().journal) if whole else []
    found = audit.verify(ask.store, heads) if whole else audit.verify_newest(ask.store, WHOLE)
    return ask.show("record_verified.html", section="record", ask=ask, found=found, whole=whole, rows=rows)


@screen.page("/record/export", "record.read")
def export(ask: Asking) -> Response:
    name = {"Content-Disposition": 'attachment; filename="record.jsonl"'}
    return StreamingResponse(_pieces(ask), media_type="application/jsonl", headers=name)


def _pieces(ask: Ask) -> Iterator[bytes]:
    yield from audit.exported(ask.store)


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        raise Refusal("record.day", f"“{typed[:20]}” is no day.", "Write it as 2026-11-25.") from None
