"""Protected terms: entered once, kept as keyed hashes, found in texts of either script in spite of disguise."""

from content.protect.denying import DenyIndex, deny
from content.protect.hashing import VERSION, HashedTerm, HashedVariant, enter, seal
from content.protect.matching import TermIndex

__all__ = ["DenyIndex", "HashedTerm", "HashedVariant", "TermIndex", "VERSION", "deny", "enter", "seal"]
