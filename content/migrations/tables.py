"""Every table's module, imported for its side effect: the metadata is complete once this is."""

from content import (
    block,
    campaign,
    circuit,
    clearing,
    consent,
    deciding,
    denied,
    gone,
    invitation,
    lifecycle,
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
    stop,
    template_version,
    waiting,
)
from content.intake import imported

MODULES = (
    block, campaign, circuit, clearing, consent, deciding, denied, gone, imported, invitation, lifecycle, message,
    narrative, organisation, pace, password, people, protected_term, record, review, rulebook, second_factor, sign_in,
    stop, template_version, waiting,
)  # fmt: skip
