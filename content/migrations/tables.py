"""Every table's module, imported for its side effect: the metadata is complete once this is."""

from content import (
    block,
    campaign,
    clearing,
    consent,
    deciding,
    lifecycle,
    message,
    narrative,
    organisation,
    people,
    protected_term,
    record,
    review,
    stop,
    template_version,
)
from content.intake import imported

MODULES = (
    block, campaign, clearing, consent, deciding, imported, lifecycle, message, narrative, organisation, people,
    protected_term, record, review, stop, template_version,
)  # fmt: skip
