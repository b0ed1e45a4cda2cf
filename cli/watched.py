"""`counterpoint watched`: what became of what is out, appeals to platforms, and what others put on our accounts."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from cli.printing import say_json, say_table
from cli.session import As, AsJson, acting, reading
from content import watching
from content.watching import Appealed, Strange

Number = Annotated[int, typer.Argument(help="Its number, as `watched list` prints it.")]


def register(app: typer.Typer) -> None:
    """Adds the `watched` group."""
    group = typer.Typer(help="What became of what is out, and what others put on our accounts.", no_args_is_help=True)
    group.callback()(_group)
    group.command("list")(list_)
    group.command("appeal")(appeal)
    group.command("stranger")(stranger)
    app.add_typer(group, name="watched")


def list_(
    ended: Annotated[bool, typer.Option("--ended", help="Those that were closed and answered instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """Posts that vanished or were changed, and posts on our accounts that were not sent from here."""
    with reading() as session:
        appeals, strangers = watching.appeals(session, ended=ended), watching.strangers(session, ended=ended)
    if as_json:
        for kind, found in (("appeal", appeals), ("stranger", strangers)):
            for one in found:
                say_json({"is": kind} | asdict(one))
        return
    columns = ["number", "post", "account", "what", "since", "stood last", "now"]
    say_table("Appeals", columns, [_appeal(one) for one in appeals])
    columns = ["number", "account", "address", "posted", "seen", "answer"]
    say_table("Strangers", columns, [_stranger(one) for one in strangers])


def appeal(
    number: Number,
    note: Annotated[str, typer.Option("--note", help="What the platform answered; kept encrypted, erasable.")],
    name: As = "",
) -> None:
    """Close an appeal, with what the platform answered. `export post` gives the evidence it is made with."""
    with acting(name) as (session, person):
        post = watching.close_appeal(session, person, number, note).post_id
    typer.echo(f"appeal {number} (post {post}) is closed")


def stranger(
    number: Number,
    answer: Annotated[str, typer.Argument(help="ours (one of us posted it by hand) or not_ours.")],
    name: As = "",
) -> None:
    """Say whose a post on our account is. Where it is not ours: pause the account, and change its credentials."""
    with acting(name) as (session, person):
        watching.answer_stranger(session, person, number, answer)
    typer.echo(f"stranger {number}: {'ours' if answer == 'ours' else 'not ours; pause the account'}")


def _appeal(one: Appealed) -> list[str]:
    return [str(one.id), str(one.post), one.account, one.kind, _time(one.opened_at), _time(one.stood), one.now or "-"]


def _stranger(one: Strange) -> list[str]:
    return [
        str(one.id), one.account, one.url or one.remote_id, _time(one.posted_at), _time(one.raised_at),
        one.answer or "-",
    ]  # fmt: skip


def _time(at: Any) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else "never"


def _group() -> None:
    """What became of what is out."""
