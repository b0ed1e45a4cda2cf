"""A medium: a picture, film or sound that messages may show, what is known of it, and what people said of it.

Its bytes lie in the folder of media as content/encoding wrote them, under random names; the rows say which bytes. What
people find in it is added and never changed: the last word counts.
"""

import json
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from content.captions import read_captions
from content.encoding import Encoded, discard, path_of
from content.errors import Refusal
from content.keys import decrypt, encrypt
from content.narrative import Narrative
from content.organisation import ours, raise_epoch, the_organisation
from content.people import Person, require
from content.record import Step, by, write
from content.retired import MediumRetirement, retirements
from content.store import json_field, now

KINDS = ("image", "illustration", "video", "audio")
SYNTHETIC = ("ai_image", "ai_voice", "ai_face", "actor", "reconstruction", "composite", "translation", "edited")
VOICES = ("none", "actor", "altered", "consented", "own")
TEXTS = ("none", "some", "only")  # whether it shows words
LONGEST = 5000  # characters of an alt text, label or note


class Medium(SQLModel, table=True):
    """One picture, film or sound. faces: the most a machine saw at once; voice: it has sound.

    contrast: of words in it, in hundredths, None where nobody measured; sealed: {release, source} as JSON; left: what
    its files still say of themselves; drawn, language: the words that were drawn, for a card, and of which material
    (kind, ref, number and id, a space between).
    """

    __table_args__ = (
        UniqueConstraint("ref"),
        CheckConstraint("kind IN ('image', 'illustration', 'video', 'audio')", name="kind"),
        CheckConstraint("texts IN ('none', 'some', 'only')", name="texts"),
        CheckConstraint("faces >= 0 AND milliseconds >= 0", name="counted"),
        CheckConstraint("(drawn = '') = (language = '') AND (drawn = '') = (drawn_of = '')", name="drawn"),
        Index("ix_medium_newest", "organisation_id", "id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    narrative_id: int | None = Field(default=None, foreign_key="narrative.id", index=True)
    ref: str
    kind: str
    faces: int
    voice: bool
    milliseconds: int
    synthetic: list[str] = json_field()
    texts: str
    contrast: int | None = None
    licence: str
    sealed: str
    left: list[str] = json_field()
    drawn: str = ""
    drawn_of: str = ""
    language: str = ""
    added_by: int = Field(foreign_key="person.id")
    added_at: datetime


class MediumFile(SQLModel, table=True):
    """Bytes of a medium: the best first, then smaller ones. name: where they lie, random."""

    __tablename__ = "medium_file"
    __table_args__ = (PrimaryKeyConstraint("medium_id", "number"), UniqueConstraint("name"), UniqueConstraint("sha256"))
    medium_id: int = Field(foreign_key="medium.id")
    number: int
    name: str
    sha256: str
    type: str
    bytes: int
    width: int
    height: int


class MediumWords(SQLModel, table=True):
    """What goes with a medium in one language: what it shows, that it is made, a note before it, captions."""

    __tablename__ = "medium_words"
    __table_args__ = (PrimaryKeyConstraint("medium_id", "language", "number"),)
    medium_id: int = Field(foreign_key="medium.id")
    language: str
    number: int
    alt: str
    label: str
    note: str
    captions: str  # WebVTT, as captions.read_captions gives it back
    by: int = Field(foreign_key="person.id")
    at: datetime


class MediumLook(SQLModel, table=True):
    """What a person of safeguarding saw and heard in a medium: who can be known again, and who agreed to it."""

    __tablename__ = "medium_look"
    __table_args__ = (
        PrimaryKeyConstraint("medium_id", "number"),
        CheckConstraint("faces >= 0 AND released >= 0", name="counted"),
        CheckConstraint("voice IN ('none', 'actor', 'altered', 'consented', 'own')", name="voice"),
    )
    medium_id: int = Field(foreign_key="medium.id")
    number: int
    faces: int  # of people who can be known again
    released: int  # of how many of them a release is on file
    voice: str
    background_cleared: bool
    minor_visible: bool
    symbol: bool
    by: int = Field(foreign_key="person.id")
    at: datetime


@dataclass(frozen=True, slots=True)
class Given:
    """What is said of a medium when it is added. contrast: of words in it, such as 4.5; texts: none | some | only."""

    licence: str
    release: str = ""
    source: str = ""
    synthetic: Sequence[str] = ()
    texts: str = "none"
    contrast: float | None = None
    narrative: str = ""
    illustration: bool = False
    drawn: str = ""
    drawn_of: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """What goes with a medium in one language; captions: WebVTT."""

    alt: str = ""
    label: str = ""
    note: str = ""
    captions: str = ""


@dataclass(frozen=True, slots=True)
class Saw:
    """One person's answer on a medium, as in MediumLook."""

    faces: int
    released: int
    voice: str
    background_cleared: bool
    minor_visible: bool
    symbol: bool


@dataclass(frozen=True, slots=True)
class Whole:
    """A medium with its files, the last words in each language, the last look, and whether it was retired.

    said_by: who gave those words; nobody those that were drawn with a card, which are cleared material.
    """

    row: Medium
    files: tuple[MediumFile, ...] = ()
    words: Mapping[str, Words] = field(default_factory=dict)
    said_by: Mapping[str, int] = field(default_factory=dict)
    look: MediumLook | None = None
    retired: MediumRetirement | None = None

    def said(self, language: str) -> Words:
        """The words for readers of this language; empty ones where there are none."""
        return self.words.get(language) or self.words.get(language.partition("-")[0]) or Words()

    def givers(self, language: str) -> frozenset[int]:
        """Who has a part in what readers of this language are shown: who brought it, and who said what it shows."""
        said = self.said_by.get(language) or self.said_by.get(language.partition("-")[0])
        brought = None if self.row.drawn else self.row.added_by
        return frozenset(one for one in (brought, said) if one is not None)

    def fitting(self, most: int | None) -> MediumFile | None:
        """The best file of at most that many bytes."""
        return next((one for one in self.files if most is None or one.bytes <= most), None)


def add(session: Session, person: Person, encoded: Encoded, given: Given, words: Mapping[str, Words]) -> Medium:
    """Keeps a medium whose files were just encoded. Raises Refusal `media.*`; then the files are gone again."""
    try:
        return _added(session, person, encoded, given, words)
    except Exception:
        discard(encoded, session.info["media"])
        raise


def _added(session: Session, person: Person, encoded: Encoded, given: Given, words: Mapping[str, Words]) -> Medium:
    require(session, person, now(session), "medium.add")
    _judge(given)
    _new(session, encoded)
    row = Medium(
        organisation_id=the_organisation(session).id or 0,
        narrative_id=_narrative(session, given.narrative),
        ref=secrets.token_hex(8),
        kind="illustration" if given.illustration and encoded.kind == "image" else encoded.kind,
        **{name: getattr(encoded, name) for name in ("faces", "voice", "milliseconds")},
        **{name: getattr(given, name) for name in ("texts", "drawn", "drawn_of", "language")},
        left=list(encoded.left),
        synthetic=sorted(given.synthetic),
        licence=given.licence.strip(),
        sealed="",
        contrast=None if given.contrast is None else round(100 * given.contrast),
        added_by=person.id or 0,
        added_at=now(session),
    )
    row.sealed = _seal(session, row.ref, {"release": given.release, "source": given.source})
    session.add(row)
    session.flush()
    session.add_all(
        MediumFile(medium_id=row.id or 0, number=number, **{name: getattr(made, name) for name in _FILE})
        for number, made in enumerate(encoded.files)
    )
    for language, said in words.items():
        _say(session, person, row, language, said)
    _written(session, person, row, "medium.add")
    return row


_FILE = ("name", "sha256", "type", "bytes", "width", "height")


def say(session: Session, person: Person, ref: str, language: str, words: Words) -> Medium:
    """Gives the words that go with a medium in one language anew; versions already made keep theirs."""
    require(session, person, now(session), "medium.add")
    row = medium(session, ref)
    _say(session, person, row, language, words)
    _written(session, person, row, "medium.say")
    return row


def look(session: Session, person: Person, ref: str, saw: Saw) -> Medium:
    """A person of safeguarding says what can be seen and heard; all that shows it is judged again.

    Raises Refusal `media.none`, `media.own`, `media.look`, `rights.role`.
    """
    require(session, person, now(session), "medium.look")
    row = medium(session, ref)
    if row.added_by == person.id:
        raise Refusal("media.own", "You added this one yourself.", "Somebody else of safeguarding looks at it.", ref)
    if saw.voice not in VOICES or min(saw.faces, saw.released) < 0:
        raise Refusal("media.look", f"The voice is one of: {', '.join(VOICES)}.", "Say which.", ref)
    raise_epoch(session, row.organisation_id)
    number = 1 + len(session.exec(select(MediumLook.number).where(MediumLook.medium_id == row.id)).all())
    values = {name: getattr(saw, name) for name in Saw.__dataclass_fields__}
    session.add(MediumLook(medium_id=row.id or 0, number=number, by=person.id or 0, at=now(session), **values))
    _written(session, person, row, "medium.look")
    return row


def medium(session: Session, ref: str) -> Medium:
    """The medium of that reference. Raises Refusal `media.none`."""
    found = session.exec(select(Medium).where(Medium.organisation_id == ours(), Medium.ref == ref)).first()
    if found is None:
        raise Refusal("media.none", f"There is no medium {ref[:64]}.", "`counterpoint media list` shows them.")
    return found


def by_refs(session: Session, refs: Iterable[str]) -> dict[str, Whole]:
    """Media of ours by reference, with all that is known of them; no statement where none is asked for."""
    wanted = sorted({*refs})
    if not wanted:
        return {}
    rows = session.exec(select(Medium).where(Medium.organisation_id == ours(), col(Medium.ref).in_(wanted))).all()
    return {one.row.ref: one for one in wholes(session, rows)}


def by_ids(session: Session, ids: Collection[int]) -> dict[int, Whole]:
    """The same by their ids."""
    if not ids:
        return {}
    rows = session.exec(select(Medium).where(col(Medium.id).in_(sorted(ids)))).all()
    return {one.row.id or 0: one for one in wholes(session, rows)}


def wholes(session: Session, rows: Sequence[Medium]) -> list[Whole]:
    """These media with all that is known of them, in four statements; none where there are no media."""
    if not rows:
        return []
    ids = [row.id for row in rows]
    files: dict[int, list[MediumFile]] = defaultdict(list)
    for file in session.exec(_of(MediumFile, ids).order_by(col(MediumFile.medium_id), col(MediumFile.number))):
        files[file.medium_id].append(file)
    words: dict[int, dict[str, Words]] = defaultdict(dict)
    said_by: dict[int, dict[str, int]] = defaultdict(dict)
    drawn = {row.id for row in rows if row.drawn}
    for one in session.exec(_of(MediumWords, ids).order_by(col(MediumWords.number))):
        words[one.medium_id][one.language] = Words(one.alt, one.label, one.note, one.captions)
        if one.number > 1 or one.medium_id not in drawn:
            said_by[one.medium_id][one.language] = one.by
    looks = {one.medium_id: one for one in session.exec(_of(MediumLook, ids).order_by(col(MediumLook.number)))}
    gone = retirements(session, ids)
    return [
        Whole(row, tuple(files[key]), words[key], said_by[key], looks.get(key), gone.get(key))
        for row, key in ((row, row.id or 0) for row in rows)
    ]


def uses_of_media(kinds: Iterable[str]) -> frozenset[str]:
    """What showing media of these kinds needs consent for: image, video, audio."""
    return frozenset("image" if kind == "illustration" else kind for kind in kinds)


def kept_apart(session: Session, row: Medium) -> Mapping[str, str]:
    """{release, source}: who agreed and where it comes from, for who may read it; empty under another key."""
    try:
        told: Mapping[str, str] = json.loads(decrypt(session.info["keys"].fields, row.sealed, _place(row.ref)))
    except (InvalidTag, ValueError):
        return {}
    return told


def file_at(session: Session, file: MediumFile) -> Path:
    """Where its bytes lie."""
    return path_of(session.info["media"], file.name)


def _of(table: Any, ids: Sequence[int | None]) -> Any:
    return select(table).where(table.medium_id.in_(ids))


def _say(session: Session, person: Person, row: Medium, language: str, words: Words) -> None:
    """Versions made from now on carry these words; they are judged with them."""
    if any(len(one) > LONGEST for one in (words.alt, words.label, words.note)):
        raise Refusal("media.words", f"It has more than {LONGEST:,} characters.", "Shorten it.", row.ref)
    mine = select(MediumWords.number).where(MediumWords.medium_id == row.id, MediumWords.language == language)
    number = 1 + len(session.exec(mine).all())
    plain = {name: getattr(words, name).strip() for name in ("alt", "label", "note")}
    captions = read_captions(words.captions).text if words.captions.strip() else ""
    session.add(MediumWords(medium_id=row.id or 0, language=language, number=number, captions=captions,
                            by=person.id or 0, at=now(session), **plain))  # fmt: skip
    session.flush()


def _judge(given: Given) -> None:
    if not given.licence.strip():
        raise Refusal("media.licence", "Nobody said under which licence it may be used.", "Say it: CC-BY-4.0, own …")
    if wrong := sorted({*given.synthetic} - {*SYNTHETIC}):
        raise Refusal(
            "media.synthetic", f"Nothing is made as {', '.join(wrong)}.", f"Use one of: {', '.join(SYNTHETIC)}."
        )
    if given.texts not in TEXTS:
        raise Refusal("media.texts", "It shows no words, some, or only words.", f"Say one of: {', '.join(TEXTS)}.")


def _new(session: Session, encoded: Encoded) -> None:
    sums = [made.sha256 for made in encoded.files]
    statement = select(Medium.id, Medium.ref).join(MediumFile, col(MediumFile.medium_id) == col(Medium.id))
    there = session.exec(statement.where(col(MediumFile.sha256).in_(sums))).first()
    if there is not None:
        todo = "It was retired: use another." if retirements(session, [there[0]]) else "Use that one."
        raise Refusal("media.twice", f"The very same stands here already as {there[1]}.", todo, there[1])


def _narrative(session: Session, ref: str) -> int | None:
    if not ref:
        return None
    found = session.exec(select(Narrative.id).where(Narrative.organisation_id == ours(), Narrative.ref == ref)).first()
    if found is None:
        raise Refusal("narrative.none", f"There is no narrative {ref}.", "Look at its spelling, or import it first.")
    return found


def _seal(session: Session, ref: str, told: Mapping[str, str]) -> str:
    return encrypt(session.info["keys"].fields, json.dumps(told, ensure_ascii=False), _place(ref))


def _place(ref: str) -> str:
    return f"medium|sealed|{ref}"


def _written(session: Session, person: Person, row: Medium, action: str) -> None:
    session.flush()
    write(session, Step(by(person.id), action, "medium", row.id or 0, {"ref": row.ref}))
