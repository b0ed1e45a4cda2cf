"""Whether people are told now that something needs them: off until a way is set up, and in earnest only.

A rehearsal and a disarmed instance (a restored one, a copy) tell nobody.
"""

from content.settings import Settings
from content.store import Store
from worker.held import instance_of, may_call
from worker.node import Node, this_node


def look(store: Store, settings: Settings, node: Node | None = None) -> int:
    """Sends what is due; returns how many went out."""
    ways = (settings.notice_relay, settings.notice_webhook)
    if not any(one.get_secret_value() for one in ways) or not may_call(instance_of(store), ""):
        return 0
    from worker.telling import tell  # fifteen megabytes, which only a worker that tells people needs

    return tell(store, settings, node or this_node())
