"""Every task takes nothing and means "look now"."""

from worker.app import app
from worker.looks import HEARD, send_due
from worker.node import this_node
from worker.program import opened


@app.task(name="release_due")
def release_due() -> None:
    """Send what is due."""
    send_due(this_node(), *opened())


@app.task(name="recall")
def recall() -> None:
    """Take back what must no longer stand."""
    HEARD.run("recall", *opened())


@app.task(name="prepare")
def prepare() -> None:
    """Render, judge, make posts."""
    HEARD.run("prepare", *opened())


@app.task(name="reconcile")
def reconcile() -> None:
    """End what was left open."""
    HEARD.run("reconcile", *opened())


@app.task(name="seal")
def seal() -> None:
    """Seal the record."""
    HEARD.run("seal", *opened())


@app.task(name="verify")
def verify() -> None:
    """Look at the accounts."""
    HEARD.run("verify", *opened())


@app.task(name="links")
def links() -> None:
    """Open the links of what waits."""
    HEARD.run("links", *opened())


@app.task(name="watch")
def watch() -> None:
    """Look again at what is out."""
    HEARD.run("watch", *opened())
