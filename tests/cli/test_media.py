"""`counterpoint media …` as commands, on both databases: each verb, what it refuses, and what it prints."""

import json
from pathlib import Path

import pytest
from sqlmodel import select

from content import medium
from content.encoding import Encoded
from content.journal import STOPS
from content.medium import MediumLook, Whole
from content.record import Record
from content.retired import MediumRetirement
from tests import factory
from tests.cli.conftest import Answer, Shell
from tests.factory import House
from tests.factory.media import ALT, encoded, picture

SAW = ("--faces", "0", "--released", "0", "--voice", "none", "--background", "--no-child", "--no-symbol")
VTT = "WEBVTT\n\n00:00.000 --> 00:02.000\nThey said it was a war.\n"


@pytest.fixture
def house(shell: Shell) -> House:
    made = factory.furnish(shell.store)
    shell.store.media = shell.told.media
    return made


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What the child was given to encode, and a file of a few letters for each: it has tests of its own."""
    given: list[Path] = []

    def encode(source: Path, media: Path) -> Encoded:
        given.append(source)
        return encoded(media, faces=2) if source.suffix == ".png" else encoded(media, "video", voice=True)

    monkeypatch.setattr("content.encoding.encode", encode)
    monkeypatch.setattr("content.encoding.draw", lambda card, media: encoded(media))
    return given


def kept(shell: Shell, house: House, **more: object) -> Whole:
    with shell.store.write() as session:
        return picture(session, house, **more)  # type: ignore[arg-type]


def stored(shell: Shell, ref: str) -> Whole:
    with shell.store.read() as session:
        return medium.by_refs(session, [ref])[ref]


def added(shell: Shell, *more: str | Path, name: str = "street.png") -> Answer:
    file = shell.file(name, b"bytes of whatever it is")
    return shell.run("media", "add", file, "--licence", "CC-BY-4.0", "--synthetic", "none", *more, "--as", "alice")


# --- add --------------------------------------------------------------------------------------------


def test_a_picture_is_added_with_its_words_in_each_language(shell: Shell, house: House, child: list[Path]) -> None:
    answer = added(shell, "--alt", f"en={ALT}", "--alt", "ar=شارع خالٍ فيه متاجر مغلقة", "--source", "own camera")
    assert answer.code == 0, answer.err
    assert "2 faces were seen; safeguarding has to say who they are." in answer.out
    one = stored(shell, answer.out.partition(":")[0])
    assert one.said("en").alt == ALT and one.said("ar").alt == "شارع خالٍ فيه متاجر مغلقة"
    assert (one.row.licence, one.row.synthetic, one.look) == ("CC-BY-4.0", [], None)
    assert [path.name for path in child] == ["street.png"]


def test_a_film_is_added_with_captions_and_a_label(shell: Shell, house: House, child: list[Path]) -> None:
    captions = shell.file("captions.vtt", VTT)
    answer = added(
        shell, "--captions", f"en={captions}", "--label", "en=Spoken by an actor", "--note", "en=Speaks of war",
        name="film.mp4",
    )  # fmt: skip
    assert answer.code == 0 and "There is sound; safeguarding has to say whose voice it is." in answer.out
    said = stored(shell, answer.out.partition(":")[0]).said("en")
    assert (said.label, said.note) == ("Spoken by an actor", "Speaks of war")
    assert "They said it was a war." in said.captions


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--synthetic", "magic"), "media.synthetic"), (("--texts", "many"), "media.texts"),
        (("--narrative", "N-99"), "narrative.none"), (("--licence", " "), "media.licence"),
    ],
)  # fmt: skip
def test_what_is_said_of_it_wrongly_is_refused_and_leaves_nothing(
    shell: Shell, house: House, child: list[Path], more: tuple[str, ...], code: str
) -> None:
    answer = added(shell, *more)
    assert (answer.code, f"[{code}]" in answer.err) == (1, True)
    assert [one for one in shell.told.media.rglob("*") if one.is_file()] == []
    assert shell.rows()["medium"] == 0


def test_words_without_their_language_are_refused(shell: Shell, house: House, child: list[Path]) -> None:
    answer = added(shell, "--alt", "An empty street")
    assert answer.code == 2 and "LANGUAGE=" in answer.err and child == []


def test_who_may_not_add_has_nothing_opened(shell: Shell, house: House, child: list[Path]) -> None:
    file = shell.file("street.png", b"x")
    lena = shell.run("media", "add", file, "--licence", "own", "--synthetic", "none", "--as", "lena")
    assert "[rights.role]" in lena.err and lena.code == 1 and child == []


@pytest.mark.wide  # it starts the child itself
def test_a_file_that_is_no_picture_is_refused_by_the_child_itself(shell: Shell, house: House) -> None:
    answer = added(shell)
    assert answer.code == 1 and ("[media.unreadable]" in answer.err or "[media.no_ffmpeg]" in answer.err)
    nothing = shell.run(
        "media", "add", shell.folder / "none", "--licence", "own", "--synthetic", "none", "--as", "alice"
    )
    assert "[media.none]" in nothing.err


# --- say, look --------------------------------------------------------------------------------------


def test_words_are_given_anew(shell: Shell, house: House) -> None:
    ref = kept(shell, house).row.ref
    answer = shell.run("media", "say", ref, "--alt", "en=Another street, at dusk", "--as", "alice")
    assert (answer.code, answer.out.strip()) == (0, f"{ref}: said in en.")
    assert stored(shell, ref).said("en").alt == "Another street, at dusk"


def test_nothing_said_wrong_captions_and_no_medium_are_refused(shell: Shell, house: House) -> None:
    ref = kept(shell, house).row.ref
    assert "[media.words_none]" in shell.run("media", "say", ref, "--as", "alice").err
    wrong = shell.file("wrong.vtt", "They said it was a war.")
    assert "[captions.format]" in shell.run("media", "say", ref, "--captions", f"en={wrong}", "--as", "alice").err
    assert "[media.none]" in shell.run("media", "say", "0" * 16, "--alt", "en=x", "--as", "alice").err
    assert "[rights.role]" in shell.run("media", "say", ref, "--alt", "en=x", "--as", "lena").err
    assert stored(shell, ref).said("en").alt == ALT


def test_safeguarding_says_what_it_saw(shell: Shell, house: House) -> None:
    ref = kept(shell, house, saw=None).row.ref
    assert "[rights.role]" in shell.run("media", "look", ref, *SAW, "--as", "alice").err
    answer = shell.run("media", "look", ref, *SAW, "--as", "dana")
    assert (answer.code, answer.out.strip()) == (0, f"{ref}: looked at.")
    with shell.store.read() as session:
        look = session.exec(select(MediumLook)).one()
    assert (look.faces, look.voice, look.background_cleared, look.minor_visible) == (0, "none", True, False)


def test_a_look_answers_every_question_and_none_otherwise(shell: Shell, house: House) -> None:
    ref = kept(shell, house, saw=None).row.ref
    assert shell.run("media", "look", ref, *SAW[:-1], "--as", "dana").code == 2
    hers = shell.run("media", "look", ref, *SAW[:5], "hers", *SAW[6:], "--as", "dana")
    assert (hers.code, "[media.look]" in hers.err) == (1, True)
    assert shell.rows()["medium_look"] == 0


# --- card -------------------------------------------------------------------------------------------


def test_a_card_is_drawn_from_cleared_words_only(shell: Shell, house: House, child: list[Path]) -> None:
    answer = shell.run("media", "card", "passage", "N-2/p2", "--as", "alice")
    assert answer.code == 0 and "drawn, in “en”" in answer.out
    assert stored(shell, answer.out.partition(":")[0]).row.drawn == factory.PASSAGE
    assert "[card.kind]" in shell.run("media", "card", "block", "N-2/p2", "--as", "alice").err
    assert "[card.uncleared]" in shell.run("media", "card", "quote", "N-1/Q1", "--as", "alice").err


# --- list, show -------------------------------------------------------------------------------------


def test_the_list_says_what_is_known_of_each(shell: Shell, house: House) -> None:
    one, other = kept(shell, house), kept(shell, house, saw=None, faces=3)
    with shell.store.write() as session:
        factory.version(session, house, shows=[one])
    table = shell.run("media", "list", "--as", "alice")
    assert table.code == 0 and one.row.ref in table.out and "CC-BY-4.0" in table.out
    told = [json.loads(line) for line in shell.run("media", "list", "--json", "--as", "alice").out.splitlines()]
    assert told == [
        {"ref": other.row.ref, "kind": "image", "languages": "en", "faces": 3, "looked": False,
         "licence": "CC-BY-4.0", "shown": 0, "retired": False},
        {"ref": one.row.ref, "kind": "image", "languages": "en", "faces": 0, "looked": True,
         "licence": "CC-BY-4.0", "shown": 1, "retired": False},
    ]  # fmt: skip


def test_a_long_list_goes_on(shell: Shell, house: House) -> None:
    first, last = kept(shell, house), kept(shell, house)
    answer = shell.run("media", "list", "--limit", "1", "--json", "--as", "alice")
    assert json.loads(answer.out.splitlines()[0])["ref"] == last.row.ref
    after = (answer.out + answer.err).partition("--after ")[2].split()[0].strip("`'\"")
    rest = shell.run("media", "list", "--limit", "1", "--after", after, "--json", "--as", "alice")
    assert json.loads(rest.out.splitlines()[0])["ref"] == first.row.ref


def test_one_medium_is_shown_in_both_ways(shell: Shell, house: House) -> None:
    one = kept(shell, house)
    plain = shell.run("media", "show", one.row.ref, "--as", "alice")
    assert "licence: CC-BY-4.0" in plain.out and ALT in plain.out and "retired: None" in plain.out
    told = json.loads(shell.run("media", "show", one.row.ref, "--json", "--as", "alice").out)
    assert (told["alt"], told["files"]) == ({"en": ALT}, ["image/png 8x6 9 bytes"])
    assert told["looked"]["background_cleared"] is True and told["retired"] is None
    assert "[media.none]" in shell.run("media", "show", "0" * 16, "--as", "alice").err


# --- retire -----------------------------------------------------------------------------------------


def test_a_medium_is_retired_with_what_stops_and_what_is_out(shell: Shell, house: House) -> None:
    one = kept(shell, house)
    with shell.store.write() as session:
        out = factory.cleared_post(session, house, account="facebook-gb", shows=[one])
        number = factory.brought(session, out, "published").id
        factory.cleared_post(session, house, account="facebook-gb", shows=[one])
    answer = shell.run("media", "retire", one.row.ref, "--why", "licence", "--as", "bob")
    assert answer.code == 0, answer.err
    assert "Posts that stop: 1. Posts that are out and stay out: 1." in answer.out
    assert f"counterpoint where-used medium {one.row.ref}" in answer.out and "withdraw" not in answer.out
    used = shell.run("where-used", "medium", one.row.ref, "--as", "bob")
    assert f"{number}:facebook-gb:published" in used.out.replace("\n", "")
    assert (
        json.loads(shell.run("media", "show", one.row.ref, "--json", "--as", "bob").out)["retired"]["why"] == "licence"
    )
    assert '"retired"' in (shell.told.journal / STOPS).read_text("utf-8")
    with shell.store.read() as session:
        assert session.exec(select(Record).where(Record.action == "medium.retire")).one().subject_id == str(one.row.id)


def test_who_asks_is_told_that_this_is_no_withdrawal(shell: Shell, house: House) -> None:
    ref = kept(shell, house).row.ref
    answer = shell.run("media", "retire", ref, "--why", "asked", "--reason", "She wrote to us.", "--as", "kim")
    assert "This is no withdrawal." in answer.out and "counterpoint consent withdraw NARRATIVE" in answer.out


def test_what_cannot_be_retired_is_refused(shell: Shell, house: House) -> None:
    ref = kept(shell, house).row.ref
    for words, code in (
        ((ref, "--why", "dull", "--as", "kim"), "media.why"), ((ref, "--why", "other", "--as", "kim"), "media.why"),
        (("0" * 16, "--why", "wrong", "--as", "kim"), "media.none"),
        ((ref, "--why", "wrong", "--as", "alice"), "rights.role"),
    ):  # fmt: skip
        answer = shell.run("media", "retire", *words)
        assert (answer.code, f"[{code}]" in answer.err) == (1, True), words
    assert shell.rows()["medium_retirement"] == 0
    assert shell.run("media", "retire", ref, "--why", "wrong", "--as", "kim").code == 0
    assert "[media.retired]" in shell.run("media", "retire", ref, "--why", "wrong", "--as", "kim").err
    with shell.store.read() as session:
        assert session.exec(select(MediumRetirement)).one().why == "wrong"
