"""Every table's module, imported for its side effect: the metadata is complete once this is."""

from content import (
    block,
    burden,
    campaign,
    circuit,
    clearing,
    consent,
    deciding,
    denied,
    draft,
    gone,
    hashtag_check,
    invitation,
    lifecycle,
    link_check,
    message,
    narrative,
    organisation,
    pace,
    password,
    people,
    platform_check,
    protected_term,
    record,
    review,
    rulebook,
    second_factor,
    sign_in,
    stop,
    taking,
    template_version,
    uncleared,
    waiting,
)
from content.intake import imported

MODULES = (
    block, burden, campaign, circuit, clearing, consent, deciding, denied, draft, gone, hashtag_check, imported,
    invitation, lifecycle, link_check, message, narrative, organisation, pace, password, people, platform_check,
    protected_term, record, review, rulebook, second_factor, sign_in, stop, taking, template_version,
    uncleared, waiting,
)  # fmt: skip
