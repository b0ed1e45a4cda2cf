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
    invitation,
    lifecycle,
    link_check,
    message,
    narrative,
    organisation,
    pace,
    password,
    people,
    protected_term,
    record,
    review,
    rulebook,
    second_factor,
    sign_in,
    slot,
    stop,
    taking,
    template_version,
    uncleared,
    waiting,
)
from content.intake import imported

MODULES = (
    block, burden, campaign, circuit, clearing, consent, deciding, denied, draft, gone, imported, invitation,
    lifecycle, link_check, message, narrative, organisation, pace, password, people, protected_term, record, review,
    rulebook, second_factor, sign_in, slot, stop, taking, template_version, uncleared, waiting,
)  # fmt: skip
