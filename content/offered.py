"""What an author may choose from for one campaign, narrative and language, and whether it is cleared."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from content.campaign import Campaign
from content.clearing import cleared
from content.errors import Refusal
from content.narrative import Narrative, Passage, Quote, narrative_of
from content.organisation import Account, ours, the_organisation
from content.template_version import TemplateVersion


@dataclass(frozen=True, slots=True)
class Offered:
    """Newest versions only. cleared: ids of the passages that people cleared."""

    campaign: Campaign
    narrative: Narrative
    passages: tuple[Passage, ...]
    stances: tuple[Passage, ...]
    quotes: tuple[Quote, ...]
    templates: tuple[TemplateVersion, ...]
    accounts: tuple[Account, ...]
    cleared: frozenset[int]


def offered(session: Session, campaign: str, narrative: str, language: str) -> Offered:
    """What there is to choose from. Refuses an unknown campaign or narrative."""
    plan = session.exec(select(Campaign).where(Campaign.organisation_id == ours(), Campaign.ref == campaign)).first()
    if plan is None:
        raise Refusal("campaign.none", f"There is no campaign {campaign}.", "Look at its spelling, or import it first.")
    told = narrative_of(session, narrative)
    passages = _newest(session, told, language)
    quotes = select(Quote).where(Quote.narrative_id == told.id, Quote.language == language)
    return Offered(
        campaign=plan,
        narrative=told,
        passages=tuple(one for one in passages if one.kind == "account"),
        stances=tuple(one for one in passages if one.kind == "stance"),
        quotes=tuple(session.exec(quotes.order_by(col(Quote.ref)))),
        templates=_templates(session, told, language),
        accounts=_accounts(session, plan, language),
        cleared=frozenset(cleared(session, "passage", [one.id or 0 for one in passages])),
    )


def _accounts(session: Session, campaign: Campaign, language: str) -> tuple[Account, ...]:
    """The campaign's that are in use and take this language."""
    mine = select(Account).where(Account.organisation_id == ours(), col(Account.ref).in_(campaign.accounts))
    found = session.exec(mine.order_by(col(Account.ref)))
    return tuple(one for one in found if one.disabled_at is None and language in (one.languages or [language]))


def campaigns(session: Session) -> Sequence[Campaign]:
    """Every campaign of the organisation, by name."""
    mine = select(Campaign).where(Campaign.organisation_id == ours())
    return session.exec(mine.order_by(col(Campaign.name), col(Campaign.id))).all()


def languages_used(session: Session) -> tuple[str, ...]:
    """The organisation's languages, in order: those in which a reviewer may be wanted."""
    return tuple(sorted(the_organisation(session).languages))


def _newest(session: Session, narrative: Narrative, language: str) -> list[Passage]:
    statement = select(Passage).where(Passage.narrative_id == narrative.id).order_by(col(Passage.number))
    newest = {one.ref: one for one in session.exec(statement)}
    return [one for one in newest.values() if one.language == language]


def _templates(session: Session, narrative: Narrative, language: str) -> tuple[TemplateVersion, ...]:
    """Those of the narrative's themes in this language."""
    themes = [narrative.theme, *narrative.secondary]
    rows = session.exec(
        select(TemplateVersion).where(col(TemplateVersion.theme).in_(themes)).order_by(col(TemplateVersion.number))
    )
    newest = {one.name: one for one in rows}
    return tuple(sorted((one for one in newest.values() if language in one.languages), key=lambda one: one.name))
