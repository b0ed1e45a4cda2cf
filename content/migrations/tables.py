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
    lifecycle,
    message,
    narrative,
    organisation,
    pace,
    people,
    protected_term,
    record,
    review,
    stop,
    template_version,
    waiting,
)
from content.intake import imported

MODULES = (
    block, campaign, circuit, clearing, consent, deciding, denied, gone, imported, lifecycle, message, narrative,
    organisation, pace, people, protected_term, record, review, stop, template_version, waiting,
)  # fmt: skip
