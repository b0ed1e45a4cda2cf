"""The organisation with its standard text, cleared: what every unit's words are made with."""

import hashlib
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from content.block import Block, HelplineCheck
from content.checks.rules import RULES
from content.clearing import Clearing
from content.link_check import looked
from content.organisation import Organisation
from content.people import Person
from content.platform_check import compared
from content.store import now
from content.template import parse, read
from content.template_version import TemplateVersion

TEMPLATE = "infighting/plain"
DISCLOSURE = "Published by the Bench House, funded by a private foundation: https://bench.example.org/en"
HELPLINE = "Worried about someone? Bench line, NGO-run, daily 9-5: 0800 000 0000."
CONTEXT = "They harmed Yazidi, Christian, Shia, Kurdish and Sunni people."
CONTEXT_REF = "context-en"
HOST = "bench.example.org"


def found(session: Session, people: dict[str, Person], templates: Path) -> tuple[Organisation, str]:
    """The organisation and the template's reference. With a disclosure, a context line, and a helpline that somebody
    has tried."""
    made = Organisation(
        ref="bench", name="Bench House", funder_type="foundation", home_language="en", languages=["en"],
        allowed_domains=[HOST], allowed_tags=[], phones=["0800 000 0000"], rules=RULES, evaluated_epoch=1,
        created_at=now(session),
    )  # fmt: skip
    session.add(made)
    session.flush()
    author, content = people["author"].id or 0, people["content"].id or 0
    template = _template(session, made, author, templates / f"{TEMPLATE}.j2")
    _cleared(session, "template", template.id or 0, author, content)
    for block in _blocks(session, made, author):
        _cleared(session, "block", block.id or 0, author, content)
        if block.kind == "helpline":
            session.add(HelplineCheck(block_id=block.id or 0, by=content, at=now(session)))
    compared(session, people["content"], "facebook")
    looked(session, people["content"], f"https://{HOST}/en", good=True, kept="the bench")
    session.flush()
    return made, parse(template.source, template.name).ref


def _template(session: Session, organisation: Organisation, author: int, path: Path) -> TemplateVersion:
    shipped = read(path)
    source = path.read_text("utf-8")
    made = TemplateVersion(
        organisation_id=organisation.id or 0, name=TEMPLATE, theme="infighting", languages=list(shipped.languages),
        channels=list(shipped.channels), source=source, sha256=_sha(source), entered_by=author,
        created_at=now(session),
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def _blocks(session: Session, organisation: Organisation, author: int) -> list[Block]:
    helps: dict[str, Any] = {
        "territories": ["GB"], "languages": ["en"], "operator": "ngo", "phone": "0800 000 0000", "hours": "daily 9-5",
        "address": f"https://{HOST}/help",
    }  # fmt: skip
    nowhere: dict[str, Any] = {"territories": [], "languages": []}
    for ref, kind, words, more in (
        ("disclosure-en", "disclosure", DISCLOSURE, nowhere),
        (CONTEXT_REF, "context", CONTEXT, nowhere),
        ("helpline-gb-en", "helpline", HELPLINE, helps),
    ):
        session.add(
            Block(organisation_id=organisation.id or 0, ref=ref, kind=kind, language="en", text=words,
                  sha256=_sha(words), entered_by=author, created_at=now(session), **more)
        )  # fmt: skip
    session.flush()
    return list(session.exec(select(Block)))


def _cleared(session: Session, kind: str, key: int, author: int, person: int) -> None:
    session.add(
        Clearing(kind=kind, material_id=key, person_id=person, entered_by=author, role="content", answer="clear",
                 tags={}, at=now(session))
    )  # fmt: skip
    session.flush()


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
