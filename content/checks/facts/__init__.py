"""Facts: what may not be said now, by what is known at an instant. Pure functions of a FactsCase."""

from content.checks.facts import (
    account_authentic,
    calendar_sensitive,
    consent_basis,
    consent_current,
    consent_scope,
    consent_withdrawn,
    cta_helpline,
    frequency_cap,
    hashtag_hygiene,
    hold_window,
    id_mosaic_budget,
    link_safety,
    moderation_cover,
    platform_profile,
    subject_minor,
    targeting_special_category,
)

MODULES = (
    consent_basis,
    consent_scope,
    consent_current,
    consent_withdrawn,
    hold_window,
    calendar_sensitive,
    frequency_cap,
    id_mosaic_budget,
    subject_minor,
    account_authentic,
    cta_helpline,
    targeting_special_category,
    moderation_cover,
    link_safety,
    hashtag_hygiene,
    platform_profile,
)
