"""What `doctor` looks at: what the program was told, and inside the database. Each look is one `Found`."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from content import adopting, clearing, consent, keys, restoring, watched
from content.block import Block, HelplineCheck
from content.campaign import Campaign, SensitiveDay
from content.checks import shipped
from content.checks.facts.cta_helpline import VERIFIED_FOR
from content.checks.known import protected_terms
from content.checks.rules import RULES
from content.clearing import Clearing
from content.consent import ConsentEvent
from content.ending import links
from content.errors import Refusal
from content.gate import seal_lag
from content.keys import Keys
from content.narrative import Narrative, Passage
from content.organisation import Account, Heartbeat, Instance, Organisation, ours
from content.owning import identity, ownership
from content.people import Person, RoleGrant
from content.record import Record
from content.restoring import Place
from content.settings import Settings, unknown_variables
from content.store import now, wall
from content.template_version import TemplateVersion

LOCAL = ("paper", "site")  # channels on which nothing leaves this machine by itself
SILENT = timedelta(seconds=30)
LAG = timedelta(seconds=60)
CALENDAR_LEFT = timedelta(days=60)
BACKED_UP = timedelta(days=7)
TRIED = timedelta(days=90)
ARMED = "armed"
SHOWN = 5  # names in one message


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that is ready or not: what was found, and what to do next where it is not."""

    name: str
    ready: bool
    message: str
    todo: str = ""


def seen(session: Session, told: Settings) -> list[Found]:
    """All that `doctor` looks at but the broker, which the desk reaches for nothing."""
    made = kept_keys(told)
    return [variables(), *([made] if isinstance(made, Found) else []), *inside(session, told)]


def unready(found: Iterable[Found]) -> list[Found]:
    """What must be put right before the instance may be armed."""
    return [one for one in found if not one.ready and one.name != ARMED]


def refuse_unready(found: Iterable[Found]) -> None:
    """Refuses (`arm.not_ready`) while anything else is not ready."""
    red = [one.name for one in unready(found)]
    if red:
        raise Refusal("arm.not_ready", f"Not ready yet: {', '.join(red)}.", "`counterpoint doctor` says what to do.")


def variables() -> Found:
    """Whether every variable of this machine that begins like ours names a setting."""
    slips = unknown_variables(dict(os.environ))
    slips = [name for name in slips if not name.startswith(("COUNTERPOINT_TOKEN", "COUNTERPOINT_AS"))]
    if not slips:
        return Found("settings", True, "Every variable of ours names a setting.")
    message = f"No setting is called {', '.join(slips)}."
    return Found("settings", False, message, "`counterpoint settings` lists those there are.")


def kept_keys(told: Settings) -> Keys | Found:
    """The keys, where they can be read and nobody else may."""
    try:
        made = keys.load(told.keys)
    except Refusal as refusal:
        return Found("keys", False, refusal.message, refusal.todo)
    if os.name == "posix" and told.keys.stat().st_mode & 0o077:
        return Found("keys", False, "Others on this machine may read the keys.", f"Run `chmod 700 {told.keys}`.")
    return made


def inside(session: Session, told: Settings) -> Iterator[Found]:
    """Every look into the database of a founded instance."""
    instance = session.get(Instance, 1)
    if instance is None:
        yield Found("instance", False, "This database holds no instance yet.", "Run `counterpoint init`.")
        return
    at = now(session)
    yield _instance(instance)
    yield _journal(session, told)
    yield _people(session, at)
    yield _organisation(session)
    yield from _rules(session)
    yield from (_material(session, *one) for one in _MATERIAL)
    yield _helplines(session, at)
    yield _links(session, at)
    yield _consents(session, at)
    yield _calendar(session, at)
    yield _accounts(session, "ownership", ownership, at)
    yield _accounts(session, "identity", identity, at)
    yield from (_program(session, name) for name in ("worker", "beat"))
    yield _seal(session, at)
    yield from _terms(session)
    yield from _surplus(session)
    if instance.kind == "live":
        yield from _earnest(session, told, at)


def _instance(instance: Instance) -> Found:
    if instance.armed or instance.kind == "rehearsal":
        return Found("instance", True, f"This is a {instance.kind} instance.")
    message = "The instance publishes on paper and its own site only: nobody has armed it."
    return Found(ARMED, False, message, "Once all else is ready two people run `counterpoint doctor --arm`.")


def _journal(session: Session, told: Settings) -> Found:
    """The journal is this database's own, tells of nothing more than it knows, and lost no line."""
    found = restoring.place(session, told.journal)
    if found is not Place.OWN:
        message, todo = _NOT_OWN[found]
        return Found("journal", False, message.format(folder=told.journal), todo)
    if wrong := restoring.damage(session.info.get("keys"), told.journal):
        todo = "Put it back from its own copy, or see `counterpoint restore --in-place --journal-lost`."
        return Found("journal", False, f"The journal is damaged: {wrong}", todo)
    return Found("journal", True, f"The journal in {told.journal} belongs to this instance, and is whole.")


_AGAIN = "Stop the programs, then `counterpoint restore --in-place`."
_NOT_OWN = {
    Place.FIRST: ("No journal was begun in {folder}.", "Set COUNTERPOINT_JOURNAL to the folder that `init` made."),
    Place.MISSING: (
        "There is no journal in {folder}.",
        "Set COUNTERPOINT_JOURNAL to the folder that this instance wrote; if it is lost: "
        "`counterpoint restore --in-place --journal-lost`.",
    ),
    Place.OTHER: (
        "The journal in {folder} is another instance's.",
        "Set COUNTERPOINT_JOURNAL to the folder that this instance wrote.",
    ),
    Place.COPY: ("The journal in {folder} speaks of this instance in another database: this is a copy.", _AGAIN),
    Place.BEHIND: ("The journal in {folder} knows more than the database: it was put back.", _AGAIN),
}


def _people(session: Session, at: datetime) -> Found:
    statement = (
        select(RoleGrant.person_id, RoleGrant.role)
        .join(Person, col(Person.id) == col(RoleGrant.person_id))
        .where(col(RoleGrant.valid_from) <= at, col(RoleGrant.revoked_at).is_(None), col(Person.disabled_at).is_(None))
    )
    held = list(session.exec(statement))
    everybody = {person for person, _ in held}
    judges = {person for person, role in held if role in ("content", "safeguarding")}
    ready = len(everybody) >= 5 and len(judges) >= 3
    message = f"{len(everybody)} people hold roles, {len(judges)} of them content or safeguarding."
    return Found("people", ready, message, "" if ready else "Five and three are needed: `counterpoint user grant`.")


def _organisation(session: Session) -> Found:
    found = session.exec(select(Organisation)).first()
    mine = select(func.count()).select_from(Campaign).where(Campaign.organisation_id == ours())
    campaigns = session.exec(mine).one()
    if found is None or not campaigns:
        todo = "Run `counterpoint import` with your files, or `counterpoint import --sample`."
        return Found("material", False, "There is no organisation or no campaign yet.", todo)
    return Found("material", True, f"{found.ref} has {campaigns} campaigns.")


def _rules(session: Session) -> Iterator[Found]:
    """Whether the lists are those of the rules' version, and two people adopted these rules; founding them counts."""
    found = session.exec(select(Organisation)).first()
    if not shipped.unchanged():
        yield Found("rules", False, *adopting.CHANGED)
    elif found is not None and found.rules == RULES:
        yield Found("rules", True, f"The rules {RULES} are adopted.")
    elif found is not None:
        message = f"This program judges by {RULES}, the instance adopted {found.rules}; only what passes both goes out."
        todo = "`counterpoint rules propose`, then `counterpoint rules confirm` by another person."
        if adopting.proposed(session, found) is not None:
            todo = "They are proposed: `counterpoint rules confirm` by a second person."
        yield Found("rules", False, message, todo)


_MATERIAL: tuple[tuple[str, str, Any, Any, Any], ...] = (
    ("passage", "passages", Passage, Passage.narrative_id, Passage.ref),
    ("block", "blocks", Block, Block.organisation_id, Block.ref),
    ("template", "templates", TemplateVersion, TemplateVersion.organisation_id, TemplateVersion.name),
)


def _material(session: Session, kind: str, kinds: str, table: Any, owner: Any, name: Any) -> Found:
    """Whether the newest version of each piece is cleared."""
    mine = table.organisation_id == ours() if table is not Passage else owner.in_(_told())
    newest = list(session.exec(select(func.max(table.id)).where(mine).group_by(owner, name)))
    waiting = sorted(set(newest) - clearing.cleared(session, kind, newest) - _refused(session, kind))
    if newest and not waiting:
        return Found(f"{kinds} cleared", True, f"All {len(newest)} {kinds} are cleared, or refused for good.")
    message, names = f"There are no {kinds} yet.", _names(session, table, name, waiting)
    if newest:
        message = f"{len(waiting)} of {len(newest)} {kinds} wait to be cleared{names}."
    return Found(f"{kinds} cleared", False, message, "`counterpoint clear REF` by reviewers.")


def _told() -> Any:
    """The organisation's narratives."""
    return select(Narrative.id).where(Narrative.organisation_id == ours())


def _refused(session: Session, kind: str) -> set[int]:
    statement = select(Clearing.material_id).where(Clearing.kind == kind, Clearing.answer == "refuse")
    return set(session.exec(statement))


def _names(session: Session, table: Any, name: Any, ids: list[int]) -> str:
    if not ids:
        return ""
    statement = select(name).where(table.id.in_(ids[:SHOWN]))
    if table is Passage:
        statement = (
            select(Narrative.ref + "/" + Passage.ref)
            .select_from(Passage)
            .join(Narrative, col(Narrative.id) == col(Passage.narrative_id))
            .where(col(Passage.id).in_(ids[:SHOWN]))
        )
    return _listed(list(session.exec(statement)), len(ids))


def _listed(names: list[str], total: int) -> str:
    more = ", …" if total > len(names) else ""
    return f": {', '.join(sorted(names))}{more}"


def _helplines(session: Session, at: datetime) -> Found:
    mine = select(func.max(Block.id)).where(Block.organisation_id == ours(), Block.kind == "helpline")
    newest = mine.group_by(col(Block.ref))
    statement = (
        select(Block.ref, func.max(HelplineCheck.at))
        .outerjoin(HelplineCheck, col(HelplineCheck.block_id) == col(Block.id))
        .where(col(Block.id).in_(newest))
        .group_by(col(Block.ref))
    )
    rows: list[Any] = list(session.exec(statement))
    old = [ref for ref, seen in rows if seen is None or at - seen > VERIFIED_FOR]
    if rows and not old:
        return Found("helplines", True, f"All {len(rows)} helplines were reached within {VERIFIED_FOR.days} days.")
    names = _listed(old[:SHOWN], len(old)) if old else ""
    message = f"{len(old)} of {len(rows)} helplines were not reached lately{names}."
    return Found("helplines", False, message, "Call them, then `counterpoint helpline verify REF`.")


def _links(session: Session, at: datetime) -> Found:
    """Pages that waiting words lead to: each was opened within the week, and was there."""
    unseen = [one.what for one in links(session, at) if one.at is None or one.at < at]
    if not unseen:
        return Found("links", True, "Every page that waiting words lead to was opened lately.")
    message = f"{len(unseen)} pages were not seen lately{_listed(unseen[:SHOWN], len(unseen))}."
    return Found("links", False, message, "Open them, then `counterpoint link looked ADDRESS --kept WHERE`.")


def _consents(session: Session, at: datetime) -> Found:
    """Whether the newest proposed grant of each narrative was assessed, either way."""
    kinds = ("grant", "assess", "withdraw")
    statement = (
        select(Narrative.ref, ConsentEvent)
        .join(Narrative, col(Narrative.id) == col(ConsentEvent.narrative_id))
        .where(col(ConsentEvent.kind).in_(kinds), Narrative.organisation_id == ours())
        .order_by(col(ConsentEvent.id))
    )
    last = {ref: event for ref, event in session.exec(statement) if event.proposed or event.kind != "grant"}
    waiting = sorted(ref for ref, event in last.items() if event.kind == "grant")
    grants = select(ConsentEvent.narrative_id).where(ConsentEvent.kind == "grant")
    granted = set(session.exec(grants.where(col(ConsentEvent.narrative_id).in_(_told()))))
    open_ = sum(not scope.withdrawn for scope in consent.scopes(session, granted, at).values())
    if not waiting:
        return Found("consent", True, f"No grant waits to be assessed; {open_} narratives have one.")
    message = f"{len(waiting)} proposed grants wait for safeguarding{_listed(waiting[:SHOWN], len(waiting))}."
    return Found("consent", False, message, "`counterpoint consent assess NARRATIVE` by safeguarding.")


def _calendar(session: Session, at: datetime) -> Found:
    # A crisis may stand for years.
    known = select(func.max(SensitiveDay.ends_at)).where(SensitiveDay.organisation_id == ours())
    known = known.where(SensitiveDay.kind != "crisis")
    last: datetime | None = session.exec(known).one()
    if last is not None and last - at > CALENDAR_LEFT:
        return Found("calendar", True, f"Sensitive days are known until {last:%Y-%m-%d}.")
    todo = "Import your calendar or campaigns again: the days of the next 400 days are added."
    return Found("calendar", False, "The calendar of sensitive days ends soon, or is empty.", todo)


def _accounts(session: Session, what: str, judge: Callable[[Account, datetime], str], at: datetime) -> Found:
    mine = select(Account).where(Account.organisation_id == ours(), col(Account.disabled_at).is_(None))
    rows = session.exec(mine.order_by(col(Account.ref))).all()
    bad = [row.ref for row in rows if judge(row, at) != "verified"]
    if rows and not bad:
        return Found(f"account {what}", True, f"The {what} of all {len(rows)} accounts is verified.")
    names = _listed(bad[:SHOWN], len(bad)) if bad else ""
    message = f"The {what} of {len(bad)} of {len(rows)} accounts is not verified{names}."
    return Found(f"account {what}", False, message, _VERIFY[what])


_VERIFY = {
    "ownership": "`counterpoint channel verify ACCOUNT --own` by two people.",
    "identity": "`counterpoint channel verify ACCOUNT`; a running worker answers.",
}


def _program(session: Session, name: str) -> Found:
    row = session.get(Heartbeat, name)
    if row is not None and wall(session) - row.at <= SILENT:
        return Found(name, True, f"The {name} is running.")
    seen = f"was last seen at {row.at:%Y-%m-%d %H:%M} UTC" if row else "was never seen"
    return Found(name, False, f"No {name} is running; it {seen}.", _RUN[name])


_RUN = {
    "worker": "Run `counterpoint up`, or `counterpoint worker`.",
    "beat": "Run `counterpoint up`, or `counterpoint beat`.",
}


def _seal(session: Session, at: datetime) -> Found:
    lag = seal_lag(session, at)
    if lag <= LAG:
        return Found("record", True, f"The record is sealed; {lag.total_seconds():.0f} s are open.")
    message = f"The oldest unsealed step is {lag.total_seconds():,.0f} s old; over 60 s nothing is released."
    return Found("record", False, message, "A running worker seals it: `counterpoint up`.")


def _terms(session: Session) -> Iterator[Found]:
    """Whether every protected term can be looked for; until it can, nothing is released."""
    if any(protected_terms(session, row or 0) is None for row in session.exec(select(Organisation.id))):
        message = "Some protected terms are hashed in another version or under another key, so nothing can go out."
        todo = "Restart the programs; if that is not enough, the keeper runs `counterpoint protect --reindex`."
        yield Found("protected terms", False, message, todo)


def _surplus(session: Session) -> Iterator[Found]:
    """Posts that are out twice. No reason to hold anything up: whoever takes them down needs the programs."""
    posts = list(session.scalars(watched.surplus_posts()))
    if posts:
        message = f"Posts that are out once too often: {', '.join(map(str, posts))}."
        yield Found("surplus posts", True, message, "Take them down: `counterpoint recall POST --reason …`.")


def _earnest(session: Session, told: Settings, at: datetime) -> Iterator[Found]:
    """What only an instance in earnest must have."""
    if told.outbound_allow:
        message = f"Private addresses may be reached: {', '.join(told.outbound_allow)}."
        yield Found("outbound", False, message, "Unset COUNTERPOINT_OUTBOUND_ALLOW on a live instance.")
    else:
        yield Found("outbound", True, "No private address may be reached.")
    channels = sorted(set(session.exec(select(Account.channel).where(col(Account.disabled_at).is_(None)))) - {*LOCAL})
    apart = told.journal.exists() and told.journal.stat().st_dev != told.home.stat().st_dev
    if channels and not apart:
        message = f"The journal lies on the disk of the home folder, and {', '.join(channels)} goes out in earnest."
        yield Found("journal's disk", False, message, "Set COUNTERPOINT_JOURNAL to a folder on another disk.")
    else:
        where = "on another disk" if apart else "where paper and site need it"
        yield Found("journal's disk", True, f"The journal lies {where}.")
    yield _made(_last(session, "backup.make"), at)
    yield _tried(_last(session, "backup.try", "backup.restore"), at)


def _made(last: datetime | None, at: datetime) -> Found:
    if last is not None and at - last <= BACKED_UP:
        return Found("backup", True, f"A backup was made and verified at {last:%Y-%m-%d %H:%M} UTC.")
    message = f"No backup was made within {BACKED_UP.days} days; {_when(last)}."
    return Found("backup", False, message, "`counterpoint backup FOLDER`.")


def _tried(last: datetime | None, at: datetime) -> Found:
    if last is not None and at - last <= TRIED:
        return Found("restore", True, f"A backup was put back for trial and verified at {last:%Y-%m-%d %H:%M} UTC.")
    message = f"No backup was put back for trial within {TRIED.days} days; {_when(last)}."
    return Found("restore", False, message, "`counterpoint restore FILE --try`, the newest one.")


def _last(session: Session, *actions: str) -> datetime | None:
    """When that step was last taken; every backup is verified when it is made, and when it is tried."""
    statement = select(func.max(Record.at)).where(Record.subject == "backup", col(Record.action).in_(actions))
    last: datetime | None = session.exec(statement).one()
    if last is not None and last.tzinfo is None:  # SQLite answers max() as it stored it
        last = last.replace(tzinfo=UTC)
    return last


def _when(last: datetime | None) -> str:
    return f"the last time was {last:%Y-%m-%d}" if last else "none ever was"
