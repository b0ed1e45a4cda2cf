"""The composer's form: what its fields mean, and how they are filled again from a draft or from words queued before."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from content import draft
from content.errors import Refusal
from content.message import Order

_ONCE = {"mark", "code", "shown", "draft", "slot"}  # the form's own, never kept
_TEXT = {
    "message", "campaign", "narrative", "language", "template", "stance", "quote", "context", "helpline", "link",
    "start", "zone", "rule", "count", "not_after", "fold", "translator",
}  # fmt: skip
_CHOSEN = ("stance", "quote", "context", "helpline", "link")
_LISTS = {"passage", "account", "hashtag", "medium"}
_CONNECTOR = re.compile(r"connector\.[a-z][a-z0-9_]{0,39}")
_SLOT = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}) ([A-Za-z0-9_+/-]{1,60})")
_LOCAL = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)")


@dataclass(frozen=True, slots=True)
class OrderForm:
    """What the form holds: text fields, and lists of what was ticked. ref: of its draft."""

    text: Mapping[str, str]
    lists: Mapping[str, list[str]]
    ref: str
    shown: str = ""  # the template whose fields the page showed

    def get(self, name: str) -> str:
        """A text field; "" where it was not filled."""
        return self.text.get(name, "")

    def local(self, name: str) -> str | None:
        """A local time as a field for times takes it; None where it is none, to be shown as it was typed."""
        found = _LOCAL.fullmatch(self.get(name))
        return "T".join(found.groups()) if found else None if self.get(name) else ""

    def filled(self) -> bool:
        """Whether there is enough of it to show anything."""
        return bool(self.lists["passage"] and self.get("template"))

    def order(self) -> Order:
        """What it asks for."""
        choices: dict[str, Any] = {"template": self.get("template"), "passages": self.lists["passage"]}
        choices |= {name: self.get(name) for name in _CHOSEN if self.get(name)}
        choices |= {"hashtags": self.lists["hashtag"]} if self.lists["hashtag"] else {}
        choices |= {"media": self.lists["medium"]} if self.lists["medium"] else {}
        named = {name.partition(".")[2]: ref for name, ref in self.text.items() if _CONNECTOR.fullmatch(name) and ref}
        choices |= {"connectors": named} if named else {}
        return Order(
            self.get("message"), self.get("campaign"), self.get("narrative"), self.get("language"), choices,
            self.lists["account"], self._plan(), self.get("translator") or None,
        )  # fmt: skip

    def _plan(self) -> dict[str, Any]:
        plan: dict[str, Any] = {name: self.get(name) for name in ("zone", "rule") if self.get(name)}
        times = {name: self.get(name).replace("T", " ") for name in ("start", "not_after") if self.get(name)}
        numbers = {name: int(self.get(name)) for name in ("count", "fold") if self.get(name).isdecimal()}
        return plan | times | (numbers if plan.get("rule") else {k: v for k, v in numbers.items() if k == "fold"})

    def kept(self) -> dict[str, Any]:
        """What a draft keeps of it."""
        return {"text": {key: value for key, value in self.text.items() if value}, "lists": dict(self.lists)}


async def _read(request: Request) -> OrderForm:
    """The form. Refuses a field that it does not have."""
    form = await request.form()
    if unknown := {key for key in form.keys() - _ONCE - _TEXT - _LISTS if not _CONNECTOR.fullmatch(key)}:
        raise Refusal("form.unread", f"This form has no field {min(unknown)[:40]}.", "Open the page again.")
    text = {name: str(form[name]).strip() for name in form.keys() - _ONCE - _LISTS}
    text |= timed(str(form.get("slot", "")))
    lists = {name: [str(one) for one in form.getlist(name)] for name in _LISTS}
    return OrderForm(text, lists, str(form.get("draft", "")), str(form.get("shown", "")))


def timed(slot: str) -> dict[str, str]:
    """The fields that a free time of the posting plan fills; none where it is none."""
    found = _SLOT.fullmatch(slot)
    return {"start": found[1], "zone": found[2]} if found else {}


Drafting = Annotated[OrderForm, Depends(_read)]


def new(campaign: str, narrative: str, language: str, ref: str = "", slot: str = "") -> OrderForm:
    """An empty form for a message about this. slot: the time to begin with."""
    text = {"campaign": campaign, "narrative": narrative, "language": language, **timed(slot)}
    return OrderForm(text, {name: [] for name in _LISTS}, ref or draft.new_ref())


def again(order: Order) -> OrderForm:
    """The form as these words were ordered, to write their next version."""
    choices = dict(order.choices)
    text = {name: str(choices[name]) for name in ("template", *_CHOSEN) if choices.get(name)}
    text |= {f"connector.{name}": str(ref) for name, ref in (choices.get("connectors") or {}).items()}
    text |= {name: str(value) for name, value in order.plan.items() if name in _TEXT and value not in (None, "")}
    text |= {"message": order.message, "campaign": order.campaign, "narrative": order.narrative}
    lists = {
        "passage": [_bare(ref) for ref in choices.get("passages") or ()],
        "account": list(order.accounts),
        "hashtag": list(choices.get("hashtags") or ()),
        "medium": list(choices.get("media") or ()),
    }
    return OrderForm(text | {"language": order.language}, lists, draft.new_ref())


def of_draft(kept: draft.Kept) -> OrderForm:
    """The form as it was kept; what is no field of it any more is left out."""
    text, lists = kept.fields.get("text", {}), kept.fields.get("lists", {})
    known = {key: str(value) for key, value in text.items() if key in _TEXT or _CONNECTOR.fullmatch(key)}
    return OrderForm(known, {name: [str(one) for one in lists.get(name, ())] for name in _LISTS}, kept.ref)


def _bare(ref: str) -> str:
    return str(ref).rpartition("/")[2].partition("@")[0]
