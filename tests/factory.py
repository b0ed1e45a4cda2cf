"""A small house for tests to live in: fixed people, one organisation, cleared material, words and posts as rows.

`house(url)` builds the first part and commits it. Everything else takes a session of `house.store.write()`.
Rows are made directly, each with its record row, so that a test of one step needs none of the others.
"""

import hashlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar, get_origin

from nacl.public import PrivateKey
from sqlmodel import Session, SQLModel, col, select

from content import people
from content.block import Block, HelplineCheck
from content.campaign import Campaign
from content.checks.rules import RULES
from content.clearing import Clearing
from content.consent import ConsentEvent
from content.digest import leaf_digest, version_digest
from content.keys import Keys
from content.lifecycle import MOVES, Action, Attempt, Part, Post, State, move, where
from content.message import Involvement, Leaf, LeafPart, Message, Order, Used, Version, Wording
from content.narrative import Narrative, Passage, Quote, Source
from content.organisation import Account, Organisation, establish, move_clock
from content.people import Founder, Person
from content.record import Step, by, seal, write
from content.review import Clearance, Evaluation, Verdict
from content.store import Store, now
from content.template_version import TemplateVersion
from content.window import Window, canonical
from tests import snapshots

KEEPER_PRIVATE = PrivateKey(b"k" * 32)
KEYS = Keys(record=b"r" * 32, terms=b"t" * 32, fields=b"f" * 32, keeper_public=bytes(KEEPER_PRIVATE.public_key))
FOUNDERS = (
    Founder("alice", "Alice Author", ("author",)),
    Founder("tom", "Tom Translator", ("author", "translator")),
    Founder("bob", "Bob Content", ("content",)),
    Founder("carol", "Carol Content", ("content",)),
    Founder("dana", "Dana Safeguarding", ("safeguarding",)),
    Founder("sam", "Sam Safeguarding", ("safeguarding",)),
    Founder("kim", "Kim Keeper", ("keeper",)),
    Founder("farid", "Farid Religious", ("religious", "language:ar")),
    Founder("lena", "Lena Legal", ("legal", "language:fr", "language:de")),
)
TEMPLATE = """{# ---
name: plain
theme: infighting
languages: [en, ar, fr, de]
channels: [bluesky, facebook, instagram, mastodon, site, telegram, x]
blocks: [disclosure, helpline, passage, source_line, stance]
variables: [helpline.line, passage.text, publisher.disclosure, source_line, stance]
--- #}
{{ passage.text }} {{ stance }}
{{ source_line }}
{{ publisher.disclosure }}
{{ helpline.line }}
"""
DISCLOSURE = "Published by Open House, funded by a private foundation: https://house.example.org/en"
HELPLINE = "Worried about someone? House line, NGO-run, daily 9-5: 0800 000 0000."
CONTEXT = "They harmed people of every community."
PASSAGE = "He said they spent their days fighting other groups."
STANCE = "They promised help and brought war between neighbours."
_numbers = count(1)
Row = TypeVar("Row", bound=SQLModel)


@dataclass(slots=True)
class House:
    """What `house()` built. People, accounts, passages and blocks by their refs."""

    store: Store
    tokens: dict[str, str]
    people: dict[str, Person]
    organisation: Organisation
    accounts: dict[str, Account]
    narrative: Narrative  # N-1, one person's account
    finding: Narrative  # N-2, an aggregate finding
    passages: dict[str, Passage]  # p1 s1 of N-1, p2 s2 of N-2
    blocks: dict[str, Block]
    template: TemplateVersion
    campaign: Campaign

    def id(self, ref: str) -> int:
        """A person's id."""
        return self.people[ref].id or 0


@contextmanager
def opened(url: str) -> Iterator[Store]:
    """A store with the tests' keys, closed at the end; the next at this address has its statements compiled."""
    store = _STORES.setdefault(url, Store(url, KEYS))
    try:
        yield store
    finally:
        store.close()


_STORES: dict[str, Store] = {}


def house(store: Store, kind: str = "rehearsal") -> House:
    """Founds an instance with people, organisation, accounts, material that is cleared, and a campaign.

    The store's database must be empty. Built once in a run for each kind of database, then copied.
    """
    if snapshots.restore(store, kind):
        return _entered(store, _TOKENS[store.sqlite, kind])
    with store.write() as session:
        tokens, _ = founded(session, kind)
    made = furnish(store, tokens)
    with store.write() as session:
        seal(session)  # an old row that nobody sealed would hold up every release
    _TOKENS[store.sqlite, kind] = tokens
    snapshots.keep(store, kind)
    return made


_TOKENS: dict[tuple[bool, str], dict[str, str]] = {}


def _entered(store: Store, tokens: dict[str, str]) -> House:
    """The house as its rows say."""
    with store.read() as session:
        narratives = {row.ref: row for row in session.exec(select(Narrative))}
        return House(
            store,
            dict(tokens),
            {row.ref: row for row in session.exec(select(Person))},
            session.exec(select(Organisation)).one(),
            {row.ref: row for row in session.exec(select(Account))},
            narratives["N-1"],
            narratives["N-2"],
            {row.ref: row for row in session.exec(select(Passage))},
            {row.ref: row for row in session.exec(select(Block))},
            session.exec(select(TemplateVersion)).one(),
            session.exec(select(Campaign)).one(),
        )


def furnish(store: Store, tokens: dict[str, str] | None = None) -> House:
    """The same for an instance that is founded already."""
    with store.write() as session:
        named = {person.ref: person for person in session.exec(select(Person))}
        organisation = an_organisation(session)
        accounts = {
            a.ref: a for a in (account(session, organisation, "site", reach="worldwide", channel="site"),
                               account(session, organisation, "facebook-gb", territories=["GB"], form="facebook"),
                               account(session, organisation, "telegram-ar", reach="worldwide", form="telegram"),
                               account(session, organisation, "bluesky-en", reach="worldwide", form="bluesky"))
        }  # fmt: skip
        alice = named["alice"]
        one = narrative(session, organisation, alice, "N-1", kind="individual")
        many = narrative(session, organisation, alice, "N-2", kind="aggregate")
        passages = {
            "p1": passage(session, one, alice, "p1", PASSAGE),
            "s1": passage(session, one, alice, "s1", STANCE, kind="stance"),
            "p2": passage(session, many, alice, "p2", PASSAGE),
            "s2": passage(session, many, alice, "s2", STANCE, kind="stance"),
        }
        blocks = {b.ref: b for b in standard_blocks(session, organisation, alice)}
        template = stored_template(session, organisation, alice)
        campaign = a_campaign(session, organisation, alice, accounts=[*accounts])
        made = House(
            store, tokens or {}, named, organisation, accounts, one, many, passages, blocks, template, campaign
        )  # fmt: skip
        for narrated in (one, many):
            consented(session, made, narrated)
        clear_everything(session, made)
        verify_helplines(session, made)
    return made


def founded(session: Session, kind: str = "rehearsal") -> tuple[dict[str, str], dict[str, Person]]:
    """The instance row and the people; returns their tokens and themselves, by ref."""
    establish(session, kind)
    tokens = people.found(session, FOUNDERS)
    return tokens, {person.ref: person for person in session.exec(select(Person))}


def an_organisation(session: Session, ref: str = "house") -> Organisation:
    made = Organisation(
        ref=ref,
        name="Open House",
        funder_type="foundation",
        home_language="en",
        languages=["en", "ar", "fr", "de"],
        allowed_domains=["house.example.org"],
        allowed_tags=["#OpenHouse"],
        phones=["0800 000 0000"],
        rules=RULES,
        created_at=now(session),
    )
    return _kept(session, made)


def account(
    session: Session,
    organisation: Organisation,
    ref: str,
    *,
    reach: str = "fenced",
    territories: Sequence[str] = (),
    channel: str = "paper",
    form: str = "site",
    languages: Sequence[str] = ("en", "ar", "fr", "de"),
) -> Account:
    """An account whose ownership and identity were verified just now (owned by nobody yet where people are few)."""
    at = now(session)
    owners = session.exec(select(Person.id).where(col(Person.ref).in_(["bob", "dana"]))).all()
    identity = "site" if channel == "site" else f"{channel}:{ref}"
    made = Account(
        organisation_id=organisation.id or 0,
        ref=ref,
        channel=channel,
        format=form,
        name="Open House",
        handle=ref,
        remote_identity=identity,
        identity_seen=identity,
        identity_verified_at=at,
        reach=reach,
        territories=list(territories),
        languages=list(languages),
        settings={"address": "https://house.example.org", "folder": "site"} if channel == "site" else {},
        ownership_first=owners[0],
        ownership_second=owners[1],
        ownership_verified_at=at,
    )
    return _kept(session, made)


def narrative(
    session: Session, organisation: Organisation, entered_by: Person, ref: str, *, kind: str = "individual", **more: Any
) -> Narrative:
    """A narrative of low risk with one source and one quote."""
    values: dict[str, Any] = {
        "theme": "infighting", "kind": kind, "display_label": {"en": "a former member", "ar": "عضو سابق"},
        "source_line": {"en": "Example Press, 2015", "ar": "Example Press, 2015"}, "reprisal_risk": "low",
        "legal_exposure": "low", "minor_at_events": False, "family_in_reach": False, "first_publisher": "Example Press",
        "first_published": 2015, "public_ref": hashlib.sha256(ref.encode()).hexdigest()[:12],
    }  # fmt: skip
    made = _kept(
        session,
        Narrative(
            organisation_id=organisation.id or 0,
            ref=ref,
            entered_by=entered_by.id or 0,
            created_at=now(session),
            **(values | more),
        ),
    )
    key = made.id or 0
    url = "https://press.example.org/story"
    _kept(session, Source(narrative_id=key, ref="press", publisher="Example Press", year=2015, url=url, locator="p. 1",
                          attributes=["origin"]))  # fmt: skip
    _kept(session, Quote(narrative_id=key, ref="Q1", text="fighting other groups", language="en",
                         original_language="en", source_ref="press"))  # fmt: skip
    return made


def passage(
    session: Session, of: Narrative, entered_by: Person, ref: str, text: str, *, language: str = "en", **more: Any
) -> Passage:
    made = Passage(
        narrative_id=of.id or 0,
        ref=ref,
        language=language,
        text=text,
        sha256=_sha(text),
        entered_by=entered_by.id or 0,
        created_at=now(session),
        **more,
    )
    return _kept(session, made)


def block(
    session: Session, organisation: Organisation, entered_by: Person, ref: str, kind: str, text: str, **more: Any
) -> Block:
    made = Block(
        organisation_id=organisation.id or 0,
        ref=ref,
        kind=kind,
        language=more.pop("language", "en"),
        text=text,
        sha256=_sha(text),
        entered_by=entered_by.id or 0,
        created_at=now(session),
        **more,
    )
    return _kept(session, made)


def standard_blocks(session: Session, organisation: Organisation, entered_by: Person) -> list[Block]:
    """English disclosure, context, helpline and one connector."""
    help_ = {
        "territories": ["GB"], "languages": ["en"], "operator": "ngo", "phone": "0800 000 0000", "hours": "daily 9-5",
        "address": "https://house.example.org/help",
    }  # fmt: skip
    return [
        block(session, organisation, entered_by, "disclosure-en", "disclosure", DISCLOSURE),
        block(session, organisation, entered_by, "context-en", "context", CONTEXT),
        block(session, organisation, entered_by, "helpline-gb-en", "helpline", HELPLINE, **help_),
        block(session, organisation, entered_by, "in_their_words-en", "connector", "In their own words:"),
    ]


def stored_template(session: Session, organisation: Organisation, entered_by: Person) -> TemplateVersion:
    made = TemplateVersion(
        organisation_id=organisation.id or 0,
        name="infighting/plain",
        theme="infighting",
        languages=["en", "ar", "fr", "de"],
        channels=["bluesky", "facebook", "instagram", "mastodon", "site", "telegram", "x"],
        source=TEMPLATE,
        sha256=_sha(TEMPLATE),
        entered_by=entered_by.id or 0,
        created_at=now(session),
    )
    return _kept(session, made)


def a_campaign(
    session: Session, organisation: Organisation, entered_by: Person, ref: str = "spring", **more: Any
) -> Campaign:
    values: dict[str, Any] = {
        "name": "Spring", "languages": ["en"], "territories": ["GB"], "purpose": "prevention",
        "hashtags": ["#OpenHouse"], "link_hosts": ["house.example.org"], "context_blocks": ["context-en"],
        "zone": "Europe/London",
    }  # fmt: skip
    made = Campaign(
        organisation_id=organisation.id or 0,
        ref=ref,
        entered_by=entered_by.id or 0,
        created_at=now(session),
        **(values | more),
    )
    return _kept(session, made)


def consented(session: Session, house: House, of: Narrative, **more: Any) -> ConsentEvent:
    """A grant by the keeper over everything the house uses, and safeguarding's assessment of it."""
    at = now(session)
    scope: dict[str, Any] = {
        "basis": "aggregate" if of.kind == "aggregate" else "published",
        "channels": ["site", "facebook", "telegram", "bluesky"], "reach": "worldwide",
        "languages": ["en", "ar", "fr", "de"], "territories": ["*"], "purposes": ["prevention"],
        "uses": ["text", "verbatim", "translated"], "valid_until": at + timedelta(days=3650),
        "reconfirm_by": at + timedelta(days=365),
    }  # fmt: skip
    granted = consent_event(session, of, house.people["kim"], "grant", **(scope | more))
    consent_event(session, of, house.people["dana"], "assess", decision="ok")
    return granted


def consent_event(session: Session, of: Narrative, person: Person, kind: str, **scope: Any) -> ConsentEvent:
    event = ConsentEvent(narrative_id=of.id or 0, kind=kind, by=person.id or 0, at=now(session), **scope)
    _kept(session, event)
    write(session, Step(by(person.id), f"consent.{kind}", "consent", event.id or 0, {"narrative": of.id}))
    return event


def clear_everything(session: Session, house: House) -> None:
    """Two people clear each passage, one each block and template."""
    for one in house.passages.values():
        clearing(session, "passage", one.id or 0, one.entered_by, house.people["bob"], "content")
        clearing(session, "passage", one.id or 0, one.entered_by, house.people["dana"], "safeguarding")
    for block_ in house.blocks.values():
        clearing(session, "block", block_.id or 0, block_.entered_by, house.people["bob"], "content")
    clearing(session, "template", house.template.id or 0, house.template.entered_by, house.people["bob"], "content")


def clearing(
    session: Session,
    kind: str,
    material: int,
    entered_by: int,
    person: Person,
    role: str,
    tags: Mapping[str, Any] | None = None,
    answer: str = "clear",
) -> Clearing:
    made = Clearing(kind=kind, material_id=material, person_id=person.id or 0, entered_by=entered_by, role=role,
                    answer=answer, tags=dict(tags or {}), at=now(session))  # fmt: skip
    _kept(session, made)
    write(session, Step(by(person.id), "material.clear", kind, material, {"clearing": made.id, "answer": answer}))
    return made


def verify_helplines(session: Session, house: House) -> None:
    for one in house.blocks.values():
        if one.kind == "helpline":
            check = _kept(session, HelplineCheck(block_id=one.id or 0, by=house.id("carol"), at=now(session)))
            write(session, Step(by(check.by), "helpline.verify", "block", one.id or 0, {"check": check.id}))


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
) -> Version:
    """A queued and rendered message in one language; `opens` and `closes` of its window are counted from now."""
    at = now(session)
    window = Window(at + opens, at + closes, "UTC", at.replace(tzinfo=None, microsecond=0))
    narrated = of or house.finding
    message = _message(session, house, ref or f"M-{next(_numbers)}", narrated, campaign or house.campaign)
    number = 1 + len(
        session.exec(select(Version.id).where(Version.message_id == message.id, Version.language == language)).all()
    )
    writers = [house.id(author)] + ([house.id(translator)] if translator else [])
    for writer in writers:
        _involve(session, message, writer, "wrote")
    wording = _wording(session, message, language, number, accounts, writers, at)
    leaves = [_leaf(house.accounts[name], text) for name in accounts]
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
    _kept(session, made)
    for leaf in leaves:
        leaf.version_id = made.id or 0
        _kept(session, leaf)
        spans = [[0, len(text), "passage", f"{narrated.ref}/p@1", ""]]
        _kept(session, LeafPart(leaf_id=leaf.id or 0, index=0, text=text, spans=spans))
    _use(session, house, made, narrated)
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
    organisation = session.exec(select(Organisation)).one()
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
    _kept(session, made)
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
    _kept(session, made)
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
    _kept(session, made)
    detail = {"digest": version.digest, "round": round_, "tier": tier}
    write(session, Step(by(house.id("bob")), "clearance.give", "clearance", made.id or 0, detail))
    return made


def post(
    session: Session,
    house: House,
    cleared: Clearance,
    *,
    account: str = "site",
    due: datetime | None = None,
    occurrence: int = 0,
) -> Post:
    """One post of a clearance, scheduled; due as early as its window and validity allow."""
    version_ = session.exec(select(Version).where(Version.digest == cleared.digest)).one()
    message = session.get_one(Message, version_.message_id)
    leaf = leaf_of(session, version_, house.accounts[account])
    when = due or max(cleared.valid_from, cleared.not_before)
    made = Post(
        clearance_id=cleared.id or 0, digest=cleared.digest, language=cleared.language, tier=cleared.tier,
        valid_from=cleared.valid_from, valid_until=cleared.valid_until, not_before=cleared.not_before,
        not_after=cleared.not_after, organisation_id=message.organisation_id, campaign_id=message.campaign_id,
        narrative_id=message.narrative_id, message_id=message.id or 0, leaf_id=leaf.id or 0,
        account_id=leaf.account_id, occurrence=occurrence, due_at=when, local=when.strftime("%Y-%m-%dT%H:%M"),
        zone="UTC", tzdata="", changed_at=now(session),
    )  # fmt: skip
    _kept(session, made)
    detail = {"digest": made.digest, "leaf": leaf.digest, "due": when.isoformat()}
    write(session, Step("worker:test", "post.schedule", "post", made.id or 0, detail))
    return made


def cleared_post(session: Session, house: House, *, tier: int = 1, account: str = "site", **version_: Any) -> Post:
    """A message, its clearance and one post on that account, due now."""
    made = version(session, house, accounts=(account,), **version_)
    return post(session, house, clearance(session, house, made, tier=tier), account=account)


def brought(session: Session, one: Post, state: str) -> Post:
    """Moves a post to that state along the shortest way, with its attempt, part and record rows."""
    for action in _way(State(one.state), State(state)):
        take(session, one, action)
    return one


def as_stored(session: Session, *posts: Post) -> list[Post]:
    """The posts as they stand in the database now."""
    ids = [one.id for one in posts]
    statement = select(Post).where(col(Post.id).in_(ids)).order_by(col(Post.id))
    return list(session.exec(statement.execution_options(populate_existing=True)))


def move_on(session: Session, by_: timedelta) -> None:
    """Moves the rehearsal's clock forward."""
    move_clock(session, int(by_.total_seconds()), "person:1")


def states(session: Session, *posts: Post) -> list[str]:
    """The states in which these posts stand now."""
    return [str(one.state) for one in as_stored(session, *posts)]


def take(session: Session, one: Post, action: Action) -> None:
    """Takes one step, with its attempt, part and record rows."""
    at = now(session)
    fence = "test" if MOVES[State(one.state), action] in ("claimed", "publishing") else None
    lease = at + timedelta(seconds=30) if fence else None
    assert move(session, where([one]), action, at=at, fence=fence, lease_until=lease) == [one.id]
    session.refresh(one)
    if one.state == "publishing":
        tried = Attempt(post_id=one.id or 0, step=one.step, digest=one.digest, fence=one.fence or "", node="test",
                        began_at=at)  # fmt: skip
        _kept(session, tried)
        detail = {"attempt": tried.id, "digest": one.digest, "step": one.step}
        write(session, Step("worker:test", f"post.{action}", "post", one.id or 0, detail))
        if session.get(Part, (one.id, 0)) is None:
            _kept(session, Part(post_id=one.id or 0, index=0, key=f"key-{one.id}"))
    elif action not in (Action.CLAIM, Action.RELEASE_LEASE):
        write(session, Step("worker:test", f"post.{action}", "post", one.id or 0))
    if one.state == "published":
        part = session.get_one(Part, (one.id, 0))
        part.remote_id, part.confirmed_at = part.remote_id or f"remote-{one.id}", part.confirmed_at or at
        _kept(session, part)


def _way(start: State, end: State) -> list[Action]:
    seen: dict[State, list[Action]] = {start: []}
    queue = deque([start])
    while queue and end not in seen:
        at = queue.popleft()
        for (state, action), to in MOVES.items():
            if state == at and to not in seen and action is not Action.FOUND:  # the usual way out is a send
                seen[to] = [*seen[at], action]
                queue.append(to)
    return seen[end]


def _message(session: Session, house: House, ref: str, of: Narrative, campaign: Campaign) -> Message:
    found = session.exec(select(Message).where(Message.ref == ref)).first()
    made = Message(organisation_id=house.organisation.id or 0, campaign_id=campaign.id or 0, narrative_id=of.id or 0,
                   ref=ref, created_at=now(session))  # fmt: skip
    return found or _kept(session, made)


def _involve(session: Session, message: Message, person: int, side: str) -> None:
    if session.get(Involvement, (message.id, person)) is None:
        _kept(session, Involvement(message_id=message.id or 0, person_id=person, side=side))


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
    return _kept(session, made)


def _leaf(account_: Account, text: str) -> Leaf:
    digest = leaf_digest([text], account_.remote_identity, account_.format, [], None, [])
    return Leaf(version_id=0, account_id=account_.id or 0, account_identity=account_.remote_identity, digest=digest,
                format=account_.format, length=len(text), unit="characters", links=[])  # fmt: skip


def _use(session: Session, house: House, made: Version, of: Narrative) -> None:
    for one in house.passages.values():
        if one.narrative_id == of.id:
            _kept(session, Used(version_id=made.id or 0, kind="passage", ref=f"{of.ref}/{one.ref}", number=one.number,
                                material_id=one.id or 0))  # fmt: skip


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _kept(session: Session, row: Row) -> Row:
    for name, field in type(row).model_fields.items():  # JSON columns have no default: empty means none
        if getattr(row, name, None) is None and get_origin(field.annotation) in (list, dict):
            setattr(row, name, {} if get_origin(field.annotation) is dict else [])
    session.add(row)
    session.flush()
    return row
