"""Of what takes minutes the gate takes half by the commit, and .ci/long all: COUNTERPOINT_SHARE=N/M is every M-th."""

import os

# Read once, here: a test sees none of the variables of this machine.
NUMBER, PARTS = (int(part) for part in os.environ.get("COUNTERPOINT_SHARE", "0/1").split("/"))
EVERY = slice(NUMBER, None, PARTS)


def taken(number: int) -> bool:
    """Whether the so-manieth is of this share."""
    return number % PARTS == NUMBER
