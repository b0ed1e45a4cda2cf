"""The evidence of a post, or of what a campaign has out, as one file that can be read and checked offline.

It holds words that are out, who cleared them and when, what was sent, and the rows of the record about it. It opens
nothing that is sealed: people stand as the record has them (person:7), reasons and notes stay out, and of what was
taken down only the digest is left, not the words. The same rows make the same bytes.
"""

import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, tuple_
from sqlmodel import Session, col, select

from content import audit
from content.campaign import campaign_of
from content.errors import Refusal
from content.evaluation import ORACLE
from content.lifecycle import Attempt, Part, Post, PostHistory
from content.message import Leaf, LeafPart, Message, Version
from content.narrative import Narrative
from content.organisation import Account, ours
from content.page import place, sign
from content.people import Person, require
from content.record import Record, Step, by, write
from content.review import Clearance, Evaluation, Verdict
from content.stop import Recall, told_cause
from content.store import now
from content.watch import Sighting

FORMAT = "counterpoint-evidence-1"
MOST = 200  # posts of one pack
OUT = ("published", "uncertain")
DOWN = ("recalling", "recalled", "recall_impossible")
_WHEN = (1980, 1, 1, 0, 0, 0)  # of every file in a pack: when it was made is on the record
_READ_ME = """Evidence from Counterpoint, format {format}.

posts/NUMBER.json   one post: its exact words and digests, its clearance and who gave it, what was sent, where it is
record.jsonl        the rows of the record about these posts, their versions and their clearances
pack.json           what this pack is of, and where the next one begins

People stand as the record names them (person:7). Reasons and notes are not in here, and of what was taken down only
the digest is left. `counterpoint audit export` gives the whole record, in whose chain these rows stand; `counterpoint
audit verify FILE` checks that one without trusting the server.
"""


@dataclass(frozen=True, slots=True)
class Pack:
    """A file. name: what to call it; posts: how many it holds; after: where the next pack of the campaign begins."""

    name: str
    data: bytes
    posts: int
    after: str = ""


def of_post(session: Session, person: Person, number: int) -> Pack:
    """One post's. Raises Refusal `post.unknown`."""
    at = now(session)
    require(session, person, at, "evidence.take")
    post = session.exec(select(Post).where(Post.id == number, Post.organisation_id == ours())).first()
    if post is None:
        raise Refusal("post.unknown", f"There is no post {number}.", "The calendar shows those there are.")
    made = _packed(session, [post], {"post": number})
    write(session, Step(by(person.id), "evidence.take", "post", number, {"posts": 1}), at=at)
    return Pack(f"post-{number}-evidence.zip", made, 1)


def of_campaign(session: Session, person: Person, ref: str, after: str = "") -> Pack:
    """What a campaign has out or had out, the newest first, MOST at once. Raises Refusal `campaign.none`."""
    at = now(session)
    require(session, person, at, "evidence.take")
    found = campaign_of(session, ref)
    posts = _went_out(session, found.id or 0, after)
    shown, more = posts[:MOST], ""
    if len(posts) > MOST:
        more = sign(shown[-1].due_at, shown[-1].id or 0)
    made = _packed(session, shown, {"campaign": found.ref, "next": more})
    write(session, Step(by(person.id), "evidence.take", "campaign", found.id or 0, {"posts": len(shown)}), at=at)
    return Pack(f"{found.ref}-evidence.zip", made, len(shown), more)


def _went_out(session: Session, campaign: int, after: str) -> Sequence[Post]:
    order = (col(Post.due_at), col(Post.id))
    statement = select(Post).where(Post.campaign_id == campaign, col(Post.state).in_((*OUT, *DOWN)))
    where = place(after, datetime.fromisoformat, int)
    if where is not None:
        statement = statement.where(tuple_(*order) < where)
    return session.exec(statement.order_by(*(one.desc() for one in order)).limit(MOST + 1)).all()


def _packed(session: Session, posts: Sequence[Post], about: dict[str, Any]) -> bytes:
    files = {f"posts/{post.id}.json": _json(_told(session, post)) for post in posts}
    files["record.jsonl"] = audit.lines(_rows(session, posts))
    files["pack.json"] = _json({"format": FORMAT, "posts": len(posts)} | about)
    files["README.txt"] = _READ_ME.format(format=FORMAT).encode()
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return held.getvalue()


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1, default=_plain) + "\n").encode()


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _told(session: Session, post: Post) -> dict[str, Any]:
    """One post, as a court or a funder would ask about it."""
    message, account = session.get_one(Message, post.message_id), session.get_one(Account, post.account_id)
    narrative = session.get_one(Narrative, post.narrative_id)
    return {
        "post": post.id, "state": post.state, "due_at": post.due_at, "local": post.local, "zone": post.zone,
        "message": message.ref, "language": post.language, "tier": post.tier, "narrative": narrative.public_ref,
        "account": {"ref": account.ref, "channel": account.channel, "format": account.format, "name": account.name},
        "words": _words(session, post), "clearance": _clearance(session, post), "sent": _sent(session, post),
        "attempts": _attempts(session, post), "history": _history(session, post), "recalls": _recalls(session, post),
        "looked_at": _looked_at(session, post),
    }  # fmt: skip


def _words(session: Session, post: Post) -> dict[str, Any]:
    version = session.exec(select(Version).where(Version.digest == post.digest)).one()
    leaf = session.get_one(Leaf, post.leaf_id)
    parts = session.exec(select(LeafPart.text).where(LeafPart.leaf_id == leaf.id).order_by(col(LeafPart.index))).all()
    return {
        "version": version.number, "digest": version.digest, "leaf": leaf.digest, "window": version.window,
        "author": by(version.author_id), "links": leaf.links if post.state in OUT else None,
        "parts": list(parts) if post.state in OUT else None,
    }  # fmt: skip


def _clearance(session: Session, post: Post) -> dict[str, Any]:
    """What the checks found, by their names alone and never of a protected term, and who answered in which role."""
    found = session.get_one(Clearance, post.clearance_id)
    seen = session.get_one(Evaluation, found.evaluation_id)
    statement = select(Verdict).where(Verdict.digest == found.digest, Verdict.round == found.round)
    verdicts = session.exec(statement.order_by(col(Verdict.id)))
    return {
        "number": found.id, "round": found.round, "tier": found.tier, "at": found.cleared_at,
        "from": found.valid_from, "until": found.valid_until, "rules": seen.rules,
        "findings": sorted({f"{one['check']} {one['severity']}" for one in seen.answers if one["check"] != ORACLE}),
        "verdicts": [
            {"role": one.role, "answer": one.answer, "by": by(one.reviewer_id), "at": one.at} for one in verdicts
        ],
    }  # fmt: skip


def _sent(session: Session, post: Post) -> list[dict[str, Any]]:
    parts = session.exec(select(Part).where(Part.post_id == post.id).order_by(col(Part.index)))
    return [
        {"part": one.index, "remote_id": one.remote_id, "url": one.url, "confirmed_at": one.confirmed_at,
         "recalled_at": one.recalled_at}
        for one in parts
    ]  # fmt: skip


def _attempts(session: Session, post: Post) -> list[dict[str, Any]]:
    found = session.exec(select(Attempt).where(Attempt.post_id == post.id).order_by(col(Attempt.id)))
    return [{"began_at": one.began_at, "ended_at": one.ended_at, "outcome": one.outcome} for one in found]


def _history(session: Session, post: Post) -> list[dict[str, Any]]:
    found = session.exec(select(PostHistory).where(PostHistory.post_id == post.id).order_by(col(PostHistory.step)))
    return [{"at": one.at, "step": one.action, "state": one.to_state} for one in found]


def _recalls(session: Session, post: Post) -> list[dict[str, Any]]:
    found = session.exec(select(Recall).where(Recall.post_id == post.id).order_by(col(Recall.id)))
    return [{"at": one.at, "cause": told_cause(one.cause)} for one in found]


def _looked_at(session: Session, post: Post) -> list[dict[str, Any]]:
    """Each look since it is out, and what was seen of each piece."""
    found = session.exec(select(Sighting).where(Sighting.post_id == post.id).order_by(col(Sighting.id)))
    return [{"at": one.at, "part": one.part, "result": one.result, "detail": one.detail} for one in found]


def _rows(session: Session, posts: Iterable[Post]) -> Iterable[Record]:
    """The sealed rows about these posts, their versions and their clearances, in the order of the chain."""
    told: dict[str, set[str]] = {"post": set(), "version": set(), "clearance": set()}
    for post in posts:
        told["post"].add(str(post.id))
        told["version"].add(post.digest)
        told["clearance"].add(str(post.clearance_id))
    about = or_(*(and_(col(Record.subject) == kind, col(Record.subject_id).in_(ids)) for kind, ids in told.items()))
    statement = select(Record).where(about, col(Record.seq).is_not(None)).order_by(col(Record.seq))
    return session.exec(statement)
