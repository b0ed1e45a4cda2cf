"""What was refused to somebody on the desk, on the record: the verb and the refusal's code, no words of theirs.

A step that did not happen has no row of its own; that somebody tried it is a step, once an hour for each verb and code.
So the record says who tried to judge their own words, and nobody fills it by trying again.
"""

from sqlmodel import select

from content.record import Record, Step, by, write
from content.store import Store, now

KINDS = frozenset({"rights", "verdict"})
MORE = frozenset({
    "account.moved", "account.second", "form.foreign", "form.other", "form.unread", "invitation.off", "message.judged",
    "pause.same", "rules.second",
})  # fmt: skip
SLIPS = frozenset({"verdict.answer", "verdict.no_time", "verdict.reason"})  # of the pen: nobody tried anything


def note(store: Store, person_id: int, verb: str, code: str) -> None:
    """Writes down that this was refused to this person, if it is of a kind that somebody should know of."""
    if code in SLIPS or not (code in MORE or code.partition(".")[0] in KINDS):
        return
    with store.write() as session:
        at = now(session)
        key = f"{person_id}:{verb}:{code}:{at:%Y-%m-%dT%H}"
        known = select(Record.id).where(Record.subject == "refused", Record.subject_id == key)
        if session.exec(known).first() is None:
            write(session, Step(by(person_id), "refused", "refused", key, {"verb": verb, "code": code}), at=at)
