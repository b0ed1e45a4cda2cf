"""Who plays in the demo, and what each may do. All are invented."""

from content.people import Founder

AUTHOR, CONTENT, SECOND, SAFEGUARDING, KEEPER, RELIGIOUS, LEGAL = (
    "amira", "ben", "clara", "dana", "kim", "rashid", "lea",
)  # fmt: skip
CAST = (
    Founder(AUTHOR, "Amira", ("author", "content")),
    Founder(CONTENT, "Ben", ("content",)),
    Founder(SECOND, "Clara", ("content",)),
    Founder(SAFEGUARDING, "Dana", ("safeguarding",)),
    Founder(KEEPER, "Kim", ("keeper", "safeguarding")),
    Founder(RELIGIOUS, "Rashid", ("religious", "language:ar")),
    Founder(LEGAL, "Lea", ("legal", "language:fr", "language:de")),
)
PLAYS = {
    AUTHOR: "author, and a content reviewer of other people's words",
    CONTENT: "content reviewer",
    SECOND: "second content reviewer",
    SAFEGUARDING: "safeguarding",
    KEEPER: "keeper",
    RELIGIOUS: "religious reviewer, reads Arabic",
    LEGAL: "legal reviewer, reads French and German",
}
