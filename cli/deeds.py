"""What the people of the demo do, in the product's own verbs."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from cli.cast import AUTHOR, CONTENT, KEEPER, SAFEGUARDING, SECOND
from cli.stage import Stage
from cli.telling import StoryBroke
from content import clearing, consent, hashtag_check, owning, planned, platform_check, risk, sample, verdict
from content.block import Block, verify_helpline
from content.campaign import Campaign
from content.going import go
from content.intake.parsing import parse
from content.lifecycle import Part, Post
from content.link import find_links
from content.link_check import looked
from content.message import Leaf, LeafPart, Order, Version, queue
from content.narrative import Narrative, Passage
from content.organisation import Account
from content.record import Record
from content.review import Clearance, Evaluation
from content.store import now
from content.template_version import TemplateVersion
from content.zone import local_at

CHOICES = ("template", "passages", "stance", "helpline", "context", "hashtags", "link", "connectors", "quote", "media")


def order(stage: Stage, message: str, language: str, ahead: timedelta, **changed: Any) -> None:
    """The author queues a message of the sample, due so far ahead; `changed` replaces choices or the plan's rule."""
    file = parse([sample.FOLDER / "messages.yaml"])
    found = next(one.value for one in file.messages if one.value.ref == message)
    wording = found.languages[language]
    plan = {"start": stage.local(ahead, wording.zone), "zone": wording.zone}
    plan |= {key: changed.pop(key) for key in ("rule", "count") if key in changed}
    given = wording.model_dump(mode="json", exclude_none=True)
    choices = {key: given[key] for key in CHOICES if key in given} | changed
    with stage.acting(AUTHOR) as (session, person):
        queue(
            session,
            person,
            Order(message, found.campaign, found.narrative, language, choices, wording.accounts, plan),
        )
    stage.telling.tried(f"Amira queues {message} for {plan['start']} {wording.zone}")


def show(stage: Stage, digest: str) -> None:
    """The exact words of each account, with their length in the channel's own unit; equal leaves fold."""
    with stage.store.read() as session:
        statement = (
            select(Leaf, LeafPart.text, Account.ref)
            .join(Version, col(Version.id) == col(Leaf.version_id))
            .join(LeafPart, col(LeafPart.leaf_id) == col(Leaf.id))
            .join(Account, col(Account.id) == col(Leaf.account_id))
            .where(Version.digest == digest)
        )
        rows = session.exec(statement).all()
    sizes = [f"{ref}: {leaf.length}{f' of {leaf.limit}' if leaf.limit else ''} {leaf.unit}" for leaf, _, ref in rows]
    stage.telling.answered("the worker formats it for each account: " + ", ".join(dict.fromkeys(sizes)))
    for words in dict.fromkeys(row[1] for row in rows):
        stage.telling.words(words)


def blocking(found: Evaluation) -> list[str]:
    """The reasons that stop these words, once each."""
    lines = []
    for one in found.answers:
        if one["severity"] == "not_evaluated":
            lines.append(f"not checked, which counts as a stop: {one['missing']} is not known [{one['check']}]")
        elif one["severity"] == "block":
            lines.append(f"{one['reason']} [{one['check']}]")
    return list(dict.fromkeys(lines))


def clear_passages(stage: Stage, prefix: str = "N-") -> int:
    """Ben and Dana read and tag every passage of these narratives, each without seeing the other's tags."""
    done = 0
    for ref in (CONTENT, SAFEGUARDING):
        with stage.acting(ref) as (session, person):
            for passage, narrative in _passages(session, prefix):
                if ref == SAFEGUARDING and narrative.kind == "aggregate":
                    continue
                clearing.clear(session, person, "passage", f"{narrative.ref}/{passage.ref}", tags=passage.proposed_tags)
                done += 1
    return done


def clear_standard(stage: Stage) -> int:
    """Ben reads the standard blocks and the templates."""
    with stage.acting(CONTENT) as (session, person):
        blocks = session.exec(select(Block.ref)).all()
        templates = session.exec(select(TemplateVersion.name)).all()
        for ref in blocks:
            clearing.clear(session, person, "block", ref)
        for name in templates:
            clearing.clear(session, person, "template", name)
    return len(blocks) + len(templates)


def call_helplines(stage: Stage) -> int:
    """Clara calls every helpline and writes down that it answered."""
    with stage.acting(SECOND) as (session, person):
        refs = session.exec(select(Block.ref).where(Block.kind == "helpline")).all()
        for ref in refs:
            verify_helpline(session, person, ref)
    return len(refs)


def open_links(stage: Stage) -> int:
    """Clara opens each page that the standard words lead to, keeps a copy, and writes that down: a rehearsal's worker
    opens nothing outside."""
    with stage.acting(SECOND) as (session, person):
        texts = session.exec(select(Block.text)).all()
        urls = sorted({found.text for text in texts for found in find_links(text)})
        for url in urls:
            looked(session, person, url, good=True, kept="Clara's shelf (demo)")
    return len(urls)


def look_around(stage: Stage) -> int:
    """Clara looks who uses the campaigns' hashtags, and compares what the platforms demand with our profiles."""
    with stage.acting(SECOND) as (session, person):
        for campaign in session.exec(select(Campaign)).all():
            if campaign.hashtags:
                hashtag_check.looked(session, person, campaign.ref, campaign.hashtags, good=True)
        forms = [one.name for one in platform_check.platforms(session)]
        for form in forms:
            platform_check.compared(session, person, form)
    return len(forms)


def assess(stage: Stage, prefix: str = "N-") -> int:
    """Dana assesses the reuse of each published account; Kim answers who could be reached."""
    with stage.acting(SAFEGUARDING) as (session, person):
        narratives = session.exec(select(Narrative).where(col(Narrative.ref).startswith(prefix))).all()
        for one in narratives:
            consent.add(session, person, one, "assess", decision="ok")
    with stage.acting(KEEPER) as (session, person):
        for one in [one for one in narratives if one.kind == "individual"]:
            one = session.get_one(Narrative, one.id)
            risk.answer(session, person, one, family_in_reach=False)
    return len(narratives)


def own_accounts(stage: Stage) -> int:
    """Ben and Dana each confirm that the accounts are the organisation's own."""
    count = 0
    for ref in (CONTENT, SAFEGUARDING):
        with stage.acting(ref) as (session, person):
            refs = session.exec(select(Account.ref)).all()
            for account in refs:
                owning.confirm(session, person, account)
            count = len(refs)
    stage.telling.wait("the worker's verification of the accounts", lambda: _verified(stage))
    return count


def approve(stage: Stage, ref: str, digest: str, seen: Evaluation) -> Clearance | None:
    """One person approves these words, having seen this result of the checks."""
    with stage.acting(ref) as (session, person):
        return verdict.verdict(session, person, digest, "approve", seen=seen.id or 0)


def approve_all(stage: Stage, digest: str, seen: Evaluation, people: Sequence[str]) -> Clearance:
    """People approve in turn until the words are cleared."""
    for ref in people:
        cleared = approve(stage, ref, digest, seen)
        if cleared is not None:
            return cleared
    raise StoryBroke(f"{len(people)} people were not enough to clear {digest[:12]}")


def arrived(stage: Stage, posts: Sequence[Post]) -> list[list[str]]:
    """Says where each post went and how late; returns the receipt's lines."""
    lines = []
    for post in posts:
        ended, late = stage.lateness(post)
        account = stage.account(post)
        stage.telling.answered(f"{account}: {late:.0f} ms after {post.due_at:%H:%M:%S}")
        offset = stage.offset()
        lines.append(
            [
                account,
                post.digest[:12],
                f"{post.due_at:%d %b %H:%M:%S}",
                f"{late:.0f} ms",
                f"{ended - offset:%d %b %H:%M:%S}",
            ]
        )
    return lines


def give_go(stage: Stage, posts: Sequence[Post], due: datetime) -> int:
    """Kim gives the go for the days, where they are published, on which these posts are due."""
    days = {local_at(due, post.zone).date() for post in posts}
    with stage.acting(KEEPER) as (session, person):
        return len({post for day in sorted(days) for post in go(session, person, day)})


def page_of(stage: Stage, posts: Sequence[int]) -> Path:
    """Where the page of the one among these posts that is on the site lies."""
    with stage.store.read() as session:
        statement = (
            select(Part.url)
            .join(Post, col(Post.id) == col(Part.post_id))
            .join(Account, col(Account.id) == col(Post.account_id))
            .where(col(Post.id).in_(posts), Account.channel == "site")
        )
        url = session.exec(statement).one()
    return next(stage.told.site.rglob((url or "").rpartition("/")[2]))


def sealed(stage: Stage) -> None:
    """Waits until the worker has chained every record row."""

    def done() -> bool:
        with stage.store.read() as session:
            return session.exec(select(Record.id).where(col(Record.seq).is_(None)).limit(1)).first() is None

    stage.telling.wait("sealing the record", done)


def stopping_checks(stage: Stage, version: Version) -> dict[str, str]:
    """check -> reason, of all that stops these words now: what the words say, and what the facts say when due."""
    seen = stage.judged(version)
    with stage.store.read() as session:
        facts = planned.answers(session, version, seen.tier, now(session))
    found = {one["check"]: one["reason"] for one in seen.answers if one["severity"] != "warn"}
    return found | {one.check: getattr(one, "reason", "") or "unknown" for one in facts}


def forge(stage: Stage, digest: str) -> None:
    """Raw SQL, as somebody with the database in hand would write it: the database itself refuses."""
    copy = (
        "INSERT INTO post (clearance_id, digest, language, tier, valid_from, valid_until, not_before, not_after,"
        " organisation_id, campaign_id, narrative_id, message_id, leaf_id, account_id, occurrence, due_at, local, zone,"
        " tzdata, state, step, action, changed_at, lapses, surplus, note)"
        " SELECT clearance_id, :digest, language, tier, valid_from, valid_until, not_before, not_after,"
        " organisation_id, campaign_id, narrative_id, message_id, leaf_id, account_id, 7, due_at, local, zone, tzdata,"
        " 'scheduled', 0, 'insert', changed_at, 0, surplus, '' FROM post LIMIT 1"
    )
    try:
        with stage.store.write() as session:
            session.connection().execute(text(copy), {"digest": digest})
    except DBAPIError as refused:
        stage.telling.refused(f"the database: {refused.orig}")
        return
    raise StoryBroke("the database let an uncleared post in")


def _passages(session: Session, prefix: str) -> list[tuple[Passage, Narrative]]:
    statement = (
        select(Passage, Narrative)
        .join(Narrative, col(Narrative.id) == col(Passage.narrative_id))
        .where(col(Narrative.ref).startswith(prefix))
        .order_by(col(Passage.id))
    )
    return [(row[0], row[1]) for row in session.exec(statement)]


def _verified(stage: Stage) -> bool:
    with stage.store.read() as session:
        return session.exec(select(Account.id).where(col(Account.identity_seen).is_(None)).limit(1)).first() is None
