"""Organisation, accounts, blocks, templates, campaigns and calendar days: from proposed values to rows."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlmodel import col, select

from content import rulebook
from content.block import Block
from content.calendar_days import calendar_days, load, territories
from content.campaign import Campaign, SensitiveDay
from content.checks.rules import RULES
from content.errors import Refusal
from content.formats import FORMATS
from content.intake import plans
from content.intake.proposal import Item
from content.intake.work import Work, by_ref, differing
from content.organisation import Account, Organisation, the_instance
from content.promised import AT_HOME
from content.rendering import normal
from content.store import Level, Scope, lock
from content.template import Template
from content.template_version import TemplateVersion
from content.zone import exact

AHEAD = timedelta(days=400)  # how far calendars are spread out
_IDENTITY = ("channel", "format", "remote_identity", "reach", "territories", "settings")


def store_organisation(work: Work, items: Sequence[Item[plans.Organisation]]) -> None:
    """The one organisation of this instance, locked until the commit. Raises Refusal where there is none."""
    found = work.session.exec(select(Organisation).order_by(col(Organisation.id))).first()
    if found is not None:
        lock(work.session, [Scope(Level.ORGANISATION, found.id or 0)], exclusive=True)
        work.session.refresh(found)
    for item in items:
        found = _organisation(work, item, found)
    if found is None:
        raise Refusal(
            "organisation.none", "No organisation is known yet, and these files name none.", "Import one first."
        )
    work.organisation_id = found.id or 0


def _organisation(work: Work, item: Item[plans.Organisation], found: Organisation | None) -> Organisation:
    given = item.value
    if found is not None and found.ref != given.ref:
        raise Refusal(
            "organisation.another",
            f"This instance speaks for {found.ref}; {given.ref} is another organisation.",
            "Give the other one an instance of its own.",
            item.where,
        )
    values: dict[str, Any] = {
        "name": given.name, "funder_type": given.funder_type, "home_language": given.home_language,
        "languages": list(given.languages), "allowed_domains": list(given.domains), "allowed_tags": list(given.tags),
        "phones": list(given.phones), "about": dict(given.about),
    }  # fmt: skip
    if found is None:
        found = Organisation(ref=given.ref, rules=RULES, created_at=work.at, **values)
        work.keep("organisation", found, "new", rules=RULES)
        rulebook.keep(work.session)
    else:
        work.change("organisation", found, values)
    return found


def store_accounts(work: Work, items: Sequence[Item[plans.Account]]) -> None:
    """A changed identity, reach or channel is another profile: who owns it must be confirmed again."""
    rehearsal = the_instance(work.session).kind == "rehearsal"
    known = by_ref(work, Account, (item.value.ref for item in items))
    for item in items:
        if not _usable(work, item, rehearsal):
            continue
        values = item.value.model_dump(mode="json", exclude={"ref"}) | {"settings": dict(item.value.settings)}
        row = known.get(item.value.ref)
        if row is None:
            row = Account(organisation_id=work.organisation_id, ref=item.value.ref, **values)
            work.keep("account", row, "new")
            continue
        if set(differing(row, values)) & set(_IDENTITY):
            values |= _unverified(row)
        work.change("account", row, values)


def _unverified(row: Account) -> dict[str, Any]:
    names = ("asked", "first", "second", "verified_at")
    return dict.fromkeys([*(f"ownership_{name}" for name in names), "identity_verified_at", "identity_seen"])


def _usable(work: Work, item: Item[plans.Account], rehearsal: bool) -> bool:
    account, before = item.value, len(work.problems)
    if rehearsal and account.channel not in AT_HOME:
        message = f"A rehearsal has accounts on paper, site and sandboxes only, not on {account.channel}."
        work.refuse("account.rehearsal", message, "Use channel: paper, or a live instance.", item.where)
    folder = str(account.settings.get("folder", ""))
    if account.channel == "site" and (folder.startswith(("/", "~", "\\")) or ".." in folder):
        message = "A site's folder stands inside the site folder of this installation."
        work.refuse("account.folder", message, "Write a plain name, such as folder: site.", item.where)
    return len(work.problems) == before


def store_blocks(work: Work, items: Sequence[Item[plans.Block]]) -> None:
    """A block that says anything else than before is its next version, to be cleared again."""
    known = by_ref(work, Block, (item.value.ref for item in items))
    for item in items:
        given, row = item.value, known.get(item.value.ref)
        text = normal(given.text)
        values: dict[str, Any] = {
            "kind": given.kind, "language": given.language, "text": text, "territories": list(given.territories),
            "languages": list(given.languages), "operator": given.operator, "phone": given.phone, "hours": given.hours,
            "address": given.address, "always_open": given.always_open, "gloss": normal(given.gloss or ""),
        }  # fmt: skip
        if row is not None and row.kind != given.kind:
            message = f"{given.ref} is a {row.kind} and cannot become a {given.kind}."
            work.refuse("intake.kind_changed", message, "Give this block another ref.", item.where)
        elif row is not None and not differing(row, values):
            work.count("block", "unchanged")
        else:
            number = row.number + 1 if row else 1
            made = Block(
                organisation_id=work.organisation_id, ref=given.ref, number=number, note=given.note or "",
                sha256=sha256(text), entered_by=work.person_id, created_at=work.at, **values,
            )  # fmt: skip
            work.keep("block", made, "changed" if row else "new", number=number)


def store_templates(work: Work, given: Sequence[Template]) -> None:
    """Template files as versions by their content."""
    statement = select(TemplateVersion).where(TemplateVersion.organisation_id == work.organisation_id)
    known = {row.name: row for row in work.session.exec(statement.order_by(col(TemplateVersion.id)))}
    for template in given:
        name = f"{template.theme}/{template.name}"
        row = known.get(name)
        unknown = [channel for channel in template.channels if channel not in FORMATS]
        if unknown:
            message = f"The header names {', '.join(unknown)}, which is no channel."
            work.refuse("template.channel", message, f"Use some of {', '.join(FORMATS)}.", f"{name}.j2:2")
        elif row is not None and row.sha256 == template.sha256:
            work.count("template", "unchanged")
        else:
            _keep_template(work, name, template, row)


def _keep_template(work: Work, name: str, template: Template, row: TemplateVersion | None) -> None:
    number = row.number + 1 if row else 1
    made = TemplateVersion(
        organisation_id=work.organisation_id,
        name=name,
        number=number,
        theme=template.theme,
        languages=list(template.languages),
        channels=list(template.channels),
        source=template.source,
        sha256=template.sha256,
        entered_by=work.person_id,
        created_at=work.at,
    )
    work.keep("template", made, "changed" if row else "new", number=number, ref=name)


def store_campaigns(work: Work, items: Sequence[Item[plans.Campaign]]) -> None:
    """Campaigns, once all that they name is known; blocks and accounts must be stored before."""
    known = by_ref(work, Campaign, (item.value.ref for item in items))
    blocks = by_ref(work, Block, (ref for item in items for ref in item.value.context))
    accounts = by_ref(work, Account, (ref for item in items for ref in item.value.accounts))
    spoken = set(work.session.get_one(Organisation, work.organisation_id).languages)
    for item in items:
        given = item.value
        context = {ref: row.kind for ref, row in blocks.items() if row.kind == "context"}
        before = len(work.problems)
        _known(work, "context block", given.context, context, item.where)
        _known(work, "account", given.accounts, accounts, item.where)
        _known(work, "language of the organisation", given.languages, spoken, item.where)
        if len(work.problems) > before:
            continue
        row = known.get(given.ref)
        if row is None:
            made = Campaign(
                organisation_id=work.organisation_id, ref=given.ref, entered_by=work.person_id, created_at=work.at,
                **_campaign(given),
            )  # fmt: skip
            work.keep("campaign", made, "new")
        else:
            work.change("campaign", row, _campaign(given))


def _campaign(given: plans.Campaign) -> dict[str, Any]:
    policy = given.policy
    same = ("name", "purpose", "goal", "audience", "message", "messenger", "action", "monitoring", "zone")
    lists = ("languages", "territories", "media", "hashtags", "link_hosts", "accounts")
    days = [{"from": str(day.first), "to": str(day.last), "policy": str(day.policy)} for day in policy.blackout]
    return {
        **{name: getattr(given, name) for name in same},
        **{name: list(getattr(given, name)) for name in lists},
        "context_blocks": list(given.context),
        "caps": given.caps.model_dump(exclude_unset=True),
        "tier_min": policy.tier_min,
        "min_gap_minutes": round(policy.min_gap_hours * 60),
        "blackout": days,
    }


def _known(work: Work, what: str, refs: Iterable[str], known: Iterable[str], where: str) -> None:
    missing = [ref for ref in refs if ref not in known]
    if missing:
        message = f"There is no {what} {', '.join(missing)}, neither here nor in these files."
        work.refuse("intake.unknown_ref", message, "Add it, or mend its ref.", where)


# --- calendar ----------------------------------------------------------------------------------------


def store_calendar(work: Work, items: Sequence[Item[plans.CalendarDay]]) -> None:
    """The shipped calendars and the file's own days, spread out over the next 400 days; each is kept once."""
    statement = select(SensitiveDay).where(SensitiveDay.organisation_id == work.organisation_id)
    known = {(day.territory, day.name, day.starts_at) for day in work.session.exec(statement)}
    first = work.at.date() - timedelta(days=1)
    own = (day for item in items for day in _spread(work.organisation_id, item.value, first))
    for day in (*_shipped(work.organisation_id, first), *own):
        if (day.territory, day.name, day.starts_at) in known:
            work.count("calendar", "unchanged")
            continue
        known.add((day.territory, day.name, day.starts_at))
        work.session.add(day)
        work.count("calendar", "new")


def _shipped(organisation: int, first: date) -> Iterator[SensitiveDay]:
    for day in calendar_days(territories(), first, first + AHEAD):
        kind = "crisis" if day.kind == "blackout" else day.kind  # a day on which nothing may go stops everything
        yield SensitiveDay(
            organisation_id=organisation,
            territory=day.territory,
            starts_at=day.start,
            ends_at=day.end,
            name=day.name,
            kind=kind,
        )


def _spread(organisation: int, given: plans.CalendarDay, first: date) -> Iterator[SensitiveDay]:
    own = {given.territory} & territories()
    zones = {load(code).zone for code in own or (territories() if given.territory == "*" else ())} or {"UTC"}
    for day in _days(given, first):
        opens = datetime.combine(day, datetime.min.time())
        closes = opens + timedelta(days=given.days)
        yield SensitiveDay(
            organisation_id=organisation,
            territory=given.territory,
            starts_at=min(exact(opens, zone) for zone in zones).astimezone(UTC),
            ends_at=max(exact(closes, zone) for zone in zones).astimezone(UTC),
            name=given.name,
            kind=given.kind,
        )


def _days(given: plans.CalendarDay, first: date) -> Iterator[date]:
    """The days on which it begins, of those that are not over before `first`."""
    last = first + AHEAD
    if given.day is not None:
        if given.day + timedelta(days=given.days) > first:
            yield given.day
        return
    month, day = map(int, str(given.yearly).split("-"))
    for year in range(first.year - 1, last.year + 1):
        if (month, day) == (2, 29) and not _leap(year):
            continue
        found = date(year, month, day)
        if found + timedelta(days=given.days) > first and found <= last:
            yield found


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


# --- rows --------------------------------------------------------------------------------------------


def sha256(text: str) -> str:
    """Hex, of the text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()
