"""media-face-voice: nobody is seen or heard who did not agree to it, and nothing behind them shows where they are."""

from collections.abc import Iterator

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import MediaRecord, WordsCase
from content.checks.words.beside import shown
from content.checks.words.media import HEARD, SEEN, each

ID = "media-face-voice"
SEVERITIES: dict[str, Severity] = {"face": "block", "voice": "block", "background": "block"}
VOICES = frozenset(("none", "actor", "altered", "consented"))


def check(case: WordsCase) -> Iterator[Answer]:
    yield from each(case, ID, _judge)


def _judge(number: int, one: MediaRecord) -> Iterator[Answer]:
    if one.kind not in HEARD | {"image", "illustration"}:
        yield Missing(ID, f"media.{number}.kind")
    if one.kind in SEEN:
        yield from _faces(number, one)
    if one.kind in HEARD:
        yield from _voice(number, one)
    if one.kind in SEEN and one.kind != "illustration":
        yield from _background(number, one)


def _faces(number: int, one: MediaRecord) -> Iterator[Answer]:
    if one.faces is None:
        yield Missing(ID, f"media.{number}.faces")
    elif one.faces and one.releases is None:
        yield Missing(ID, f"media.{number}.releases")
    elif one.faces > (one.releases or 0):
        reason = (
            f"{shown(one, number)} shows {one.faces} faces, and {one.releases} release forms are on file. A blurred "
            "face is still a face. Use another picture, or have each person sign."
        )
        yield Finding(ID, "block", reason, code="face")


def _voice(number: int, one: MediaRecord) -> Iterator[Answer]:
    if one.voice is None:
        yield Missing(ID, f"media.{number}.voice")
    elif one.voice not in VOICES:
        reason = (
            f"Somebody's own voice can be heard in {shown(one, number)}, and those who know it will know it again. "
            "Use an actor, alter it, or have the consent recorded."
        )
        yield Finding(ID, "block", reason, code="voice")


def _background(number: int, one: MediaRecord) -> Iterator[Answer]:
    if one.background_cleared is None:
        yield Missing(ID, f"media.{number}.background_cleared")
    elif not one.background_cleared:
        reason = (
            f"Nobody cleared the background of {shown(one, number)}: a window, a roof or a landmark shows where "
            "somebody lives. Look at it for these, and say so."
        )
        yield Finding(ID, "block", reason, code="background")
