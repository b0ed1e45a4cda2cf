"""What the product says when it refuses: prose, with a stable code and the next step."""

from dataclasses import dataclass


@dataclass(eq=False)
class Refusal(Exception):
    """Something was refused and nothing was stored.

    code: stable, lower case, dotted (`window.outside`); message: what happened and why;
    todo: what to do next; where: file and line, or the thing's reference.
    """

    code: str
    message: str
    todo: str = ""
    where: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        todo = f" {self.todo}" if self.todo else ""
        return f"{place}{self.message}{todo} [{self.code}]"


class Refusals(Exception):
    """Several refusals found in one piece of work; none of it was stored."""

    def __init__(self, refusals: list[Refusal]) -> None:
        super().__init__("\n".join(map(str, refusals)))
        self.refusals = refusals
