"""Which programs work on a database now, by their signs of life."""

from datetime import timedelta

from sqlmodel import select

from content.errors import Refusal
from content.organisation import Heartbeat
from content.store import Store, wall

SILENT = timedelta(seconds=30)


def refuse_running(store: Store, code: str, why: str) -> None:
    """Refuses while any program gave a sign of life within half a minute."""
    with store.read() as session:
        at = wall(session)
        awake = sorted(row.name for row in session.exec(select(Heartbeat)) if at - row.at <= SILENT)
    if awake:
        raise Refusal(
            code, f"{', '.join(awake)} still runs. {why}", "Stop every program, wait half a minute, try again."
        )
