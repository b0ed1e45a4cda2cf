"""Each platform's shape: its unit and limit, what a link costs, whether words may thread. Pure, no network.

What an account says (`format`) and how it leaves (`channel`) are two things; this is the first.
"""

from content.formats.length import Length, measure
from content.formats.shape import ALIASES, COMPARED, FORMATS, Format, find_format
from content.formats.thread import Piece, thread

__all__ = ["ALIASES", "COMPARED", "FORMATS", "Format", "Length", "Piece", "find_format", "measure", "thread"]
