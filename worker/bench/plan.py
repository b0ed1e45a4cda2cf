"""How much is loaded, and what all its rows share."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from content.digest import leaf_digest, version_digest
from content.window import Window
from worker.bench.material import DISCLOSURE, HELPLINE, HOST

APART = timedelta(days=11)  # between two posts of one unit: four in 33 days keep every cap
KINDS = ("withdrawn", "held", "digest", "cap", "revoked")  # planted posts that must not go out
ADJECTIVES = (
    "old", "long", "small", "high", "broken", "empty", "wide", "quiet", "narrow", "wooden", "cold", "dry", "round",
    "plain", "heavy", "open", "low", "second", "shared", "busy",
)  # fmt: skip
NOUNS = (
    "bridge", "well", "gate", "wall", "roof", "oven", "field", "road", "shop", "kitchen", "garden", "fence", "door",
    "stove", "lamp", "table", "mill", "barn", "pump", "stair",
)  # fmt: skip
STANCE = "They promised help and brought war between neighbours."
SOURCE_LINE = "Example Press, 2015"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is loaded. due: posts of each burst, the planted ones among them; loose: clearances without posts;
    waiting: versions nobody has judged."""

    pending: int
    due: int
    rounds: int = 1
    finished: int = 0
    narratives: int = 5000
    accounts: int = 5000
    loose: int = 0
    waiting: int = 0

    @property
    def planted(self) -> int:
        """In each burst: one in a hundred, one of each kind at least; none in a burst of less than twenty."""
        return max(len(KINDS), self.due // 100) if self.due >= 20 else 0

    @property
    def starter(self) -> int:
        """The post that shows when the first worker is up."""
        return self.due * self.rounds + 1

    @property
    def units(self) -> int:
        return max(self.narratives, self.accounts, self.starter + self.loose)

    @property
    def campaigns(self) -> int:
        """A hundred units in each."""
        return max(1, self.units // 100)

    @property
    def ahead(self) -> int:
        """Pending posts of one unit, at most."""
        return -(-self.pending // self.units)

    @property
    def behind(self) -> int:
        """Finished posts of one unit, at most."""
        return -(-self.finished // self.units)

    def burst(self, number: int) -> range:
        """The posts of one round's burst."""
        return range(number * self.due + 1, (number + 1) * self.due + 1)

    def kind(self, unit: int) -> str | None:
        """What was planted in this unit: the last ones of each burst."""
        place = (unit - 1) % self.due
        if unit >= self.starter or place < self.due - self.planted:
            return None
        return KINDS[place % len(KINDS)]


@dataclass(frozen=True, slots=True)
class Plan:
    """What all rows share. Instants are aware."""

    size: Size
    at: datetime
    people: dict[str, int]
    organisation: int
    window: Window
    template: str  # its reference, with the first signs of its digest
    said: dict[str, str | int] = field(default_factory=dict)

    @property
    def long_ago(self) -> datetime:
        return self.window.not_before

    def passage(self, unit: int) -> str:
        """Everyday words, in another combination for each: a figure would want a source."""
        (which, thing), (where, place) = divmod(unit % 400, 20), divmod(unit // 400 % 400, 20)
        return (
            "He said they spent their days fighting other groups, and nobody mended "
            f"the {ADJECTIVES[which]} {NOUNS[thing]} beside the {ADJECTIVES[where]} {NOUNS[place]} that year."
        )

    def text(self, unit: int) -> str:
        """The words as they are cleared: what the shipped template makes of this unit's material."""
        return "".join(text for _, _, text in self.pieces(unit))

    def pieces(self, unit: int) -> tuple[tuple[str, str, str], ...]:
        """(kind, ref, text) of each stretch of the words, in order; kind "" belongs to the template."""
        return (
            ("passage", f"N-{unit}/p@1", self.passage(unit)),
            ("", "", " "),
            ("stance", f"N-{unit}/s@1", STANCE),
            ("", "", "\n"),
            ("source_line", f"N-{unit}/source_line", SOURCE_LINE),
            ("", "", "\n"),
            ("disclosure", "disclosure-en@1", DISCLOSURE),
            ("", "", "\n"),
            ("helpline", "helpline-gb-en@1", HELPLINE),
        )

    def identity(self, unit: int) -> str:
        return f"bench:account-{unit}"

    def leaf(self, unit: int) -> str:
        return leaf_digest([self.text(unit)], self.identity(unit), "facebook", [f"https://{HOST}/en"], None, [])

    def digest(self, unit: int) -> str:
        return version_digest("bench", f"M-{unit}", 1, "en", [self.leaf(unit)], self.said)

    def campaign(self, unit: int) -> int:
        return 1 + unit % self.size.campaigns
