"""Of what takes minutes the gate takes a part by the commit, and .ci/long all: COUNTERPOINT_SHARE=N/M is every M-th."""

import os
from zlib import crc32

# Read once, here: a test sees none of the variables of this machine.
NUMBER, PARTS = (int(part) for part in os.environ.get("COUNTERPOINT_SHARE", "0/1").split("/"))
EVERY = slice(NUMBER, None, PARTS)


def taken(number: int) -> bool:
    """Whether the so-manieth is of this share."""
    return number % PARTS == NUMBER


def takes(name: str) -> bool:
    """Whether what is called so is of this share: the same by whatever else there is."""
    return taken(crc32(name.encode()))
