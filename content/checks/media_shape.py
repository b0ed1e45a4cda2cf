"""The shapes of what a case shows beside its words (media, link card) and of whom it is aimed at, as JSON gives them.

Absent keys stay absent; null and empty mean none. One entry may stand alone, without a list.
"""

from collections.abc import Iterable, Iterator, Mapping
from math import inf
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from content.checks.records import MediaRecord

_SHOWN = frozenset(("image", "photo", "picture", "illustration", "video", "audio", "voice"))
_KINDS = {"photo": "image", "picture": "image", "film": "video", "voice": "audio", "sound": "audio"}
_NONE = frozenset(("", "none", "no"))


class MediaShape(BaseModel):
    """One picture, film or sound. Keys that no check reads are named, not refused."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: str = "image"
    alt: str | dict[str, str] | None = None
    captions: bool | str | dict[str, str] | None = None
    faces: int | tuple[Any, ...] | None = None
    releases: int | tuple[Any, ...] | None = None
    voice: bool | str | None = None
    background_cleared: bool | None = None
    metadata_keys: frozenset[str] | None = None
    minor_visible: bool | str | None = None
    synthetic: bool | str | frozenset[str] | None = None
    label: str | dict[str, str] | None = None
    text_only: bool | None = None
    contrast: float | None = None
    file_name: str | None = None
    symbol_match: bool | str | tuple[Any, ...] | None = None
    drawn: str | None = None
    drawn_cleared: bool | None = None
    note: str = ""
    retired: str = ""

    @model_validator(mode="before")
    @classmethod
    def _named(cls, given: object) -> object:
        """A file's bare name says nothing else."""
        return {"file_name": given} if isinstance(given, str) else given

    def record(self, language: str) -> MediaRecord:
        said = self.model_fields_set
        return MediaRecord(
            kind=_KINDS.get(self.kind, self.kind),
            alt=_by_language(self.alt, language) if "alt" in said else None,
            captions=_by_language(self.captions, language) if "captions" in said else None,
            faces=_number(self.faces) if "faces" in said else None,
            releases=_number(self.releases) if "releases" in said else None,
            voice=_voice(self.voice) if "voice" in said else None,
            background_cleared=self.background_cleared,
            metadata_keys=self.metadata_keys or frozenset() if "metadata_keys" in said else None,
            minor_visible=self.minor_visible is not False if "minor_visible" in said else None,
            synthetic=_kinds(self.synthetic) if "synthetic" in said else None,
            label=_by_language(self.label, language) if "label" in said else None,
            text_only=self.text_only,
            contrast=(inf if self.contrast is None else self.contrast) if "contrast" in said else None,
            file_name=self.file_name,
            drawn=self.drawn,
            drawn_cleared=self.drawn_cleared,
            note=self.note,
            retired=self.retired,
            symbol_match=_seen(self.symbol_match) if "symbol_match" in said else None,
        )


def _by_language(value: object, language: str) -> Mapping[str, str]:
    """Words for one language alone are of the case's; "yes" says only that there are some."""
    if isinstance(value, dict):
        return value
    if value is True:
        return {language: ""}
    return {language: value} if isinstance(value, str) and value else {}


def _seen(value: object) -> bool:
    return bool(value) and value not in _NONE


def _number(value: object) -> int:
    return value if isinstance(value, int) else len(value) if isinstance(value, tuple) else 0


def _voice(value: object) -> str:
    return value if isinstance(value, str) and value else "own" if value else "none"


def _kinds(value: object) -> frozenset[str]:
    if isinstance(value, frozenset):
        return value - _NONE
    return frozenset({value if isinstance(value, str) else "unspecified"}) - _NONE if value else frozenset()


def media_of(
    shapes: tuple[MediaShape, ...] | None, uses: Iterable[str], language: str
) -> tuple[MediaRecord, ...] | None:
    """The records of a case. None, unknown, only where it says that it shows something and not what."""
    if shapes is None:
        return None if _SHOWN & {*uses} else ()
    return tuple(shape.record(language) for shape in shapes)


def _listed(value: object) -> object:
    if value is None:
        return ()
    return (value,) if isinstance(value, dict | str) else value


Media = Annotated[tuple[MediaShape, ...] | None, BeforeValidator(_listed)]


# --- the link card, and whom it is aimed at --------------------------------------------------------------


def _card(value: object) -> object:
    """The words of a link card: its title and text."""
    given = (value.get("title"), value.get("text"), value.get("description")) if isinstance(value, dict) else value
    return tuple(one for one in given if one) if isinstance(given, tuple | list) else (given,) if given else ()


def _pairs(value: object) -> object:
    """Targeting as (what it goes by, value) pairs, from a mapping, a list or a line such as `interest: university`."""
    if value is None:
        return ()
    if isinstance(value, str):
        return tuple(_pair(one) for one in value.split(",") if one.strip())
    if isinstance(value, Mapping):
        return tuple((str(name), one) for name, given in value.items() for one in _values(given))
    if isinstance(value, list | tuple):
        return tuple(pair for one in value for pair in _flat(one))
    return value


def _flat(one: object) -> tuple[Any, ...]:
    whole = isinstance(one, list | tuple) and len(one) == 2 and all(isinstance(part, str) for part in one)
    found = (one,) if whole else _pairs(one)
    return found if isinstance(found, tuple) else (found,)


def _pair(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    return (name.strip(), value.strip()) if colon else ("", line.strip())


def _values(given: object) -> Iterator[str]:
    """A range of two numbers is one value: 18-24."""
    if isinstance(given, list | tuple) and len(given) == 2 and all(isinstance(one, int) for one in given):
        yield f"{given[0]}-{given[1]}"
    elif isinstance(given, list | tuple):
        yield from map(str, given)
    elif isinstance(given, Mapping):
        yield from (f"{name} {one}" for name, one in given.items())
    elif given is not None:
        yield str(given)


Card = Annotated[tuple[str, ...], BeforeValidator(_card)]
Targeting = Annotated[tuple[tuple[str, str], ...] | None, BeforeValidator(_pairs)]
