"""account-authentic: the profile is the organisation's own, says so, and is still the one verified."""

from collections.abc import Iterator
from datetime import timedelta

from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import AccountRecord, FactsCase
from content.limits import limit

ID = "account-authentic"
SEVERITIES: dict[str, Severity] = dict.fromkeys(
    ("persona", "owner", "ownership-age", "identity-age", "identity"), "block"
)
OWNERSHIP_FOR = timedelta(days=limit("account-authentic.ownership_days"))
IDENTITY_FOR = timedelta(hours=limit("account-authentic.identity_hours"))


def check(case: FactsCase) -> Iterator[Answer]:
    account = case.account
    if account is None:
        yield Missing(ID, "account")
        return
    if account.persona:
        yield _no("persona", "This profile pretends to be somebody. Post from the organisation's own name")
    if not account.owned:
        yield _no("owner", "Nobody has confirmed that the organisation owns this profile. Have two people do so")
    if account.identity_matches is None:
        yield Missing(ID, "account.identity_matches")
    elif not account.identity_matches:
        yield _no("identity", "The profile at the other end is not the one that was verified. Verify the account")
    yield from _ages(case, account)


def _ages(case: FactsCase, account: AccountRecord) -> Iterator[Answer]:
    if case.at is None:
        yield Missing(ID, "at")
    for code, name, seen, allowed, what in (
        ("ownership-age", "ownership_verified_at", account.ownership_verified_at, OWNERSHIP_FOR, "ownership"),
        ("identity-age", "identity_verified_at", account.identity_verified_at, IDENTITY_FOR, "identity"),
    ):
        if seen is None:
            yield Missing(ID, f"account.{name}")
        elif case.at is not None and case.at - seen > allowed:
            limit = "90 days" if allowed == OWNERSHIP_FOR else "24 hours"
            yield _no(code, f"The profile's {what} was last verified more than {limit} before. Verify the account")


def _no(code: str, what: str) -> Finding:
    return Finding(ID, "block", f"{what}.", code=code)
