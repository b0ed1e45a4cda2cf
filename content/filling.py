"""Messages without times onto the free slots of their campaign's posting plan, in the order they are given.

A message in one language goes to the first hour at which all its accounts have a slot and room: by the gaps and the
caps, and beside everything that is planned, waits or was just queued, of whichever campaign. It gets all its accounts
or nothing. Whoever fills at the same moment waits, so no hour is given twice. A dry run does all of it and takes it
back.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlmodel import Session, col, select

from content import message as messages
from content.checks.records import Appearance
from content.errors import Refusal
from content.given import among
from content.message import Message, Wording
from content.ordering import Order, planned_window
from content.organisation import Account, ours, the_organisation
from content.people import Person, require
from content.showing import refs_in
from content.slot import campaign_times
from content.spoken import Pair, Taken, Wanted, taken
from content.stock import OUTLINE, Stock, stock
from content.store import now
from content.zone import exact, local_at, offers

MOST = 500  # messages, each in one language, at once
AHEAD = timedelta(weeks=26)  # how far a plan is filled
_ZONES = timedelta(days=1)  # wherever in the world a day is counted
_TIMES = ("rule", "count", "fold", "not_after")
Why = tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """One message in one language. order: with the time it got; at: that time, None where it is refused, see why;
    stands: it stood in the queue already, word for word, and stays where it is."""

    order: Order
    at: datetime | None = None
    stands: bool = False
    why: Why = ()

    @property
    def zone(self) -> str:
        return str(self.order.plan.get("zone") or "UTC")

    @property
    def local(self) -> datetime | None:
        return local_at(self.at, self.zone) if self.at else None


def fill(
    session: Session, person: Person, orders: Sequence[Order], first: str = "", *, check: bool = False
) -> list[Placed]:
    """Queues each at the time its campaign's plan gives it; one with a time of its own keeps that. In the order given.

    first: the first day, in the campaign's zone; tomorrow where left out. check: only say it. What is refused is not
    queued, and takes no slot. Raises Refusal: `rights.role`, `slots.many`, `slots.day`.
    """
    at = now(session)
    require(session, person, at, "message.queue")
    if len(orders) > MOST:
        raise Refusal("slots.many", f"More than {MOST} at once.", "Give them in several files.")
    if not check:
        _lock(session, orders)
    stood = standing(session, [one.message for one in orders])
    found = {n: _told(one, stood[_pair(one)]) for n, one in enumerate(orders) if _stands(one, stood.get(_pair(one)))}
    found |= _unfit(session, person, {n: one for n, one in enumerate(orders) if n not in found}, at)
    left = {n: one for n, one in enumerate(orders) if n not in found}
    placed = _Planner(session, [*left.values()], _day(first), at).place(left) if left else {}
    return [one for _, one in sorted((found | _kept(session, person, placed, check=check)).items())]


def _unfit(session: Session, person: Person, orders: Mapping[int, Order], at: datetime) -> dict[int, Placed]:
    """Those that no time would help, judged with some time before an hour is taken for them."""
    refused = _tried(session, person, [_timed(one, at) for one in orders.values()])
    why = {n: _own_times(orders[n]) + one for n, one in zip(orders, refused, strict=True)}
    return {n: Placed(orders[n], why=one) for n, one in why.items() if one}


def standing(session: Session, refs: Iterable[str]) -> dict[Pair, Wording]:
    """The newest wording of each of these messages in each of its languages."""
    statement = (
        select(Message.ref, Wording)
        .join(Wording, col(Wording.message_id) == col(Message.id))
        .where(Message.organisation_id == ours(), among(Message.ref, "refs", str))
        .order_by(col(Wording.id))
    )
    rows = session.exec(statement, params={"refs": sorted(set(refs))})
    return {(ref, wording.language): wording for ref, wording in rows}


def _stands(order: Order, stood: Wording | None) -> bool:
    """Whether it was queued in these words and for these accounts; one that was refused is tried again."""
    if stood is None or stood.refused:
        return False
    same = stood.choices == dict(order.choices) and stood.accounts == list(dict.fromkeys(order.accounts))
    return same and (not order.plan.get("start") or stood.plan == dict(order.plan))


def _told(order: Order, stood: Wording) -> Placed:
    at = planned_window(stood.plan, stood.queued_at).not_before
    return Placed(replace(order, plan=stood.plan), at, stands=True)


def _lock(session: Session, orders: Iterable[Order]) -> None:
    """Whoever else fills slots of these accounts waits until the commit; nothing that is sent does."""
    refs = {ref for order in orders for ref in order.accounts}
    mine = select(Account.id).where(Account.organisation_id == ours(), among(Account.ref, "refs", str))
    session.exec(mine.order_by(col(Account.id)).with_for_update(key_share=True), params={"refs": sorted(refs)}).all()


def _tried(session: Session, person: Person, orders: Sequence[Order], *, keep: bool = False) -> list[Why]:
    """Why each is refused, found by queueing them; taken back, unless they are to be kept."""
    if not orders:
        return []
    with session.begin_nested() as whole:
        refused = messages.queue_all(session, person, orders)
        if not keep:
            whole.rollback()
    return refused


def _kept(session: Session, person: Person, placed: Mapping[int, Placed], *, check: bool) -> dict[int, Placed]:
    """All of them, those with a time queued at it."""
    timed = [n for n, one in placed.items() if one.at]
    refused = _tried(session, person, [placed[n].order for n in timed], keep=not check)
    late = {n: why for n, why in zip(timed, refused, strict=True) if why}
    return {n: replace(one, at=None, why=late[n]) if n in late else one for n, one in placed.items()}


def _timed(order: Order, at: datetime) -> Order:
    """With some time, where it names none."""
    if order.plan.get("start"):
        return order
    return replace(order, plan={"start": f"{at + timedelta(days=2):%Y-%m-%d %H:%M}", "zone": "UTC"})


def _own_times(order: Order) -> Why:
    if order.plan.get("start") or not any(name in order.plan for name in _TIMES):
        return ()
    why = "It has no start, and yet a rule, a count or an end: a slot is one time."
    return (Refusal("slots.rule", why, "Give a start, or leave the others out.", order.message),)


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        raise Refusal("slots.day", f"“{typed[:20]}” is no day.", "Write it like 2027-03-01.") from None


def _pair(order: Order) -> Pair:
    return order.message, order.language


class _Planner:
    """Who speaks when, the plans' times, and what is given out of them."""

    def __init__(self, session: Session, orders: Sequence[Order], first: date | None, at: datetime) -> None:
        self.session, self.first, self.at = session, first, at
        self.known = _known(session, orders)
        opens = max(at, exact(datetime.combine(first, time.min), "UTC") - _ZONES) if first else at
        self.taken = _taken(session, self.known, orders, opens, opens + AHEAD + 2 * _ZONES)
        self.plans: dict[tuple[str, str], dict[str, dict[datetime, str]]] = {}

    def place(self, orders: Mapping[int, Order]) -> dict[int, Placed]:
        """Those with times of their own first: they cannot give way. The others in turn."""
        found = {n: self._own(one) for n, one in orders.items() if one.plan.get("start")}
        return found | {n: self._slot(one) for n, one in orders.items() if n not in found}

    def _own(self, order: Order) -> Placed:
        at = planned_window(order.plan, self.at).not_before
        self._take(order, at)
        return Placed(order, at)

    def _slot(self, order: Order) -> Placed:
        try:
            times = self._times(order)
        except Refusal as refused:
            return Placed(order, why=(refused,))
        free = (at for at in times if all(self._room(order, ref, at) for ref in order.accounts))
        if (at := next(free, None)) is None:
            return Placed(order, why=(_full(order, len(times)),))
        self._take(order, at)
        return Placed(replace(order, plan=_plan(at, times[at])), at)

    def _times(self, order: Order) -> dict[datetime, str]:
        """The hours at which all its accounts have a slot, each with its zone, in order. Raises Refusal."""
        plan = self._plan_of(order.campaign, order.language)
        if missing := [ref for ref in order.accounts if not plan.get(ref)]:
            raise _none(order, missing)
        common = set.intersection(*(set(plan[ref]) for ref in order.accounts))
        if not common:
            raise _apart(order)
        return {at: plan[order.accounts[0]][at] for at in sorted(common)}

    def _plan_of(self, campaign: str, language: str) -> dict[str, dict[datetime, str]]:
        if (campaign, language) not in self.plans:
            zone = self.known.campaigns[campaign].zone
            first = self.first or local_at(self.at, zone).date() + timedelta(days=1)
            opens = max(self.at, exact(datetime.combine(first, time.min), zone))
            found = campaign_times(self.session, self.known.campaigns[campaign], language, opens, opens + AHEAD)
            self.plans[campaign, language] = found
        return self.plans[campaign, language]

    def _room(self, order: Order, account: str, at: datetime) -> bool:
        return self.taken.room(order, self.known.campaigns[order.campaign], self.known.accounts[account], at)

    def _take(self, order: Order, at: datetime) -> None:
        for ref in order.accounts:
            one = Appearance(order.message, order.narrative, ref, self.known.accounts[ref].format, at)
            self.taken.add(one, self.known.campaigns[order.campaign].id or 0)


def _known(session: Session, orders: Sequence[Order]) -> Stock:
    return stock(
        session, the_organisation(session), campaigns=(one.campaign for one in orders), only=OUTLINE,
        narratives=(one.narrative for one in orders), accounts=(ref for one in orders for ref in one.accounts),
        media=refs_in(one.choices for one in orders),
    )  # fmt: skip


def _taken(session: Session, known: Stock, orders: Sequence[Order], first: datetime, last: datetime) -> Taken:
    accounts = [one.id or 0 for one in known.accounts.values()]
    narratives = [one.id or 0 for one in known.narratives.values()]
    return taken(session, Wanted(accounts, narratives, first, last, frozenset(map(_pair, orders))))


def _plan(at: datetime, zone: str) -> dict[str, str | int]:
    """The time as somebody would have typed it; of an hour that comes twice a slot means the first."""
    local = local_at(at, zone)
    return {"start": f"{local:%Y-%m-%d %H:%M}", "zone": zone} | ({"fold": 0} if offers(local, zone) else {})


def _none(order: Order, missing: Sequence[str]) -> Refusal:
    return Refusal(
        "slots.none",
        f"The plan of {order.campaign} has no slot for “{order.language}” on {', '.join(missing)}.",
        "Put one into the campaign's plan, or give a time.",
        order.message,
    )


def _apart(order: Order) -> Refusal:
    return Refusal(
        "slots.apart",
        f"At no hour have all its accounts a slot: {', '.join(order.accounts)}.",
        "Put slots at one hour into the plan, or queue it under two names.",
        order.message,
    )


def _full(order: Order, times: int) -> Refusal:
    return Refusal(
        "slots.full",
        f"None of the {times} slots of these {AHEAD.days // 7} weeks has room: gaps, caps and what is planned.",
        "Put more slots into the plan, queue fewer, or give a time.",
        order.message,
    )
