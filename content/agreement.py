"""What a consent allows at one instant, as a plain value: folded from its events, read by the checks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """The scope in force at the instant of judging. Empty lists allow nothing; `*` among territories is worldwide."""

    basis: str | None = None  # direct | published | aggregate
    elements: Mapping[str, bool] | None = None  # disclosure voluntariness comprehension competence
    reuse_assessed_at: datetime | None = None
    reuse_decision: str | None = None  # ok | refused | None pending
    channels: frozenset[str] | None = None
    reach: str | None = None  # worldwide | fenced | list : the widest allowed
    languages: frozenset[str] | None = None
    territories: frozenset[str] | None = None
    purposes: frozenset[str] | None = None
    uses: frozenset[str] | None = None
    from_: datetime | None = None
    until: datetime | None = None  # the first instant no longer allowed
    reconfirm_by: datetime | None = None
    embargo_until: datetime | None = None
    withdrawn: bool | None = None
    withdrawn_channels: frozenset[str] = frozenset()
