"""The heap of the desk's process: what is loaded stays, and a whole collection is rare."""

import gc

_SELDOM = 1000  # times the middle generation was looked through: some ten thousand pages; by itself it is a hundred


def settle() -> None:
    """Once everything is loaded: nothing of it is looked through again. A whole collection takes some 20 ms, in which
    nobody is answered; of what pages leave behind nearly all is found by the small ones."""
    gc.freeze()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, _SELDOM)
