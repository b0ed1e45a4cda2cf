"""What files have proposed so far: importing a file twice does nothing twice."""

from datetime import datetime

from sqlalchemy import PrimaryKeyConstraint
from sqlmodel import Field, SQLModel


class Imported(SQLModel, table=True):
    """An event that a file proposed, by its ref there; events never change, so a changed one needs another ref.

    A publication has no ref of its own: place.digest stands for it, the place being a digest of its address.
    """

    __table_args__ = (PrimaryKeyConstraint("kind", "ref"),)
    kind: str  # consent | hold | publication
    ref: str
    sha256: str  # of the record as the file had it
    narrative_id: int = Field(foreign_key="narrative.id")
    by: int = Field(foreign_key="person.id")
    at: datetime
