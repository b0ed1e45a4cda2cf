"""What changed between two versions of the same words, word by word, as a reviewer reads it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

_WORD = re.compile(r"\s+|[^\s\w]|\w+")
MOST = 3000  # words compared one by one; what is longer is shown as a whole


@dataclass(frozen=True, slots=True)
class Change:
    """A stretch of words. kind: same | del | ins."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Changed:
    """What changed for these accounts, which get the same words now and got the same before."""

    accounts: tuple[str, ...]
    changes: tuple[Change, ...]

    @property
    def places(self) -> int:
        """How many places differ: words struck and those that stand for them are one."""
        kinds = ["same", *(one.kind for one in self.changes)]
        return sum(kind != "same" and before == "same" for before, kind in pairwise(kinds))


def changed(old: Mapping[str, Sequence[str]], new: Mapping[str, Sequence[str]]) -> list[Changed]:
    """Of each account whose words differ; an account that is new or gone counts as all words inserted or struck."""
    groups: dict[tuple[str, str], list[str]] = {}
    for account in dict.fromkeys([*new, *old]):
        before, after = "\n".join(old.get(account, ())), "\n".join(new.get(account, ()))
        if before != after:
            groups.setdefault((before, after), []).append(account)
    return [Changed(tuple(accounts), tuple(compared(*texts))) for texts, accounts in groups.items()]


def compared(old: str, new: str) -> Iterator[Change]:
    """Both texts in one: what stands in both, what was struck, what came instead."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    if max(len(before), len(after)) > MOST:
        yield from _some(("del", old), ("ins", new))
        return
    found = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    gone, come = "", ""
    for number, (kind, a, b, c, d) in enumerate(found):
        struck, put = "".join(before[a:b]), "".join(after[c:d])
        if kind != "equal" or (gone + come and number + 1 < len(found) and not put.strip()):
            gone, come = gone + struck, come + put  # a blank between two changes belongs to both
            continue
        yield from _some(("del", gone), ("ins", come), ("same", put))
        gone, come = "", ""
    yield from _some(("del", gone), ("ins", come))


def _some(*pieces: tuple[str, str]) -> Iterator[Change]:
    return (Change(kind, text) for kind, text in pieces if text)
