"""From a file to text: size and encoding are judged before anything is parsed."""

from pathlib import Path

from content.errors import Refusal

MAX_BYTES = 20 * 1024 * 1024


def read_text(path: Path) -> str:
    """The file's text. Raises Refusal: `intake.unreadable`, `intake.too_large`, `intake.encoding`."""
    raw = _read_bytes(path)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Refusal(
            "intake.encoding",
            "This line is not valid UTF-8, so its letters cannot be trusted.",
            "Save the file as UTF-8 in your editor and import it again.",
            f"{path.name}:{line}",
        ) from None


def _read_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or "it cannot be opened"
        problem = f"The file cannot be read: {reason}."
        raise Refusal("intake.unreadable", problem, "Check its name and rights.", path.name) from None
    if len(raw) > MAX_BYTES:
        raise Refusal(
            "intake.too_large",
            f"The file is larger than {MAX_BYTES // 1024 // 1024} MB, the most that is read at once.",
            "Split it into smaller files.",
            path.name,
        )
    return raw
