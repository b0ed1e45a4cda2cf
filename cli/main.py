"""The command `counterpoint`: the same verbs as the pages, in a shell.

Only the module of the command that was asked for is imported, so that each starts quickly.
"""

import sys
from importlib import import_module

import typer

from cli.printing import say_refused
from content.errors import Refusal, Refusals

# command -> the file that holds it
MODULES = {
    "demo": "cli.demo",
    "up": "cli.up",
    "worker": "cli.up",
    "beat": "cli.up",
    "web": "cli.up",
    "doctor": "cli.doctor",
    "init": "cli.init",
    "migrate": "cli.migrate",
    "backup": "cli.backup",
    "restore": "cli.restore",
    "user": "cli.user",
    "import": "cli.importing",
    "clear": "cli.clear",
    "consent": "cli.consent",
    "risk": "cli.risk",
    "protect": "cli.protect",
    "deny": "cli.deny",
    "helpline": "cli.helpline",
    "link": "cli.links",
    "media": "cli.media",
    "campaign": "cli.campaign",
    "template": "cli.template",
    "channel": "cli.channel",
    "moderation": "cli.moderation",
    "queue": "cli.queue",
    "show": "cli.queue",
    "where-used": "cli.where_used",
    "preview": "cli.queue",
    "review": "cli.review",
    "go": "cli.review",
    "renew": "cli.review",
    "forecast": "cli.schedule",
    "reschedule": "cli.schedule",
    "zones": "cli.schedule",
    "cancel": "cli.schedule",
    "requeue": "cli.schedule",
    "unblock": "cli.schedule",
    "calendar": "cli.schedule",
    "plan": "cli.plan",
    "hold": "cli.stops",
    "pause": "cli.stops",
    "resume": "cli.stops",
    "recall": "cli.stops",
    "crisis": "cli.crisis",
    "found": "cli.deciding",
    "give-up": "cli.deciding",
    "postings": "cli.postings",
    "check": "cli.check",
    "rules": "cli.rules",
    "length": "cli.length",
    "audit": "cli.audit",
    "export": "cli.export",
    "watched": "cli.watched",
    "status": "cli.status",
    "probe": "cli.probe",
    "rehearse": "cli.rehearse",
    "settings": "cli.settings",
    "bench": "cli.bench",
}
INTRODUCTION = "Publish testimony, openly attributed, on time, never before the right people cleared those very words."


def build(command: str | None = None) -> typer.Typer:
    """The application with one command's module, or with all of them."""
    app = typer.Typer(
        name="counterpoint",
        help=INTRODUCTION,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_root)
    wanted = [MODULES[command]] if command in MODULES else dict.fromkeys(MODULES.values())
    for module in wanted:
        import_module(module).register(app)
    return app


def main() -> None:
    """Runs the command; a refusal is prose on stderr and exit code 1."""
    command = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    try:
        build(command)()
    except (Refusal, Refusals) as refused:
        say_refused(refused)
        sys.exit(1)


def _root() -> None:
    """Publish testimony, openly attributed and on time, never before the right people cleared exactly those words."""
