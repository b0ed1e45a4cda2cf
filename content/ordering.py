"""An order as staff give it, and what is wrong with it: judged on rows read before, so that thousands come at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from content.campaign import Campaign
from content.choosing import choose
from content.errors import Refusal, Refusals
from content.formats import FORMATS
from content.narrative import Narrative
from content.organisation import Account
from content.showing import refs_of, unfit
from content.stock import Stock
from content.window import Window, parse_window

_OTHER_ACCOUNT = "Choose one of the campaign's accounts that is in use."


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody queues. choices and plan as in Wording; accounts: refs; writers: refs of others who wrote it."""

    message: str
    campaign: str
    narrative: str
    language: str
    choices: Mapping[str, Any]
    accounts: Sequence[str]
    plan: Mapping[str, Any]
    translator: str | None = None
    writers: Sequence[str] = field(default=())


def named(stock: Stock, order: Order) -> tuple[Campaign, Narrative]:
    """The campaign and the narrative that an order names. Refuses unknown ones."""
    campaign, narrative = stock.campaigns.get(order.campaign), stock.narratives.get(order.narrative)
    if campaign is None:
        raise _unknown("campaign", order.campaign, order)
    if narrative is None:
        raise _unknown("narrative", order.narrative, order)
    return campaign, narrative


def wrong(stock: Stock, campaign: Campaign, narrative: Narrative, order: Order, at: datetime) -> list[Refusal]:
    """Everything that is wrong with where it is to go, with its words and with its times, counted from `at`."""
    return [*_misplaced(stock, campaign, order), *_unmade(stock, campaign, narrative, order, at)]


def planned_window(plan: Mapping[str, Any], at: datetime) -> Window:
    """The window a plan asks for, counted from `at`. Raises Refusal `window.*`."""
    start = plan.get("start")
    if not start:
        raise Refusal("window.no_start", "The plan says no time.", "Give a local time such as 2027-03-01 10:00.")
    return parse_window(
        str(start),
        str(plan.get("zone") or ""),
        rule=str(plan.get("rule") or ""),
        count=plan.get("count"),
        until=plan.get("until"),
        not_after=plan.get("not_after"),
        fold=plan.get("fold"),
        now=at,
    )


def _unknown(what: str, ref: str, order: Order) -> Refusal:
    return Refusal(f"message.{what}", f"There is no {what} {ref}.", "Import it first.", order.message)


def _misplaced(stock: Stock, campaign: Campaign, order: Order) -> list[Refusal]:
    found = []
    if order.language not in campaign.languages:
        found.append(
            Refusal(
                "message.language",
                f"{campaign.ref} does not speak “{order.language}” (only {', '.join(campaign.languages)}).",
                "Choose another campaign, or add the language to it.",
                order.message,
            )
        )
    if not order.accounts:
        found.append(Refusal("message.accounts", "No account is named.", "Choose at least one.", order.message))
    members = stock.members[campaign.ref]
    problems = (
        _unusable(stock.accounts.get(ref), ref, campaign, ref in members, order.language) for ref in order.accounts
    )
    found += [Refusal("message.account", words, _OTHER_ACCOUNT, order.message) for words in problems if words]
    return found + _unshown(stock, order)


def _unshown(stock: Stock, order: Order) -> list[Refusal]:
    """The accounts that cannot show the media the order names."""
    media = [stock.media[ref] for ref in refs_of(order.choices) if ref in stock.media]
    accounts = [stock.accounts[ref] for ref in order.accounts if ref in stock.accounts]
    found = []
    for account in (one for one in accounts if one.format in FORMATS):
        if why := unfit(media, account.format, account.channel):
            todo = "Leave the account out, or what it cannot show."
            found.append(Refusal("message.media_account", f"{account.ref}: {why}", todo, order.message))
    return found


def _unusable(account: Account | None, ref: str, campaign: Campaign, member: bool, language: str) -> str:
    if account is None:
        return f"There is no account {ref}."
    if not member:
        return f"The account {ref} does not belong to {campaign.ref}."
    if account.disabled_at is not None:
        return f"The account {ref} is switched off."
    if account.format not in FORMATS:
        return f"The account {ref} has a format nobody knows ({account.format})."
    if account.languages and language not in account.languages:
        return f"The account {ref} does not speak “{language}”."
    return ""


def _unmade(stock: Stock, campaign: Campaign, narrative: Narrative, order: Order, at: datetime) -> list[Refusal]:
    found: list[Refusal] = []
    for step in (
        lambda: choose(stock, campaign, narrative, order.language, order.choices),
        lambda: planned_window(order.plan, at),
    ):
        try:
            step()
        except Refusal as refusal:
            found.append(refusal)
        except Refusals as several:
            found += several.refusals
    return found
