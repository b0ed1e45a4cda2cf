"""Builds the database that is measured: every post in it has passed all that a post must pass, but for those planted.

Units: one narrative, one account, one message with its version, verdicts and clearance each; unit n has id n in
every table. Posts 1 … due × rounds are the bursts' (unit n's post is post n); the others lie eleven days apart,
as the caps demand, after them (pending) or before (finished).
"""

from collections.abc import Callable, Iterator

from sqlmodel import Session, select

from content import arming, journal, keys, people
from content.migrations import upgrade, waits
from content.organisation import establish
from content.people import Founder, Person
from content.record import seal
from content.settings import Settings
from content.store import Store, now
from content.window import Window, canonical
from worker.bench import material
from worker.bench.plan import APART, Plan, Size
from worker.bench.posts import BIG, fill_first, fill_rest
from worker.bench.rows import Bulk, bulk
from worker.bench.units import fill_units
from worker.bench.waiting import WAITING, fill_waiting

FOUNDERS = (
    Founder("author", "An Author", ("author",)),
    Founder("content", "A Content Reviewer", ("content",)),
    Founder("second", "A Second Content Reviewer", ("content",)),
    Founder("safeguarding", "A Safeguarding Reviewer", ("safeguarding",)),
    Founder("keeper", "A Keeper", ("keeper",)),
    Founder("operator", "An Operator", ("operator",)),
)


def load(store: Store, told: Settings, size: Size, between: Callable[[], object] = lambda: None) -> dict[str, Person]:
    """Migrates the empty database, founds an armed instance in it and fills it; returns the people by ref.

    between: called when ten thousand of the pending posts, or all where there are fewer, are in.
    """
    upgrade(store.url)
    with store.write() as session:
        plan, named = _found(session, told, size)
    with store.write() as session:
        while seal(session):
            pass
    key = store.keys.record if store.keys else b""
    with bulk(store, WAITING) as rows:
        digests = list(_fill(rows, plan))
        fill_waiting(rows, plan, size.waiting)
        fill_first(rows, plan, digests, key)
        rows.run(waits.FILL)
        rows.run(waits.SAY)
        rows.run(waits.FILL_ACCOUNTS)
    between()
    with bulk(store, BIG) as rows:
        fill_rest(rows, plan, digests, key)
    _follow(store, told)
    return named


def _follow(store: Store, told: Settings) -> None:
    """The journal begins where the chain ends: a worker would first write down a million posts that it never sent."""
    with store.read() as session:
        journal.write_heads(session, told.journal, 0)
    head = journal.last_head(told.journal)
    if head is not None:
        with store.write() as session:
            journal.mark(session, head.seq)


def keyed(told: Settings) -> Store:
    """The store of these settings, with new keys where it has none."""
    told.make_folders()
    if not (told.keys / "record.key").exists():
        keys.create(told.keys, told.home / "keeper.private")
    return Store(told.database, keys.load(told.keys), media=told.media)


def _fill(rows: Bulk, plan: Plan) -> Iterator[tuple[str, str]]:
    """The (version's, leaf's) digests, unit by unit."""
    found = [(plan.digest(unit), plan.leaf(unit)) for unit in range(1, plan.size.units + 1)]
    fill_units(rows, plan, found)
    return iter(found)


def _found(session: Session, told: Settings, size: Size) -> tuple[Plan, dict[str, Person]]:
    instance = establish(session, "live")
    _keep(told, people.found(session, FOUNDERS))
    named = {person.ref: person for person in session.exec(select(Person))}
    for ref in ("keeper", "operator"):
        arming.arm(session, named[ref])
    journal.write_epoch(told.journal, instance.epoch)
    organisation, template = material.found(session, named, told.templates)
    at = now(session)
    start = at - (size.behind + 2) * APART
    window = Window(start, at + (size.ahead + 2) * APART, "UTC", start.replace(tzinfo=None, microsecond=0))
    ids = {ref: person.id or 0 for ref, person in named.items()}
    return Plan(size, at, ids, organisation.id or 0, window, template, canonical(window)), named


def _keep(told: Settings, tokens: dict[str, str]) -> None:
    """Where commands on one machine look for them."""
    folder = told.home / "tokens"
    folder.mkdir(mode=0o700, exist_ok=True)
    for ref, token in tokens.items():
        (folder / ref).write_text(token, "utf-8")
