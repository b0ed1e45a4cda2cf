"""Of what somebody looks for rows in the record: by the name that pages show, or by the number that a row holds."""

from typing import Any

from sqlalchemy import ColumnElement, String, cast, union_all
from sqlmodel import Session, col, select

from content import people
from content.campaign import Campaign
from content.errors import Refusal
from content.lifecycle import Post
from content.message import Version, version_of
from content.message_history import message_of
from content.narrative import narrative_of
from content.organisation import Account, ours
from content.record import Record
from content.review import Clearance

MESSAGE = "message"  # no row is of a message itself: of its versions, their clearances and its posts
_WHOLE = 64  # signs of a digest


def rows_of(session: Session, subject: str, named: str) -> ColumnElement[bool]:
    """Which rows those are. Raises Refusal `record.subject` and that of whatever has no such name."""
    if named and not subject:
        raise Refusal("record.subject", "A number alone names nothing.", "Say of what: a post, a version …")
    if subject == MESSAGE:
        return _of_message(session, named)
    kind = col(Record.subject) == subject
    return kind & (col(Record.subject_id) == _number(session, subject, named)) if named else kind


def _number(session: Session, subject: str, named: str) -> str:
    """What a row holds of it: a number as it stands, since rows show them; a name's own number."""
    if named.isdigit() and subject != "version":
        return named
    match subject:
        case "version":
            return named if len(named) == _WHOLE else version_of(session, named).digest
        case "narrative":
            return str(narrative_of(session, named).id)
        case "person":
            return str(people.by_ref(session, named).id)
        case "account":
            return str(_key(session, Account, "account.none", "account", named))
        case "campaign":
            return str(_key(session, Campaign, "campaign.none", "campaign", named))
        case _:
            return named


def _key(session: Session, table: Any, code: str, kind: str, ref: str) -> int:
    found: int | None = session.exec(select(table.id).where(table.organisation_id == ours(), table.ref == ref)).first()
    if found is None:
        raise Refusal(code, f"There is no {kind} {ref[:64]}.", "Look at its spelling.")
    return found


def _of_message(session: Session, ref: str) -> ColumnElement[bool]:
    """All that happened to its versions, their clearances and its posts, each by its index."""
    if not ref:
        raise Refusal("record.subject", "It is not said which message.", "Give its name as pages show it: M-14.")
    key = message_of(session, ref).id
    digests = select(Version.digest).where(Version.message_id == key)
    clearances = select(cast(Clearance.id, String)).where(col(Clearance.digest).in_(digests))
    posts = select(cast(Post.id, String)).where(Post.message_id == key)
    parts = {"version": digests, "clearance": clearances, "post": posts}
    found = (
        select(Record.id).where(Record.subject == subject, col(Record.subject_id).in_(ids))
        for subject, ids in parts.items()
    )
    return col(Record.id).in_(union_all(*found))
