"""What a reviewer wants of the list, as the address says: it goes with them from the list to the sheet and on."""

from dataclasses import asdict
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends

from content.waiting import Choice

AGES = (24, 72, 168)  # hours
_OLDEST = 24 * 366


def chosen(role: str = "", tier: int = 0, language: str = "", age: int = 0, mine: bool = False) -> Choice:
    """The choice that an address holds; what no list can be narrowed by counts as nothing."""
    spoken = language if language.isalpha() else ""
    return Choice(role, tier, spoken, min(max(age, 0), _OLDEST), mine)


Chosen = Annotated[Choice, Depends(chosen)]


def query(choice: Choice, **more: str) -> str:
    """The end of an address that holds this choice: ?tier=2, or nothing where all is wanted."""
    told = {name: str(value).lower() if value is True else value for name, value in asdict(choice).items() if value}
    found = told | {name: value for name, value in more.items() if value}
    return f"?{urlencode(found)}" if found else ""
