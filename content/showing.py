"""What a leaf shows beside its words: which file of each medium its account takes, and what goes with it, as the digest
has them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from content.errors import Refusal
from content.formats import Format, find_format, measure
from content.medium import Whole, Words
from content.outcome import described
from content.promised import AT_HOME, PROMISED, Takes


@dataclass(frozen=True, slots=True)
class Seen:
    """One medium of a leaf as people see it before they decide. looked: whether safeguarding has, and then what they
    saw: faces, released, voice; licence: '' where it was not read."""

    ref: str
    sha256: str
    type: str
    alt: str
    label: str
    note: str
    captions: str
    licence: str = ""
    looked: bool = False
    faces: int = 0
    released: int = 0
    voice: str = ""


def seen(entries: Iterable[Mapping[str, Any]], media: Mapping[str, Whole]) -> tuple[Seen, ...]:
    """What a leaf shows; `media` by reference, as far as they were read."""
    return tuple(Seen(**entry, **_of(media.get(entry["ref"]))) for entry in entries)


def _of(one: Whole | None) -> dict[str, Any]:
    if one is None:
        return {}
    look = one.look
    if look is None:
        return {"licence": one.row.licence, "faces": one.row.faces}
    found = {"faces": look.faces, "released": look.released, "voice": look.voice}
    return {"licence": one.row.licence, "looked": True, **found}


def shown(media: Sequence[Whole], language: str, format_name: str, channel: str) -> tuple[dict[str, Any], ...]:
    """What one leaf shows, in order: {ref, sha256, type, alt, label, note, captions}.

    Raises Refusal `message.media_*`.
    """
    shape, takes = find_format(format_name), _takes(channel)
    each = _least(takes.each, takes.together and takes.together // max(1, len(media)))
    return tuple(_entry(one, language, shape, each) for one in media)


def _entry(one: Whole, language: str, shape: Format, each: int | None) -> dict[str, Any]:
    said = one.said(language)
    file = one.fitting(_least(_most(one, shape), each))
    if file is None:
        raise _refused("size", f"{shape.name} takes no file as large as this one.", one.row.ref)
    if shape.film_seconds is not None and one.row.milliseconds > 1000 * shape.film_seconds:
        minutes = shape.film_seconds // 60
        raise _refused("length", f"{shape.name} takes films of {minutes} minutes at most.", one.row.ref)
    _judge_words(one, said, shape)
    words = {"alt": said.alt, "label": said.label, "note": said.note, "captions": said.captions}
    return {"ref": one.row.ref, "sha256": file.sha256, "type": file.type, **words}


def _judge_words(one: Whole, said: Words, shape: Format) -> None:
    most = shape.alt_text if one.row.kind in _PICTURES else _least(shape.film_alt, shape.alt_text)
    if most is not None and len(described(said.note, said.label, said.alt)) > most:
        raise _refused("alt", f"{shape.name} takes alt texts of {most:,} characters at most.", one.row.ref)
    if shape.caption_bytes is not None and len(said.captions.encode()) > shape.caption_bytes:
        message = f"{shape.name} takes captions of {shape.caption_bytes:,} bytes at most."
        raise _refused("captions", message, one.row.ref)


def too_long_beside(media: Sequence[Whole], words: str, language: str, format_name: str) -> Refusal | None:
    """Why these words cannot stand beside what is shown, whose notes and labels count; None where they can."""
    beside = find_format(format_name).beside
    if beside is None or not media:
        return None
    said = [one.said(language) for one in media]
    whole = "\n\n".join(one for one in (*(w.note for w in said), words, *(w.label for w in said)) if one)
    length = measure(format_name, whole)
    if length.length <= beside:
        return None
    message = f"{format_name} takes {beside:,} {length.unit} beside a picture or film, and these are {length.length:,}."
    return Refusal("message.media_words", message, "Shorten the words, or leave out what is shown.")


def _most(one: Whole, shape: Format) -> int | None:
    return shape.image_bytes if one.row.kind in _PICTURES else shape.film_bytes


def _least(*limits: int | None) -> int | None:
    return min((one for one in limits if one is not None), default=None)


def _takes(channel: str) -> Takes:
    return PROMISED[channel].takes if channel in PROMISED else Takes()


def misshown(media: Mapping[str, Whole], refs: Sequence[str], narrative_id: int | None, language: str) -> list[Refusal]:
    """What is wrong with the media an order names, whatever account they go to."""
    found = [_refused("media", f"There is no medium {ref[:64]}.", ref) for ref in refs if ref not in media]
    if len({*refs}) < len(refs):
        found.append(_refused("twice", "The same medium is named twice.", refs[0]))
    for one in (media[ref] for ref in refs if ref in media):
        if one.retired is not None:
            found.append(_refused("retired", f"{one.row.ref} was retired: nothing shows it any more.", one.row.ref))
        if one.row.narrative_id not in (None, narrative_id):
            found.append(_refused("narrative", "It belongs to another narrative.", one.row.ref))
        if one.row.language not in ("", language):
            found.append(_refused("language", f"Its words are in “{one.row.language}”.", one.row.ref))
    return found


def unfit(media: Sequence[Whole], format_name: str, channel: str) -> str:
    """Why an account of this format on this channel cannot show them; empty where it can."""
    shape, takes = find_format(format_name), _takes(channel)
    films = sum(one.row.kind not in _PICTURES for one in media)
    if not media or (shape.needs == "film" and not films):
        return _bare(shape, channel)
    if not (channel in PROMISED and PROMISED[channel].media):
        return f"The channel {channel} carries words alone."
    if not shape.sounds and any(one.row.kind == "audio" for one in media):
        return f"{shape.name} takes no sounds."
    return _beyond(shape, len(media) - films, films) or _more_than(takes, channel, len(media), films)


_PICTURES = ("image", "illustration")


def _bare(shape: Format, channel: str) -> str:
    """Where nothing is posted, words may stand alone."""
    if not shape.needs or channel in AT_HOME:
        return ""
    if shape.needs == "film":
        return f"{shape.name} takes no words without a film."
    return f"{shape.name} takes no words without a picture or a film."


def _beyond(shape: Format, pictures: int, films: int) -> str:
    if shape.either and pictures and films:
        return f"{shape.name} takes pictures or films, not both."
    if pictures > shape.images:
        return f"{shape.name} takes {shape.images} pictures at most."
    return f"{shape.name} takes {shape.films} films or sounds at most." if films > shape.films else ""


def _more_than(takes: Takes, channel: str, number: int, films: int) -> str:
    if takes.films is not None and films > takes.films:
        return f"The channel {channel} carries no films or sounds."
    if takes.number is not None and number > takes.number:
        return f"The channel {channel} carries {takes.number} with each post at most."
    return ""


def refs_of(choices: Mapping[str, Any]) -> list[str]:
    """The media that choices name."""
    return [str(ref) for ref in choices.get("media") or ()]


def refs_in(several: Iterable[Mapping[str, Any]]) -> Collection[str]:
    """The same of many choices, each once."""
    return {ref for choices in several for ref in refs_of(choices)}


def _refused(code: str, message: str, ref: str) -> Refusal:
    name = "message.media" if code == "media" else f"message.media_{code}"
    return Refusal(name, message, "Choose another medium, or leave it out.", ref)
