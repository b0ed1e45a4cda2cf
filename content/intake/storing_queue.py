"""Messages from files into the queue, each language by itself: good ones in, bad ones back with the reasons."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from content import filling
from content import message as messages
from content.errors import Refusal
from content.intake.proposal import Item, Rejected
from content.intake.queueing import Message, Wording, times_of
from content.message import Order
from content.people import Person
from content.store import now


@dataclass(slots=True)
class Queued:
    """What became of some messages. counts: (message, new | unchanged) -> how many languages of messages."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    rejected: list[Rejected] = field(default_factory=list)


def store_messages(session: Session, person: Person, items: Sequence[Item[Message]]) -> Queued:
    """Queues what is new; what stands in the queue word for word already is left as it is."""
    queued = Queued()
    at = now(session)
    latest = filling.standing(session, (item.value.ref for item in items))
    new: list[tuple[Item[Message], Order, Wording]] = []
    for item in items:
        for language, wording in item.value.languages.items():
            order = order_of(item.value, language, wording, at)
            if _same(latest.get((item.value.ref, language)), order):
                queued.counts["message", "unchanged"] += 1
            else:
                new.append((item, order, wording))
    refused = _queued(session, person, [order for _, order, _ in new])
    for (item, order, wording), why in zip(new, refused, strict=True):
        if why:
            refusals = tuple(_placed(refusal, item.where) for refusal in why)
            queued.rejected.append(Rejected(item.where, _row(item, order.language, wording), refusals))
        else:
            queued.counts["message", "new"] += 1
    return queued


def _queued(session: Session, person: Person, orders: Sequence[Order]) -> list[tuple[Refusal, ...]]:
    """Why each was refused; where this person may queue nothing, all of them for that."""
    try:
        return messages.queue_all(session, person, orders) if orders else []
    except Refusal as refusal:
        return [(refusal,)] * len(orders)


def _placed(refusal: Refusal, where: str) -> Refusal:
    return Refusal(refusal.code, refusal.message, refusal.todo, where)


def orders(items: Sequence[Item[Message]], at: datetime) -> list[tuple[str, Order]]:
    """What they ask for, message by message, each language in turn, with its place in its file."""
    return [
        (item.where, order_of(item.value, language, wording, at))
        for item in items
        for language, wording in item.value.languages.items()
    ]


def order_of(message: Message, language: str, wording: Wording, at: datetime) -> Order:
    """What a message asks for in one language."""
    return Order(
        message=message.ref,
        campaign=message.campaign,
        narrative=message.narrative,
        language=language,
        choices=_choices(wording),
        accounts=list(dict.fromkeys(wording.accounts)),
        plan=times_of(wording, at),
        translator=wording.translator,
        writers=(message.author,) if message.author else (),
    )


def _choices(wording: Wording) -> dict[str, Any]:
    lists = {"passages": list(wording.passages), "connectors": dict(wording.connectors)}
    found = {"template": wording.template, **lists, "hashtags": list(wording.hashtags), "media": list(wording.media)}
    names = ("stance", "quote", "link", "context", "helpline")
    found |= {name: getattr(wording, name) for name in names if getattr(wording, name) is not None}
    return {name: value for name, value in found.items() if value}


def _same(stored: messages.Wording | None, order: Order) -> bool:
    return stored is not None and (stored.choices, stored.accounts, stored.plan) == (
        order.choices,
        order.accounts,
        order.plan,
    )


def _row(item: Item[Message], language: str, wording: Wording) -> dict[str, Any]:
    """The message in this one language, as the file may have had it."""
    if ".csv:" not in item.where:
        shared = item.value.model_dump(mode="json", exclude_unset=True, exclude={"languages"})
        return shared | {"languages": {language: wording.model_dump(mode="json", exclude_unset=True)}}
    cells = {name: getattr(item.value, name) or "" for name in ("ref", "campaign", "narrative", "author")}
    cells["language"] = language
    for name, value in wording.model_dump(mode="json", exclude_unset=True).items():
        cells[name] = _cell(value)
    return cells


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name}={ref}" for name, ref in value.items())
    return " ".join(value) if isinstance(value, list) else str("" if value is None else value)
