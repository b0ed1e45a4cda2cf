"""SMS: the GSM 7-bit alphabet where the text allows it, UCS-2 otherwise (3GPP TS 23.038 and 23.040)."""

from collections.abc import Iterable
from dataclasses import dataclass

GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")  # an escape and a second septet each
MOST = 10  # segments: what operators carry as one message


@dataclass(frozen=True, slots=True)
class Bill:
    """What a text costs: units of its encoding, segments, and the units that MOST segments hold."""

    encoding: str
    units: int
    segments: int
    limit: int


def utf16(text: str) -> int:
    """UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def bill(text: str) -> Bill:
    """Encoding, units and segments of a text; a pair (escape, surrogate) is never torn between segments."""
    if GSM.union(EXTENDED).issuperset(text):
        return _bill("GSM-7", [2 if char in EXTENDED else 1 for char in text], 160, 153)
    return _bill("UCS-2", [2 if char > "\uffff" else 1 for char in text], 70, 67)


def _bill(encoding: str, costs: list[int], single: int, each: int) -> Bill:
    units = sum(costs)
    segments = min(units, 1) if units <= single else _segments(costs, each)
    return Bill(encoding, units, segments, MOST * each)


def _segments(costs: Iterable[int], each: int) -> int:
    segments, used = 1, 0
    for cost in costs:
        if used + cost > each:
            segments, used = segments + 1, 0
        used += cost
    return segments
