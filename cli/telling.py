"""How the demo speaks: what was tried, what the product answered, and why; one line each."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from content.errors import Refusal, Refusals


class Telling:
    """Prints the chapters of the story, and fails loudly where the product did not answer as it should."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)
        self.began = time.monotonic()
        self._chapter = 0

    def chapter(self, title: str) -> None:
        """A new step, with the seconds since the beginning."""
        self._chapter += 1
        passed = time.monotonic() - self.began
        self.console.print(f"\n[bold]{self._chapter}. {escape(title)}[/bold]  [dim]{passed:.0f} s[/dim]")

    def tried(self, what: str) -> None:
        """What somebody does."""
        self.console.print(f"   [dim]·[/dim] {escape(what)}")

    def answered(self, what: str) -> None:
        """What the product answers."""
        self.console.print(f"     [green]→[/green] {escape(what)}")

    def refused(self, what: str) -> None:
        """What the product refuses, and why."""
        self.console.print(f"     [red]■[/red] {escape(what)}")

    def words(self, text: str) -> None:
        """The exact words of a leaf, set apart."""
        for line in text.splitlines():
            self.console.print(f"       [italic]{escape(line)}[/italic]")

    def table(self, title: str, columns: list[str], rows: list[list[str]]) -> None:
        """A table that fits a narrow terminal."""
        table = Table(*columns, title=title, title_justify="left", box=None, pad_edge=False)
        for row in rows:
            table.add_row(*map(escape, row))
        self.console.print(table)

    @contextmanager
    def expecting_refusal(self, code: str) -> Iterator[None]:
        """The step inside must be refused with this code; the reason is printed. Anything else ends the demo."""
        try:
            yield
        except (Refusal, Refusals) as error:
            found = error.refusals if isinstance(error, Refusals) else [error]
            if not any(one.code.startswith(code) for one in found):
                raise
            for one in found:
                self.refused(str(one))
            return
        raise StoryBroke(f"it should have been refused with {code}, and was not")

    def wait(self, what: str, done: Callable[[], bool], seconds: float = 30.0) -> None:
        """Waits until something has happened; ends the demo where it does not."""
        until = time.monotonic() + seconds
        while not done():
            if time.monotonic() > until:
                raise StoryBroke(f"{what} did not happen within {seconds:.0f} s")
            time.sleep(0.05)


class StoryBroke(Exception):
    """The product did not do what the story tells: the demo ends with exit code 1."""
