"""The house itself: people, organisation, accounts, and the material they cleared."""

import hashlib
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, TypeVar, get_origin

from nacl.public import PrivateKey
from psycopg import Connection
from sqlalchemy import event
from sqlalchemy.pool import QueuePool
from sqlmodel import Session, SQLModel, col, select

from content import hashtag_check, people
from content.block import Block, HelplineCheck
from content.campaign import Campaign
from content.checks.rules import RULES
from content.clearing import Clearing
from content.consent import ConsentEvent
from content.keys import Keys
from content.link_check import looked
from content.narrative import Narrative, Passage, Quote, Source
from content.organisation import Account, Organisation, establish
from content.people import Founder, Person
from content.platform_check import compared
from content.record import Step, by, seal, write
from content.shift import Shift
from content.store import Store, now
from content.template_version import TemplateVersion
from tests import snapshots

KEEPER_PRIVATE = PrivateKey(b"k" * 32)
KEYS = Keys(record=b"r" * 32, terms=b"t" * 32, fields=b"f" * 32, keeper_public=bytes(KEEPER_PRIVATE.public_key))


def key_files(folder: Path) -> None:
    """The tests' keys where a program looks for them."""
    told = {"record.key": KEYS.record, "terms.key": KEYS.terms, "fields.key": KEYS.fields}
    for name, value in (told | {"keeper.pub": KEYS.keeper_public}).items():
        (folder / name).write_bytes(b64encode(value))


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
LINKS = tuple(f"https://house.example.org/{page}" for page in ("en", "ar", "help"))
CONTEXT = "They harmed Yazidi, Christian, Shia, Kurdish and Sunni people."
PASSAGE = "He said they spent their days fighting other groups."
STANCE = "They promised help and brought war between neighbours."
numbers = count(1)
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
    """A store with the tests' keys. The next at this address has its statements compiled, and on PostgreSQL a few open
    connections: its database stays where it is. A file of SQLite is another one for each test, so there all are closed.
    """
    if (store := _STORES.get(url)) is None:
        store = _STORES[url] = Store(url, KEYS)
        event.listen(store.engine, "connect", partial(_connected, url))
    try:
        yield store
    finally:
        if store.sqlite or _idle(store) > FEW:
            store.close()


def ours(url: str) -> set[int]:
    """The backends on PostgreSQL that serve a store of ours at this address, and some that did."""
    return _BACKENDS[url]


def _connected(url: str, line: Any, _record: Any) -> None:
    if isinstance(line, Connection):
        _BACKENDS[url].add(line.info.backend_pid)


def let_go(url: str) -> None:
    """Closes what is open at this address."""
    _BACKENDS[url].clear()
    if url in _STORES:
        _STORES[url].close()


def _idle(store: Store) -> int:
    pool = store.engine.pool
    return pool.checkedin() if isinstance(pool, QueuePool) else 0


FEW = 3  # connections
_BACKENDS: defaultdict[str, set[int]] = defaultdict(set)
_STORES: dict[str, Store] = {}


def house(store: Store, kind: str = "rehearsal") -> House:
    """Founds an instance with people, organisation, accounts, material that is cleared, and a campaign.

    The store's database must be empty. Built once in a run for each kind of database, then copied.
    """
    if snapshots.restore(store, kind):
        return entered(store, _TOKENS[store.sqlite, kind])
    with store.write() as session:
        tokens, _ = founded(session, kind)
    made = furnish(store, tokens)
    with store.write() as session:
        seal(session)  # an old row that nobody sealed would hold up every release
    _TOKENS[store.sqlite, kind] = tokens
    snapshots.keep(store, kind)
    return made


_TOKENS: dict[tuple[bool, str], dict[str, str]] = {}


def entered(store: Store, tokens: dict[str, str]) -> House:
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
        look_at_links(session, made)
        look_at_the_rest(session, made)
        answer_replies(session, made)
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
    return kept(session, made)


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
    return kept(session, made)


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
    made = kept(
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
    kept(session, Source(narrative_id=key, ref="press", publisher="Example Press", year=2015, url=url, locator="p. 1",
                          attributes=["origin"]))  # fmt: skip
    kept(session, Quote(narrative_id=key, ref="Q1", text="fighting other groups", language="en",
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
    return kept(session, made)


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
    return kept(session, made)


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


def stored_template(
    session: Session, organisation: Organisation, entered_by: Person, name: str = "infighting/plain"
) -> TemplateVersion:
    made = TemplateVersion(
        organisation_id=organisation.id or 0,
        name=name,
        theme=name.partition("/")[0],
        languages=["en", "ar", "fr", "de"],
        channels=["bluesky", "facebook", "instagram", "mastodon", "site", "telegram", "x"],
        source=TEMPLATE,
        sha256=_sha(TEMPLATE),
        entered_by=entered_by.id or 0,
        created_at=now(session),
    )
    return kept(session, made)


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
    return kept(session, made)


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
    kept(session, event)
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
    kept(session, made)
    write(session, Step(by(person.id), "material.clear", kind, material, {"clearing": made.id, "answer": answer}))
    return made


def verify_helplines(session: Session, house: House) -> None:
    for one in house.blocks.values():
        if one.kind == "helpline":
            check = kept(session, HelplineCheck(block_id=one.id or 0, by=house.id("carol"), at=now(session)))
            write(session, Step(by(check.by), "helpline.verify", "block", one.id or 0, {"check": check.id}))


def look_at_links(session: Session, house: House) -> None:
    """Carol opens the pages that the standard words lead to."""
    for url in LINKS:
        looked(session, house.people["carol"], url, good=True, kept="the house's shelf")


def look_at_the_rest(session: Session, house: House) -> None:
    """Carol looks at the campaign's hashtag, and compares what the platforms demand."""
    carol = house.people["carol"]
    hashtag_check.looked(session, carol, house.campaign.ref, house.campaign.hashtags, good=True)
    for form in ("bluesky", "facebook", "instagram", "mastodon", "telegram", "x"):
        compared(session, carol, form)


def answer_replies(session: Session, house: House) -> Shift:
    """Carol answers whoever replies, in every language and for years; a policy stands, and whom she calls."""
    at, carol = now(session), house.id("carol")
    house.organisation.reply_policy = "https://house.example.org/replies"
    house.organisation.escalation = "Dana, on the house line"
    session.add(house.organisation)
    made = Shift(organisation_id=house.organisation.id or 0, person_id=carol, languages=["ar", "de", "en", "fr"],
                 starts_at=at - timedelta(days=1), ends_at=at + timedelta(days=3650), zone="UTC", entered_by=carol,
                 created_at=at)  # fmt: skip
    return kept(session, made)


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def kept(session: Session, row: Row) -> Row:
    for name, field in type(row).model_fields.items():  # JSON columns have no default: empty means none
        if getattr(row, name, None) is None and get_origin(field.annotation) in (list, dict):
            setattr(row, name, {} if get_origin(field.annotation) is dict else [])
    session.add(row)
    session.flush()
    return row
