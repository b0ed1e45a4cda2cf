"""What was refused to somebody on the desk, on the record: the verb and the refusal's code, no words of theirs.

A step that did not happen has no row of its own; that somebody tried it is a step, once an hour for each verb and code.
So the record says who tried to judge their own words, and nobody fills it by trying again.
"""

from sqlmodel import select

from content.record import Record, Step, by, write
from content.store import Store, now

KINDS = frozenset({"rights", "verdict"})
MORE = frozenset({
    "account.moved", "account.second", "clearing.twice", "decision.twice", "form.foreign", "form.old", "form.other",
    "form.unread", "go.own", "invitation.off", "message.judged", "pause.same", "rules.second", "taking.own",
})  # fmt: skip
NOTHING = frozenset({"none", "unknown"})  # no such thing, or another organisation's
SLIPS = frozenset({"verdict.answer", "verdict.no_time", "verdict.reason"})  # of the pen: nobody tried anything


def note(store: Store, person_id: int, verb: str, code: str, *, act: bool = True) -> None:
    """Writes down that this was refused to this person, if it is of a kind that somebody should know of.

    act: they sent a form; what names nothing that is there counts then alone, for an old address is anybody's.
    """
    kind, _, last = code.partition(".")
    if code in SLIPS or not (code in MORE or kind in KINDS or (act and last in NOTHING)):
        return
    with store.write() as session:
        at = now(session)
        key = f"{person_id}:{verb}:{code}:{at:%Y-%m-%dT%H}"
        known = select(Record.id).where(Record.subject == "refused", Record.subject_id == key)
        if session.exec(known).first() is None:
            write(session, Step(by(person_id), "refused", "refused", key, {"verb": verb, "code": code}), at=at)
