"""Every page there is, with something on it: what the eye of a script looks at, and what is drawn for docs/screens."""

import atexit
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp

from sqlmodel import Session

from content import (
    crisis,
    draft,
    invitation,
    people,
    protected_term,
    seasonal,
    shift,
    slot,
    stopping,
    stranger,
    trial,
    watch,
)
from content.campaign import SensitiveDay
from content.medium import Whole
from content.message import Message, queue
from content.permission import PERMISSIONS
from content.shadowing import Change, Kind, Shadow
from content.store import now
from tests import factory
from tests.factory.media import picture
from tests.journeys.serving import Desk
from web.app import SCREENS

KINDS: tuple[Kind, Kind] = ("blocked", "needs")
# What is downloaded and never shown.
FILES = {
    "/record/export", "/media/{ref}/{sha256}", "/postings/{number}/files/{sha256}",
    "/postings/{number}/captions/{sha256}",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """One page: what it is called, where it is, somebody who may see it, and how it answers."""

    name: str
    address: str
    who: str
    status: int = 200


def named(path: str) -> str:
    """What the page of this path is called: /narratives/{ref}/consent is narratives-one-consent."""
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"{[^}]*}", "one", path)).strip("-") or "home"


def pages() -> Iterator[tuple[str, str]]:
    """The path of every page that is shown, and who of two people may see it."""
    for screen in SCREENS:
        for (method, path), verb in screen.verbs.items():
            if method == "GET" and path not in FILES:
                yield path, "alice" if "author" in PERMISSIONS[verb].roles else "dana"


def places(desk: Desk) -> Iterator[Place]:
    """Every page, on a house in which something goes on."""
    with desk.house.store.write() as session:
        known, more = _happens(session, desk.house)
    for path, who in pages():
        where = path
        for name, value in sorted(known.items(), key=lambda one: -len(one[0])):
            where = where.replace(name, value)
        yield Place(named(path), where, who)
    yield from more


def _happens(session: Session, house: factory.House) -> tuple[dict[str, str], list[Place]]:
    """What the parts of a path stand for, and pages that are asked for in other ways too."""
    version = factory.version(session, house, of=house.narrative, accounts=("site", "bluesky-en"))
    factory.evaluation(session, version, tier=2)
    message = session.get_one(Message, version.message_id).ref
    factory.passage(session, house.narrative, house.people["bob"], "p9", factory.PASSAGE, gloss="Fights.")
    risky = factory.version(session, house, accounts=("site", "bluesky-en"))
    cleared = factory.clearance(session, house, risky, tier=3, valid_from=timedelta(hours=-1))
    factory.post(session, house, cleared, due=now(session) + timedelta(hours=2))
    event = factory.consent_event(session, house.finding, house.people["kim"], "narrow", languages=["en", "ar"])
    post = factory.cleared_post(session, house, account="bluesky-en")
    out = factory.brought(session, factory.cleared_post(session, house), "published")
    slot.add(session, house.people["alice"], slot.Wanted("spring", "en", "site", "monday", "18:00"))
    crisis.declare(session, house.people["alice"], "FR", "An attack in a city")
    soon = now(session) + timedelta(days=3)
    session.add(SensitiveDay(organisation_id=house.organisation.id or 0, territory="GB", starts_at=soon,
                             ends_at=soon + timedelta(days=1), name="Remembrance"))  # fmt: skip
    tomorrow = f"{now(session) + timedelta(days=1):%Y-%m-%d}"
    hours = {"day": tomorrow, "start": "17:00", "end": "23:00", "zone": "Europe/London", "trained": True}
    shift.add(session, house.people["bob"], shift.Wanted("tom", ["ar", "en"], weeks=2, **hours))
    summer = seasonal.Instead("spring", "Summer", *_days(session, 20, 60), local="21:00")
    seasonal.instead(session, house.people["alice"], summer)
    stops, needs = (Change(kind, message, "en", 1, ("claim-uncited",)) for kind in KINDS)
    found = Shadow(120, (stops, replace(needs, role="legal")))
    trial.keep(session, house.people["dana"], "2027-01-01.1+0123456789ab", 90, found)
    _waits_for_slots(session, house)
    _looked_at_again(session, house)
    token = invitation.invite(session, house.people["tom"], house.people["tom"])
    people.grant(session, house.people["bob"], house.people["alice"], "language:ar")
    queue(session, house.people["alice"], factory.order(session, "M-new", accounts=("site", "bluesky-en")))
    stopping.pause(session, house.people["alice"], "language", "fr")
    for _ in range(protected_term.ALARM):
        protected_term.hit(session, house.id("tom"), now(session))
    posts = [
        factory.brought(session, factory.cleared_post(session, house), state)
        for state in ("uncertain", "blocked", "recall_impossible")
    ]
    shows = drawn_here(session, house)
    to_post = factory.cleared_post(session, house, tier=2, account="facebook-gb", of=house.narrative)
    to_post = factory.brought(session, to_post, "uncertain")
    task = factory.by_hand(session, to_post, assignee_id=house.id("dana"), shown_at=now(session))
    known = {
        "{digest}": version.digest[:16], "{ref}": house.finding.ref, "/people/{ref}": "/people/tom",
        "{kind}": "passage", "{piece:path}": "N-1/p9@1", "{event}": str(event.id), "{number}": str(post.id),
        "/posts/{number}/recall": f"/posts/{out.id}/recall",
        "/review/{digest}/revoke": f"/review/{risky.digest[:16]}/revoke", "/help/{name}": "/help/operate",
        "/postings/{number}": f"/postings/{task.id}",
        "/campaigns/{ref}": "/campaigns/spring", "/accounts/{ref}": "/accounts/bluesky-en",
        "/media/{ref}": f"/media/{shows.row.ref}",
        "/messages/{ref}": f"/messages/{message}", "{theme}/{name}": house.template.name,
        "/compose/propose": "/compose/propose?narrative=N-2&language=ar&of=p2",
    }  # fmt: skip
    return known, [
        *(Place(f"post-{one.state}", f"/posts/{one.id}", "dana") for one in posts),
        Place("replan-one", f"/replan?post={posts[1].id}", "alice"),
        Place("used-template", f"/used/template/{house.template.name}", "alice"),
        Place("posts-blocked", "/posts?state=blocked", "dana"),
        Place("record-search", "/record?who=alice&step=pause.set", "dana"),
        Place("compose-new", "/compose?campaign=spring&narrative=N-2&language=en", "alice"),
        Place("compose-again", "/compose?message=M-new&language=en", "alice"),  # with its preview
        Place("jump-several", "/jump?q=N-", "alice"),
        Place("calendar-month", "/calendar?view=month", "alice"),
        Place("calendar-list", "/calendar?view=list&times=mine&zone=Asia/Tokyo", "alice"),
        Place("refused", "/compose", "dana", 403),
        Place("narrative-passages", "/narratives/N-1", "dana"),
        Place("narrative-consent", "/narratives/N-1/consent", "dana"),
        Place("narrative-protection", "/narratives/N-1/protection", "dana"),
        Place("material-template", "/material/template/infighting/plain", "dana"),
        Place("material-helpline", "/material/block/helpline-gb-en", "dana"),
        Place("sign-in", "/sign-in", ""),
        Place("invitation", f"/invitation/{token}", ""),
    ]


def drawn_here(session: Session, house: factory.House) -> Whole:
    """A green picture that safeguarding has not looked at."""
    session.info["media"] = house.store.media = Path(mkdtemp(prefix="counterpoint-media-"))
    atexit.register(shutil.rmtree, house.store.media)
    return picture(session, house, saw=None, faces=1, sizes=(200,))


def _waits_for_slots(session: Session, house: factory.House) -> None:
    """Two drafts without a time; for one of them the plan has no slot."""
    for ref, account in (("a", "site"), ("b", "bluesky-en")):
        text = {"message": f"M-{ref}", "campaign": "spring", "narrative": "N-2", "language": "en", "stance": "s2"}
        lists = {"passage": ["p2"], "account": [account], "hashtag": []}
        fields = {"text": text | {"template": "infighting/plain"}, "lists": lists}
        draft.save(session, house.people["alice"], ref * 16, fields)


def _looked_at_again(session: Session, house: factory.House) -> None:
    """A post that stood and vanished, and one on our account that others put there."""
    post = factory.brought(session, factory.cleared_post(session, house, account="facebook-gb"), "published")
    at = now(session)
    watch.take_in(session, at)
    seen = [watch.Piece(0, "stands", counts={"likes": 41}), *[watch.Piece(0, "vanished", "It is gone.")] * 2]
    for number, one in enumerate(seen):
        watch.saw(session, post.id or 0, [one], "worker:test", "facebook", at + number * watch.APART)
    session.add(stranger.Stranger(
        account_id=house.accounts["bluesky-en"].id or 0, remote_id="x1", url="https://social.example.org/@us/1",
        posted_at=at, seen_at=at, raised_at=at))  # fmt: skip


def _days(session: Session, *ahead: int) -> list[str]:
    return [f"{now(session) + timedelta(days=one):%Y-%m-%d}" for one in ahead]
