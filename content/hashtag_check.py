"""Hashtags that we use: who looked at each and when, and whether somebody else had taken it over.

Anybody may use a hashtag. One that was ours last month may be full of what we warn of today, so a look counts for a
week; a tag that somebody found taken over stops at once, until a person has looked again.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, ScalarSelect, Select, exists
from sqlalchemy import select as rows
from sqlalchemy.orm import aliased
from sqlmodel import Field, Session, SQLModel, col, func, select

from content.campaign import Campaign, campaign_of
from content.errors import Refusal
from content.given import among
from content.lifecycle import WAITS, Post
from content.limits import limit
from content.link import tag_key
from content.organisation import Organisation, ours
from content.people import Person, require
from content.record import Step, by, write
from content.store import now

SOON = timedelta(days=2)
LASTS = timedelta(days=limit("hashtag-hygiene.days"))


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


_other = aliased(HashtagCheck)
# (organisation, tag, when, good) of the last look at each. tags: as networks compare them.
LOOKED: Select[*tuple[Any, ...]] = rows(
    col(HashtagCheck.organisation_id), col(HashtagCheck.tag), col(HashtagCheck.at), col(HashtagCheck.good)
).where(
    among(col(HashtagCheck.tag), "tags", str),
    col(HashtagCheck.id)
    == rows(func.max(col(_other.id)))
    .where(
        col(_other.organisation_id) == col(HashtagCheck.organisation_id), col(_other.tag) == col(HashtagCheck.tag)
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
    found = campaign_of(session, campaign)
    listed = _listed(session, found)
    unknown = [tag for tag in tags if tag_key(tag) not in listed]
    if unknown or not tags:
        name = unknown[0][:60] if unknown else "that name"
        raise Refusal("hashtag.none", f"Neither {campaign} nor the organisation lists {name}.", "Look at its spelling.")
    keys = [*dict.fromkeys(map(tag_key, tags))]
    for key in keys:
        check = HashtagCheck(organisation_id=found.organisation_id, tag=key, by=person.id or 0, at=at, good=good)
        session.add(check)
        session.flush()
        detail = {"check": check.id, "good": good}
        write(session, Step(by(person.id), "hashtag.check", "campaign", found.id or 0, detail), at=at)
    return [listed[key] for key in keys]


def _listed(session: Session, campaign: Campaign) -> dict[str, str]:
    """What a campaign may use, the organisation's hashtags and its own: as networks compare each, as it is shown."""
    allowed = session.get_one(Organisation, campaign.organisation_id).allowed_tags
    tags = [*(tag for tag in allowed if not tag.startswith("@")), *campaign.hashtags]
    return {tag_key(tag): tag if tag.startswith("#") else f"#{tag}" for tag in tags}


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
    """What a campaign may use, the organisation's hashtags and its own, in the order of the lists."""
    return [*_tags(session, campaign.organisation_id, _listed(session, campaign)).values()]


def tags_of_campaign(session: Session, ref: str) -> list[Tag]:
    """The same of the campaign of this reference. Refuses `campaign.none`."""
    return tags_of(session, campaign_of(session, ref))


def ageing(session: Session, at: datetime, campaigns: int) -> dict[str, tuple[str, datetime | None]]:
    """Listed hashtags whose look counts for less than two days more, or for nothing, each with one campaign that may
    use it: of so many campaigns that something may still go out of."""
    waits = exists().where(col(Post.campaign_id) == col(Campaign.id), WAITS)
    statement = select(Campaign).where(Campaign.organisation_id == ours(), waits).order_by(col(Campaign.ref))
    listed, users = dict[str, str](), dict[str, str]()
    for campaign in session.exec(statement.limit(campaigns)):
        for key, shown in _listed(session, campaign).items():
            listed.setdefault(key, shown)
            users.setdefault(key, campaign.ref)
    found = {key: (tag, tag.ends if tag.good else None) for key, tag in _tags(session, ours(), listed).items()}
    return {tag.tag: (users[key], ends) for key, (tag, ends) in found.items() if ends is None or ends <= at + SOON}


def _tags(session: Session, organisation: int | ScalarSelect[int], listed: Mapping[str, str]) -> dict[str, Tag]:
    last, at = _last(session, organisation, listed), now(session)
    return {key: _tag(shown, at, *last.get(key, (None, ""))) for key, shown in listed.items()}


def _last(
    session: Session, organisation: int | ScalarSelect[int], keys: Collection[str]
) -> dict[str, tuple[HashtagCheck, str]]:
    """The last look at each, and who looked."""
    newest = (
        select(func.max(HashtagCheck.id))
        .where(HashtagCheck.organisation_id == organisation, col(HashtagCheck.tag).in_(keys))
        .group_by(HashtagCheck.tag)
    )
    statement = select(HashtagCheck, Person.ref).join(Person, col(Person.id) == col(HashtagCheck.by))
    return {one.tag: (one, ref) for one, ref in session.exec(statement.where(col(HashtagCheck.id).in_(newest)))}


def _tag(shown: str, at: datetime, last: HashtagCheck | None, who: str) -> Tag:
    if last is None:
        return Tag(shown)
    ends = last.at + LASTS
    return Tag(shown, last.at, last.good, who, last.good and at <= ends, ends)
