"""`review`, `go` and `renew`: what waits for a reviewer, the words beside their source, and the answers."""

from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer

from cli.printing import say_json, say_more, say_table
from cli.session import After, As, AsJson, Limit, acting
from content import people, taking
from content import sheet as sheets
from content import verdict as verdicts
from content.errors import Refusal
from content.evidence import Evidence, evidence
from content.message import version_of
from content.page import LIMIT
from content.sheet import Sheet
from content.waiting import Choice, waiting_page

Digest = Annotated[str, typer.Argument(metavar="DIGEST", help="The words' digest; eight signs are enough.")]
Seen = Annotated[int, typer.Option("--seen", help="The number of the evaluation that `review show` printed.")]
Role = Annotated[
    list[str] | None,
    typer.Option("--role", help="Answer in this role only; repeat it. Default: all you hold that are needed."),
]
Reason = Annotated[str, typer.Option("--reason", help="Why, in your words; erasable.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    group = typer.Typer(help="Review: clear exact words, or send them back with a reason.", no_args_is_help=True)
    group.command("list")(list_)
    group.command("show")(show)
    group.command("approve")(approve)
    group.command("send-back")(send_back)
    group.command("take")(take)
    group.command("hand")(hand)
    group.command("leave")(leave)
    group.command("revoke")(revoke)
    app.add_typer(group, name="review")
    app.command("go")(go)
    app.command("renew")(renew)


def list_(
    role: Annotated[str, typer.Option("--role", help="Only where this role of yours is needed.")] = "",
    tier: Annotated[int, typer.Option("--tier", min=0, max=4, help="Only words of this tier.")] = 0,
    language: Annotated[str, typer.Option("--language", help="Only words in this language.")] = "",
    age: Annotated[int, typer.Option("--age", min=0, max=8784, help="Only what has waited this many hours.")] = 0,
    mine: Annotated[bool, typer.Option("--mine", help="Only what you have in hand.")] = False,
    limit: Limit = LIMIT,
    after: After = "",
    as_json: AsJson = False,
    name: As = "",
) -> None:
    """List what waits for you, the soonest first, a page at a time."""
    with acting(name) as (session, person):
        page = waiting_page(session, person, after, limit, Choice(role, tier, language, age, mine))
    if as_json:
        for line in page.items:
            say_json(asdict(line))
        say_more(page.after)
        return
    rows = [
        [
            x.digest[:8],
            f"{x.message} {x.language} {x.number}",
            str(x.tier),
            f"{x.not_before:%Y-%m-%d %H:%M} UTC",
            " ".join(x.roles),
            ", ".join(x.missing),
            "renewal" if x.renewal else f"{x.blocks} block" if x.blocks else "",
        ]
        for x in page.items
    ]
    say_table("Waiting for you", ["digest", "message", "tier", "opens", "you as", "missing", ""], rows)
    say_more(page.after)


def show(digest: Digest, as_json: AsJson = False, name: As = "") -> None:
    """Show the exact words beside source, gloss and consent, and what the checks found."""
    with acting(name) as (session, person):
        review = sheets.opened(session, person, digest)
        found, around = sheets.sheet(session, person, review), evidence(session, person, review)
    if as_json:
        say_json(asdict(found) | {"consent": _consent(found), "evidence": asdict(around)})
    else:
        _say(found)
        _say_beside(around)


def approve(digest: Digest, seen: Seen, role: Role = None, as_json: AsJson = False, name: As = "") -> None:
    """Approve exactly these words, as `review show` printed them."""
    with acting(name) as (session, person):
        whole = version_of(session, digest).digest
        made = verdicts.verdict(session, person, whole, "approve", roles=role, seen=seen)
    if as_json:
        say_json({"digest": whole, "clearance": made.id if made else None, "valid_from": made and made.valid_from})
    elif made is None:
        typer.echo(f"{whole[:8]} is approved by you; others must still answer")
    else:
        typer.echo(
            f"{whole[:8]} is cleared (clearance {made.id}, tier {made.tier}): "
            f"{made.valid_from:%Y-%m-%d %H:%M} to {made.valid_until:%Y-%m-%d %H:%M} UTC"
        )


def send_back(
    digest: Digest,
    seen: Seen,
    reason: Reason,
    note: Annotated[str, typer.Option("--note", help="For reviewers alone; erasable.")] = "",
    role: Role = None,
    name: As = "",
) -> None:
    """Send these words back; the author needs other words."""
    with acting(name) as (session, person):
        whole = version_of(session, digest).digest
        verdicts.verdict(session, person, whole, "send_back", roles=role, reason=reason, note=note, seen=seen)
    typer.echo(f"{whole[:8]} is sent back")


def take(
    digest: Digest,
    over: Annotated[bool, typer.Option("--over", help="Also from a colleague who has them in hand.")] = False,
    name: As = "",
) -> None:
    """Take words in hand for twenty minutes; it keeps nobody else from answering."""
    with acting(name) as (session, person):
        made = taking.take(session, person, digest, over=over)
    typer.echo(f"{made.digest[:8]} is in your hand until {made.until:%H:%M} UTC")


def hand(
    digest: Digest, to: Annotated[str, typer.Option("--to", help="A colleague's short name.")], name: As = ""
) -> None:
    """Hand what you have taken to a colleague."""
    with acting(name) as (session, person):
        made = taking.hand(session, person, digest, people.by_ref(session, to))
    typer.echo(f"{made.digest[:8]} is in the hand of {to} until {made.until:%H:%M} UTC")


def leave(digest: Digest, name: As = "") -> None:
    """Put back what you have taken."""
    with acting(name) as (session, person):
        taking.leave(session, person, digest)
    typer.echo("put back")


def revoke(
    clearance: Annotated[int, typer.Argument(help="The clearance's number, as `review approve` printed it.")],
    reason: Reason,
    name: As = "",
) -> None:
    """Take a clearance back: its posts that have not begun are blocked."""
    with acting(name) as (session, person):
        verdicts.revoke(session, person, clearance, reason)
    typer.echo(f"clearance {clearance} is taken back")


def go(
    day: Annotated[str, typer.Argument(metavar="DATE", help="The day whose posts of tier 3 and 4 may go: 2027-03-01.")],
    as_json: AsJson = False,
    name: As = "",
) -> None:
    """Give the day's go for posts of tier 3 and 4; safeguarding, within the 24 hours before."""
    with acting(name) as (session, person):
        given = verdicts.go(session, person, _day(day))
    if as_json:
        say_json({"posts": given})
    else:
        typer.echo(f"go for {len(given)} post{'' if len(given) == 1 else 's'}: {', '.join(map(str, given))}")


def renew(
    digest: Digest,
    seen: Annotated[int | None, typer.Option("--seen", help="The evaluation you saw; default: the newest.")] = None,
    name: As = "",
) -> None:
    """Approve unchanged words afresh: opens the next round on the same digest."""
    with acting(name) as (session, person):
        whole = version_of(session, digest).digest
        number = verdicts.renew(session, person, whole, seen=seen)
    typer.echo(f"{whole[:8]} is in round {number}, with your approval")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal("go.day", f"{text} is no day.", "Write it like 2027-03-01.") from None


def _consent(found: Sheet) -> dict[str, object] | None:
    if found.consent is None:
        return None
    plain = asdict(found.consent)
    return {key: sorted(value) if isinstance(value, frozenset) else value for key, value in plain.items()}


def _say(found: Sheet) -> None:
    typer.echo(f"{found.message} in {found.language}, number {found.number}, round {found.round}: {found.digest}")
    why = " ".join(reason.words for reason in found.why) or "An aggregate finding."
    typer.echo(f"tier {found.tier}: {why}")
    typer.echo(f"window: {found.not_before:%Y-%m-%d %H:%M} to {found.not_after:%Y-%m-%d %H:%M} UTC")
    for leaf in found.leaves:
        limit = f" of {leaf.limit}" if leaf.limit else ""
        typer.echo(f"\n— {leaf.account} ({leaf.format}): {leaf.length}{limit} {leaf.unit}")
        for part in leaf.parts:
            typer.echo(part)
    typer.echo(f"\nsaid to be: {found.label}")
    for source in found.sources:
        typer.echo(f"source: {source}")
    for material in found.material:
        typer.echo(f"{material.ref} ({material.language}): {material.gloss or material.text}")
    consent = _consent(found) or {}
    kept = {key: value for key, value in consent.items() if value not in (None, [], False)}
    typer.echo("consent: " + ("; ".join(f"{key} {_listed(value)}" for key, value in kept.items()) or "none"))
    for one in found.answers:
        typer.echo(f"{one['severity']}: {one['check']}: {one['reason']}")
    typer.echo(f"\nmissing: {', '.join(found.missing) or 'nobody'}; answer with --seen {found.evaluation}")


def _say_beside(around: Evidence) -> None:
    """Who has answered and who reads it; what was answered stays unread until one has answered oneself."""
    given = [f"{seat.role} {seat.name}" for seat in around.seats if seat.name]
    typer.echo(f"answered: {', '.join(given) or 'nobody'}; for its first time answer by {around.by:%Y-%m-%d %H:%M} UTC")
    if around.held:
        typer.echo(f"in the hand of {around.held.name} until {around.held.until:%H:%M} UTC")
    for event in around.history:
        what = " ".join(word for word in (event.name, event.kind, event.role and f"as {event.role}") if word)
        typer.echo(f"{event.at:%Y-%m-%d %H:%M} version {event.number}: {what}{event.reason and f': {event.reason}'}")


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
