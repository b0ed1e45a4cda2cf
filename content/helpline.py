"""A helpline stands in a text only while somebody has tried it lately and it answered."""

from sqlmodel import Session, col, select

from content.block import Block, HelplineCheck
from content.errors import Refusal
from content.people import Person, require
from content.record import Step, by, write
from content.store import now

WHO = ("author", "translator", "content", "safeguarding", "keeper", "operator")


def verify(session: Session, person: Person, ref: str) -> HelplineCheck:
    """Writes down that somebody tried the newest version of this helpline and it answered. Raises `helpline.none`."""
    at = now(session)
    require(session, person, at, *WHO)
    statement = select(Block).where(Block.ref == ref, Block.kind == "helpline").order_by(col(Block.number).desc())
    found = session.exec(statement).first()
    if found is None:
        raise Refusal("helpline.none", f"There is no helpline {ref[:64]}.", "`counterpoint helpline list` shows them.")
    check = HelplineCheck(block_id=found.id or 0, by=person.id or 0, at=at)
    session.add(check)
    session.flush()
    write(session, Step(by(person.id), "helpline.verify", "block", found.id or 0, {"check": check.id}), at=at)
    return check
