"""`queue`, `show` and `preview`: queue a message, see what became of it, and what each account will get."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.filling import fill, fill_file
from cli.printing import say_json, say_more, say_refused, say_table
from cli.session import After, As, AsJson, Limit, acting, reading
from content import message, queued
from content.composing import ComposedLeaf
from content.errors import Refusal, Refusals
from content.intake import parse
from content.intake.storing import store_words
from content.message import Order
from content.page import LIMIT

Words = list[str] | None
Language = Annotated[str, typer.Option("--language", "-l", help="The message's language, such as en.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (queue, show, preview):
        app.command()(command)


def queue(
    ref: Annotated[str, typer.Argument(metavar="[MESSAGE]", help="The message's own reference, such as M-1.")] = "",
    file: Annotated[Path | None, typer.Option("--file", help="Queue the messages of a file instead.")] = None,
    campaign: Annotated[str, typer.Option("--campaign", help="The campaign's reference.")] = "",
    narrative: Annotated[str, typer.Option("--narrative", help="The one narrative it draws on.")] = "",
    language: Language = "",
    template: Annotated[str, typer.Option("--template", help="theme/name, such as infighting/plain.")] = "",
    passage: Annotated[Words, typer.Option("--passage", help="A passage; repeat it.")] = None,
    stance: Annotated[str, typer.Option("--stance", help="The stance.")] = "",
    quote: Annotated[str, typer.Option("--quote", help="A quote.")] = "",
    connector: Annotated[Words, typer.Option("--connector", help="NAME=BLOCK; repeat it.")] = None,
    context: Annotated[str, typer.Option("--context", help="A context line; default: the campaign's.")] = "",
    helpline: Annotated[str, typer.Option("--helpline", help="A helpline; default: the territory's.")] = "",
    hashtag: Annotated[Words, typer.Option("--hashtag", help="A hashtag; repeat it.")] = None,
    link: Annotated[str, typer.Option("--link", help="A link.")] = "",
    medium: Annotated[Words, typer.Option("--media", help="A picture, film or sound (media list); repeat it.")] = None,
    account: Annotated[Words, typer.Option("--account", help="An account; repeat it.")] = None,
    start: Annotated[str, typer.Option("--start", help="Local time: 2027-03-01 10:00.")] = "",
    zone: Annotated[str, typer.Option("--zone", help="Its zone, such as Europe/London.")] = "",
    rule: Annotated[str, typer.Option("--rule", help="An iCalendar rule, such as FREQ=WEEKLY.")] = "",
    times: Annotated[int | None, typer.Option("--count", min=1, max=366, help="How often the rule repeats.")] = None,
    not_after: Annotated[str, typer.Option("--not-after", help="When its window closes; local time.")] = "",
    fold: Annotated[int | None, typer.Option("--fold", min=0, max=1, help="Which of an hour that comes twice.")] = None,
    translator: Annotated[str, typer.Option("--translator", help="Who translated it.")] = "",
    slots: Annotated[bool, typer.Option("--slots", help="Times come from the campaign's posting plan.")] = False,
    since: Annotated[str, typer.Option("--from", help="With --slots: the first day; default: tomorrow.")] = "",
    check: Annotated[bool, typer.Option("--check", help="Only show what it would be; queue nothing.")] = False,
    as_json: AsJson = False,
    name: As = "",
) -> None:
    """Queue a message: cleared passages in a template, for these accounts at these times.

    With --slots whatever names no start goes to the next free slot of its campaign's plan, in the order of the file:
    the first hour at which all its accounts have a slot, and room by their gaps and caps beside all that is planned,
    waits or was just queued, of any campaign. With --check it only shows where each would go and what has no room.
    """
    if file is not None and slots:
        fill_file(file, since, name, check=check, as_json=as_json)
        return
    if file is not None:
        _queue_file(file, name, as_json)
        return
    choices = {
        "template": template, "passages": passage or [], "stance": stance, "quote": quote, "context": context,
        "helpline": helpline, "link": link, "hashtags": hashtag or [], "media": medium or [],
        "connectors": _pairs(connector or []),
    }  # fmt: skip
    plan = {"start": start, "zone": zone, "rule": rule, "count": times, "not_after": not_after, "fold": fold}
    order = Order(ref, campaign, narrative, language, _given(choices), account or [], _given(plan), translator or None)
    if not ref:
        raise Refusal("message.unnamed", "The message has no reference.", "Name it, or give --file.")
    if slots:
        fill([("", order)], since, name, check=check, as_json=as_json)
        return
    if check:
        with acting(name) as (session, person):
            found = queued.sketch(session, person, order)
        _say_preview(found, as_json)
        return
    with acting(name) as (session, person):
        wording = message.queue(session, person, order)
    _say_queued(ref, language, wording.number, as_json)


def show(
    ref: Annotated[str, typer.Argument(metavar="[MESSAGE]", help="One message; default: all.")] = "",
    limit: Limit = LIMIT,
    after: After = "",
    as_json: AsJson = False,
) -> None:
    """Show what became of what was queued: what stops it, who must still answer, and the earliest it can go."""
    with reading() as session:
        page = queued.lines_page(session, ref, after, limit)
    found = page.items
    if as_json:
        for line in found:
            say_json(asdict(line))
        say_more(page.after)
        return
    rows = [
        [x.message, x.language, str(x.number), x.digest[:8], x.state, str(x.tier or ""), _stops(x), _when(x)]
        for x in found
    ]
    columns = ["message", "language", "no.", "digest", "state", "tier", "what stops it, who is missing", "earliest"]
    say_table("Queue", columns, rows)
    say_more(page.after)
    posts = [
        [str(post.id), x.message, x.language, post.account, f"{post.local} {post.zone}", post.state, post.note]
        for x in found
        for post in x.posts
    ]
    if ref and posts:
        say_table("Posts", ["post", "message", "language", "account", "when", "state", "why"], posts)


def preview(
    ref: Annotated[str, typer.Argument(metavar="MESSAGE", help="The message's reference.")],
    language: Annotated[str, typer.Argument(metavar="LANGUAGE", help="Its language, such as en.")],
    as_json: AsJson = False,
    name: As = "",
) -> None:
    """Show exactly what each account would get, with its length, where each stretch comes from, and the findings."""
    with acting(name) as (session, person):
        found = queued.preview(session, person, ref, language)
    _say_preview(found, as_json)


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in ("", None, [], {})}


def _pairs(words: list[str]) -> dict[str, str]:
    pairs = [word.partition("=") for word in words]
    if any(not ref for _, _, ref in pairs):
        raise Refusal("message.connector", "A connector is NAME=BLOCK.", "Write --connector and_then=and_then-en.")
    return {name: ref for name, _, ref in pairs}


def _queue_file(file: Path, name: str, as_json: bool) -> None:
    """Messages of a file, each language by itself: good ones in, bad ones refused by name."""
    with acting(name) as (session, person):
        proposal = parse([file])
        stored = store_words(session, person, proposal.messages)
    rejected = [*proposal.rejected, *stored.rejected]
    count = stored.counts.get(("message", "new"), 0)
    if as_json:
        say_json({"queued": count, "refused": len(rejected)})
    else:
        typer.echo(f"{count} queued, {len(rejected)} refused")
    for entry in rejected:
        say_refused(Refusals(list(entry.refusals)))
    if rejected:
        raise typer.Exit(1)


def _say_queued(ref: str, language: str, number: int, as_json: bool) -> None:
    if as_json:
        say_json({"message": ref, "language": language, "number": number})
    else:
        typer.echo(
            f"{ref} is queued in {language} as number {number}; `counterpoint show {ref}` tells what becomes of it"
        )


def _stops(line: queued.Line) -> str:
    stops = [one["reason"] for one in line.answers if one["severity"] in ("block", "not_evaluated")]
    refused = [f"{one['message']} {one['todo']}" for one in line.refused]
    sent_back = [f"sent back: {line.reason}"] if line.reason else []
    return "; ".join([*sent_back, *refused, *stops, *([f"needs {', '.join(line.missing)}"] if line.missing else [])])


def _when(line: queued.Line) -> str:
    return f"{line.earliest:%Y-%m-%d %H:%M} UTC" if line.earliest else ""


def _say_preview(found: queued.Preview, as_json: bool) -> None:
    """What each account would get; an account that gets nothing is refused, after the others."""
    _say_words(found, as_json)
    if found.composed.failed:
        say_refused(Refusals(list(dict.fromkeys(why for _, why in found.composed.failed))))
        raise typer.Exit(1)


def _say_words(found: queued.Preview, as_json: bool) -> None:
    if as_json:
        for leaf in found.composed.leaves:
            say_json(_record(leaf))
        say_json({"digest": found.composed.digest, "answers": list(found.answers)})
        return
    for leaf in found.composed.leaves:
        limit = f" of {leaf.limit}" if leaf.limit else ""
        typer.echo(f"— {leaf.account.ref} ({leaf.account.format}): {leaf.length}{limit} {leaf.unit}")
        for number, part in enumerate(leaf.parts, 1):
            typer.echo(f"[{number}/{len(leaf.parts)}]" if len(leaf.parts) > 1 else "", nl=len(leaf.parts) > 1)
            typer.echo(part.text)
            refs = dict.fromkeys(f"{span.kind} {span.ref}" for span in part.spans if span.kind != "template")
            typer.echo(f"  from: {'; '.join(refs)}")
    for one in found.answers:
        typer.echo(f"{one['severity']}: {one['check']}: {one['reason']}")


def _record(leaf: ComposedLeaf) -> dict[str, Any]:
    return {
        "account": leaf.account.ref,
        "format": leaf.account.format,
        "length": leaf.length,
        "limit": leaf.limit,
        "unit": leaf.unit,
        "links": list(leaf.links),
        "card": leaf.card,
        "parts": [
            {"text": part.text, "spans": [[s.start, s.end, s.kind, s.ref, s.source] for s in part.spans]}
            for part in leaf.parts
        ],
    }
