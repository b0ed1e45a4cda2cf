"""`counterpoint consent`: what a person allows, and taking it back."""

import sys
from typing import Annotated, Any

import typer

from cli.printing import say_json
from cli.session import As, AsJson, acting
from cli.stops import Reason, numbers, told
from content import consent, people, stopping
from content.errors import Refusal
from content.instant import begins, ends
from content.narrative import Narrative, narrative_of
from content.store import now

Which = Annotated[str, typer.Argument(help="The narrative's reference.")]
Channels = Annotated[str, typer.Option("--channels", help="By format, with commas: site,facebook.")]
Languages = Annotated[str, typer.Option("--languages", help="With commas: en,ar.")]
Territories = Annotated[str, typer.Option("--territories", help="With commas: GB,AT; '*' is worldwide.")]
Purposes = Annotated[str, typer.Option("--purposes", help="With commas: prevention.")]
Uses = Annotated[str, typer.Option("--uses", help="With commas: text,verbatim,translated.")]
Reach = Annotated[str, typer.Option("--reach", help="The widest allowed: list, fenced, worldwide.")]
Until = Annotated[str, typer.Option("--until", help="UTC date (its end) or time.")]
Reconfirm = Annotated[str, typer.Option("--reconfirm-by", help="UTC date (its end) or time.")]
Embargo = Annotated[str, typer.Option("--embargo-until", help="UTC date (its end) or time.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask back.")]
Preview = Annotated[bool, typer.Option("--preview", help="Only show what it would stop and recall.")]


def register(app: typer.Typer) -> None:
    """Adds the `consent` group."""
    group = typer.Typer(help="What a person allows, and taking it back.", no_args_is_help=True)
    for command in (grant, narrow, reconfirm, withdraw, assess, show):
        group.command()(command)
    app.add_typer(group, name="consent")


def grant(
    narrative: Which,
    basis: Annotated[str, typer.Option("--basis", help="direct, published or aggregate.")],
    channels: Channels = "",
    languages: Languages = "",
    territories: Territories = "",
    purposes: Purposes = "",
    uses: Uses = "",
    reach: Reach = "",
    start: Annotated[str, typer.Option("--from", help="UTC date or time it begins.")] = "",
    until: Until = "",
    reconfirm_by: Reconfirm = "",
    embargo_until: Embargo = "",
    agreed: Annotated[
        str,
        typer.Option("--elements", help="Of direct consent: disclosure,voluntariness,comprehension,competence."),
    ] = "",
    reason: Reason = "",
    name: As = "",
) -> None:
    """Enter what a person allows; keeper or safeguarding. A published account still needs an assessment."""
    given = _stated(channels, languages, territories, purposes, uses, reach, until, reconfirm_by, embargo_until)
    given |= {"basis": basis, "valid_from": begins(start), "elements": _elements(agreed)}
    with acting(name) as (session, person):
        found = narrative_of(session, narrative)
        event = consent.add(session, person, found, "grant", reason=reason, **given)
    typer.echo(f"consent {event.id}: granted for {narrative}")


def reconfirm(narrative: Which, by: Reconfirm, reason: Reason = "", name: As = "") -> None:
    """Write down that the person still agrees, and by when to ask again."""
    with acting(name) as (session, person):
        found = narrative_of(session, narrative)
        event = consent.add(session, person, found, "reconfirm", reason=reason, reconfirm_by=ends(by))
    typer.echo(f"consent {event.id}: reconfirmed for {narrative}")


def assess(
    narratives: Annotated[list[str], typer.Argument(help="The narratives' references.")],
    agreed: Annotated[bool, typer.Option("--ok/--refused", help="Whether the words may be reused.")] = True,
    reason: Reason = "",
    name: As = "",
) -> None:
    """Assess what was proposed or published for reuse; safeguarding, never who entered it."""
    decision = "ok" if agreed else "refused"
    with acting(name) as (session, person):
        for ref in narratives:
            consent.add(session, person, narrative_of(session, ref), "assess", reason=reason, decision=decision)
    typer.echo(f"assessed as {decision}: {', '.join(narratives)}")


def withdraw(
    narrative: Which,
    channels: Channels = "",
    languages: Languages = "",
    territories: Territories = "",
    reason: Reason = "",
    preview: Preview = False,
    yes: Yes = False,
    as_json: AsJson = False,
    name: As = "",
) -> None:
    """Take consent back, wholly or for what is named: covered posts are cancelled, live ones recalled. At once.

    Only a new grant, assessed by safeguarding, opens it again.
    """
    scope = {"channels": _words(channels), "languages": _words(languages), "territories": _words(territories)}
    named: dict[str, Any] = {key: value for key, value in scope.items() if value}
    with acting(name) as (session, person):
        found = narrative_of(session, narrative)
        if _only_shown(stopping.preview(session, found, **named), preview, yes, as_json):
            return
        done = stopping.withdraw(session, person, found, reason=reason, **named)
    told(done, as_json)


def narrow(
    narrative: Which,
    channels: Channels = "",
    languages: Languages = "",
    territories: Territories = "",
    purposes: Purposes = "",
    uses: Uses = "",
    reach: Reach = "",
    until: Until = "",
    embargo_until: Embargo = "",
    reason: Reason = "",
    preview: Preview = False,
    yes: Yes = False,
    as_json: AsJson = False,
    name: As = "",
) -> None:
    """Allow only what is named from now on: what lies outside is cancelled, live copies recalled."""
    given = _stated(channels, languages, territories, purposes, uses, reach, until, "", embargo_until)
    stated = {key: value for key, value in given.items() if value is not None}
    with acting(name) as (session, person):
        found = narrative_of(session, narrative)
        if _only_shown(stopping.preview(session, found, kind="narrow", **stated), preview, yes, as_json):
            return
        done = stopping.narrow(session, person, found, reason=reason, **stated)
    told(done, as_json)


def show(narrative: Which, name: As = "") -> None:
    """Show what is allowed now, as one record."""
    with acting(name) as (session, person):
        people.require(session, person, now(session), "consent.read")
        found = narrative_of(session, narrative)
        say_json(_plain(session, found))


def _plain(session: Any, found: Narrative) -> dict[str, Any]:
    scope = consent.scopes(session, [found.id or 0], now(session)).get(found.id or 0)
    if scope is None:
        return {"narrative": found.ref}
    values = {field: getattr(scope, field) for field in scope.__slots__}
    lists = {key: sorted(value) if isinstance(value, frozenset) else value for key, value in values.items()}
    return {"narrative": found.ref, **lists}


def _only_shown(what: stopping.Stopped, preview: bool, yes: bool, as_json: bool) -> bool:
    """Shows what would stop; whether to leave it at that."""
    if not as_json:
        typer.echo(f"This covers: {numbers(what)}.", err=not preview)
    elif preview:
        say_json({field: getattr(what, field) for field in what.__slots__})
    if preview or yes or not sys.stdin.isatty():
        return preview
    return not typer.confirm("Go on?", err=True)


def _stated(
    channels: str,
    languages: str,
    territories: str,
    purposes: str,
    uses: str,
    reach: str,
    until: str,
    by: str,
    embargo: str,
) -> dict[str, Any]:
    if reach and reach not in consent.REACHES:
        raise Refusal("consent.reach", f"There is no reach “{reach}”.", f"Use {', '.join(consent.REACHES)}.")
    return {
        "channels": _words(channels),
        "languages": _words(languages),
        "territories": _words(territories),
        "purposes": _words(purposes),
        "uses": _words(uses),
        "reach": reach or None,
        "valid_until": ends(until),
        "reconfirm_by": ends(by),
        "embargo_until": ends(embargo),
    }


def _words(typed: str) -> list[str] | None:
    return sorted({word.strip() for word in typed.split(",") if word.strip()}) or None


def _elements(typed: str) -> dict[str, bool] | None:
    given = _words(typed)
    names = ("disclosure", "voluntariness", "comprehension", "competence")
    return None if given is None else {name: name in given for name in names}
