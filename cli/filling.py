"""`queue --slots`: messages onto the free slots of their campaign's plan, and what is said of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from cli.printing import say_json, say_refused, say_table
from cli.session import acting
from content import filling
from content.errors import Refusal, Refusals
from content.filling import Placed
from content.intake import Rejected, parse
from content.intake.storing_queue import orders
from content.ordering import Order
from content.store import now


def fill_file(file: Path, since: str, name: str, *, check: bool, as_json: bool) -> None:
    """The messages of a file, in its order."""
    with acting(name) as (session, _):
        at = now(session)
    proposal = parse([file], at)
    fill(orders(proposal.messages, at), since, name, check=check, as_json=as_json, rejected=proposal.rejected)


def fill(
    wanted: Sequence[tuple[str, Order]], since: str, name: str, *, check: bool, as_json: bool,
    rejected: Sequence[Rejected] = (),
) -> None:  # fmt: skip
    """Queues these, each with its place in a file, or only says where each would go. Exit code 1 where one may not."""
    with acting(name) as (session, person):
        placed = filling.fill(session, person, [order for _, order in wanted], since, check=check)
    if as_json:
        for one in placed:
            say_json(_record(one, check=check))
    else:
        say_table("Where they would go" if check else "Queued", ["message", "language", "when", "accounts", "what"],
                  [_row(one, check=check) for one in placed])  # fmt: skip
        _say_sum(placed, check=check)
    refused = [Refusal(why.code, why.message, why.todo, where or why.where)
               for (where, _), one in zip(wanted, placed, strict=True) for why in one.why]  # fmt: skip
    refused += [why for one in rejected for why in one.refusals]
    if refused:
        say_refused(Refusals(refused))
        raise typer.Exit(1)


def _row(one: Placed, *, check: bool) -> list[str]:
    when = f"{one.local:%a %Y-%m-%d %H:%M} {one.zone}" if one.local else "-"
    return [one.order.message, one.order.language, when, " ".join(one.order.accounts), _what(one, check=check)]


def _what(one: Placed, *, check: bool) -> str:
    if one.why:
        return "no room" if any(why.code.startswith("slots.") for why in one.why) else "refused"
    return "stands already" if one.stands else "would go" if check else "queued"


def _record(one: Placed, *, check: bool) -> dict[str, Any]:
    order = one.order
    return {
        "message": order.message, "language": order.language, "accounts": list(order.accounts), "at": one.at,
        "zone": one.zone, "what": _what(one, check=check), "why": [why.code for why in one.why],
    }  # fmt: skip


def _say_sum(placed: Sequence[Placed], *, check: bool) -> None:
    counts = {what: sum(_what(one, check=check) == what for one in placed) for what in _SAID}
    told = ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "nothing to queue"
    typer.echo(told + (". Nothing was changed: this was only a check." if check else ""), err=True)


_SAID = ("queued", "would go", "stands already", "no room", "refused")
