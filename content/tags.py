"""What people tag a passage with, and which of two taggings wins: the stricter."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

PLACES = ("none", "country", "region", "city", "finer")
DATES = ("none", "year", "month", "day")
# the usual kinds of what a passage gives away of a person; others may be named in words
ATTRIBUTES = ("age", "body", "ethnicity", "family", "origin", "residence", "role", "unit", "year")
# what is in a passage or not
SEEN = (
    "admits_act", "operational", "endorses_violence", "religious_claim", "third_parties", "relatives", "lure", "mocks",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TagsRecord:
    """What people tagged a passage with; the stricter of two taggings wins. None = nobody tagged yet."""

    attributes: frozenset[str] = frozenset()
    admits_act: bool = False
    operational: bool = False
    endorses_violence: bool = False
    religious_claim: bool = False
    third_parties: bool = False  # somebody who can be singled out is tied to wrongdoing
    relatives: bool = False  # it tells of a relative what leads to them
    lure: bool = False  # it praises fighters, or life with the group reads as a gain
    mocks: bool = False  # it laughs at somebody, at how they look, what they bear or what they believe
    intensity: int = 0  # 0 none .. 3 never published
    place_precision: str = "none"  # none country region city finer
    date_precision: str = "none"  # none year month day


def strictest(tags: Iterable[TagsRecord]) -> TagsRecord | None:
    """All that anybody saw in it; None where nobody looked."""
    found = list(tags)
    return reduce(_stricter, found) if found else None


def _stricter(one: TagsRecord, other: TagsRecord) -> TagsRecord:
    return TagsRecord(
        attributes=one.attributes | other.attributes,
        admits_act=one.admits_act or other.admits_act,
        operational=one.operational or other.operational,
        endorses_violence=one.endorses_violence or other.endorses_violence,
        religious_claim=one.religious_claim or other.religious_claim,
        third_parties=one.third_parties or other.third_parties,
        relatives=one.relatives or other.relatives,
        lure=one.lure or other.lure,
        mocks=one.mocks or other.mocks,
        intensity=max(one.intensity, other.intensity),
        place_precision=max(one.place_precision, other.place_precision, key=PLACES.index),
        date_precision=max(one.date_precision, other.date_precision, key=DATES.index),
    )
