"""`found`, `give-up` and `taken-down`: what people say of posts whose outcome the programs cannot know."""

from typing import Annotated

import typer

from cli.session import As, acting
from content import deciding

Number = Annotated[int, typer.Argument(help="The post's number, as `forecast` printed it.")]
Evidence = Annotated[str, typer.Option("--evidence", help="Where you looked and what you saw; kept encrypted.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (found, give_up, taken_down):
        app.command()(command)


def found(
    post: Number, url: Annotated[str, typer.Option("--url", help="Where it stands: https://…")], name: As = ""
) -> None:
    """Say that an uncertain, expired or failed post is out after all, and where it stands."""
    with acting(name) as (session, person):
        surplus = deciding.found(session, person, post, url).surplus
    typer.echo(f"post {post} is published")
    if surplus:
        typer.echo(f"the same words are out, or on their way, a second time: `counterpoint recall {post}`")


def give_up(post: Number, evidence: Evidence, name: As = "") -> None:
    """Say that an uncertain post is not out; it has failed once two people have said so."""
    with acting(name) as (session, person):
        done = deciding.give_up(session, person, post, evidence)
    typer.echo(f"post {post} has failed; `requeue` can plan it anew" if done else f"post {post}: one more must say so")


def taken_down(post: Number, evidence: Evidence, name: As = "") -> None:
    """Say that a post which no program could take back is down: it counts as recalled."""
    with acting(name) as (session, person):
        deciding.taken_down(session, person, post, evidence)
    typer.echo(f"post {post} is recalled")
