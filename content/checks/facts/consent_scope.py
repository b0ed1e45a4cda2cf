"""consent-scope: channel, language, territory, purpose, use and reach each lie inside what was agreed."""

from collections.abc import Iterator, Set

from content.checks.facts.agreed import consent_of, unstated
from content.checks.finding import Answer, Finding, Missing, Severity
from content.checks.records import ConsentRecord, FactsCase

ID = "consent-scope"
SEVERITIES: dict[str, Severity] = dict.fromkeys(
    ("channel", "language", "territory", "purpose", "use", "reach"), "block"
)
WORLDWIDE = "*"
_REACHES = ("list", "fenced", "worldwide")  # from narrow to wide


def check(case: FactsCase) -> Iterator[Answer]:
    consent = consent_of(case)
    if consent is None:
        yield from unstated(case, ID)
        return
    purpose = case.campaign.purpose if case.campaign else None
    for code, name, agreed, wanted, data in (
        ("channel", "channels", consent.channels, _channel(case, consent), "channel"),
        ("language", "languages", consent.languages, {case.language}, "language"),
        (
            "territory",
            "territories",
            consent.territories,
            _territories(case, consent),
            "campaign.territories",
        ),
        ("purpose", "purposes", consent.purposes, None if purpose is None else {purpose}, "campaign.purpose"),
        ("use", "uses", consent.uses, case.uses, "uses"),
    ):
        if agreed is None:
            yield from unstated(case, ID, name)
        elif wanted is None:
            yield Missing(ID, data)
        elif outside := sorted(wanted - agreed):
            yield _no(code, f"{code} {', '.join(outside)}")
    yield from _reach(case, consent)


def _no(code: str, what: str) -> Finding:
    reason = f"The consent does not cover {what}. Leave it out, or ask the keeper for a wider consent."
    return Finding(ID, "block", reason, code=code)


def _channel(case: FactsCase, consent: ConsentRecord) -> Set[str]:
    """A caption goes out on the channel of its posts: `telegram` covers `telegram_caption`."""
    base = case.channel.partition("_")[0]
    return {base} if base in (consent.channels or ()) else {case.channel}


def _territories(case: FactsCase, consent: ConsentRecord) -> Set[str] | None:
    """Where the words will be seen: the campaign's territories and those the account reaches."""
    planned = case.campaign.territories if case.campaign else None
    account = case.account
    if account is not None and account.reach == "worldwide":
        planned = (planned or frozenset()) | {WORLDWIDE}
    elif account is not None and planned is not None:
        planned = planned | account.territories
    if planned is not None and WORLDWIDE in (consent.territories or ()):
        return frozenset()
    return planned


def _reach(case: FactsCase, consent: ConsentRecord) -> Iterator[Answer]:
    if consent.reach is None:
        yield from unstated(case, ID, "reach")
    elif case.account is None:
        yield Missing(ID, "account.reach")
    elif _width(case.account.reach) > _width(consent.reach):
        yield _no("reach", f"an account of reach “{case.account.reach}”; it allows “{consent.reach}” at most")


def _width(reach: str) -> int:
    """An unknown word counts as the widest."""
    return _REACHES.index(reach) if reach in _REACHES else len(_REACHES)
