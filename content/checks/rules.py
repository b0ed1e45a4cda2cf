"""The rules in force: their version and exactly the checks it holds.

A check that is not listed here does not exist for the gate. Whoever adds, removes or changes one
raises RULES in the same change; every live clearance is then evaluated again.
"""

from collections.abc import Mapping

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

# Whom each check protects; docs/checks.md is drawn from it.
PROTECTS: Mapping[str, tuple[str, ...]] = {
    "template-integrity": ("all",),
    "text-provenance": ("all",),
    "quote-fidelity": ("truth", "defector"),
    "disclosure-publisher": ("audience", "organisation"),
    "cta-helpline": ("audience",),
    "claim-uncited": ("truth",),
    "hashtag-hygiene": ("audience",),
    "link-safety": ("audience",),
    "platform-profile": ("organisation",),
    "id-direct": ("defector", "third parties"),
    "id-protected-term": ("defector",),
    "id-pseudonym": ("defector", "truth"),
    "legal-self-incrimination": ("defector",),
    "religious-verdict": ("truth", "audience"),
    "residual-endorsement": ("audience", "truth"),
    "op-detail": ("public", "other defectors"),
    "graphic-violence": ("audience",),
    "language-signoff": ("audience", "truth"),
    "consent-basis": ("defector",),
    "consent-scope": ("defector",),
    "consent-current": ("defector",),
    "consent-withdrawn": ("defector",),
    "hold-window": ("defector",),
    "calendar-sensitive": ("audience", "defector"),
    "frequency-cap": ("defector", "audience"),
    "id-mosaic-budget": ("defector",),
    "subject-minor": ("child",),
    "account-authentic": ("organisation",),
}
