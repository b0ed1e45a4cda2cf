"""From what pydantic found to refusals in prose: file, line, what happened, what to do, a stable code."""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NoReturn, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from content.errors import Refusal
from content.intake.marked import line_of

Path = tuple[str | int, ...]

_KINDS = {
    "string_type": ("text was expected", "Put it in quotes."),
    "bool_type": ("true or false was expected", "Write true or false."),
    "int_type": ("a whole number was expected", "Write it in digits, without quotes."),
    "float_type": ("a number was expected", "Write it in digits, without quotes."),
    "tuple_type": ("a list was expected", "Write [one, two], or one entry a line after `- `."),
    "dict_type": ("fields were expected", "Write one `name: value` a line."),
    "model_type": ("fields were expected", "Write one `name: value` a line."),
    "too_short": ("at least one entry is needed", "Add one."),
    "date_from_datetime_parsing": ("a day was expected", "Write year-month-day: 2031-05-04."),
    "date_parsing": ("a day was expected", "Write year-month-day: 2031-05-04."),
    "date_type": ("a day was expected", "Write year-month-day: 2031-05-04."),
}


def refuse(code: str, message: str, todo: str) -> NoReturn:
    """Refuse from inside a shape; it becomes a Refusal with file and line."""
    safe = message.replace("{", "(").replace("}", ")")
    raise PydanticCustomError(code, safe, {"todo": todo})


def refusals(error: ValidationError, shape: type[BaseModel], item: Any, name: str) -> list[Refusal]:
    """One Refusal for each thing pydantic found in `item`, which stood in the file `name`."""
    errors = error.errors(include_url=False, include_input=False)
    return [_refusal(found, shape, item, name) for found in errors if not _echoes(found, errors)]


def _echoes(found: ErrorDetails, errors: Sequence[ErrorDetails]) -> bool:
    """A list is called too short when an entry of it was refused; that says nothing new."""
    path = found["loc"]
    return found["type"] == "too_short" and any(e["loc"][: len(path)] == path != e["loc"] for e in errors)


def nearest(word: str, known: Iterable[str]) -> str:
    """`Did you mean …?` for a name that is nearly one of the known, else the list of what there is."""
    names = sorted(known)
    close = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    return f"Did you mean `{close[0]}`?" if close else f"Known are: {', '.join(names)}."


def clean(word: str) -> str:
    """A name from a file as an error may show it: one short line without control characters."""
    return re.sub(r"[^\w .:/-]", "?", word)[:60]


def _refusal(found: ErrorDetails, shape: type[BaseModel], item: Any, name: str) -> Refusal:
    path = tuple(step for step in found["loc"] if step != "[key]")
    line = line_of(item, path)
    where = name if line is None else f"{name}:{line}"
    field = _spoken(path)
    match found["type"]:
        case "extra_forbidden":
            return _unknown(path, shape, where)
        case "missing":
            return Refusal("intake.missing_field", f"{field} is missing.", "Add it.", where)
        case kind if "." in kind:
            message = f"{field}: {found['msg']}" if path else found["msg"]
            return Refusal(kind, message, str(found.get("ctx", {}).get("todo", "")), where)
        case "literal_error":
            expected = found.get("ctx", {}).get("expected", "")
            message = f"{field}: not a value it can have."
            return Refusal("intake.value", message, f"Write one of {expected}.", where)
        case kind:
            happened, todo = _KINDS.get(kind, (_lower(found["msg"]), "Mend it."))
            return Refusal("intake.value", f"{field}: {happened}.", todo, where)


def _unknown(path: Path, shape: type[BaseModel], where: str) -> Refusal:
    owner = _owner(shape, path[:-1])
    todo = nearest(str(path[-1]), owner.model_fields) if owner else "Remove it."
    message = f"{_spoken(path)} is no field here; nothing unknown is stored or skipped in silence."
    return Refusal("intake.unknown_field", message, todo, where)


def _owner(shape: type[BaseModel], path: Sequence[str | int]) -> type[BaseModel] | None:
    """The shape that stands at `path` inside `shape`."""
    owner: type[BaseModel] | None = shape
    for step in path:
        if owner and isinstance(step, str) and step in owner.model_fields:
            annotation = owner.model_fields[step].annotation
            owner = next(_shapes(annotation), owner)
    return owner


def _shapes(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _shapes(argument)


def _spoken(path: Path) -> str:
    words = [f"#{step + 1}" if isinstance(step, int) else clean(step) for step in path]
    return f"`{' '.join(words)}`" if words else "This entry"


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]
