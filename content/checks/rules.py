"""The rules of this program: their identity and exactly the checks they hold.

A check that is not listed here does not exist for the gate. Whoever adds, removes or changes one, or a list it reads,
runs `python -m tests.docs.rules` in the same change, which raises the version in rules.json; every live clearance is
then evaluated again, and the new rules wait for two people (content/adopting.py).
"""

from collections.abc import Mapping

from content.checks.shipped import identity

RULES = identity()

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
    "language-mismatch",
    "hidden-characters",
    "accessibility",
    "synthetic-undisclosed",
    "media-metadata",
    "media-face-voice",
    "victim-erasure",
    "third-party-accusation",
    "amp-propaganda-ref",
    "dehumanise-sectarian",
    "anti-muslim",
    "incitement",
    "mockery",
    "glorify-or-lure",
    "amp-slogan-symbol",
    "legal-promise",
    "tone-lecture",
    "id-quasi-combination",
    "id-date-place",
    "id-relatives",
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
    "targeting-special-category",
    "moderation-cover",
    "link-safety",
    "hashtag-hygiene",
    "platform-profile",
)

# Whose facts are as good as somebody's last look: a post waits for the next one.
KEPT_UP = ("link-safety", "hashtag-hygiene", "platform-profile")

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
    "language-mismatch": ("audience",),
    "hidden-characters": ("defector", "truth"),
    "accessibility": ("audience",),
    "synthetic-undisclosed": ("truth",),
    "media-metadata": ("defector", "staff"),
    "media-face-voice": ("defector", "bystanders"),
    "victim-erasure": ("truth", "victims"),
    "third-party-accusation": ("third parties", "organisation"),
    "amp-propaganda-ref": ("audience",),
    "dehumanise-sectarian": ("audience",),
    "anti-muslim": ("audience",),
    "incitement": ("audience",),
    "mockery": ("audience", "defector"),
    "glorify-or-lure": ("audience",),
    "amp-slogan-symbol": ("audience", "organisation"),
    "legal-promise": ("defector", "organisation"),
    "tone-lecture": ("audience",),
    "id-quasi-combination": ("defector",),
    "id-date-place": ("defector",),
    "id-relatives": ("relatives",),
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
    "targeting-special-category": ("audience",),
    "moderation-cover": ("audience", "staff"),
}
