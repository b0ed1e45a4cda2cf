"""`counterpoint restore`: put a backup back, and everything in force again that happened since."""

import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.printing import say_json
from cli.running import refuse_running
from cli.session import As, AsJson, acting
from content import audit, backup, dump, journal, keys, media_copies, people, restoring
from content.backup import Sheet
from content.errors import Refusal
from content.media_copies import Told
from content.migrations import fit, newest, upgrade
from content.record import Step, by, write
from content.replaying import ACTOR
from content.restoring import Settled
from content.settings import Settings, settings
from content.store import Store, now

File = Annotated[Path | None, typer.Argument(help="A backup, with its .json beside it.")]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("restore")(restore)


def restore(
    file: File = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Also where a database is; that one is kept beside it.")
    ] = False,
    in_place: Annotated[
        bool, typer.Option("--in-place", help="The database was put back by other means already.")
    ] = False,
    lost: Annotated[bool, typer.Option("--journal-lost", help="There is no journal any more; begin another.")] = False,
    try_: Annotated[
        bool, typer.Option("--try", help="Try the backup in a database of its own, say what is found, remove it.")
    ] = False,
    kit: Annotated[Path | None, typer.Option("--keys", help="A kit of the keys, where home has none.")] = None,
    private: Annotated[
        Path | None, typer.Option("--keeper-key", help="The keeper's private half, for the kit.")
    ] = None,
    name: As = "",
    as_json: AsJson = False,
) -> None:
    """Put a backup back. It starts disarmed; what was stopped since holds again, what went out since is looked for.

    The media beside it are put back where they are missing. Needs the keys and the journal, and no running program.
    Afterwards start the programs, look at `counterpoint status`, and let two people arm it: `counterpoint doctor
    --arm`.
    """
    told = settings()
    if (file is None) != in_place:
        raise Refusal("restore.what", "Name a backup, or say --in-place.", "`counterpoint restore --help`.")
    _keys(told, kit, private)
    store = Store(told.database, keys.load(told.keys), media=told.media)
    try:
        if try_ and file is not None:
            found = _tried(store, told, file, name)
        else:
            found = _restored(store, told, file, replace=replace, lost=lost)
    finally:
        store.close()
    _say(found, as_json)


def _keys(told: Settings, kit: Path | None, private: Path | None) -> None:
    told.make_folders()
    if kit is None:
        return
    if private is None:
        raise Refusal("keys.kit", "A kit opens only with the keeper's private half.", "Add --keeper-key FILE.")
    try:
        keys.unpack(kit.read_bytes(), private.read_bytes(), told.keys)
    except OSError as error:
        raise Refusal("keys.kit", f"{error.filename} cannot be read.", "Name the files where they are.") from None


def _restored(store: Store, told: Settings, file: Path | None, *, replace: bool, lost: bool) -> dict[str, Any]:
    if not dump.empty(store) and fit(store).database:
        refuse_running(store, "restore.running", "A restore under a running program would be half a restore.")
    sheet = backup.read(file) if file else None
    kept = None
    if file and sheet:
        backup.fitting(sheet, store, newest())
        _refuse_other_journal(sheet, told.journal)
        if not lost:
            restoring.refuse_damaged(store.keys, told.journal)
        kept = backup.put(store, file, replace=replace)
    _migrated(store)
    settled = restoring.settle(store, told.journal, begin_anew=lost)
    with store.write() as session:
        write(session, Step(ACTOR, "backup.restore", "backup", sheet.mark if sheet else "by hand"))
    files = media_copies.listed_in(store)
    media = media_copies.put_back(files, media_copies.folder_of(file) if file else None, told.media)
    return _found(settled) | {"kept": str(kept or "")} | _media(media)


def _migrated(store: Store) -> None:
    found = fit(store)
    if found.wrong and found.database >= found.program:
        raise Refusal("instance.version", f"Nothing was done: {found.wrong}.", found.todo)
    if found.wrong:
        store.engine.dispose()
        upgrade(store.url)


def _refuse_other_journal(sheet: Sheet, folder: Path) -> None:
    """Looked at before anything is replaced."""
    found = journal.read_epoch(folder)
    if found is not None and journal.family(found) != journal.family(sheet.epoch):
        raise Refusal(
            "restore.other",
            f"{folder} holds the journal of another instance than the backup's.",
            "Set COUNTERPOINT_JOURNAL to the folder that this instance wrote.",
        )


def _tried(store: Store, told: Settings, file: Path, name: str) -> dict[str, Any]:
    """The whole restore, with a copy of the journal, in a place of its own."""
    with acting(name) as (session, person):
        people.require(session, person, now(session), "backup.restore")
    sheet = backup.read(file)
    backup.fitting(sheet, store, newest())
    with tempfile.TemporaryDirectory(prefix="counterpoint-tried-") as box, backup.scratch(store, Path(box)) as place:
        folder = Path(box) / "journal"
        if told.journal.is_dir():
            shutil.copytree(told.journal, folder, ignore=shutil.ignore_patterns("before-*"))
        backup.put(place, file, replace=False)
        _migrated(place)
        settled = restoring.settle(place, folder, begin_anew=not (folder / journal.EPOCH).exists())
        problems = [str(one) for one in audit.verify(place, journal.read_heads(folder)).problems]
        media = media_copies.tried(media_copies.listed_in(place), media_copies.folder_of(file))
    if problems:
        raise Refusal("restore.problems", f"{len(problems)} things do not agree: {problems[0]}", "Take another backup.")
    _refuse_lost(media, sheet)
    with acting(name) as (session, person):
        write(session, Step(by(person.id), "backup.try", "backup", sheet.mark, {"sha256": sheet.sha256}))
    return _found(settled) | {"tried": True} | _media(media)


def _refuse_lost(media: Told, sheet: Sheet) -> None:
    """What was kept with the backup must still be there; what was missing before is only said."""
    lost = [one for one in media.missing if one not in sheet.missing] if sheet.media is not None else []
    if lost:
        more = f" and {len(lost) - _NAMED:,} more" if len(lost) > _NAMED else ""
        raise Refusal(
            "restore.media",
            f"Of the media, {len(lost):,} files are missing or changed: {', '.join(lost[:_NAMED])}{more}.",
            f"Bring them back from a copy of {media_copies.FOLDER}, or delete them there and make another backup.",
        )


_NAMED = 5  # files that a refusal names


def _media(told: Told) -> dict[str, Any]:
    return {"media": told.files, "media_new": told.new, "media_missing": list(told.missing)}


def _found(settled: Settled) -> dict[str, Any]:
    posts, stops = settled.posts, settled.stops
    return {
        "since": settled.since, "lost": settled.lost, "stops": stops.made, "stops_unknown": stops.unknown,
        "published": posts.published, "uncertain": posts.uncertain, "gone": posts.gone,
        "cancelled": posts.cancelled + stops.cancelled, "recalled": posts.recalled + stops.recalled,
    }  # fmt: skip


def _say(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        say_json(found)
        return
    word = "Tried" if found.get("tried") else "Restored"
    typer.echo(f"{word}: the record ends at {found['since']:%Y-%m-%d %H:%M:%S} UTC; {found['lost']} steps are lost.")
    typer.echo(f"Stops in force again: {found['stops']}; of things not known here: {len(found['stops_unknown'])}.")
    typer.echo(
        f"Posts: {found['published']} are out by the journal, {found['uncertain']} may be and are looked for, "
        f"{found['cancelled']} cancelled, {found['recalled']} to be taken down, {found['gone']} went out of words that "
        "are lost."
    )
    typer.echo(f"Media: {found['media']:,} files are there as their rows say, {found['media_new']:,} just put back.")
    for one in found["media_missing"]:
        typer.echo(f"Missing, or not what its row says: {one}", err=True)
    if found.get("kept"):
        typer.echo(f"What stood there before: {found['kept']}")
    if not found.get("tried"):
        typer.echo(
            "It is disarmed. Start the programs, see `counterpoint status`; then `counterpoint doctor --arm` twice."
        )
