"""`forecast`, `reschedule`, `cancel`, `requeue`, `unblock` and `calendar`: when posts go out, and changing it."""

from pathlib import Path
from typing import Annotated

import typer

from cli.printing import say_json, say_more, say_table
from cli.session import After, As, AsJson, Limit, acting, reading
from content import forecast as foreseeing
from content import people, rescheduling, rezoning
from content.lifecycle import Post
from content.page import LIMIT
from content.store import now

Days = Annotated[int, typer.Option("--days", min=1, max=400, help="How many days to look ahead.")]
Number = Annotated[int, typer.Argument(help="The post's number, as `forecast` prints it.")]
Start = Annotated[str, typer.Argument(help="Local time: 2027-03-01 10:00.")]
Zone = Annotated[str, typer.Option("--zone", help="The time's zone, such as Europe/London.")]
Move = Annotated[bool, typer.Option("--move", help="Move them; without it they are only shown.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (forecast, zones, reschedule, cancel, requeue, unblock, calendar):
        app.command()(command)


def forecast(days: Days = 14, limit: Limit = LIMIT, after: After = "", as_json: AsJson = False) -> None:
    """Show what the next days will publish, what will be stopped, and why; `--limit` posts on a page."""
    with reading() as session:
        page = foreseeing.forecast_page(session, days, after, limit)
    if as_json:
        for line in page.items:
            say_json({field: getattr(line, field) for field in line.__slots__})
        say_more(page.after)
        return
    rows = [
        [str(x.post or "-"), f"{x.local} {x.zone}", x.account, x.message, x.language, x.verdict, " ".join(x.reasons)]
        for x in page.items
    ]
    say_table("Forecast", ["post", "when", "account", "message", "language", "", "why"], rows)
    say_more(page.after)


def zones(move: Move = False, name: As = "") -> None:
    """Show the posts that newer zone data would put at another instant; --move moves them, by the usual rules."""
    with acting(name) as (session, person):
        people.require(session, person, now(session), "post.plan")
        found = rezoning.differences(session)
        kept = {one.difference.post_id: one.refused for one in rezoning.rezone(session, person)} if move else {}
    rows = [
        [str(one.post_id), f"{one.local} {one.zone}", one.tzdata, f"{one.was:%d %b %H:%M}", f"{one.wanted:%d %b %H:%M}",
         (kept[one.post_id].message if one.post_id in kept else "moved" if move else "")]
        for one in found
    ]  # fmt: skip
    say_table("Zones", ["post", "local time", "planned with", "was (UTC)", "would be (UTC)", ""], rows)


def reschedule(post: Number, start: Start, zone: Zone, name: As = "") -> None:
    """Move a post to another time inside its window; outside it is a new version."""
    with acting(name) as (session, person):
        _say_when("moved", rescheduling.reschedule(session, person, post, start, zone))


def cancel(post: Number, name: As = "") -> None:
    """Take a post out of the plan for good."""
    with acting(name) as (session, person):
        rescheduling.cancel(session, person, post)
    typer.echo(f"post {post} is cancelled")


def requeue(post: Number, start: Start, zone: Zone, name: As = "") -> None:
    """Plan a new post for one that passed, failed or was cancelled, on the same clearance."""
    with acting(name) as (session, person):
        _say_when("planned", rescheduling.requeue(session, person, post, start, zone))


def unblock(post: Number, name: As = "") -> None:
    """Put a blocked post back into the plan; it is judged again when it is due."""
    with acting(name) as (session, person):
        rescheduling.unblock(session, person, post)
    typer.echo(f"post {post} is scheduled again")


def calendar(
    file: Annotated[Path, typer.Option("--out", help="The iCalendar file to write.")],
    days: Days = 90,
) -> None:
    """Write the plan as an iCalendar file; its titles tell neither theme nor person."""
    with reading() as session:
        file.write_bytes(foreseeing.planned_feed(session, days))
    typer.echo(f"wrote {file}")


def _say_when(what: str, post: Post) -> None:
    typer.echo(f"post {post.id} is {what} to {post.local} {post.zone}")
