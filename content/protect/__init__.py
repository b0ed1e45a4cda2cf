"""Protected terms: entered once, kept as keyed hashes, found in texts of either script in spite of disguise."""

from content.protect.hashing import HashedTerm, HashedVariant, enter, seal
from content.protect.matching import TermIndex

__all__ = ["HashedTerm", "HashedVariant", "TermIndex", "enter", "seal"]
