"""Words on their way to a clearance: versions, what the checks found, verdicts, clearances."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, select

from content.campaign import Campaign
from content.digest import leaf_digest, version_digest
from content.link import find_links
from content.medium import Whole
from content.message import Involvement, Leaf, LeafPart, Message, Order, Used, Version, Wording
from content.narrative import Narrative
from content.organisation import Account, the_organisation
from content.people import Person
from content.record import Step, by, write
from content.review import Clearance, Evaluation, Verdict
from content.showing import shown
from content.store import now
from content.window import Window, canonical
from tests.factory.building import PASSAGE, House, kept, numbers


def version(
    session: Session,
    house: House,
    *,
    ref: str = "",
    language: str = "en",
    text: str = PASSAGE,
    accounts: Sequence[str] = ("site",),
    of: Narrative | None = None,
    campaign: Campaign | None = None,
    author: str = "alice",
    translator: str | None = None,
    opens: timedelta = timedelta(hours=-1),
    closes: timedelta = timedelta(days=7),
    zone: str = "UTC",
    shows: Sequence[Whole] = (),
) -> Version:
    """A queued and rendered message in one language; `opens` and `closes` of its window are counted from now."""
    at = now(session)
    window = Window(at + opens, at + closes, zone, at.replace(tzinfo=None, microsecond=0))
    narrated = of or house.finding
    message = _message(session, house, ref or f"M-{next(numbers)}", narrated, campaign or house.campaign)
    number = 1 + len(
        session.exec(select(Version.id).where(Version.message_id == message.id, Version.language == language)).all()
    )
    writers = [house.id(author)] + ([house.id(translator)] if translator else [])
    for writer in writers:
        _involve(session, message, writer, "wrote")
    wording = _wording(session, message, language, number, accounts, writers, at)
    leaves = [_leaf(house.accounts[name], text, shows, language) for name in accounts]
    digest = version_digest(
        house.organisation.ref, message.ref, number, language, [leaf.digest for leaf in leaves], canonical(window)
    )
    made = Version(
        digest=digest,
        message_id=message.id or 0,
        wording_id=wording.id or 0,
        language=language,
        number=number,
        author_id=house.id(author),
        translator_id=house.id(translator) if translator else None,
        not_before=window.not_before,
        not_after=window.not_after,
        window=canonical(window),
        rendered_at=at,
    )
    kept(session, made)
    for leaf in leaves:
        leaf.version_id = made.id or 0
        kept(session, leaf)
        spans = [[0, len(text), "passage", f"{narrated.ref}/p@1", ""]]
        kept(session, LeafPart(leaf_id=leaf.id or 0, index=0, text=text, spans=spans))
    _use(session, house, made, narrated)
    for one in shows:
        kept(session, Used(version_id=made.id or 0, kind="medium", ref=one.row.ref, material_id=one.row.id or 0))
    write(session, Step(by(made.author_id), "version.make", "version", digest))
    return made


def order(session: Session, message: str = "M-1", *, start: timedelta = timedelta(days=1), **more: Any) -> Order:
    """What staff would queue about the aggregate finding N-2; `start` is counted from now."""
    at = now(session) + start
    values: dict[str, Any] = {
        "campaign": "spring", "narrative": "N-2", "language": "en", "accounts": ("site",),
        "choices": {"template": "infighting/plain", "passages": ["p2"], "stance": "s2"},
        "plan": {"start": f"{at:%Y-%m-%d %H:%M}", "zone": "UTC"},
    }  # fmt: skip
    return Order(message=message, **(values | more))


def leaf_of(session: Session, version: Version, account: Account) -> Leaf:
    return session.exec(select(Leaf).where(Leaf.version_id == version.id, Leaf.account_id == account.id)).one()


def evaluation(session: Session, version: Version, *, tier: int = 1, blocks: int = 0, **needs: bool) -> Evaluation:
    """The words result under the rules and material now in force."""
    organisation = the_organisation(session)
    found = session.exec(
        select(Evaluation).where(
            Evaluation.digest == version.digest,
            Evaluation.rules == organisation.rules,
            Evaluation.epoch == organisation.material_epoch,
        )
    ).first()
    if found:
        return found
    made = Evaluation(digest=version.digest, rules=organisation.rules, epoch=organisation.material_epoch, tier=tier,
                      blocks=blocks, answers=[], at=now(session), **needs)  # fmt: skip
    kept(session, made)
    write(session, Step("worker:test", "evaluation.make", "version", version.digest, {"evaluation": made.id}))
    return made


def verdict(
    session: Session,
    version: Version,
    seen: Evaluation,
    person: Person,
    role: str,
    answer: str = "approve",
    round_: int = 1,
) -> Verdict:
    message = session.get_one(Message, version.message_id)
    _involve(session, message, person.id or 0, "judges")
    made = Verdict(digest=version.digest, message_id=version.message_id, language=version.language, round=round_,
                   reviewer_id=person.id or 0, role=role, answer=answer, evaluation_id=seen.id or 0,
                   reason="" if answer == "approve" else "unclear", at=now(session))  # fmt: skip
    kept(session, made)
    detail = {"round": round_, "role": role, "evaluation": seen.id}
    write(session, Step(by(person.id), f"verdict.{answer}", "version", version.digest, detail))
    return made


def clearance(
    session: Session,
    house: House,
    version: Version,
    *,
    tier: int = 1,
    valid_from: timedelta = timedelta(),
    valid: timedelta = timedelta(days=14),
    round_: int = 1,
) -> Clearance:
    """The verdicts of bob (and, from tier 2, dana; from tier 3, carol), and the clearance they make."""
    seen = evaluation(session, version, tier=tier)
    roles = {"content": "bob", "safeguarding": "dana"} if tier > 1 else {"content": "bob"}
    for role, ref in roles.items():
        verdict(session, version, seen, house.people[ref], role, round_=round_)
    if tier > 2:
        verdict(session, version, seen, house.people["carol"], "content", round_=round_)
    at = now(session)
    made = Clearance(
        digest=version.digest,
        message_id=version.message_id,
        language=version.language,
        round=round_,
        tier=tier,
        evaluation_id=seen.id or 0,
        needs_language=seen.needs_language,
        needs_legal=seen.needs_legal,
        needs_religious=seen.needs_religious,
        content_by=house.id("bob"),
        safeguarding_by=house.id("dana") if tier > 1 else None,
        third_by=house.id("carol") if tier > 2 else None,
        third_role="content" if tier > 2 else None,
        not_before=version.not_before,
        not_after=version.not_after,
        valid_from=at + valid_from,
        valid_until=at + valid_from + valid,
        cleared_at=at,
    )
    kept(session, made)
    detail = {"digest": version.digest, "round": round_, "tier": tier}
    write(session, Step(by(house.id("bob")), "clearance.give", "clearance", made.id or 0, detail))
    return made


def _message(session: Session, house: House, ref: str, of: Narrative, campaign: Campaign) -> Message:
    found = session.exec(select(Message).where(Message.ref == ref)).first()
    made = Message(organisation_id=house.organisation.id or 0, campaign_id=campaign.id or 0, narrative_id=of.id or 0,
                   ref=ref, created_at=now(session))  # fmt: skip
    return found or kept(session, made)


def _involve(session: Session, message: Message, person: int, side: str) -> None:
    if session.get(Involvement, (message.id, person)) is None:
        kept(session, Involvement(message_id=message.id or 0, person_id=person, side=side))


def _wording(
    session: Session,
    message: Message,
    language: str,
    number: int,
    accounts: Sequence[str],
    writers: Sequence[int],
    at: datetime,
) -> Wording:
    choices = {"template": "infighting/plain", "passages": ["p1"], "stance": "s1", "helpline": "helpline-gb-en"}
    plan = {"start": f"{at:%Y-%m-%d %H:%M}", "zone": "UTC"}
    made = Wording(message_id=message.id or 0, language=language, number=number, choices=choices,
                   accounts=list(accounts), plan=plan, author_id=writers[0],
                   translator_id=writers[1] if len(writers) > 1 else None, queued_at=at, answered_at=at)  # fmt: skip
    return kept(session, made)


def _leaf(account_: Account, text: str, shows: Sequence[Whole], language: str) -> Leaf:
    links = [found.text for found in find_links(text)]
    media = list(shown(shows, language, account_.format, account_.channel))
    digest = leaf_digest([text], account_.remote_identity, account_.format, links, None, media)
    return Leaf(version_id=0, account_id=account_.id or 0, account_identity=account_.remote_identity, digest=digest,
                format=account_.format, length=len(text), unit="characters", links=links, media=media)  # fmt: skip


def _use(session: Session, house: House, made: Version, of: Narrative) -> None:
    for one in house.passages.values():
        if one.narrative_id == of.id:
            kept(session, Used(version_id=made.id or 0, kind="passage", ref=f"{of.ref}/{one.ref}", number=one.number,
                                material_id=one.id or 0))  # fmt: skip
