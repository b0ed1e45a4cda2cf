"""`counterpoint clear`: people confirm passages, blocks and templates, tagging blind."""

from typing import Annotated, Any

import typer

from cli.printing import say_json, say_table
from cli.session import As, AsJson, acting
from content import clearing, uncleared
from content.errors import Refusal
from content.narrative import THEMES


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(clear)


def clear(
    refs: Annotated[
        list[str] | None, typer.Argument(help="N-12/p1 (passage), helpline-gb-en (block), infighting/plain (template).")
    ] = None,
    refuse: Annotated[bool, typer.Option("--refuse", help="Refuse instead; needs --reason.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why, in your words; erasable.")] = "",
    attribute: Annotated[
        list[str] | None, typer.Option("--attribute", help="What the passage gives away of the person; repeat it.")
    ] = None,
    admits_act: Annotated[bool, typer.Option("--admits-act", help="It admits an act.")] = False,
    operational: Annotated[bool, typer.Option("--operational", help="It tells how something is done.")] = False,
    endorses_violence: Annotated[bool, typer.Option("--endorses-violence", help="It endorses violence.")] = False,
    religious_claim: Annotated[bool, typer.Option("--religious-claim", help="It makes a religious claim.")] = False,
    third_parties: Annotated[bool, typer.Option("--third-parties", help="It accuses one person.")] = False,
    relatives: Annotated[bool, typer.Option("--relatives", help="It tells what leads to a relative.")] = False,
    lure: Annotated[bool, typer.Option("--lure", help="Fighters are praised, or the group reads as a gain.")] = False,
    mocks: Annotated[bool, typer.Option("--mocks", help="It laughs at somebody, or at a faith.")] = False,
    intensity: Annotated[int, typer.Option("--intensity", min=0, max=3, help="How graphic: 0 to 3.")] = 0,
    place: Annotated[str, typer.Option("--place", help="How exact a place: country, region, city, finer.")] = "none",
    date: Annotated[str, typer.Option("--date", help="How exact a date: year, month, day.")] = "none",
    no_tags: Annotated[bool, typer.Option("--no-tags", help="You looked, and a passage needs no tag.")] = False,
    waiting: Annotated[bool, typer.Option("--waiting", help="List what waits for you, with its words.")] = False,
    as_json: AsJson = False,
    name: As = "",
) -> None:
    """Clear material, or refuse it. Never your own; passages are tagged in the same step, unseen by others.

    One person's passage takes two people, one of them safeguarding; everything else one content reviewer.
    """
    if waiting:
        _list(name, as_json)
        return
    if not refs:
        raise Refusal("clearing.nothing", "Nothing to clear was named.", "`counterpoint clear --waiting` lists it.")
    tags = {
        "attributes": attribute or [], "admits_act": admits_act, "operational": operational,
        "endorses_violence": endorses_violence, "religious_claim": religious_claim, "third_parties": third_parties,
        "relatives": relatives, "lure": lure, "mocks": mocks, "intensity": intensity, "place_precision": place,
        "date_precision": date,
    }  # fmt: skip
    tagged = no_tags or tags != _UNTAGGED
    with acting(name) as (session, person):
        done = [_one(session, person, ref, refuse, reason, tags if tagged else None) for ref in refs]
    for ref, made in zip(refs, done, strict=True):
        typer.echo(f"{ref}: {'refused' if refuse else 'cleared'} as {made.role}")


def _one(session: Any, person: Any, ref: str, refuse: bool, reason: str, tags: dict[str, Any] | None) -> Any:
    answer = "refuse" if refuse else "clear"
    return clearing.clear(session, person, kind_of(ref), ref, answer=answer, tags=tags, reason=reason)


def kind_of(ref: str) -> str:
    """passage, block or template, from how the reference is written."""
    first, slash, _ = ref.partition("/")
    if not slash:
        return "block"
    return "template" if first in THEMES else "passage"


def _list(name: str, as_json: bool) -> None:
    with acting(name) as (session, person):
        records = uncleared.waiting(session, person)
    if as_json:
        for record in records:
            say_json(record)
    else:
        columns = ["ref", "kind", "language", "text", "gloss"]
        say_table("Waiting for you", columns, [[record[name] for name in columns] for record in records])


_UNTAGGED = {
    "attributes": [], "admits_act": False, "operational": False, "endorses_violence": False, "religious_claim": False,
    "third_parties": False, "relatives": False, "lure": False, "mocks": False, "intensity": 0,
    "place_precision": "none", "date_precision": "none",
}  # fmt: skip
