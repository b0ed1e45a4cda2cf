"""The rules in force: their version and exactly the checks it holds.

A check that is not listed here does not exist for the gate. Whoever adds, removes or changes one
raises RULES in the same change; every live clearance is then evaluated again.
"""

RULES = "2026-11-22.1"

WORDS: tuple[str, ...] = (
    "template-integrity",
    "text-provenance",
    "quote-fidelity",
    "disclosure-publisher",
    "cta-helpline",
    "claim-uncited",
    "hashtag-hygiene",
    "link-safety",
    "platform-profile",
    "id-direct",
    "id-protected-term",
    "id-pseudonym",
    "legal-self-incrimination",
    "religious-verdict",
    "residual-endorsement",
    "op-detail",
    "graphic-violence",
    "language-signoff",
)

FACTS: tuple[str, ...] = (
    "consent-basis",
    "consent-scope",
    "consent-current",
    "consent-withdrawn",
    "hold-window",
    "calendar-sensitive",
    "frequency-cap",
    "id-mosaic-budget",
    "subject-minor",
    "account-authentic",
    "cta-helpline",
)

CHECKS: tuple[str, ...] = tuple(dict.fromkeys(WORDS + FACTS))
