"""Hashtags that we use: who looked at each and when, and whether somebody else had taken it over.

Anybody may use a hashtag. One that was ours last month may be full of what we warn of today, so a look counts for a
week; a tag that somebody found taken over stops at once, until a person has looked again.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, Select, exists
from sqlalchemy import select as rows
from sqlalchemy.orm import aliased
from sqlmodel import Field, Session, SQLModel, col, func, select

from content.campaign import Campaign
from content.errors import Refusal
from content.given import among
from content.lifecycle import WAITS, Post
from content.link import tag_key
from content.organisation import Organisation, ours, the_organisation
from content.people import Person, require
from content.record import Step, by, write
from content.store import now

SOON = timedelta(days=2)
LASTS = timedelta(days=7)  # the rules' own limit, hashtag-hygiene.days


class HashtagCheck(SQLModel, table=True):
    """One look. tag: as a network compares it; good: nothing there that we must not be beside."""

    __tablename__ = "hashtag_check"
    __table_args__ = (Index("ix_hashtag_check_last", "organisation_id", "tag", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    tag: str
    by: int = Field(foreign_key="person.id")
    at: datetime
    good: bool


_later = aliased(HashtagCheck)
# (organisation, tag, when, good) of the last look at each. tags: as networks compare them.
LOOKED: Select[*tuple[Any, ...]] = rows(
    col(HashtagCheck.organisation_id), col(HashtagCheck.tag), col(HashtagCheck.at), col(HashtagCheck.good)
).where(
    among(col(HashtagCheck.tag), "tags", str),
    col(HashtagCheck.id)
    == rows(func.max(col(_later.id)))
    .where(
        col(_later.organisation_id) == col(HashtagCheck.organisation_id), col(_later.tag) == col(HashtagCheck.tag)
    )
    .correlate(HashtagCheck)
    .scalar_subquery(),
)  # fmt: skip


def looked(session: Session, person: Person, campaign: str, tags: Collection[str], *, good: bool) -> list[str]:
    """Writes down that this person has just looked at these hashtags of a campaign; returns them as they are listed.

    good: nothing had taken them over. Raises Refusal `campaign.none`, `hashtag.none`.
    """
    at = now(session)
    require(session, person, at, "hashtag.check")
    organisation = the_organisation(session)
    listed = {tag_key(tag): _signed(tag) for tag in _listed(session, organisation, campaign)}
    unknown = [tag for tag in tags if tag_key(tag) not in listed]
    if unknown or not tags:
        name = unknown[0][:60] if unknown else "that name"
        raise Refusal("hashtag.none", f"Neither {campaign} nor the organisation lists {name}.", "Look at its spelling.")
    named = {tag_key(tag): listed[tag_key(tag)] for tag in tags}
    for key in named:
        check = HashtagCheck(organisation_id=organisation.id or 0, tag=key, by=person.id or 0, at=at, good=good)
        session.add(check)
        session.flush()
        detail = {"check": check.id, "good": good}
        write(session, Step(by(person.id), "hashtag.check", "campaign", _campaign(session, campaign).id or 0, detail),
              at=at)  # fmt: skip
    return [*named.values()]


def _campaign(session: Session, ref: str) -> Campaign:
    found = session.exec(select(Campaign).where(Campaign.organisation_id == ours(), Campaign.ref == ref)).first()
    if found is None:
        raise Refusal("campaign.none", f"There is no campaign {ref}.", "Look at its spelling.")
    return found


def _listed(session: Session, organisation: Organisation, campaign: str) -> list[str]:
    tags = [tag for tag in organisation.allowed_tags if not tag.startswith("@")]
    return [*dict.fromkeys([*_campaign(session, campaign).hashtags, *tags])]


def _signed(tag: str) -> str:
    return tag if tag.startswith("#") else f"#{tag}"


@dataclass(frozen=True, slots=True)
class Tag:
    """A listed hashtag and the last look at it. by: who looked; fresh: it counts today; ends: until when."""

    tag: str
    at: datetime | None = None
    good: bool = True
    by: str = ""
    fresh: bool = False
    ends: datetime | None = None


def tags_of(session: Session, campaign: Campaign) -> list[Tag]:
    """What a campaign may use, its own hashtags and the organisation's, in the order of the lists."""
    organisation = session.get_one(Organisation, campaign.organisation_id)
    own = [tag for tag in organisation.allowed_tags if not tag.startswith("@")]
    listed = {tag_key(tag): _signed(tag) for tag in (*own, *campaign.hashtags)}
    last = {
        row.tag: row
        for row in session.connection().execute(LOOKED, {"tags": set(listed)})
        if row.organisation_id == organisation.id
    }
    names = _who(session, organisation.id or 0, set(last))
    return [_tag(shown, last.get(key), names.get(key, ""), now(session)) for key, shown in listed.items()]


def tags_of_campaign(session: Session, ref: str) -> list[Tag]:
    """The same of the campaign of this reference. Refuses `campaign.none`."""
    return tags_of(session, _campaign(session, ref))


def ageing(session: Session, at: datetime, campaigns: int) -> dict[str, tuple[str, datetime | None]]:
    """Listed hashtags whose look counts for less than two days more, or for nothing, each with one campaign that may
    use it: of so many campaigns that something may still go out of."""
    found: dict[str, tuple[str, datetime | None]] = {}
    waits = exists().where(col(Post.campaign_id) == col(Campaign.id), WAITS)
    statement = select(Campaign).where(Campaign.organisation_id == ours(), waits).order_by(col(Campaign.ref))
    for campaign in session.exec(statement.limit(campaigns)):
        for one in tags_of(session, campaign):
            ends = one.ends if one.good else None
            if ends is None or ends <= at + SOON:
                found.setdefault(one.tag, (campaign.ref, ends))
    return found


def _tag(shown: str, row: Any, who: str, at: datetime) -> Tag:
    if row is None:
        return Tag(shown)
    ends = row.at + LASTS
    return Tag(shown, row.at, row.good, who, row.good and at <= ends, ends)


def _who(session: Session, organisation: int, tags: Collection[str]) -> dict[str, str]:
    """Who looked last at each."""
    newest = (
        select(func.max(HashtagCheck.id))
        .where(HashtagCheck.organisation_id == organisation, col(HashtagCheck.tag).in_(tags))
        .group_by(HashtagCheck.tag)
    )
    statement = (
        select(HashtagCheck.tag, Person.ref)
        .join(Person, col(Person.id) == col(HashtagCheck.by))
        .where(col(HashtagCheck.id).in_(newest))
    )
    return dict(session.exec(statement).all())
