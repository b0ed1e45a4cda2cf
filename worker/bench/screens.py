"""Every page of the desk that is a list, what its own link for more leads to, and one from the middle of all."""

import html
import re
from collections.abc import Iterator, Mapping

from sqlmodel import Session, col, select

from content import subscription
from content.lifecycle import Post
from content.message import Version
from content.page import sign
from content.people import Person
from content.store import Store
from content.uncleared import Uncleared
from worker.bench import crowd

# {post}, {message}, {digest}, {token}: of something that was loaded.
PAGES: Mapping[str, str] = {
    "home": "/",
    "calendar, week": "/calendar",
    "calendar, month": "/calendar?view=month",
    "calendar, list": "/calendar?view=list",
    "calendar, far accounts": "/calendar?after={account}",
    "calendar, month of far accounts": "/calendar?view=month&after={account}",
    "calendar of a campaign": "/calendar?view=month&campaign=campaign-1",
    "calendar of one account": "/calendar?view=list&account={account}",
    "calendar of a language": "/calendar?view=month&language=en",
    "calendar, one's own times": "/calendar?times=mine&zone=Asia/Tokyo",
    "calendar, one post": "/calendar/posts/{post}",
    "calendar feed": "/calendar/feed/{token}.ics",
    "posts, uncertain": "/posts",
    "posts, blocked": "/posts?state=blocked",
    "posts, recalling": "/posts?state=recalling",
    "posts, cannot be recalled": "/posts?state=recall_impossible",
    "posts, failed": "/posts?state=failed",
    "posts, expired": "/posts?state=expired",
    "posts, surplus": "/posts?state=surplus",
    "one post": "/posts/{post}",
    "messages": "/messages",
    "one message": "/messages/{message}",
    "review": "/review",
    "review, one language": "/review?language=en",
    "review, another language": "/review?language=ar",
    "review, one role": "/review?role=content",
    "review, of an age": "/review?age=24",
    "review, one tier": "/review?tier=3",
    "review, what I have in hand": "/review?mine=true",
    "review, the day": "/review/day",
    "one sheet": "/review/{digest}",
    "material": "/material",
    "go": "/go",
    "record": "/record",
    "record of a person": "/record?who=content",
    "record of a step": "/record?step=pause.set",
    "record of a person's step": "/record?who=content&step=pause.set",
    "record of a rare step": "/record?who=author&step=hold.set",
    "record of a post": "/record?subject=post&id={post}",
    "record of posts": "/record?subject=post",
    "record of holds": "/record?subject=hold",
    "record of some days": "/record?from=2000-01-01&to=2001-01-01",
    "campaigns": "/campaigns",
    "one campaign": "/campaigns/campaign-1",
    "narratives": "/narratives",
    "one narrative": "/narratives/N-1",
    "translations": "/narratives/N-1/translations",
    "consent": "/narratives/N-1/consent",
    "people": "/people",
    "accounts": "/accounts",
    "one account": "/accounts/account-1",
    "templates": "/templates",
    "helplines": "/helplines",
    "pauses": "/pauses",
    "rules": "/rules",
    "compose, with drafts": "/compose",
    "compose, the form": "/compose?campaign=campaign-1&narrative=N-1&language=en",
    "one's own page": "/me",
}
_MORE = re.compile(r'href="([^"]*[?&](?:amp;)?(?:after|place)=[^"]+)"')
STATES = {
    "posts, uncertain": "uncertain", "posts, blocked": "blocked", "posts, recalling": "recalling",
    "posts, cannot be recalled": "recall_impossible", "posts, failed": "failed", "posts, expired": "expired",
}  # fmt: skip


def named(store: Store, author: Person, rows: int) -> dict[str, str]:
    """What stands for the names in braces."""
    with store.write() as session:
        token = subscription.open_link(session, author)
    with store.read() as session:
        version = _middle(session, rows)
    return {
        "{post}": str(crowd.FIRST + 20 * (rows // 40)), "{message}": f"L-{rows // 2 // 40 * 40}", "{token}": token,
        "{digest}": version.digest[:16], "{account}": "account-3",
    }  # fmt: skip


def further(address: str, page: str) -> str:
    """The address of what this page's own link for more leads to; "" where it has none."""
    found = _MORE.search(page)
    link = html.unescape(found[1]).partition("#")[0] if found else ""
    return address.partition("?")[0] + link if link.startswith("?") else link


def far(store: Store, rows: int) -> dict[str, str]:
    """Addresses of pages from the middle, by the name of their list."""
    with store.read() as session:
        found = dict(_far(session, rows))
    return {name: f"{PAGES[name]}{'&' if '?' in PAGES[name] else '?'}after={after}" for name, after in found.items()}


def _far(session: Session, rows: int) -> Iterator[tuple[str, str]]:
    version, middle = _middle(session, rows), crowd.FIRST + rows // 2
    yield from ((name, sign(middle)) for name in ("messages", "record"))
    for name in ("review", "review, one language", "review, one role"):
        yield name, sign(version.not_before, version.id or 0)
    for name, state in STATES.items():
        some = select(Post.changed_at, Post.id).where(Post.state == state, col(Post.id) >= middle)
        found = session.exec(some.order_by(col(Post.id)).limit(1)).one()
        yield name, sign(found[0], found[1] or 0)
    pieces = select(Uncleared).where(col(Uncleared.material_id) >= crowd.FIRST + rows // 20)
    piece = session.exec(pieces.order_by(col(Uncleared.material_id)).limit(1)).one()
    yield "material", sign(piece.since, piece.kind, piece.material_id)


def _middle(session: Session, rows: int) -> Version:
    some = select(Version).where(col(Version.id) >= crowd.FIRST + rows // 2).order_by(col(Version.id)).limit(1)
    return session.exec(some).one()
