"""What is late goes back to everybody, and whether people are told now that something needs them.

The first is done everywhere, for it reaches nothing outside. The other is off until a way is set up, and in earnest
only: a rehearsal and a disarmed instance (a restored one, a copy) tell nobody.
"""

import logging
from collections.abc import Callable

from sqlmodel import Session

from content import returning
from content.settings import Settings
from content.store import Store
from worker.held import instance_of, may_call
from worker.node import Node, this_node

log = logging.getLogger("counterpoint.notices")


def look(store: Store, settings: Settings, node: Node | None = None) -> int:
    """Gives back what is late, then sends what is due; returns how many went out."""
    give_back(store)
    ways = (settings.notice_relay, settings.notice_webhook)
    if not any(one.get_secret_value() for one in ways) or not may_call(instance_of(store), ""):
        return 0
    from worker.telling import tell  # fifteen megabytes, which only a worker that tells people needs

    return tell(store, settings, node or this_node())


def give_back(store: Store) -> int:
    """Takes what is late out of the hands in which it is; returns how much that was. One that breaks stops no other."""
    with store.read() as session:
        late = returning.late(session)
    tasks = sum(_one(store, returning.give_back, number) for number in late.tasks)
    return tasks + sum(_one(store, returning.give_back_words, number) for number in late.takings)


def _one(store: Store, act: Callable[[Session, int], bool], number: int) -> bool:
    try:
        with store.write() as session:
            return act(session, number)
    except Exception as error:
        log.warning("notices.not_given_back: %s, number %s", type(error).__name__, number)
        return False
