"""What files propose: shapes, parsing and errors. Importing decides nothing.

`parse(paths)` answers a `Proposal`; material is all or nothing, messages come row by row.
"""

from content.intake.fields import local_text
from content.intake.parsing import give_back_yaml, parse
from content.intake.proposal import Item, Notice, Proposal, Rejected
from content.intake.sheet import give_back

__all__ = ["Item", "Notice", "Proposal", "Rejected", "give_back", "give_back_yaml", "local_text", "parse"]
