"""`counterpoint media`: pictures, films and sounds that messages may show: add, describe, look at, draw, retire."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.printing import say_json, say_more, say_table
from cli.session import After, As, AsJson, Limit, acting, opened
from content import encoding, journal, medium, quote_card, retiring
from content.errors import Refusal
from content.media import Listed, listed
from content.medium import SYNTHETIC, VOICES, Given, Saw, Whole, Words
from content.page import LIMIT
from content.people import require
from content.retired import WHY
from content.settings import settings
from content.store import now
from content.where_used import met

Several = list[str] | None
Ref = Annotated[str, typer.Argument(metavar="MEDIUM", help="The medium's reference.")]
Alt = Annotated[Several, typer.Option("--alt", help="LANGUAGE=what it shows; repeat it.")]
Label = Annotated[Several, typer.Option("--label", help="LANGUAGE=how it says that it is made; repeat it.")]
Note = Annotated[Several, typer.Option("--note", help="LANGUAGE=what readers are told before it; repeat it.")]
Captions = Annotated[Several, typer.Option("--captions", help="LANGUAGE=a WebVTT file; repeat it.")]


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    group = typer.Typer(help="Pictures, films and sounds that messages may show.", no_args_is_help=True)
    for name, command in _COMMANDS.items():
        group.command(name)(command)
    app.add_typer(group, name="media")


def add(
    file: Annotated[Path, typer.Argument(help="A PNG, JPEG or WebP; a film or a sound. It is encoded anew.")],
    licence: Annotated[str, typer.Option("--licence", help="Under which it may be used: CC-BY-4.0, own …")],
    made: Annotated[list[str], typer.Option("--synthetic", help=f"none, or what of it is: {', '.join(SYNTHETIC)}.")],
    alt: Alt = None,
    label: Label = None,
    note: Note = None,
    captions: Captions = None,
    release: Annotated[str, typer.Option("--release", help="Who agreed, and where that is kept; lies sealed.")] = "",
    source: Annotated[str, typer.Option("--source", help="Where it comes from; lies sealed.")] = "",
    texts: Annotated[str, typer.Option("--texts", help="Whether it shows words: none, some or only.")] = "none",
    contrast: Annotated[float | None, typer.Option("--contrast", help="Of words in it, to one: 4.5.")] = None,
    narrative: Annotated[str, typer.Option("--narrative", help="The only narrative it may go with.")] = "",
    illustration: Annotated[bool, typer.Option("--illustration", help="It is drawn, no photograph.")] = False,
    name: As = "",
) -> None:
    """Add a picture, film or sound: it is encoded anew, so that nothing in it says who made it, where or on what.

    A person of safeguarding then looks at it (`media look`); until then no message that shows it passes.
    """
    given = Given(
        licence, release, source, [one for one in made if one != "none"], texts, contrast, narrative, illustration
    )
    words = _words(alt, label, note, captions)
    with acting(name) as (session, person):
        require(session, person, now(session), "medium.add")
    encoded = encoding.encode(file, opened().media)
    with acting(name) as (session, person):
        row = medium.add(session, person, encoded, given, words)
    typer.echo(f"{row.ref}: kept. {_found(encoded)}")


def say(
    ref: Ref, alt: Alt = None, label: Label = None, note: Note = None, captions: Captions = None, name: As = ""
) -> None:
    """Give the words that go with a medium anew; versions already made keep theirs."""
    words = _words(alt, label, note, captions)
    if not words:
        raise Refusal("media.words_none", "Nothing was said.", "Give --alt LANGUAGE=…, or one of the others.", ref)
    with acting(name) as (session, person):
        for language, said in words.items():
            medium.say(session, person, ref, language, said)
    typer.echo(f"{ref}: said in {', '.join(words)}.")


def look(
    ref: Ref,
    faces: Annotated[int, typer.Option("--faces", min=0, help="How many people can be known again.")],
    released: Annotated[int, typer.Option("--released", min=0, help="Of how many of them a release is on file.")],
    voice: Annotated[str, typer.Option("--voice", help=f"Whose voice is heard: {', '.join(VOICES)}.")],
    background: Annotated[bool, typer.Option("--background/--no-background", help="It shows nobody's whereabouts.")],
    child: Annotated[bool, typer.Option("--child/--no-child", help="A child is or may be seen.")],
    symbol: Annotated[bool, typer.Option("--symbol/--no-symbol", help="It shows a sign of the group.")],
    name: As = "",
) -> None:
    """Say what you saw and heard in a medium, as safeguarding; whatever shows it is judged again."""
    with acting(name) as (session, person):
        medium.look(session, person, ref, Saw(faces, released, voice, background, child, symbol))
    typer.echo(f"{ref}: looked at.")


def card(
    kind: Annotated[str, typer.Argument(help="passage or quote.")],
    ref: Annotated[str, typer.Argument(help="Which, such as N-1/p1.")],
    licence: Annotated[str, typer.Option("--licence", help="Under which it may be used.")] = "own",
    name: As = "",
) -> None:
    """Draw a card from a cleared passage or quote; its alt text is the same words."""
    with acting(name) as (session, person):
        drawn = quote_card.card(session, person, kind, ref)
    encoded = encoding.draw(drawn.order(), opened().media)
    with acting(name) as (session, person):
        row = quote_card.keep(session, person, drawn, encoded, licence)
    typer.echo(f"{row.ref}: drawn, in “{drawn.language}”.")


def retire(
    ref: Ref,
    why: Annotated[str, typer.Option("--why", help=f"One of: {', '.join(WHY)} (say it with --reason).")],
    reason: Annotated[str, typer.Option("--reason", help="In your words; erasable.")] = "",
    name: As = "",
) -> None:
    """Retire a medium for good: no new version shows it, and what is planned with it stops. What is out stays out.

    It is no withdrawal: where the person of a narrative takes their consent back, `consent withdraw` stops and takes
    down everything of theirs.
    """
    with acting(name) as (session, person):
        retiring.retire(session, person, ref, why, reason)
        found = met(session, "medium", ref)
    with opened().read() as session:
        journal.write_stops(session, settings().journal)
    typer.echo(f"{ref}: retired. Posts that stop: {found.planned}. Posts that are out and stay out: {found.out}.")
    if found.out:
        typer.echo(f"`counterpoint where-used medium {ref}` names them; `counterpoint recall POST` takes one down.")
    if why == "asked":
        typer.echo(_NO_WITHDRAWAL)


_NO_WITHDRAWAL = (
    "This is no withdrawal. If the person of a narrative takes their consent back, record that too: `counterpoint "
    "consent withdraw NARRATIVE` stops and takes down everything of theirs, the words as well."
)


def list_(limit: Limit = LIMIT, after: After = "", as_json: AsJson = False, name: As = "") -> None:
    """List the media, the newest first, and how many versions show each."""
    with acting(name) as (session, person):
        page = listed(session, person, after, limit)
    records = [_record(one) for one in page.items]
    if as_json:
        for record in records:
            say_json(record)
    else:
        columns = ["ref", "kind", "languages", "faces", "looked", "licence", "shown", "retired"]
        say_table("Media", columns, [[str(record[column]) for column in columns] for record in records])
    say_more(page.after)


def show(ref: Ref, as_json: AsJson = False, name: As = "") -> None:
    """Show what is known of a medium; where it stands: `where-used medium`."""
    with acting(name) as (session, person):
        require(session, person, now(session), "medium.read")
        (one,) = medium.wholes(session, [medium.medium(session, ref)])
    record = _whole(one)
    if as_json:
        say_json(record)
        return
    for key, value in record.items():
        typer.echo(f"{key}: {value}")


def _found(encoded: encoding.Encoded) -> str:
    faces = f"{encoded.faces} faces were seen; safeguarding has to say who they are." if encoded.faces else ""
    voice = "There is sound; safeguarding has to say whose voice it is." if encoded.voice else ""
    return " ".join(part for part in (faces, voice) if part) or "Safeguarding has to look at it."


def _words(alt: Several, label: Several, note: Several, captions: Several) -> dict[str, Words]:
    """What was said, by language."""
    said: dict[str, dict[str, str]] = {}
    for what, pairs in (("alt", alt), ("label", label), ("note", note), ("captions", captions)):
        for pair in pairs or ():
            language, equals, words = pair.partition("=")
            if not (language and equals):
                raise typer.BadParameter(f"{pair[:40]} is not LANGUAGE=…", param_hint=f"--{what}")
            said.setdefault(language, {})[what] = Path(words).read_text("utf-8") if what == "captions" else words
    return {language: Words(**told) for language, told in said.items()}


def _record(one: Listed) -> dict[str, Any]:
    row, look_ = one.whole.row, one.whole.look
    return {
        "ref": row.ref,
        "kind": row.kind,
        "languages": " ".join(sorted(one.whole.words)),
        "faces": row.faces if look_ is None else look_.faces,
        "looked": look_ is not None,
        "licence": row.licence,
        "shown": one.shown,
        "retired": one.whole.retired is not None,
    }


def _whole(one: Whole) -> dict[str, Any]:
    row, look_ = one.row, one.look
    names = ("faces", "released", "voice", "background_cleared", "minor_visible", "symbol")
    return {
        "ref": row.ref,
        "kind": row.kind,
        "faces": row.faces,
        "sound": row.voice,
        "seconds": row.milliseconds / 1000,
        "synthetic": row.synthetic,
        "licence": row.licence,
        "alt": {language: words.alt for language, words in one.words.items()},
        "files": [f"{file.type} {file.width}x{file.height} {file.bytes:,} bytes" for file in one.files],
        "looked": None if look_ is None else {name: getattr(look_, name) for name in names},
        "retired": None if one.retired is None else {"why": one.retired.why, "at": one.retired.at},
    }


_COMMANDS: Mapping[str, Callable[..., None]] = {
    "add": add, "say": say, "look": look, "card": card, "retire": retire, "list": list_, "show": show,
}  # fmt: skip
