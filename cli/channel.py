"""`counterpoint channel`: the organisation's accounts, and asking that they be verified. It calls no channel."""

import json
import sys
from datetime import datetime
from typing import Annotated, Any

import typer
from sqlmodel import col, select

from cli.printing import say_json, say_table
from cli.session import As, AsJson, acting, reading
from content import assigning, credential, owning
from content.accounts import account as profile
from content.errors import Refusal
from content.intake.proposing import propose_account
from content.organisation import Account, the_instance, the_organisation
from content.people import by_ref
from content.platform_check import compared
from content.promised import PROMISED, SANDBOX, Promised, in_sandbox
from content.store import now

Own = Annotated[
    bool, typer.Option("--own", help="Confirm that the account is the organisation's; two people, one after the other.")
]

Ref = Annotated[str, typer.Argument(help="The account's ref.")]


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    group = typer.Typer(help="Accounts on channels: list them, have them verified.", no_args_is_help=True)
    group.command("list")(list_)
    group.command("add")(add)
    group.command("poster")(poster)
    group.command("rotate")(rotate)
    group.command("simulate")(simulate)
    group.command("ended")(ended)
    group.command("verify")(verify)
    group.command("compared")(compared_)
    group.command("poses")(poses)
    group.command("open")(open_)
    app.add_typer(group, name="channel")


def list_(as_json: AsJson = False) -> None:
    """Show every account, and whether its ownership and identity are verified."""
    with reading() as session:
        at = now(session)
        records = [_record(row, at) for row in session.exec(select(Account).order_by(col(Account.ref)))]
    if as_json:
        for record in records:
            say_json(record)
        return
    columns = ["ref", "channel", "format", "reach", "territories", "ownership", "identity"]
    say_table("Accounts", columns, [[_cell(record[name]) for name in columns] for record in records])


def verify(account: Ref, own: Own = False, name: As = "") -> None:
    """Ask the worker to look who answers there; with --own, confirm that the account is the organisation's."""
    with acting(name) as (session, person):
        row = owning.confirm(session, person, account) if own else owning.ask(session, person, account)
        said = _owned(row) if own else _ASKED
    typer.echo(f"{row.ref}: {said}")


def add(
    account: Ref,
    channel: Annotated[str, typer.Option("--channel", help="How it leaves, such as bluesky or manual.")],
    identity: Annotated[str, typer.Option("--identity", help="Who it is there: a DID, an address, a chat's id.")],
    language: Annotated[list[str], typer.Option("--language", help="A language it speaks; give it for each.")],
    form: Annotated[str, typer.Option("--format", help="How its words look, such as x; default: the channel.")] = "",
    title: Annotated[str, typer.Option("--name", help="Its name for us; default: the reference.")] = "",
    handle: Annotated[str, typer.Option("--handle", help="Its name for readers; default: the identity.")] = "",
    reach: Annotated[str, typer.Option("--reach", help="worldwide, fenced or list.")] = "worldwide",
    territory: Annotated[list[str] | None, typer.Option("--territory", help="Where it is fenced to.")] = None,
    setting: Annotated[list[str] | None, typer.Option("--set", help="NAME=VALUE, such as url=https://…")] = None,
    who: Annotated[str, typer.Option("--poster", help="Who posts there by hand; their short name.")] = "",
    name: As = "",
) -> None:
    """Propose an account; two people confirm whose it is (`channel verify --own`) before anything is sent to it."""
    told: dict[str, Any] = {
        "ref": account, "channel": channel, "format": form or channel, "name": title or account,
        "handle": handle or identity, "remote_identity": identity, "reach": reach,
        "territories": territory or [], "languages": language, "settings": _settings(setting or []),
    }  # fmt: skip
    with acting(name) as (session, person):
        propose_account(session, person, told)
        if who:
            assigning.name_poster(session, person, account, by_ref(session, who))
    next_step = f" Give its credentials: `counterpoint channel rotate {account}`." if PROMISED[channel].secrets else ""
    typer.echo(f"{account}: proposed.{next_step}")


def poster(
    account: Ref,
    who: Annotated[str, typer.Argument(help="Their short name; nobody where it is left out.")] = "",
    name: As = "",
) -> None:
    """Say who posts at an account by hand: new posts are theirs at once, and they hand them on as they like."""
    with acting(name) as (session, person):
        assigning.name_poster(session, person, account, by_ref(session, who) if who else None)
    typer.echo(f"{account}: {who or 'nobody in particular'} posts there")


def _settings(pairs: list[str]) -> dict[str, str]:
    """NAME=VALUE each."""
    if wrong := [pair for pair in pairs if "=" not in pair]:
        raise typer.BadParameter(f"{wrong[0]} is not NAME=VALUE.", param_hint="--set")
    return dict(pair.split("=", 1) for pair in pairs)


def simulate(
    channel: Annotated[str, typer.Argument(help="Which one is played, such as bluesky.")],
    form: Annotated[str, typer.Option("--format", help="How its words look; default: the channel.")] = "",
    language: Annotated[list[str] | None, typer.Option("--language", help="Default: the organisation's.")] = None,
    faults: Annotated[int, typer.Option("--faults", min=0, max=100, help="Calls of a hundred that meet trouble.")] = 20,
    seed: Annotated[int, typer.Option("--seed", help="The same seed has the same troubles.")] = 1,
    name: As = "",
) -> None:
    """In a rehearsal, play a channel: an account `play-CHANNEL` with its real limits, and troubles of a seed.

    It hangs its posts on a wall of paper. Busy platforms, lost answers, double posts and what cannot be taken back are
    met by the worker itself, as in earnest. Two people confirm the account like any other.
    """
    if f"{SANDBOX}{channel}" not in PROMISED:
        played = sorted(one for name in PROMISED if (one := in_sandbox(name)))
        raise Refusal("channel.sandbox", f"There is no sandbox of {channel[:40]}.", f"Play one of {', '.join(played)}.")
    with acting(name) as (session, person):
        if the_instance(session).kind != "rehearsal":
            raise Refusal("channel.live", "A live instance plays nothing.", "Make a rehearsal: `counterpoint init`.")
        ref, told = f"play-{channel}", the_organisation(session)
        propose_account(session, person, {
            "ref": ref, "channel": f"{SANDBOX}{channel}", "format": form or channel, "name": ref, "handle": ref,
            "remote_identity": f"{SANDBOX}{channel}:{ref}", "reach": "worldwide",
            "languages": language or told.languages, "settings": {"seed": seed, "faults": faults},
        })  # fmt: skip
    typer.echo(f"{ref}: proposed. Two people confirm it: `counterpoint channel verify {ref} --own`.")


def rotate(account: Ref, name: As = "") -> None:
    """Give an account's credentials, or new ones for old: asked for one by one, or as JSON on standard input.

    They are never an argument, are kept sealed and are never shown again. A worker looks who answers to them before
    anything is sent.
    """
    with reading() as session:
        promised = PROMISED[profile(session, account).line.channel]
    told = _typed(promised) if sys.stdin.isatty() else _piped()
    with acting(name) as (session, person):
        row = credential.give(session, person, account, told)
    typer.echo(f"{row.ref}: kept; a worker will look who answers to them.")


def _typed(promised: Promised) -> dict[str, str]:
    return {
        one: typer.prompt(one.capitalize(), hide_input=one != "user", err=True,
                          default="" if one in promised.optional else None, show_default=False)
        for one in promised.secrets
    }  # fmt: skip


def _piped() -> dict[str, str]:
    """A JSON object of texts. What it holds is in no error."""
    try:
        told = json.loads(sys.stdin.buffer.read())
    except ValueError:
        told = None
    if not isinstance(told, dict) or not all(isinstance(value, str) for value in told.values()):
        raise Refusal("credential.json", "That is no JSON object of texts.", 'Write {"token": "…"} and no more.')
    return told


def ended(
    account: Ref,
    everything: Annotated[bool, typer.Option("--all", help="The newest too: as when others have seen them.")] = False,
    name: As = "",
) -> None:
    """End an account's older credentials, once the other side has changed over; with --all, every one."""
    with acting(name) as (session, person):
        done = credential.take_away if everything else credential.end_older
        row = done(session, person, account)
    typer.echo(f"{row.ref}: {'all credentials' if everything else 'the older credentials'} are ended.")


def compared_(
    platforms: Annotated[list[str], typer.Argument(help="Formats, such as x or bluesky.")], name: As = ""
) -> None:
    """Say that you have just read what a platform demands, and that our profile of it still fits; holds for 90 days."""
    with acting(name) as (session, person):
        done = [compared(session, person, one).format for one in platforms]
    typer.echo(f"{len(done)} compared: {', '.join(done)}")


def poses(account: Ref, name: As = "") -> None:
    """Say that a profile pretends to be somebody: nothing is sent to it until two people say otherwise."""
    with acting(name) as (session, person):
        ref = owning.poses(session, person, account).ref
    typer.echo(f"{ref}: nothing is sent to it; `counterpoint channel open` by two people ends that.")


def open_(account: Ref, name: As = "") -> None:
    """Say that a profile says who runs it and who pays, and pretends to be nobody; two people, one after the other."""
    with acting(name) as (session, person):
        row = owning.opened(session, person, account)
        said = "one has said so; a second person must say it too." if row.persona else "it pretends to be nobody."
    typer.echo(f"{row.ref}: {said}")


_ASKED = "a worker will look who answers there; `counterpoint channel list` shows what it found."


def _owned(row: Account) -> str:
    """The first person's word waits for a second one."""
    if row.ownership_asked is not None:
        return "confirmed by one; a second person must confirm it too."
    return f"two people confirmed it; this holds {owning.OWNED_FOR.days} days."


def _record(row: Account, at: datetime) -> dict[str, Any]:
    return {
        "ref": row.ref,
        "channel": row.channel,
        "format": row.format,
        "handle": row.handle,
        "reach": row.reach,
        "territories": row.territories,
        "languages": row.languages,
        "disabled": row.disabled_at is not None,
        "ownership": owning.ownership(row, at),
        "identity": owning.identity(row, at),
        "poses": row.persona,
        "trouble": row.verify_trouble,
    }


def _cell(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)
