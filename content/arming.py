"""Arming: two people let an instance publish on channels other than paper and its own site.

A fresh instance, a copy and a restored one are disarmed: what leaves this machine waits for them.
"""

from sqlmodel import Session

from content.errors import Refusal
from content.organisation import Instance
from content.people import Person, require, still
from content.record import Step, by, write
from content.store import Level, Scope, lock, now


def arm(session: Session, person: Person) -> bool:
    """One person's word; the second person's arms the instance. True once it is armed. Raises Refusal `arm.*`."""
    lock(session, [Scope(Level.INSTANCE, 1)], exclusive=True)
    instance = _fresh(session)
    at = now(session)
    require(session, person, at, "instance.arm")
    if instance.armed:
        raise Refusal("arm.done", "The instance is armed already.", "Nothing is left to do.")
    if instance.arm_asked == person.id:
        raise Refusal("arm.second", "You have said so already.", "A second person must say it too.")
    second = still(session, instance.arm_asked, at, "instance.arm")
    instance.armed, instance.arm_asked = second, None if second else person.id
    return _kept(session, instance, by(person.id), "instance.arm")


def disarm(session: Session, actor: str) -> None:
    """Nothing leaves this machine any more until two people arm it again."""
    lock(session, [Scope(Level.INSTANCE, 1)], exclusive=True)
    instance = _fresh(session)
    if instance.armed or instance.arm_asked is not None:
        instance.armed, instance.arm_asked = False, None
        _kept(session, instance, actor, "instance.disarm")


def _fresh(session: Session) -> Instance:
    """The row as it stands after the lock."""
    return session.get_one(Instance, 1, populate_existing=True)


def _kept(session: Session, instance: Instance, actor: str, action: str) -> bool:
    session.add(instance)
    session.flush()
    write(session, Step(actor, action, "instance", 1, {"armed": instance.armed}))
    return instance.armed
