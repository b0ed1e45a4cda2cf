"""Replaces `constraint-dependencies` in pyproject.toml by the pins read from stdin, one a line."""

import re
import sys
from pathlib import Path

FILE = Path(__file__).parent.parent / "pyproject.toml"


def main() -> None:
    pins = sorted(line.strip() for line in sys.stdin if line.strip() and not line.startswith("#"))
    quoted = "".join(f'    "{pin.replace(chr(34), chr(39))}",\n' for pin in pins)
    text = FILE.read_text("utf-8")
    block = r"(?ms)^constraint-dependencies = \[\n.*?^\]"
    new, count = re.subn(block, f"constraint-dependencies = [\n{quoted}]", text)
    if count != 1:
        sys.exit("pyproject.toml has no list constraint-dependencies that stands on lines of its own")
    FILE.write_text(new, "utf-8")


main()
