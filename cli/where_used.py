"""`counterpoint where-used`: which versions and posts carry a passage, a quote, standard text or a template."""

from typing import Annotated

import typer

from cli.printing import say_more, say_table
from cli.session import After, As, Limit, acting
from content.page import LIMIT
from content.where_used import used_page


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("where-used")(where_used)


def where_used(
    kind: Annotated[str, typer.Argument(help="passage, block, template, quote or medium.")],
    ref: Annotated[str, typer.Argument(help="Its reference: N-1/p1, infighting/plain, helpline-gb.")],
    limit: Limit = LIMIT,
    after: After = "",
    name: As = "",
) -> None:
    """Show where a passage, standard text, a template or a quote stands: versions and posts, the newest first."""
    with acting(name) as (session, person):
        page = used_page(session, person, kind, ref, after, limit)
    rows = [
        [one.message, one.language, str(one.number), one.digest[:8], str(one.used),
         " ".join(f"{copy.id}:{copy.account}:{copy.state}" for copy in one.copies)]
        for one in page.items
    ]  # fmt: skip
    say_table(f"{kind} {ref}", ["message", "language", "version", "digest", "its version", "posts"], rows)
    say_more(page.after)
