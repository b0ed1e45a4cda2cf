"""The calendar: what goes out when, what stops it, and moving it by the rules of the command line; with undo."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi import Form as Fields
from sqlmodel import Session
from starlette.responses import Response

from content import agenda, day_notes, rescheduling, subscription, zone
from content.agenda import Agenda, Entry, Planned, Speaker, Wish
from content.checks.records import UNCAPPED, Caps
from content.day_notes import Note
from content.errors import Refusal
from content.offered import CHOICES, campaigns
from content.organisation import account_refs, the_organisation
from content.page import place, sign
from content.slot import Free, free
from content.store import now
from web.asking import COOKIE, Ask, Asking
from web.looking import Look, looked, looked_again
from web.screen import Form, Screen
from web.toasts import Undo

screen = Screen()
ZONE = "__Host-zone"
_IN_A_MONTH, _IN_A_LIST = 3, 50  # entries of a day of the month; of a page of the list
_KEPT = 400 * 24 * 3600  # seconds for which a browser remembers where its person is


class MoveForm(Form):
    """start: a whole time, as `read_local` takes it, or day and time; zone: the audience's or one's own; was: when it
    was due as the page showed it; look: the calendar to go back to.
    """

    start: str = ""
    day: str = ""
    time: str = ""
    zone: str = ""
    was: str = ""
    look: str = ""
    undone: str = ""

    @property
    def wanted(self) -> str:
        return self.start or f"{self.day} {self.time}".strip()


class CancelForm(Form):
    look: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """One day as it is shown. hours: where it has not 24 of them; more: entries that are not shown."""

    date: date
    entries: Sequence[Entry]
    notes: Sequence[Note]
    hours: Sequence[tuple[str, float]]
    more: int = 0
    gaps: Sequence[Free] = ()

    def of(self, account: str) -> list[Entry]:
        return [one for one in self.entries if one.account == account]

    def free(self, account: str) -> list[Free]:
        """The times of the posting plan at which the account could still speak on this day."""
        return [one for one in self.gaps if account in one.accounts]

    def full(self, account: Speaker, caps: Caps) -> bool:
        """Whether the account has spoken as often as it may on one day."""
        spoken = {one.message for one in self.of(account.ref) if one.counts}
        return account.format != UNCAPPED and len(spoken) >= caps.per_account_24h


def _looking(request: Request) -> Look:
    return looked(request.query_params)


Looking = Annotated[Look, Depends(_looking)]


@screen.page("/calendar", "plan.read")
def calendar(ask: Asking, look: Looking, zone: str = "") -> Response:
    typed, refused = zone.strip(), _unknown(zone.strip())
    with ask.read() as session:
        here = _here(session, ask, look, "" if refused else typed)
        shown = _shown(session, look, here)
        given = _choices(session) | {"token": subscription.link(session, ask.who.person)}
    told = typed or ask.request.cookies.get(ZONE, "")
    given |= {"refused": refused, "zone": told, "address": _address(ask, str(given["token"]))}
    given |= {"section": "calendar", "ask": ask, "look": look}
    answer = ask.show("calendar.html", 422 if refused else 200, **given, **shown)
    if typed and not refused:
        answer.set_cookie(ZONE, typed, max_age=_KEPT, **COOKIE)
    return answer


@screen.page("/calendar/posts/{number}", "plan.read")
def post(ask: Asking, number: int, look: Looking) -> Response:
    return _post(ask, number, look, MoveForm())


@screen.act("/calendar/posts/{number}/move", "post.plan")
def move(ask: Asking, number: int, form: Annotated[MoveForm, Fields()]) -> Response:
    """Moves a post that is still to go; the page that follows offers to move it back."""
    look = looked_again(form.look)
    try:
        with ask.write() as (session, person):
            before = agenda.planned_at(session, number)
            start = zone.restated(form.wanted, form.zone or before.zone, before.zone)
            moved = rescheduling.reschedule(session, person, number, start, before.zone, _seen(form.was))
            told, day = {"at": moved.due_at.isoformat(), "zone": moved.zone}, moved.local[:10]
            back = {"start": zone.written(before.due_at, before.zone), "was": told["at"], "look": look.query}
    except Refusal as refused:
        return _post(ask, number, look, form, refused)
    undo = None if form.undone else Undo(f"/calendar/posts/{number}/move", {**back, "undone": "yes"})
    where = look.link() if look.view == "list" else look.link(day=day)
    return ask.go(where, "moved-back" if form.undone else "moved", told, undo)


@screen.act("/calendar/posts/{number}/again", "post.plan")
def again(ask: Asking, number: int, form: Annotated[MoveForm, Fields()]) -> Response:
    """Plans a new post for one that passed, failed or was cancelled."""
    look = looked_again(form.look)
    try:
        with ask.write() as (session, person):
            before = agenda.planned_at(session, number)
            start = zone.restated(form.wanted, form.zone or before.zone, before.zone)
            made = rescheduling.requeue(session, person, number, start, before.zone)
            told = {"at": made.due_at.isoformat(), "zone": made.zone}
    except Refusal as refused:
        return _post(ask, number, look, form, refused)
    return ask.go(look.link(), "planned-again", told)


@screen.act("/calendar/posts/{number}/cancel", "post.plan")
def cancel(ask: Asking, number: int, form: Annotated[CancelForm, Fields()]) -> Response:
    look = looked_again(form.look)
    try:
        with ask.write() as (session, person):
            rescheduling.cancel(session, person, number)
    except Refusal as refused:
        return _post(ask, number, look, MoveForm(), refused)
    return ask.go(look.link(), "cancelled")


@screen.act("/calendar/link", "calendar.subscribe")
def subscribe(ask: Asking, _: Annotated[Form, Fields()]) -> Response:
    """Makes one's link; the one before ends."""
    with ask.write() as (session, person):
        subscription.open_link(session, person)
    return ask.go("/calendar#subscribe", "link-made")


@screen.act("/calendar/link/close", "calendar.subscribe")
def unsubscribe(ask: Asking, _: Annotated[Form, Fields()]) -> Response:
    with ask.write() as (session, person):
        subscription.close_link(session, person)
    return ask.go("/calendar#subscribe", "link-closed")


def _seen(was: str) -> datetime | None:
    try:
        return datetime.fromisoformat(was) if was else None
    except ValueError:
        raise Refusal("form.unread", "This form does not say where the post stood.", "Open the page again.") from None


def _unknown(typed: str) -> Refusal | None:
    try:
        zone.known_zone(typed or "UTC")
    except Refusal as refused:
        return refused
    return None


def _here(session: Session, ask: Ask, look: Look, typed: str) -> str:
    """Where whoever looks is, as far as they said: else where the audience is."""
    kept = typed or ask.request.cookies.get(ZONE, "")
    return kept if kept and not _unknown(kept) else agenda.home_zone(session, look.campaign)


def _choices(session: Session) -> dict[str, Any]:
    few = account_refs(session, CHOICES)
    return {"campaigns": campaigns(session), "choices": few, "languages": the_organisation(session).languages}


def _shown(session: Session, look: Look, here: str) -> dict[str, Any]:
    """What the page shows, and what it does not."""
    home = agenda.home_zone(session, look.campaign)
    today = zone.local_at(now(session), here if look.mine else home).date()
    wish = look.wish(today, here)
    if look.view == "list":
        wish = _listed(wish, _place(look))
    found = agenda.agenda(session, wish)
    wish = replace(wish, last=found.last)
    entries, rest, next_ = _cut(look, found)
    entries = agenda.foretold(session, entries)
    notes = day_notes.notes(session, wish.campaign, wish.first, wish.last, wish.zone or home)
    zones = {here} if look.mine else {home, *(one.zone for one in entries)}
    days = list(_days(wish, entries, notes, rest, sorted(zones)))
    return {
        "days": _with_gaps(session, look, here, days) if look.view == "week" else days, "today": today, "found": found,
        "here": here, "home": home, "first": wish.first, "last": wish.last, "next": next_, "planned": bool(entries),
        "caps": agenda.limits(session, look.campaign),
        "stopped": [one for one in entries if one.stopped],
    }  # fmt: skip


def _place(look: Look) -> tuple[str, str, str] | None:
    """Where the page of the list before this one ended."""
    found: tuple[str, str, str] | None = place(look.place, _local, str, str)
    return found


def _local(told: str) -> str:
    return datetime.fromisoformat(told).isoformat()


def _listed(wish: Wish, beyond: tuple[str, str, str] | None) -> Wish:
    """What stands on one page of the list: what lies before its mark, or beyond so many, is another page's."""
    first = max(wish.first, date.fromisoformat(beyond[0][:10])) if beyond else wish.first
    return replace(wish, first=first, enough=_IN_A_LIST + 1, beyond=beyond)


Cut = tuple[Sequence[Entry], Mapping[date, int], str]


def _cut(look: Look, found: Agenda) -> Cut:
    """The entries that are shown; how many of each day are not; and where the list goes on."""
    if look.view == "week":
        return found.entries, {}, ""
    if look.view == "month":
        return _few(found.entries)
    after = _place(look)
    rest = [one for one in found.entries if after is None or agenda.mark(one) > after]
    more = len(rest) > _IN_A_LIST
    return rest[:_IN_A_LIST], {}, sign(*agenda.mark(rest[_IN_A_LIST - 1])) if more else ""


def _few(entries: Sequence[Entry]) -> Cut:
    counts: dict[date, int] = {}
    shown = []
    for one in entries:
        day = one.local.date()
        counts[day] = counts.get(day, 0) + 1
        if counts[day] <= _IN_A_MONTH:
            shown.append(one)
    return shown, {day: count - _IN_A_MONTH for day, count in counts.items() if count > _IN_A_MONTH}, ""


def _days(
    wish: Wish, entries: Sequence[Entry], notes: Mapping[date, Sequence[Note]], rest: Mapping[date, int],
    zones: Sequence[str],
) -> Iterator[Day]:  # fmt: skip
    of_day: dict[date, list[Entry]] = {}
    for one in entries:
        of_day.setdefault(one.local.date(), []).append(one)
    for number in range((wish.last - wish.first).days + 1):
        day = wish.first + timedelta(days=number)
        hours = [(one, length) for one in zones if (length := zone.day_hours(day, one)) != 24]
        yield Day(day, of_day.get(day, ()), notes[day], hours, rest.get(day, 0))


def _with_gaps(session: Session, look: Look, here: str, days: Sequence[Day]) -> list[Day]:
    """The days of a week with the free times of the posting plan."""
    gaps = free(session, days[0].date, days[-1].date, look.campaign, look.language)
    if look.mine:
        gaps = [replace(one, local=zone.local_at(one.at, here)) for one in gaps]
    return [replace(day, gaps=[one for one in gaps if one.day == day.date]) for day in days]


def _post(ask: Ask, number: int, look: Look, form: MoveForm, refused: Refusal | None = None) -> Response:
    with ask.read() as session:
        found = agenda.planned(session, number)
        here = _here(session, ask, look, "")
    given: dict[str, Any] = {"look": look, "one": found, "here": here, "form": _filled(form, found), "refused": refused}
    given |= {"free": [(at, zone.written(at, found.post.zone)) for at in found.free]}
    given |= {"offers": _offers(form, found, refused), "lapsed": found.post.state in rescheduling.LAPSED}
    return ask.show("calendar_post.html", _status(refused), section="calendar", ask=ask, **given)


def _status(refused: Refusal | None) -> int:
    if refused is None:
        return 200
    return 403 if refused.code.startswith("rights.") else 409 if refused.code == "post.moved" else 422


def _filled(form: MoveForm, found: Planned) -> MoveForm:
    """What the form holds: what was typed, else when the post goes now."""
    local = found.entry.local.isoformat(timespec="minutes")
    typed = form.wanted.replace(" ", "T")
    when = typed if len(typed) >= len(local) else local
    stands = {"day": form.day or when[:10], "time": form.time or when[11:16], "zone": form.zone or found.post.zone}
    return form.model_copy(update=stands | {"was": found.post.due_at.isoformat()})


def _offers(form: MoveForm, found: Planned, refused: Refusal | None) -> tuple[str, ...]:
    """What to choose instead of a time that the clocks skip or show twice."""
    if refused is None or refused.code not in ("window.gap", "window.fold"):
        return ()
    return zone.offers(zone.read_local(form.wanted)[0], form.zone or found.post.zone)


def _address(ask: Ask, token: str) -> str:
    return ask.whole(f"/calendar/feed/{token}.ics") if token else ""
